/// The app that is measured. Everything is optional.
final class AppInfo {
  /// Facts that go into each batch.
  const AppInfo({this.id, this.version, this.build});

  /// Bundle id or application id, such as `com.example.shop`.
  final String? id;

  /// The version that people see, such as `2.3.1`.
  final String? version;

  /// The build number, such as `231`.
  final String? build;

  /// As the wire has it.
  Map<String, Object?> toJson() => {
    if (id != null) 'id': id,
    if (version != null) 'version': version,
    if (build != null) 'build': build,
  };
}

/// The device it runs on. Everything is optional.
final class DeviceInfo {
  /// Facts that go into each batch.
  const DeviceInfo({this.id, this.platform, this.os, this.model, this.locale});

  /// An id of the device, if the app has one. The SDK makes none: people are
  /// told apart by the anonymous id.
  final String? id;

  /// `android`, `ios`, `web`, `linux`, `macos`, `windows`.
  final String? platform;

  /// Version of the operating system.
  final String? os;

  /// Such as `Pixel 8`.
  final String? model;

  /// Such as `de_DE`.
  final String? locale;

  /// As the wire has it.
  Map<String, Object?> toJson() => {
    if (id != null) 'id': id,
    if (platform != null) 'platform': platform,
    if (os != null) 'os': os,
    if (model != null) 'model': model,
    if (locale != null) 'locale': locale,
  };
}

/// What may be recorded.
final class Consent {
  /// Everything, unless said otherwise.
  const Consent({
    this.analytics = true,
    this.crashes = true,
    this.traces = true,
  });

  /// Reads what [toJson] wrote; what is missing is not allowed.
  Consent.fromJson(Map<String, Object?> json)
    : analytics = json['analytics'] == true,
      crashes = json['crashes'] == true,
      traces = json['traces'] == true;

  /// Events, user properties, identity and sessions.
  final bool analytics;

  /// Crash reports.
  final bool crashes;

  /// Performance traces.
  final bool traces;

  /// As it is kept.
  Map<String, Object?> toJson() => {
    'analytics': analytics,
    'crashes': crashes,
    'traces': traces,
  };
}

/// Called with each item before it is kept, after redaction. Returns the item,
/// changed or not, or null to throw it away. What it throws throws the item
/// away. `type`, `id`, `ts` and `seq` stay what they are.
typedef BeforeSend = Map<String, Object?>? Function(Map<String, Object?> item);

/// How the SDK works. Times are in milliseconds, rates are 0 to 1.
final class TidemarkOptions {
  /// [endpoint] is the server's address without a path, such as
  /// `https://tidemark.example`; [writeKey] is a write key of the environment.
  const TidemarkOptions({
    required this.endpoint,
    required this.writeKey,
    this.app = const AppInfo(),
    this.device = const DeviceInfo(),
    this.eventSampling = 1,
    this.traceSampling = 1,
    this.redactKeys = const [],
    this.beforeSend,
    this.consent,
    this.queueBytes = 5 * 1024 * 1024,
    this.queueAgeMs = 7 * 24 * 3600 * 1000,
    this.flushIntervalMs = 5000,
    this.batchSize = 100,
    this.closeTimeoutMs = 2000,
    this.gzip = true,
    this.remoteConfig = true,
    this.automaticSessions = true,
    this.timeline = false,
    this.onDiagnostic,
  });

  /// The server's address.
  final String endpoint;

  /// `tm_wk_…`.
  final String writeKey;

  /// The app.
  final AppInfo app;

  /// The device.
  final DeviceInfo device;

  /// Share of people whose events are kept. The server may ask for less.
  final double eventSampling;

  /// Share of people whose traces are kept. The server may ask for less.
  final double traceSampling;

  /// Keys whose values are covered wherever they stand, compared without case.
  final List<String> redactKeys;

  /// Sees each item before it is kept.
  final BeforeSend? beforeSend;

  /// What may be recorded. Null: what `setConsent` said last, else everything.
  final Consent? consent;

  /// Most bytes that wait; beyond them the oldest events go first.
  final int queueBytes;

  /// Longest time that something waits.
  final int queueAgeMs;

  /// How long the first item waits for others to be sent with it.
  final int flushIntervalMs;

  /// Items of a batch, 1 to 100.
  final int batchSize;

  /// Longest time that `close()` takes.
  final int closeTimeoutMs;

  /// Whether bodies of 1 KiB or more are compressed.
  final bool gzip;

  /// Whether the server's configuration is fetched: sampling, flags, limits
  /// and its switch to stop an SDK.
  final bool remoteConfig;

  /// False: sessions begin with `startSession()` only.
  final bool automaticSessions;

  /// Whether traces are also written to the Dart timeline (DevTools).
  final bool timeline;

  /// Told what went wrong, in words, for a developer's log. Never told
  /// payloads. What it throws is ignored.
  final void Function(String message)? onDiagnostic;
}
