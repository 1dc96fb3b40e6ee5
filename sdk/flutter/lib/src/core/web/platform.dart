import 'dart:js_interop';

import '../folder.dart';
import '../options.dart';
import '../transport.dart';
import 'fetch_transport.dart';
import 'storage_folder.dart';

/// The browser's local storage under the name [path], or memory when [path] is
/// null. Throws when another tab has it.
Folder openFolder(String? path) =>
    path == null ? MemoryFolder() : StorageFolder.open(path);

/// Requests by `fetch`.
Transport openTransport() => FetchTransport();

/// One name for each app of an origin.
String? defaultFolder(String? appId) => 'tidemark/${appId ?? 'app'}';

@JS('navigator.language')
external String? get _language;

/// The browser's language.
DeviceInfo detectDevice() => DeviceInfo(platform: 'web', locale: _language);
