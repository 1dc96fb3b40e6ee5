import 'package:flutter/foundation.dart';
import 'package:flutter/widgets.dart';

import '../core/client.dart';
import 'repeats.dart';

/// `PlatformDispatcher.onError`: whether the error was handled.
typedef PlatformErrorHandler = bool Function(Object error, StackTrace stack);

/// Hears of errors that nobody handled: those that the framework caught
/// (layout, painting, building, gestures), after which the app goes on, and
/// those that nobody did. The handlers that were there before are called as
/// before, after the error is on disk.
final class ErrorHooks {
  /// Takes the place of both handlers.
  ErrorHooks(this._client, this._binding)
    : _formerFlutter = FlutterError.onError,
      _formerPlatform = _binding.platformDispatcher.onError {
    FlutterError.onError = _flutter;
    _binding.platformDispatcher.onError = _platform;
  }

  final TidemarkClient _client;
  final WidgetsBinding _binding;
  final FlutterExceptionHandler? _formerFlutter;
  final PlatformErrorHandler? _formerPlatform;
  final Repeats _repeats = Repeats(() => DateTime.now().millisecondsSinceEpoch);

  // The fields keep one tear-off each, so that `close` knows its own.
  late final FlutterExceptionHandler _flutter = _onFlutter;
  late final PlatformErrorHandler _platform = _onPlatform;

  void _onFlutter(FlutterErrorDetails details) {
    _record(details.exception, details.stack, false, () {
      return {
        'source': 'flutter',
        if (details.library != null) 'library': details.library,
        if (details.context != null) 'context': details.context!.toString(),
        if (details.silent) 'silent': true,
      };
    });
    _formerFlutter?.call(details);
  }

  bool _onPlatform(Object error, StackTrace stack) {
    _record(error, stack, true, () => {'source': 'platform'});
    return _formerPlatform?.call(error, stack) ?? false;
  }

  void _record(
    Object error,
    StackTrace? stack,
    bool fatal,
    Map<String, Object?> Function() describe,
  ) {
    try {
      // Once: each time the VM looks up the name and place of every frame.
      final text = stack?.toString();
      final leftOut = _repeats.admit('${error.runtimeType}\n${_top(text)}');
      if (leftOut == null) return;
      _client.recordError(
        error,
        text == null ? null : StackTrace.fromString(text),
        fatal: fatal,
        props: {...describe(), if (leftOut > 0) 'left_out': leftOut},
      );
    } on Object {
      // An error about an error helps nobody.
    }
  }

  /// Its first two lines.
  static String? _top(String? stack) {
    final end = stack?.indexOf('\n', stack.indexOf('\n') + 1) ?? -1;
    return end < 0 ? stack : stack!.substring(0, end);
  }

  /// Puts back what was there, unless somebody came later.
  void close() {
    if (identical(FlutterError.onError, _flutter)) {
      FlutterError.onError = _formerFlutter;
    }
    if (identical(_binding.platformDispatcher.onError, _platform)) {
      _binding.platformDispatcher.onError = _formerPlatform;
    }
  }
}
