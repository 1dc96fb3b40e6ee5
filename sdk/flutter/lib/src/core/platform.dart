/// What differs between platforms, chosen when the app is built.
library;

export 'platform_none.dart'
    if (dart.library.io) 'io/platform.dart'
    if (dart.library.js_interop) 'web/platform.dart';
