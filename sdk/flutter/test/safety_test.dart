// Nothing that goes wrong in the SDK, its world or the app's own functions
// reaches the app.
import 'dart:async';
import 'dart:convert';
import 'dart:io';

import 'package:tidemark/src/core/folder.dart';
import 'package:tidemark/src/core/io/file_folder.dart';
import 'package:tidemark/src/core/transport.dart';
import 'package:tidemark/tidemark_core.dart';

import 'tap.dart';
import 'values_test.dart' show Rude;
import 'world.dart';

Future<void> run() async {
  final top = Directory.systemTemp.createTempSync('tidemark-test-');
  try {
    await guarded('a beforeSend that throws', _beforeSend);
    await guarded('values that throw', _values);
    await guarded('an onDiagnostic that throws', _diagnostic);
    await guarded('a transport that throws', _transport);
    await guarded('a folder that fails', _brokenFolder);
    await guarded('a folder that cannot be', () => _noFolder(top));
    await guarded('a clock that goes back', _clockBack);
    await guarded('a network that fails at the end', _closing);
    await guarded('calls after close', _afterClose);
    await guarded('a disk that is full', () => _full(top));
    await _control();
  } finally {
    top.deleteSync(recursive: true);
  }
}

/// What escapes is caught by the zone, as an app's would.
Future<List<Object>> escaped(FutureOr<void> Function() run) async {
  final errors = <Object>[];
  final done = Completer<void>();
  runZonedGuarded(() async {
    try {
      await run();
      await Future<void>.delayed(Duration.zero);
    } on Object catch (error) {
      errors.add(error);
    }
    done.complete();
  }, (error, _) => errors.add(error));
  await done.future;
  return errors;
}

Future<void> guarded(String what, FutureOr<void> Function() run) async =>
    equal(await escaped(run), <Object>[], '$what does not reach the app');

Future<void> _control() async {
  final errors = await escaped(() {
    scheduleMicrotask(() => throw StateError('as planned'));
  });
  equal(errors.length, 1, 'negative control: an error that escapes is seen');
}

/// Every call there is.
void everything(TidemarkClient client, [Object? value = 1]) {
  final props = {'v': value};
  client
    ..track('', props: props)
    ..track('a' * 500, props: props, namespace: 'n' * 500)
    ..screen('s', props: props)
    ..identify('u' * 500, traits: props)
    ..alias('x')
    ..setUserProperties(props)
    ..setOnce(props)
    ..increment({'n': double.nan})
    ..unset(['a'])
    ..breadcrumb('ui', 'tap', data: props)
    ..recordError(Rude(), null, props: props)
    ..recordError(StateError('x'), StackTrace.current, fatal: true)
    ..recordTrace('t', double.nan)
    ..recordTrace('t', 1, props: props)
    ..startTrace('t').stop(props)
    ..background()
    ..foreground()
    ..startSession()
    ..endSession()
    ..disable()
    ..enable()
    ..setSampling(events: 2, traces: -1)
    ..setContext(app: const AppInfo(version: '2'))
    ..setWriteKey('')
    ..setConsent(const Consent(traces: false))
    ..setConsent(const Consent())
    ..flag('f')
    ..reset()
    ..optOut()
    ..optIn()
    ..track('z');
}

Future<void> _beforeSend() async {
  final world = World();
  late TidemarkClient client;
  client = world.client(
    beforeSend: (item) {
      client.track('from inside'); // would never end
      throw StateError('as planned');
    },
  );
  everything(client);
  await client.flush();
  equal(names(world.network.items), <Object>[], 'nothing passed the filter');
  final odd = World();
  final other = odd.client(
    beforeSend:
        (item) => {
          ...item,
          'props': {'at': DateTime.utc(2026)},
        },
  )..track('a');
  await other.flush();
  final event = odd.network.items.last;
  equal(
    (event['props']! as Item)['at'],
    '2026-01-01T00:00:00.000Z',
    'what the filter puts in is made clean',
  );
  final renumbered = World();
  final third = renumbered.client(
    beforeSend: (item) => {...item, 'seq': 77, 'id': 'x', 'type': 'crash'},
  )..track('a');
  await third.flush();
  final kept = renumbered.network.items.last;
  equal('${kept['type']} ${kept['seq']}', 'event 2', 'numbers and types stay');
}

Future<void> _values() async {
  final world = World();
  final client = world.client();
  everything(client, Rude());
  await client.flush();
  ok(world.network.items.isNotEmpty, 'the rest of the item is sent');
}

Future<void> _diagnostic() async {
  final world = World();
  world.network.answer = (_) => throw StateError('no network');
  final client = world.client(
    onDiagnostic: (_) => throw StateError('as planned'),
    beforeSend: (_) => throw StateError('as planned'),
  );
  everything(client);
  client.recordError('x', null);
  await client.flush();
  await world.close(client);
}

Future<void> _transport() async {
  final world = World();
  world.network.answer = (_) => throw StateError('no network');
  final client = world.client();
  everything(client);
  await client.flush();
  await world.advance(3600000);
  world.network.answer = (_) => const HttpAnswer(202, {}, 'no JSON');
  await world.advance(3600000);
  equal(client.status.queued, 0, 'when the network is back, all of it goes');
}

