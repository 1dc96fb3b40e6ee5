import 'folder.dart';
import 'options.dart';
import 'transport.dart';

/// Memory: there is no disk.
Folder openFolder(String? path) => MemoryFolder();

/// Where the queue lies unless the app says otherwise; null in memory.
String? defaultFolder(String? appId) => null;

/// There is no network.
Transport openTransport() => NoTransport();

/// What is known of the device.
DeviceInfo detectDevice() => const DeviceInfo();
