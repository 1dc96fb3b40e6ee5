import 'dart:async';
import 'dart:convert';
import 'dart:io' as io;

import '../transport.dart';

/// Requests by `dart:io`.
final class HttpTransport implements Transport {
  /// Opens connections when they are needed.
  HttpTransport() : _client = _make();

  io.HttpClient _client;

  static io.HttpClient _make() =>
      io.HttpClient()
        ..connectionTimeout = const Duration(milliseconds: requestTimeoutMs)
        ..idleTimeout = const Duration(seconds: 10)
        ..autoUncompress = true
        ..userAgent = null;

  @override
  Future<HttpAnswer> send(HttpCall call) async {
    try {
      return await _send(
        call,
      ).timeout(const Duration(milliseconds: requestTimeoutMs));
    } on TimeoutException {
      // The only way to end a request whose answer does not come.
      close();
      _client = _make();
      rethrow;
    }
  }

  Future<HttpAnswer> _send(HttpCall call) async {
    final request = await _client.openUrl(call.method, call.url);
    request.followRedirects = false;
    call.headers.forEach(request.headers.set);
    final body = call.body;
    if (body != null) {
      request.contentLength = body.length;
      request.add(body);
    }
    final response = await request.close();
    final text =
        await response
            .transform(const Utf8Decoder(allowMalformed: true))
            .join();
    final headers = <String, String>{};
    response.headers.forEach((name, values) => headers[name] = values.last);
    return HttpAnswer(response.statusCode, headers, text);
  }

  @override
  List<int>? gzip(List<int> bytes) => io.gzip.encode(bytes);

  @override
  void close() => _client.close(force: true);
}
