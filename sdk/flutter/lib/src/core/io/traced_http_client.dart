import 'dart:io';

import '../client.dart';
import '../measure.dart';

/// An [HttpClient] that records a trace for each request, from its opening to
/// the head of its answer: method, address without its query, status.
final class TracedHttpClient implements HttpClient {
  /// Does its work with [inner].
  TracedHttpClient(this._inner, this._client);

  final HttpClient _inner;
  final TidemarkClient _client;

  Future<HttpClientRequest> _open(
    String method,
    Uri url,
    Future<HttpClientRequest> Function() open,
  ) async {
    if (_client.isOwnRequest(url)) return open();
    final trace =
        _client.startTrace('$method ${url.host}')
          ..set('method', method)
          ..set('url', bareUrl(url));
    void fail(Object error) => trace.stop({'error': '${error.runtimeType}'});
    try {
      final request = await open();
      request.done.then<void>(
        (response) => trace.stop({'status': response.statusCode}),
        onError: fail,
      );
      return request;
    } on Object catch (error) {
      fail(error);
      rethrow;
    }
  }

  Future<HttpClientRequest> _openParts(
    String method,
    String host,
    int port,
    String path,
    Future<HttpClientRequest> Function() open,
  ) {
    final bare = path.split('?').first.split('#').first;
    return _open(
      method,
      Uri(scheme: 'http', host: host, port: port, path: bare),
      open,
    );
  }

  @override
  Future<HttpClientRequest> open(
    String method,
    String host,
    int port,
    String path,
  ) => _openParts(
    method.toUpperCase(),
    host,
    port,
    path,
    () => _inner.open(method, host, port, path),
  );

  @override
  Future<HttpClientRequest> openUrl(String method, Uri url) =>
      _open(method.toUpperCase(), url, () => _inner.openUrl(method, url));

  @override
  Future<HttpClientRequest> get(String host, int port, String path) =>
      open('GET', host, port, path);

  @override
  Future<HttpClientRequest> getUrl(Uri url) => openUrl('GET', url);

  @override
  Future<HttpClientRequest> post(String host, int port, String path) =>
      open('POST', host, port, path);

  @override
  Future<HttpClientRequest> postUrl(Uri url) => openUrl('POST', url);

  @override
  Future<HttpClientRequest> put(String host, int port, String path) =>
      open('PUT', host, port, path);

  @override
  Future<HttpClientRequest> putUrl(Uri url) => openUrl('PUT', url);

  @override
  Future<HttpClientRequest> delete(String host, int port, String path) =>
      open('DELETE', host, port, path);

  @override
  Future<HttpClientRequest> deleteUrl(Uri url) => openUrl('DELETE', url);

  @override
  Future<HttpClientRequest> patch(String host, int port, String path) =>
      open('PATCH', host, port, path);

  @override
  Future<HttpClientRequest> patchUrl(Uri url) => openUrl('PATCH', url);

  @override
  Future<HttpClientRequest> head(String host, int port, String path) =>
      open('HEAD', host, port, path);

  @override
  Future<HttpClientRequest> headUrl(Uri url) => openUrl('HEAD', url);

  @override
  Duration get idleTimeout => _inner.idleTimeout;

  @override
  set idleTimeout(Duration value) => _inner.idleTimeout = value;

  @override
  Duration? get connectionTimeout => _inner.connectionTimeout;

  @override
  set connectionTimeout(Duration? value) => _inner.connectionTimeout = value;

  @override
  int? get maxConnectionsPerHost => _inner.maxConnectionsPerHost;

  @override
  set maxConnectionsPerHost(int? value) => _inner.maxConnectionsPerHost = value;

  @override
  bool get autoUncompress => _inner.autoUncompress;

  @override
  set autoUncompress(bool value) => _inner.autoUncompress = value;

  @override
  String? get userAgent => _inner.userAgent;

  @override
  set userAgent(String? value) => _inner.userAgent = value;

  @override
  set authenticate(
    Future<bool> Function(Uri url, String scheme, String? realm)? f,
  ) => _inner.authenticate = f;

  @override
  void addCredentials(
    Uri url,
    String realm,
    HttpClientCredentials credentials,
  ) => _inner.addCredentials(url, realm, credentials);

  @override
  set connectionFactory(
    Future<ConnectionTask<Socket>> Function(
      Uri url,
      String? proxyHost,
      int? proxyPort,
    )?
    f,
  ) => _inner.connectionFactory = f;

  @override
  set findProxy(String Function(Uri url)? f) => _inner.findProxy = f;

  @override
  set authenticateProxy(
    Future<bool> Function(String host, int port, String scheme, String? realm)?
    f,
  ) => _inner.authenticateProxy = f;

  @override
  void addProxyCredentials(
    String host,
    int port,
    String realm,
    HttpClientCredentials credentials,
  ) => _inner.addProxyCredentials(host, port, realm, credentials);

  @override
  set badCertificateCallback(
    bool Function(X509Certificate cert, String host, int port)? callback,
  ) => _inner.badCertificateCallback = callback;

  @override
  set keyLog(void Function(String line)? callback) => _inner.keyLog = callback;

  @override
  void close({bool force = false}) => _inner.close(force: force);
}

/// Makes every [HttpClient] of the app a [TracedHttpClient], that of
/// `package:http` and `package:dio` too:
///
///     HttpOverrides.global = TracedHttpOverrides(client);
final class TracedHttpOverrides extends HttpOverrides {
  /// Asks [former], the overrides that were there before, for the clients.
  TracedHttpOverrides(this._client, {HttpOverrides? former}) : _former = former;

  final TidemarkClient _client;
  final HttpOverrides? _former;

  @override
  HttpClient createHttpClient(SecurityContext? context) => TracedHttpClient(
    _former?.createHttpClient(context) ?? super.createHttpClient(context),
    _client,
  );
}
