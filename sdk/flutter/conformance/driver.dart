// Drives the core for t/conformance: one JSON command a line on standard
// input, one reply a line on standard output (sdk/spec/driver.md).
import 'dart:async';
import 'dart:convert';
import 'dart:io';

import 'package:tidemark/src/core/clock.dart';
import 'package:tidemark/src/core/folder.dart';
import 'package:tidemark/src/core/host.dart';
import 'package:tidemark/src/core/platform.dart';
import 'package:tidemark/src/core/transport.dart';
import 'package:tidemark/tidemark_core.dart';

import 'runner_clock.dart';

typedef Command = Map<String, Object?>;

Future<void> main() async {
  final driver = Driver();
  final lines = stdin.transform(utf8.decoder).transform(const LineSplitter());
  await for (final line in lines) {
    stdout.writeln(jsonEncode(await driver.answer(line)));
    await stdout.flush();
  }
  exit(0);
}

/// The network, which says when nothing is under way.
final class CountingTransport implements Transport {
  final Transport _inner = openTransport();
  int underWay = 0;

  @override
  Future<HttpAnswer> send(HttpCall call) async {
    underWay++;
    try {
      return await _inner.send(call);
    } finally {
      underWay--;
    }
  }

  @override
  List<int>? gzip(List<int> bytes) => _inner.gzip(bytes);

  @override
  void close() => _inner.close();
}

final class Driver {
  late RunnerClock clock;
  late TidemarkClient client;
  late CountingTransport transport;
  final List<TidemarkTrace> traces = [];

  Future<Map<String, Object?>> answer(String line) async {
    try {
      final command = jsonDecode(line) as Command;
      final name = command['do']! as String;
      if (name == 'init') {
        init(command);
        await settle();
        return {};
      }
      final run = commands[name];
      if (run == null) return {'unsupported': true};
      final reply = await run(command);
      await settle();
      return reply is Map<String, Object?> ? reply : {};
    } on Object catch (error, stack) {
      stderr.writeln('$error\n$stack');
      return {'error': '$error'};
    }
  }

  /// Nothing is left to do at this moment.
  Future<void> settle() async {
    var quiet = 0;
    while (quiet < 3) {
      final ran = clock.runDue();
      quiet = ran || transport.underWay > 0 ? 0 : quiet + 1;
      await Future<void>.delayed(Duration.zero);
    }
  }

  void init(Command c) {
    clock = RunnerClock(c['now']! as int);
    transport = CountingTransport();
    final jitter = (c['jitter']! as num).toDouble();
    client = TidemarkClient.on(
      Host(
        clock: clock,
        transport: transport,
        folder: folderOf(c['dir'] as String?),
        jitter: () => clock.isReal ? Host.randomJitter() : jitter,
      ),
      options(c, c['options'] as Command? ?? const {}),
    );
  }

  Folder folderOf(String? path) {
    try {
      return openFolder(path);
    } on FileSystemException catch (error) {
      stderr.writeln('in memory: $error');
      return MemoryFolder();
    }
  }

  TidemarkOptions options(Command c, Command o) {
    final app = o['app'] as Command? ?? const {};
    final device = o['device'] as Command? ?? const {};
    final sampling = o['sampling'] as Command? ?? const {};
    return TidemarkOptions(
      endpoint: c['endpoint']! as String,
      writeKey: c['key']! as String,
      app: AppInfo(
        id: app['id'] as String?,
        version: app['version'] as String?,
        build: app['build'] as String?,
      ),
      device: DeviceInfo(
        id: device['id'] as String?,
        platform: device['platform'] as String?,
        os: device['os'] as String?,
        model: device['model'] as String?,
        locale: device['locale'] as String?,
      ),
      eventSampling: (sampling['events'] as num? ?? 1).toDouble(),
      traceSampling: (sampling['traces'] as num? ?? 1).toDouble(),
      redactKeys: (o['redactKeys'] as List? ?? const []).cast<String>(),
      beforeSend: filter(o['beforeSend'] as String?),
      consent: o['consent'] == null ? null : consent(o['consent']! as Command),
      queueBytes: o['queueBytes'] as int? ?? 5 << 20,
      queueAgeMs: o['queueAgeMs'] as int? ?? 7 * 24 * 3600 * 1000,
      flushIntervalMs: o['flushIntervalMs'] as int? ?? 5000,
      batchSize: o['batchSize'] as int? ?? 100,
      gzip: o['gzip'] == true,
      remoteConfig: o['config'] == true,
      onDiagnostic: stderr.writeln,
    );
  }