final class BrokenFolder implements Folder {
  @override
  bool get lasting => true;

  Never _fail() => throw const FileSystemException('broken');

  @override
  List<String> names() => _fail();

  @override
  Never read(String name) => _fail();

  @override
  void write(String name, List<int> bytes) => _fail();

  @override
  void append(String name, List<int> bytes) => _fail();

  @override
  void seal(String name) => _fail();

  @override
  void delete(String name) => _fail();

  @override
  void close() => _fail();
}

Future<void> _brokenFolder() async {
  final world = World(folder: BrokenFolder());
  final client = world.client()..track('a');
  everything(client);
  client.track('b');
  await client.flush();
  ok(names(world.network.items).contains('b'), 'the queue is in memory then');
  await client.close();
}

/// Not even root can make a folder inside a file, or in /proc.
Future<void> _noFolder(Directory top) async {
  final file = File('${top.path}/file')..writeAsStringSync('');
  for (final path in ['${file.path}/queue', '/proc/tidemark']) {
    final said = <String>[];
    final client = TidemarkClient.open(
      TidemarkOptions(
        endpoint: 'http://127.0.0.1:1',
        writeKey: 'k',
        remoteConfig: false,
        onDiagnostic: said.add,
      ),
      directory: path,
    )..track('a');
    ok(
      client.status.queued > 0 && said.isNotEmpty,
      'no folder $path: the queue is in memory, and it is told',
      said,
    );
    await client.close();
  }
}

Future<void> _clockBack() async {
  final world = World();
  final client = world.client()..track('a');
  world.network.answer = (_) => const HttpAnswer(503, {}, '');
  await client.flush();
  final paused = client.status.pausedMs;
  world.clock.set(start - 400 * 24 * 3600 * 1000);
  equal(client.status.pausedMs, paused, 'a pause is no longer for it');
  client.track('b');
  final session = client.status.session;
  await world.advance(31 * 60 * 1000);
  world.network.answer = null;
  client.track('c');
  ok(client.status.session != session, 'a session still ends');
  await world.advance(600000);
  equal(names(world.network.items), ['a', 'b', 'c'], 'and nothing is lost');
  world.clock.set(start + 400 * 24 * 3600 * 1000);
  client.track('d');
  await client.flush();
  equal(names(world.network.items).last, 'd', 'nor by a clock that leaps');
}

/// While it closes: two failures, then an answer; and no answer at all.
Future<void> _closing() async {
  for (final (failures, stored) in [
    (2, ['a']),
    (99, <String>[]),
  ]) {
    final world = World();
    var tries = 0;
    world.network.answer = (_) {
      tries++;
      if (tries == 1) throw StateError('no network');
      return tries <= failures ? const HttpAnswer(503, {}, '') : null;
    };
    final client = world.client()..track('a');
    await world.close(client);
    equal(
      [tries, names(world.network.items)],
      [3, stored],
      'close() tries again in its time: $failures failures',
    );
    await world.advance(60000);
    equal(tries, 3, 'and not after it');
  }
}

Future<void> _afterClose() async {
  final world = World();
  final client = world.client();
  await client.close();
  everything(client);
  await client.flush();
  await client.close();
  equal(client.status.queued, 0, 'nothing is recorded after close');
}

/// The kernel's own ENOSPC, for the first segment and for the state file.
Future<void> _full(Directory top) async {
  final path = '${top.path}/full';
  Directory(path).createSync();
  for (final name in [
    'event-${'1'.padLeft(20, '0')}.ndjson',
    'state.json.new',
  ]) {
    Link('$path/$name').createSync('/dev/full');
  }
  final world = World(folder: FileFolder.open(path));
  final client = world.client()..track('a');
  equal(client.status.queued, 2, 'what the disk would not have is in memory');
  ok(
    world.said.any((line) => line.contains('errno = 28')),
    'ENOSPC is told',
    world.said,
  );
  await client.flush();
  client.track('b');
  await client.flush();
  equal(names(world.network.items), ['a', 'b'], 'and is sent');
  await client.close();
}

/// Run with `ulimit -f`: files stop growing in the middle of a line.
Future<void> limited(String path) async {
  final world = World(folder: FileFolder.open(path));
  final client = world.client(batchSize: 100);
  for (var i = 0; i < 300; i++) {
    client.track('e$i', props: {'text': 'x' * 400});
  }
  final torn = [
    for (final file in Directory(path).listSync().whereType<File>())
      if (file.path.endsWith('.ndjson') &&
          !file.readAsStringSync().endsWith('\n'))
        file.path,
  ];
  equal(torn, <Object>[], 'no line is left half');
  ok(
    world.said.any((line) => line.contains('errno = 27')),
    'EFBIG is told',
    world.said.length,
  );
  for (final file in Directory(path).listSync().whereType<File>()) {
    if (!file.path.endsWith('.ndjson')) continue;
    file.readAsLinesSync().forEach(jsonDecode);
  }
  await client.flush();
  equal(
    names(world.network.items),
    [for (var i = 0; i < 300; i++) 'e$i'],
    'with files that may not grow, every event is sent once',
  );
}
