import 'values.dart';

/// Longest message in bytes.
const int maxMessageBytes = 8 * 1024;

/// Longest stack trace in bytes.
const int maxStackBytes = 256 * 1024;

/// An error in words, as the server groups it.
final class Failure {
  /// Cuts what is too long.
  Failure(String type, String message, String stack)
    : type = cutBytes(type, 200),
      message = cutBytes(message, maxMessageBytes),
      stack = cutBytes(stack, maxStackBytes);

  /// Of whatever was thrown. [stack] is taken as the VM prints it: with frames
  /// (`#0 …`), or obfuscated with its `build_id` line, which is what symbols
  /// are found by.
  factory Failure.of(Object error, StackTrace? stack) {
    final type = _try(() => error.runtimeType.toString(), 'Object');
    final name = type == '_Exception' ? 'Exception' : type;
    var message = _try(error.toString, '');
    if (message.startsWith('$name: ')) {
      message = message.substring(name.length + 2);
    }
    final trace = stack ?? (error is Error ? error.stackTrace : null);
    return Failure(name, message, _try(() => trace?.toString() ?? '', ''));
  }

  /// Its class; a minified one says `minified:Xy`.
  final String type;

  /// What it says, without its type.
  final String message;

  /// Frames, a line each; empty when there are none.
  final String stack;

  /// As the wire has it.
  Map<String, Object?> toJson() => {
    'type': type,
    'message': message,
    'stacktrace': stack,
  };

  static String _try(String Function() text, String otherwise) {
    try {
      return text();
    } on Object {
      return otherwise;
    }
  }
}