  Consent consent(Command c) => Consent(
    analytics: c['analytics'] != false,
    crashes: c['crashes'] != false,
    traces: c['traces'] != false,
  );

  /// `drop:NAME`, `rename:A:B`, `throw:NAME`
  BeforeSend? filter(String? rule) {
    if (rule == null) return null;
    final part = rule.split(':');
    return (item) {
      if (item['name'] != part[1]) return item;
      return switch (part[0]) {
        'drop' => null,
        'rename' => {...item, 'name': part[2]},
        _ => throw StateError('as the case says'),
      };
    };
  }

  Command props(Command c, [String key = 'props']) =>
      c[key] as Command? ?? const {};

  late final Map<String, FutureOr<Object?> Function(Command c)> commands = {
    'track':
        (c) => client.track(
          c['name']! as String,
          props: props(c),
          namespace: c['ns'] as String?,
        ),
    'screen': (c) => client.screen(c['name']! as String, props: props(c)),
    'identify':
        (c) => client.identify(
          c['user_id']! as String,
          traits: props(c, 'traits'),
        ),
    'alias': (c) => client.alias(c['alias_id']! as String),
    'reset': (c) => client.reset(),
    'set': (c) => client.setUserProperties(props(c, 'values')),
    'set_once': (c) => client.setOnce(props(c, 'values')),
    'increment':
        (c) => client.increment(props(c, 'values').cast<String, num>()),
    'unset': (c) => client.unset((c['keys']! as List).cast<String>()),
    'crash':
        (c) => client.recordCrash(
          c['type']! as String,
          c['message']! as String,
          c['stacktrace']! as String,
          fatal: c['fatal'] == true,
          fingerprint: c['fingerprint'] as String?,
          props: props(c),
        ),
    'breadcrumb':
        (c) => client.breadcrumb(
          c['type']! as String,
          c['message']! as String,
          data: props(c, 'data'),
        ),
    'trace':
        (c) => client.recordTrace(
          c['name']! as String,
          (c['duration_ms']! as num).toDouble(),
          props: props(c),
          traceId: c['trace_id'] as String?,
        ),
    'trace_start': (c) {
      traces.add(client.startTrace(c['name']! as String));
      return {'trace': traces.length - 1};
    },
    'trace_stop': (c) => traces[c['trace']! as int].stop(props(c)),
    'foreground': (c) => client.foreground(),
    'background': (c) => client.background(),
    'start_session': (c) => client.startSession(),
    'end_session': (c) => client.endSession(),
    'consent': (c) => client.setConsent(consent(c)),
    'opt_out': (c) => client.optOut(),
    'opt_in': (c) => client.optIn(),
    'flush': (c) => client.flush(),
    'close': (c) => close(),
    'advance': (c) => clock.advance(c['ms']! as int, settle),
    'state': (c) => state(),
    'flag':
        (c) => {
          'value': client.flag(
            c['name']! as String,
            otherwise: c['default'] == true,
          ),
        },
    'burst': burst,
    // Its alarms are those of a clock that nobody moves any more.
    'leave': (c) {
      transport.close();
      traces.clear();
    },
    'real': (c) => clock.becomeReal(),
  };

  Map<String, Object?> state() {
    final s = client.status;
    return {
      'queued': s.queued,
      'paused_ms': s.pausedMs,
      'user_id': s.userId,
      'anonymous_id': s.anonymousId,
      'session': s.session,
      'discarded': s.discarded,
      'enabled': s.enabled,
    };
  }

  /// The clock moves by itself as long as `close()` waits.
  Future<Command> close() async {
    if (clock.isReal) await client.close();
    final begin = clock.ticks();
    var open = true;
    unawaited(client.close().whenComplete(() => open = false));
    for (; ; clock.moveToNext()) {
      await settle();
      if (!open) return {'ms': clock.ticks() - begin};
    }
  }

  /// Each name goes to standard error when its call has returned, by a write
  /// of its own.
  Future<void> burst(Command c) async {
    final said = File('/dev/stderr').openSync(mode: FileMode.writeOnly);
    for (var i = 0; i < (c['n']! as int); i++) {
      final name = '${c['prefix']}-$i';
      client.track(name, props: {'i': i});
      said.writeStringSync('$name\n');
      // Requests go on meanwhile, so that a kill meets them as well.
      if (i % 20 == 19) await Future<void>.delayed(Duration.zero);
    }
    said.closeSync();
  }
}
