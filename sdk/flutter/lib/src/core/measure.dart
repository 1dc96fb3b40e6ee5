import 'client.dart';

/// Traces around what an app does anyway.
extension TidemarkMeasure on TidemarkClient {
  /// Measures what [run] does. What it throws is thrown; the trace says so.
  Future<T> measure<T>(String name, Future<T> Function() run) async {
    final trace = startTrace(name);
    try {
      return await run();
    } on Object catch (error) {
      trace.set('error', error.runtimeType.toString());
      rethrow;
    } finally {
      trace.stop();
    }
  }

  /// Measures one HTTP request of whatever client [send] uses, as a trace
  /// `GET api.example.com` with method, address (without its query) and
  /// status. What it throws is thrown.
  Future<T> measureHttp<T>(
    String method,
    Uri url,
    Future<T> Function() send, {
    int? Function(T response)? status,
  }) async {
    final trace =
        startTrace('${method.toUpperCase()} ${url.host}')
          ..set('method', method.toUpperCase())
          ..set('url', bareUrl(url));
    try {
      final response = await send();
      trace.set('status', _statusOf(response, status));
      return response;
    } on Object catch (error) {
      trace.set('error', error.runtimeType.toString());
      rethrow;
    } finally {
      trace.attributes.removeWhere((_, value) => value == null);
      trace.stop();
    }
  }
}

/// The app's own function must not fail the request that it looks at.
int? _statusOf<T>(T response, int? Function(T response)? status) {
  try {
    return status?.call(response);
  } on Object {
    return null;
  }
}

/// [url] without user, query and fragment.
String bareUrl(Uri url) =>
    url.hasAuthority
        ? '${url.scheme}://${url.host}${url.hasPort ? ':${url.port}' : ''}'
            '${url.path}'
        : url.path;
