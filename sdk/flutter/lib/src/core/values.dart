import 'dart:convert';

/// Longest string of a value, in bytes of UTF-8.
const int maxStringBytes = 1024;

/// Deepest level of containers; the outermost is 1.
const int maxDepth = 16;

/// What stands in the place of a redacted value.
const String redacted = '[redacted]';

/// [text] cut to [max] bytes of UTF-8, at a character. Half a surrogate pair
/// becomes U+FFFD, as encoding does it.
String cutBytes(String text, int max) {
  if (text.length * 3 <= max) return text;
  var bytes = 0;
  var i = 0;
  while (i < text.length) {
    final unit = text.codeUnitAt(i);
    final pair =
        unit & 0xfc00 == 0xd800 &&
        i + 1 < text.length &&
        text.codeUnitAt(i + 1) & 0xfc00 == 0xdc00;
    bytes +=
        pair
            ? 4
            : unit < 0x80
            ? 1
            : unit < 0x800
            ? 2
            : 3;
    if (bytes > max) return text.substring(0, i);
    i += pair ? 2 : 1;
  }
  return text;
}

/// Turns whatever an app hands over into what JSON can hold, within the
/// limits, with the values of some keys covered. Never throws.
final class Cleaner {
  /// [redactKeys] are compared without case, at any depth.
  Cleaner(Iterable<String> redactKeys)
    : _keys = {for (final key in redactKeys) key.toLowerCase()};

  final Set<String> _keys;

  /// Whether the value of [key] is covered.
  bool covers(String key) =>
      _keys.isNotEmpty && _keys.contains(key.toLowerCase());

  /// A clean copy of a map of properties.
  Map<String, Object?> object(Map<Object?, Object?> from) {
    try {
      return _map(from, const <Object>[]);
    } on Object {
      return {}; // a map that cannot be walked
    }
  }

  /// A clean copy of one value, [covers] its key aside.
  Object? value(Object? from) => _value(from, const <Object>[]);

  Map<String, Object?> _map(Map<Object?, Object?> from, List<Object> path) {
    final inside = [...path, from];
    final out = <String, Object?>{};
    for (final entry in from.entries) {
      final key = entry.key is String ? entry.key! as String : _text(entry.key);
      out[key] = covers(key) ? redacted : _value(entry.value, inside);
    }
    return out;
  }

  Object? _value(Object? v, List<Object> path) {
    if (v == null || v is bool || v is int) return v;
    if (v is String) return cutBytes(v, maxStringBytes);
    if (v is num) return v.isFinite ? v : null;
    if (v is DateTime) return v.toUtc().toIso8601String();
    if (v is Enum) return v.name;
    if (v is! Map && v is! Iterable) return _other(v, path);
    for (final outer in path) {
      if (identical(outer, v)) return '[circular]';
    }
    if (path.length >= maxDepth) return '[deep]';
    try {
      if (v is Map) return _map(v, path);
      final inside = [...path, v];
      return [for (final one in v as Iterable<Object?>) _value(one, inside)];
    } on Object {
      return _text(v); // changed while it was read, a getter that throws …
    }
  }

  /// What has a `toJson()` says itself what it is; the rest is its text.
  Object? _other(Object v, List<Object> path) {
    if (path.length >= maxDepth) return '[deep]';
    Object? json;
    try {
      json = (v as dynamic).toJson() as Object?;
    } on Object {
      return _text(v);
    }
    for (final outer in path) {
      if (identical(outer, v)) return '[circular]';
    }
    // The object stands in the path, so that one that returns itself ends.
    return _value(json, [...path, v]);
  }

  static String _text(Object? v) {
    try {
      return cutBytes('$v', maxStringBytes);
    } on Object {
      return '[unreadable]';
    }
  }
}

/// One line of JSON, without its newline.
List<int> encodeLine(Map<String, Object?> value) => _encoder.convert(value);

final JsonUtf8Encoder _encoder = JsonUtf8Encoder();
