import 'dart:js_interop';
import 'dart:typed_data';

import '../transport.dart';

@JS('fetch')
external JSPromise<_Response> _fetch(String url, _Init init);

@JS('AbortSignal.timeout')
external JSObject _timeout(int ms);

extension type _Init._(JSObject _) implements JSObject {
  external factory _Init({
    String method,
    JSAny? headers,
    JSAny? body,
    bool keepalive,
    String redirect,
    String credentials,
    JSObject signal,
  });
}

extension type _Headers._(JSObject _) implements JSObject {
  external String? get(String name);
}

extension type _Response._(JSObject _) implements JSObject {
  external int get status;
  external _Headers get headers;
  external JSPromise<JSString> text();
}

/// A page that is being left keeps a request alive up to this size.
const int _keepaliveBytes = 60 * 1024;

/// Requests by `fetch`, which go on when the page is left.
final class FetchTransport implements Transport {
  @override
  Future<HttpAnswer> send(HttpCall call) async {
    final body = call.body;
    final response =
        await _fetch(
          call.url.toString(),
          _Init(
            method: call.method,
            headers: call.headers.jsify(),
            body: body == null ? null : Uint8List.fromList(body).toJS,
            keepalive: (body?.length ?? 0) < _keepaliveBytes,
            redirect: 'manual',
            credentials: 'omit',
            signal: _timeout(requestTimeoutMs),
          ),
        ).toDart;
    final text = (await response.text().toDart).toDart;
    return HttpAnswer(response.status, {
      for (final name in const ['retry-after', 'etag'])
        if (response.headers.get(name) case final String value) name: value,
    }, text);
  }

  @override
  List<int>? gzip(List<int> bytes) => null;

  @override
  void close() {}
}
