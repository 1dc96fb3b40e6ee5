// What a killed process leaves, and what the next one makes of it.
import 'dart:io';

import 'package:tidemark/src/core/io/file_folder.dart';
import 'package:tidemark/src/core/transport.dart';
import 'package:tidemark/tidemark_core.dart';

import 'tap.dart';
import 'world.dart';

Future<void> run() async {
  final top = Directory.systemTemp.createTempSync('tidemark-test-');
  try {
    await _countsSurvive(top);
    await _sessionsSurvive(top);
    await _locks(top);
    await _consentDeletes();
    await _caps(top);
  } finally {
    top.deleteSync(recursive: true);
  }
}

/// A process that is killed: its files are let go, nothing is said to it.
final class Life {
  Life(this.path) : world = World(folder: FileFolder.open(path));

  final String path;
  final World world;

  Life kill() {
    // The kernel would close them.
    world.folder.close();
    return Life(path);
  }
}

int? lost(TidemarkClient client, String reason) {
  for (final one in client.status.discarded) {
    if (one['reason'] == reason) return one['quantity']! as int;
  }
  return null;
}

Future<void> _countsSurvive(Directory top) async {
  var life = Life('${top.path}/counts');
  var client = life.world.client(events: 0);
  client
    ..track('a')
    ..track('b');
  equal(lost(client, 'sampled'), 2, 'two events are not in the share');
  life = life.kill();
  client = life.world.client(events: 0);
  equal(lost(client, 'sampled'), 2, 'a kill forgets no count');
  client.track('c');
  life = life.kill();
  client = life.world.client();
  equal(lost(client, 'sampled'), 3, 'nor does a second');
  life.world.network.answer = (_) => const HttpAnswer(503, {}, '');
  await client.flush();
  equal(client.status.discarded, <Object>[], 'a report begins them anew');
  life = life.kill();
  client = life.world.client();
  equal(client.status.discarded, <Object>[], 'and they stay so after a kill');
  await client.flush();
  final items = life.world.network.items;
  equal(
    [
      for (final item in items)
        if (item['type'] == 'client_report')
          (item['props']! as Item)['discarded_events'],
    ],
    [
      [
        {'reason': 'sampled', 'category': 'event', 'quantity': 3},
      ],
    ],
    'one report has all of it',
  );
  final seqs = [for (final item in items) item['seq']! as int];
  client.track('d');
  await client.flush();
  final next = life.world.network.items.last['seq']! as int;
  ok(seqs.every((seq) => seq < next) && next > 5, 'numbers only grow', next);
}

Future<void> _sessionsSurvive(Directory top) async {
  var life = Life('${top.path}/session');
  var client = life.world.client()..track('a');
  final session = client.status.session;
  final person = client.status.anonymousId;
  life = life.kill();
  client = life.world.client()..track('b');
  equal(client.status.session, session, 'a killed session goes on');
  equal(client.status.anonymousId, person, 'with the same person');
  client.endSession();
  life = life.kill();
  client = life.world.client()..track('c');
  equal(client.status.session, null, 'one that was ended by hand does not');
  await client.close();
  File('${top.path}/session/state.json').writeAsStringSync('{"seq":');
  life = Life(life.path);
  client = life.world.client()..track('d');
  equal(client.status.queued > 0, true, 'a broken state file is no obstacle');
  life.kill().world.folder.close();
}

Future<void> _locks(Directory top) async {
  final path = '${top.path}/lock';
  final first = FileFolder.open(path);
  Object? refused;
  try {
    FileFolder.open(path);
  } on FileSystemException catch (error) {
    refused = error;
  }
  ok(refused != null, 'a second client of this process gets no folder');
  final other = await Process.run(Platform.resolvedExecutable, [
    Platform.script.toFilePath(),
    'lock',
    path,
  ]);
  equal('${other.stdout}'.trim(), 'refused', 'nor does another process');
  first.close();
  final again = await Process.run(Platform.resolvedExecutable, [
    Platform.script.toFilePath(),
    'lock',
    path,
  ]);
  equal(
    '${again.stdout}'.trim(),
    'taken',
    'when it is let go, the next has it',
  );
}

/// The other process of [_locks].
void tryLock(String path) {
  try {
    FileFolder.open(path);
    print('taken');
  } on FileSystemException {
    print('refused');
  }
}

Future<void> _consentDeletes() async {
  final world = World();
  final client =
      world.client()
        ..track('a')
        ..recordTrace('t', 1)
        ..recordCrash('E', 'm', '', fatal: true)
        ..setConsent(const Consent(analytics: false));
  equal(client.status.anonymousId, null, 'without consent nobody is known');
  client.track('b');
  await client.flush();
  final types = [for (final item in world.network.items) item['type']];
  equal(types, [
    'crash',
    'trace',
    'client_report',
  ], 'what waited without consent is gone, the rest is sent');
  equal(
    (world.network.items.last['props']! as Item)['discarded_events'],
    [
      {'reason': 'consent', 'category': 'event', 'quantity': 1},
      {'reason': 'consent', 'category': 'session', 'quantity': 1},
    ],
    'and its numbers are accounted for',
  );
  final next = World(folder: world.folder).client()..track('c');
  equal(next.status.queued, 0, 'a restart remembers it');
}

Future<void> _caps(Directory top) async {
  final world = World(folder: FileFolder.open('${top.path}/caps'));
  final client = world.client();
  client
    ..track('old')
    ..recordCrash('E', 'm', '', fatal: true);
  world.network.answer = (_) => const HttpAnswer(503, {}, '');
  await client.flush();
  await world.advance(8 * 24 * 3600 * 1000);
  world.network.answer = null;
  client.track('new');
  await client.flush();
  await world.advance(600000);
  final items = world.network.items;
  equal(names(items), ['new'], 'a week old is too old');
  equal(lost(client, 'queue_age'), null, 'and was reported');
  client.track('torn away');
  Directory('${top.path}/caps').listSync().whereType<File>().forEach(_lose);
  await client.flush();
  await client.flush();
  equal(
    (world.network.items.last['props'] as Item?)?['discarded_events'],
    [
      {'reason': 'unreadable', 'category': 'event', 'quantity': 1},
    ],
    'a file that somebody deleted is counted, and blocks nothing',
  );
  world.folder.close();
}

void _lose(File file) {
  if (file.path.contains('event-')) file.deleteSync();
}
