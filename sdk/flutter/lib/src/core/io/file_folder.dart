import 'dart:io';
import 'dart:typed_data';

import '../folder.dart';

/// A folder of the file system, held by a lock so that no second process
/// writes into it.
final class FileFolder implements Folder {
  FileFolder._(this._path, this._lock);

  /// Makes the folder when it is not there. Throws a [FileSystemException]
  /// when it cannot be written or somebody else holds it.
  factory FileFolder.open(String path) {
    Directory(path).createSync(recursive: true);
    final name = '$path/lock';
    if (_isOpenHere(name)) {
      throw FileSystemException('held by this process', path);
    }
    final lock = File(name).openSync(mode: FileMode.append);
    try {
      lock.lockSync(FileLock.exclusive);
    } on FileSystemException {
      lock.closeSync();
      rethrow;
    }
    return FileFolder._(path, lock);
  }

  final String _path;
  final RandomAccessFile _lock;
  final Map<String, RandomAccessFile> _open = {};

  /// A lock of the file system is the whole process's, so a second isolate
  /// would get it as well. Where the system lists open files (Linux, Android)
  /// it is seen there; elsewhere one client a folder is the app's own duty.
  static bool _isOpenHere(String name) {
    try {
      final full = File(name).resolveSymbolicLinksSync();
      for (final one in Directory('/proc/self/fd').listSync()) {
        if (one is! Directory && _target(one.path) == full) return true;
      }
    } on FileSystemException {
      return false; // no lock file yet, or no such list
    }
    return false;
  }

  static String? _target(String link) {
    try {
      return Link(link).targetSync();
    } on FileSystemException {
      return null; // closed in between: the list itself was one
    }
  }

  File _file(String name) => File('$_path/$name');

  @override
  bool get lasting => true;

  @override
  List<String> names() => [
    for (final one in Directory(_path).listSync(followLinks: false))
      if (one is File) one.uri.pathSegments.last,
  ];

  @override
  Uint8List? read(String name) {
    final file = _file(name);
    return file.existsSync() ? file.readAsBytesSync() : null;
  }

  @override
  void write(String name, List<int> bytes) {
    final next = _file('$name.new');
    try {
      next.writeAsBytesSync(bytes);
      next.renameSync('$_path/$name');
    } on FileSystemException {
      _tryTo(next.deleteSync);
      rethrow;
    }
  }

  @override
  void append(String name, List<int> bytes) {
    final file = _open[name] ??= _file(name).openSync(mode: FileMode.append);
    final before = file.positionSync();
    try {
      file.writeFromSync(bytes);
    } on FileSystemException {
      _tryTo(() => file.truncateSync(before));
      seal(name);
      if (before == 0) _tryTo(_file(name).deleteSync);
      rethrow;
    }
  }

  @override
  void seal(String name) {
    final file = _open.remove(name);
    if (file != null) _tryTo(file.closeSync);
  }

  @override
  void delete(String name) {
    seal(name);
    final file = _file(name);
    if (file.existsSync()) file.deleteSync();
  }

  @override
  void close() {
    for (final name in _open.keys.toList()) {
      seal(name);
    }
    _tryTo(_lock.closeSync);
  }

  static void _tryTo(void Function() f) {
    try {
      f();
    } on FileSystemException {
      // The failure before this one is the one that is told.
    }
  }
}
