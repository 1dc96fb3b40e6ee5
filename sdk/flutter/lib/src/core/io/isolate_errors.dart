import 'dart:isolate';

import '../client.dart';

/// Takes uncaught errors of other isolates to the client of this one.
///
///     final errors = IsolateErrors(client);
///     await Isolate.spawn(work, message, onError: errors.port);
final class IsolateErrors {
  /// Opens a port; it does not keep the isolate alive.
  IsolateErrors(this._client) {
    _port = RawReceivePort(_take)..keepIsolateAlive = false;
  }

  final TidemarkClient _client;
  late final RawReceivePort _port;

  /// For `onError` of `Isolate.spawn`.
  SendPort get port => _port.sendPort;

  /// Hears of the uncaught errors of an isolate that runs already.
  void watch(Isolate isolate) => isolate.addErrorListener(port);

  /// Hears of nothing more.
  void close() => _port.close();

  /// The VM sends the texts of the error and of its stack, or null.
  void _take(Object? message) {
    if (message is! List || message.isEmpty) return;
    final text = '${message.first}';
    final stack = message.length > 1 ? '${message[1] ?? ''}' : '';
    _client.recordCrash(
      'IsolateError',
      text,
      stack,
      props: const {'source': 'isolate'},
    );
  }
}
