import 'dart:async';
import 'dart:convert';
import 'dart:js_interop';
import 'dart:math';
import 'dart:typed_data';

import '../folder.dart';

@JS('localStorage')
external _Storage get _storage;

extension type _Storage._(JSObject _) implements JSObject {
  external int get length;
  external String? key(int index);
  external String? getItem(String key);
  external void setItem(String key, String value);
  external void removeItem(String key);
}

/// A lock that was not renewed for this long is nobody's.
const int _staleMs = 10000;

/// A folder in the browser's local storage, an entry for each append: to add
/// to a text there would mean to write all of it again. Held by one tab.
final class StorageFolder implements Folder {
  StorageFolder._(this._prefix, this._holder);

  /// Throws a [StateError] when another tab has it.
  factory StorageFolder.open(String name) {
    final prefix = '$name/';
    final held = _storage.getItem('$prefix$_lockName')?.split(' ');
    final renewed = held == null ? null : int.tryParse(held.last);
    final age = renewed == null ? _staleMs : _now() - renewed;
    if (age >= 0 && age < _staleMs) throw StateError('held by another tab');
    final holder = '${Random().nextInt(0x7fffffff)}';
    final folder = StorageFolder._(prefix, holder).._renew();
    folder._timer = Timer.periodic(
      const Duration(seconds: 3),
      (_) => folder._renew(),
    );
    return folder;
  }

  static const String _lockName = 'lock';

  final String _prefix;
  final String _holder;
  Timer? _timer;

  /// Entries of each text that grows.
  final Map<String, int> _parts = {};

  static int _now() => DateTime.now().millisecondsSinceEpoch;

  void _renew() {
    try {
      _storage.setItem('$_prefix$_lockName', '$_holder ${_now()}');
    } on Object {
      // Storage is full; an older time stays.
    }
  }

  /// `prefix + name + '#' + 8 digits`
  String _key(String name, int part) =>
      '$_prefix$name#${'$part'.padLeft(8, '0')}';

  List<String> _keys([String name = '']) => [
    for (var i = 0; i < _storage.length; i++)
      if (_storage.key(i) case final String key
          when key.startsWith('$_prefix$name') && key.contains('#'))
        key,
  ];

  @override
  bool get lasting => true;

  @override
  List<String> names() =>
      {
        for (final key in _keys())
          key.substring(_prefix.length, key.lastIndexOf('#')),
      }.toList();

  @override
  Uint8List? read(String name) {
    final keys = _keys('$name#')..sort();
    if (keys.isEmpty) return null;
    final text = StringBuffer();
    for (final key in keys) {
      text.write(_storage.getItem(key) ?? '');
    }
    return utf8.encode('$text');
  }

  @override
  void write(String name, List<int> bytes) {
    _storage.setItem(_key(name, 0), utf8.decode(bytes));
    for (final key in _keys('$name#')) {
      if (key != _key(name, 0)) _storage.removeItem(key);
    }
    _parts[name] = 1;
  }

  @override
  void append(String name, List<int> bytes) {
    final part = _parts[name] ?? _keys('$name#').length;
    _storage.setItem(_key(name, part), utf8.decode(bytes));
    _parts[name] = part + 1;
  }

  @override
  void seal(String name) => _parts.remove(name);

  @override
  void delete(String name) {
    _parts.remove(name);
    _keys('$name#').forEach(_storage.removeItem);
  }

  @override
  void close() {
    _timer?.cancel();
    _storage.removeItem('$_prefix$_lockName');
  }
}
