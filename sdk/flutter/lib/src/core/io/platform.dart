import 'dart:io';

import '../folder.dart';
import '../options.dart';
import '../transport.dart';
import 'file_folder.dart';
import 'http_transport.dart';

/// The folder [path], or memory when [path] is null. Throws when the folder
/// cannot be had.
Folder openFolder(String? path) =>
    path == null ? MemoryFolder() : FileFolder.open(path);

/// Requests by `dart:io`.
Transport openTransport() => HttpTransport();

/// A folder of the app's own that backups leave alone where there is one: a
/// restored install must not go on with another's numbers. Null: none known.
String? defaultFolder(String? appId) {
  final env = Platform.environment;
  final home = env['HOME'];
  final name = (appId ?? '').replaceAll(RegExp('[^A-Za-z0-9._-]'), '_');
  final own = name.isEmpty ? 'app' : name;
  if (Platform.isAndroid) {
    // Flutter's temporary folder is /data/…/PACKAGE/code_cache.
    final cache = Directory.systemTemp;
    return cache.path.endsWith('/code_cache')
        ? '${cache.parent.path}/no_backup/tidemark'
        : null;
  }
  if (Platform.isIOS) {
    return home == null ? null : '$home/Library/Caches/tidemark';
  }
  if (Platform.isMacOS) {
    return home == null
        ? null
        : '$home/Library/Application Support/$own/tidemark';
  }
  if (Platform.isWindows) {
    final local = env['LOCALAPPDATA'];
    return local == null ? null : '$local\\$own\\tidemark';
  }
  final data = env['XDG_DATA_HOME'];
  if (data != null && data.isNotEmpty) return '$data/$own/tidemark';
  return home == null ? null : '$home/.local/share/$own/tidemark';
}

/// Platform, its version and the locale.
DeviceInfo detectDevice() => DeviceInfo(
  platform: Platform.operatingSystem,
  os: Platform.operatingSystemVersion,
  locale: Platform.localeName,
);
