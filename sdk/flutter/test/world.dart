// A world for a client: a clock that stands still, a network by script, a
// folder in memory or on disk.
import 'dart:async';
import 'dart:convert';

import 'package:tidemark/src/core/folder.dart';
import 'package:tidemark/src/core/host.dart';
import 'package:tidemark/src/core/transport.dart';
import 'package:tidemark/tidemark_core.dart';

import '../conformance/runner_clock.dart';

typedef Item = Map<String, Object?>;

/// Answers 202, or what [answer] says; keeps what it was sent.
final class ScriptedTransport implements Transport {
  final List<Item> bodies = [];
  FutureOr<HttpAnswer?> Function(HttpCall call)? answer;

  List<Item> get items => [
    for (final body in bodies) ...(body['items']! as List).cast<Item>(),
  ];

  @override
  Future<HttpAnswer> send(HttpCall call) async {
    final made = await answer?.call(call);
    if (made == null || made.status == 202) {
      bodies.add(jsonDecode(utf8.decode(call.body!)) as Item);
    }
    return made ?? const HttpAnswer(202, {}, '{}');
  }

  @override
  List<int>? gzip(List<int> bytes) => null;

  @override
  void close() {}
}

/// Nobody listens there.
const String nowhere = 'http://127.0.0.1:1';

const int start = 1767225600000;

final class World {
  World({Folder? folder, int now = start})
    : folder = folder ?? MemoryFolder(),
      clock = RunnerClock(now);

  final Folder folder;
  final RunnerClock clock;
  final ScriptedTransport network = ScriptedTransport();
  final List<String> said = [];

  Host get host =>
      Host(clock: clock, transport: network, folder: folder, jitter: () => 0.5);

  TidemarkClient client({
    BeforeSend? beforeSend,
    Consent? consent,
    double events = 1,
    int batchSize = 100,
    void Function(String)? onDiagnostic,
    AppInfo app = const AppInfo(),
    bool timeline = false,
  }) => TidemarkClient.on(
    host,
    TidemarkOptions(
      endpoint: nowhere,
      writeKey: 'tm_wk_test',
      app: app,
      beforeSend: beforeSend,
      consent: consent,
      eventSampling: events,
      batchSize: batchSize,
      gzip: false,
      remoteConfig: false,
      timeline: timeline,
      redactKeys: const ['password'],
      onDiagnostic: onDiagnostic ?? said.add,
    ),
  );

  /// Until nothing is left to do.
  Future<void> settle() async {
    for (var i = 0; i < 5; i++) {
      if (clock.runDue()) i = 0;
      await Future<void>.delayed(Duration.zero);
    }
  }

  Future<void> advance(int ms) => clock.advance(ms, settle);

  /// `close()` in its time.
  Future<void> close(TidemarkClient client) async {
    final closing = client.close();
    await advance(2000);
    await closing;
  }
}

/// Names of the events among [items].
List<Object?> names(Iterable<Item> items) => [
  for (final item in items)
    if (item['type'] == 'event') item['name'],
];
