import 'package:flutter/widgets.dart';

import '../core/client.dart';
import '../core/options.dart';
import '../core/platform.dart' as platform;
import 'error_hooks.dart';
import 'lifecycle.dart';
import 'navigator_observer.dart';

/// Tidemark in a Flutter app.
///
///     void main() {
///       Tidemark.start(const TidemarkOptions(
///         endpoint: 'https://tidemark.example',
///         writeKey: 'tm_wk_…',
///         app: AppInfo(id: 'com.example.shop', version: '2.3.1', build: '231'),
///       ));
///       runApp(const ShopApp());
///     }
///
/// The queue survives restarts and belongs to the root isolate. Errors of
/// other isolates come by `IsolateErrors` of `tidemark_io.dart`.
abstract final class Tidemark {
  static TidemarkClient? _client;
  static LifecycleObserver? _lifecycle;
  static ErrorHooks? _errors;

  /// Begins: opens the queue, follows the life cycle, hears of errors,
  /// measures the cold start. Returns the client; a second call returns the
  /// same. Never throws and waits for nothing.
  ///
  /// [directory] is the queue's folder; by default one of the app's own, which
  /// backups leave alone where the platform has such. [launched] is a stopwatch
  /// that was started as the first thing in `main()`, for a cold start that
  /// counts what came before this call.
  static TidemarkClient start(
    TidemarkOptions options, {
    String? directory,
    Stopwatch? launched,
    bool catchErrors = true,
    bool measureColdStart = true,
  }) {
    final running = _client;
    if (running != null) return running;
    final watch = launched ?? (Stopwatch()..start());
    final binding = WidgetsFlutterBinding.ensureInitialized();
    final client = TidemarkClient.open(
      options,
      directory: directory ?? _defaultFolder(options),
    )..setContext(device: _describe(options.device));
    _client = client;
    _errors = catchErrors ? ErrorHooks(client, binding) : null;
    final lifecycle = _lifecycle = LifecycleObserver(client, binding);
    if (measureColdStart) _measureColdStart(client, binding, lifecycle, watch);
    return client;
  }

  /// The client that [start] made; null before.
  static TidemarkClient? get clientOrNull => _client;

  /// The client that [start] made; before that one that records nothing.
  static TidemarkClient get client => _client ?? _idle;

  static final TidemarkClient _idle = TidemarkClient.idle();

  /// Records screens; see [TidemarkNavigatorObserver]. May be made before
  /// [start]. One for each navigator.
  static TidemarkNavigatorObserver navigatorObserver({
    String? Function(Route<dynamic> route)? nameOf,
    bool measureLoads = true,
  }) => TidemarkNavigatorObserver(
    () => _client,
    nameOf: nameOf,
    measureLoads: measureLoads,
  );

  /// Ends what [start] began and gives the handlers back.
  static Future<void> stop() async {
    final client = _client;
    _client = null;
    _errors?.close();
    _lifecycle?.close();
    _errors = null;
    _lifecycle = null;
    await client?.close();
  }

  static String? _defaultFolder(TidemarkOptions options) {
    try {
      final path = platform.defaultFolder(options.app.id);
      if (path == null) {
        options.onDiagnostic?.call(
          'the queue is in memory: no folder of the app is known here, '
          'pass one as directory',
        );
      }
      return path;
    } on Object {
      return null;
    }
  }

  /// What the app has not said is looked up.
  static DeviceInfo _describe(DeviceInfo said) {
    DeviceInfo found;
    try {
      found = platform.detectDevice();
    } on Object {
      found = const DeviceInfo();
    }
    return DeviceInfo(
      id: said.id,
      platform: said.platform ?? found.platform,
      os: said.os ?? found.os,
      model: said.model,
      locale: said.locale ?? found.locale,
    );
  }

  /// From the start to the first frame on the screen, unless the app left the
  /// front in between.
  static void _measureColdStart(
    TidemarkClient client,
    WidgetsBinding binding,
    LifecycleObserver lifecycle,
    Stopwatch watch,
  ) {
    final begun =
        DateTime.now().millisecondsSinceEpoch - watch.elapsedMilliseconds;
    binding.waitUntilFirstFrameRasterized.then((_) {
      if (lifecycle.leaves > 0) return;
      client.recordTrace(
        'cold_start',
        watch.elapsedMicroseconds / 1000,
        startedAt: begun,
      );
    }, onError: (Object _) {});
  }
}
