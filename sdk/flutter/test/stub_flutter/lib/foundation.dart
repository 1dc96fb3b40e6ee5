/// Stands for package:flutter/foundation.dart where there is no Flutter: the
/// signatures that lib/src/flutter uses, and as much behaviour as its tests.
library;

typedef FlutterExceptionHandler = void Function(FlutterErrorDetails details);

class DiagnosticsNode {
  DiagnosticsNode(this._text);

  final String _text;

  @override
  String toString() => _text;
}

class FlutterErrorDetails {
  const FlutterErrorDetails({
    required this.exception,
    this.stack,
    this.library = 'Flutter framework',
    this.context,
    this.silent = false,
  });

  final Object exception;
  final StackTrace? stack;
  final String? library;
  final DiagnosticsNode? context;
  final bool silent;
}

class FlutterError extends Error {
  static FlutterExceptionHandler? onError = presentError;

  static final List<FlutterErrorDetails> presented = []; // the stub's own

  static void presentError(FlutterErrorDetails details) =>
      presented.add(details);
}

class PlatformDispatcher {
  bool Function(Object exception, StackTrace stackTrace)? onError;
}
