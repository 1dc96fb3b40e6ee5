/// Value of `X-SDK`, and the name that the server's switch knows.
const String sdkName = 'flutter';

/// Value of `X-SDK-Version`; the version of `pubspec.yaml`.
const String sdkVersion = '1.0.0';
