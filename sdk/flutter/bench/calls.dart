// What one track() costs the caller, and one recordError(): one line of JSON,
// in nanoseconds (t/bench/sdk.py). The queue is on disk, as in an app; next to
// it in memory.
import 'dart:convert';
import 'dart:io';
import 'dart:math';

import 'package:tidemark/tidemark_core.dart';

const int warm = 3000;
const int rounds = 5;
const int calls = 5000; // of a round
const int depth = 30; // frames of an error
const int calm = 50; // calls between two turns of the event loop

typedef Figures = Map<String, Object?>;

TidemarkClient open(String? directory) => TidemarkClient.open(
  TidemarkOptions(
    endpoint: Platform.environment['SINK'] ?? 'http://127.0.0.1:1',
    writeKey: 'tm_wk_bench',
    app: const AppInfo(id: 'com.example.shop', version: '2.3.1'),
  ),
  directory: directory,
);

/// [each] is given the number of the call and returns what is measured.
Future<Figures> measure(
  void Function() Function(int i) each, {
  int scale = 1, // an error is rarer than an event
}) async {
  final watch = Stopwatch()..start();
  final count = calls ~/ scale;
  final round = [for (var i = 0; i < rounds; i++) <int>[]];
  final before = warm ~/ scale;
  for (var i = 0; i < before + rounds * count; i++) {
    final call = each(i);
    final begin = watch.elapsedTicks;
    call();
    final ticks = watch.elapsedTicks - begin;
    if (i >= before) {
      final nanos = ticks * 1000000000 ~/ watch.frequency;
      round[(i - before) ~/ count].add(nanos);
    }
    // An app's own event loop: what is due is sent meanwhile.
    if (i % calm == calm - 1) await Future<void>.delayed(Duration.zero);
  }
  for (final times in round) {
    times.sort();
  }
  // Dart knows no thread's own time: of the rounds the one that other
  // processes have disturbed least.
  int best(int at) => round.map((times) => times[at]).reduce(min);
  return {
    'ns_per_call_p50': best(count ~/ 2),
    'ns_per_call_p99': best(count * 99 ~/ 100),
  };
}

Future<Figures> events(String? directory) async {
  final client = open(directory);
  final figures = await measure((i) {
    final props = {'plan': 'pro', 'n': i, 'price': 9.99, 'from': 'bench'};
    return () => client.track('bench_event', props: props);
  });
  await client.close();
  return figures;
}

Never fail(int left) => left > 0 ? fail(left - 1) : throw StateError('deep');

Future<Figures> errors(String directory, {required bool fatal}) async {
  final client = open(directory);
  final figures = await measure((i) {
    try {
      fail(depth);
    } on StateError catch (error, stack) {
      return () => client.recordError(error, stack, fatal: fatal);
    }
  }, scale: 10);
  await client.close();
  return figures;
}

Future<void> main() async {
  final folder = Directory.systemTemp.createTempSync('tidemark-bench-');
  final memory = await events(null);
  final disk = await events('${folder.path}/queue');
  final handled = await errors('${folder.path}/handled', fatal: false);
  final fatal = await errors('${folder.path}/fatal', fatal: true);
  folder.deleteSync(recursive: true);
  final version = Platform.version.split(' ').first;
  print(
    jsonEncode({
      'sdk': 'flutter',
      'runtime': 'Dart $version, 32-bit JIT',
      ...disk,
      'disk': disk,
      'memory': memory,
      'crash': {...handled, 'fatal': fatal},
    }),
  );
  exit(0);
}
