import 'dart:convert';

import 'clock.dart';
import 'transport.dart';

const int _pollMs = 300 * 1000;

/// What the server asks of its SDKs: sampling, limits, flags, and the switch
/// that stops one.
final class RemoteConfig {
  /// [sdk] is the name that the switch knows.
  RemoteConfig(this._clock, this._sdk);

  final Clock _clock;
  final String _sdk;

  String? _etag;
  int? _askedAt;
  int _poll = _pollMs;
  Map<String, Object?> _flags = const {};

  /// Share of events that the server wants.
  double eventSampling = 1;

  /// Share of traces that the server wants.
  double traceSampling = 1;

  /// Most items of a batch; null unknown.
  int? maxItems;

  /// Most bytes of a body; null unknown.
  int? maxBytes;

  /// Nothing is to be recorded or sent.
  bool killed = false;

  /// Whether it is time to ask (again).
  bool get isDue {
    final asked = _askedAt;
    return asked == null || _clock.ticks() - asked >= _poll;
  }

  /// Milliseconds from now until it is time to ask.
  int get dueIn {
    final asked = _askedAt;
    return asked == null ? 0 : asked + _poll - _clock.ticks();
  }

  /// A flag of the server, or [otherwise] when it is unknown.
  bool flag(String name, bool otherwise) =>
      _flags[name] is bool ? _flags[name]! as bool : otherwise;

  /// Asks the server. A failure changes nothing.
  Future<void> fetch(
    Transport transport,
    Uri url,
    Map<String, String> headers,
  ) async {
    _askedAt = _clock.ticks();
    final answer = await transport.send(
      HttpCall('GET', url, {
        ...headers,
        if (_etag != null) 'If-None-Match': _etag!,
      }),
    );
    if (answer.status != 200) return;
    final body = jsonDecode(answer.body);
    if (body is! Map<String, Object?>) return;
    _etag = answer.headers['etag'];
    _read(body);
  }

  void _read(Map<String, Object?> body) {
    if (body['poll_seconds'] case final num s when s >= 1 && s <= 86400) {
      _poll = (s * 1000).round();
    }
    if (body['sampling'] case final Map<String, Object?> rates) {
      eventSampling = _share(rates['events']);
      traceSampling = _share(rates['traces']);
    }
    if (body['limits'] case final Map<String, Object?> limits) {
      maxItems = _count(limits['max_events']);
      maxBytes = _count(limits['max_body_bytes']);
    }
    if (body['flags'] case final Map<String, Object?> flags) _flags = flags;
    if (body['kill_switch'] case final Map<String, Object?> kill) {
      final names = kill['sdks'];
      killed = kill['all'] == true || names is List && names.contains(_sdk);
    }
  }

  static double _share(Object? v) =>
      v is num && v >= 0 && v <= 1 ? v.toDouble() : 1;

  static int? _count(Object? v) => v is int && v > 0 ? v : null;
}
