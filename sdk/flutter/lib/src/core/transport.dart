/// One request.
final class HttpCall {
  /// [headers] have their names as they are sent.
  const HttpCall(this.method, this.url, this.headers, [this.body]);

  /// `GET` or `POST`.
  final String method;

  /// Where it goes.
  final Uri url;

  /// Name to value.
  final Map<String, String> headers;

  /// Null: none.
  final List<int>? body;
}

/// A whole answer.
final class HttpAnswer {
  /// [headers] have names in lower case.
  const HttpAnswer(this.status, this.headers, this.body);

  /// The status code.
  final int status;

  /// Name in lower case to value.
  final Map<String, String> headers;

  /// The text.
  final String body;
}

/// Longest time a request may take, in milliseconds.
const int requestTimeoutMs = 30000;

/// No network at all.
final class NoTransport implements Transport {
  /// Fails.
  @override
  Future<HttpAnswer> send(HttpCall call) =>
      Future.error(UnsupportedError('no network on this platform'));

  @override
  List<int>? gzip(List<int> bytes) => null;

  @override
  void close() {}
}

/// How requests leave the device.
abstract interface class Transport {
  /// Fails when there is no answer, a part of one, or none within
  /// [requestTimeoutMs]. Follows no redirection.
  Future<HttpAnswer> send(HttpCall call);

  /// [bytes] as gzip, or null where the platform has none.
  List<int>? gzip(List<int> bytes);

  /// Ends what is under way.
  void close();
}
