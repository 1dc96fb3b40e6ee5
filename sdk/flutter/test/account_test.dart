// Whatever the network does and wherever a process dies: each number is that
// of an item that the server has, or of one that was reported as thrown away.
import 'dart:convert';
import 'dart:math';
import 'dart:typed_data';

import 'package:tidemark/src/core/folder.dart';
import 'package:tidemark/src/core/host.dart';
import 'package:tidemark/src/core/transport.dart';
import 'package:tidemark/tidemark_core.dart';

import '../conformance/runner_clock.dart';
import 'tap.dart';
import 'world.dart' show Item, nowhere, start;

Future<void> run() async {
  final wrong = <String>[];
  var deaths = 0;
  var items = 0;
  for (var seed = 1; seed <= 60; seed++) {
    final story = Story(seed, hasCaps: seed.isEven);
    await story.tell();
    wrong.addAll(story.wrong.map((text) => 'seed $seed: $text'));
    deaths += story.deaths;
    items += story.stored.length;
  }
  equal(wrong, <String>[], 'every number is accounted for');
  ok(deaths > 200 && items > 2000, 'in $deaths deaths and $items items');
  final lossy = Story(1, hasCaps: false, forgets: true);
  await lossy.tell();
  ok(lossy.wrong.isNotEmpty, 'negative control: a disk that forgets is seen');
}

/// A disk that stops at an operation, as for a process that is killed there.
final class DyingFolder implements Folder {
  DyingFolder(this._disk, this._left, {required this.forgets});

  final MemoryFolder _disk;
  final bool forgets;
  int _left;

  bool get isDead => _left < 0;

  void _step() {
    if (_left-- <= 0) throw StateError('dead');
  }

  @override
  bool get lasting => true;

  @override
  List<String> names() => _disk.names();

  @override
  Uint8List? read(String name) => _disk.read(name);

  @override
  void write(String name, List<int> bytes) {
    _step();
    _disk.write(name, bytes);
  }

  @override
  void append(String name, List<int> bytes) {
    _step();
    if (!forgets || !name.startsWith('event')) _disk.append(name, bytes);
  }

  @override
  void seal(String name) {}

  @override
  void delete(String name) {
    _step();
    _disk.delete(name);
  }

  @override
  void close() {}
}

/// The network of one life; it ends with it.
final class LifeTransport implements Transport {
  LifeTransport(this._folder, this._answer);

  final DyingFolder _folder;
  final HttpAnswer Function(HttpCall call) _answer;

  @override
  Future<HttpAnswer> send(HttpCall call) async {
    if (_folder.isDead) throw StateError('dead');
    return _answer(call);
  }

  @override
  List<int>? gzip(List<int> bytes) => null;

  @override
  void close() {}
}

/// The lives of one install.
final class Story {
  Story(this.seed, {required this.hasCaps, this.forgets = false})
    : _random = Random(seed);

  final int seed;
  final bool hasCaps;
  final bool forgets;
  final Random _random;
  final MemoryFolder _disk = MemoryFolder();
  RunnerClock _clock = RunnerClock(start);
  late DyingFolder _folder;
  bool _fair = false;

  /// What the server has, by id.
  final Map<String, Item> stored = {};
  final Set<String> _returned = {};
  final List<String> wrong = [];
  int deaths = 0;
  int _name = 0;

  TidemarkClient _live(int steps) {
    _folder = DyingFolder(_disk, steps, forgets: forgets);
    _clock = RunnerClock(_clock.now()); // without the timers of the dead
    return TidemarkClient.on(
      Host(
        clock: _clock,
        transport: LifeTransport(_folder, _answer),
        folder: _folder,
        random: _random,
        jitter: () => 0.5,
      ),
      TidemarkOptions(
        endpoint: nowhere,
        writeKey: 'k',
        gzip: false,
        remoteConfig: false,
        batchSize: 7,
        queueBytes: hasCaps ? 3000 : 1 << 20,
        beforeSend: (item) => '${item['name']}'.endsWith('9') ? null : item,
      ),
    );
  }

  Future<void> tell() async {
    for (var life = 0; life < 6; life++) {
      await _spend(_live(5 + _random.nextInt(60)));
      deaths++;
    }
    _fair = true;
    final last = _live(1 << 30);
    for (var i = 0; i < 40; i++) {
      await last.flush();
      await _advance(600000);
    }
    last.track('end');
    await last.flush();
    await last.flush();
    _judge();
  }

  Future<void> _spend(TidemarkClient client) async {
    for (var i = 0; i < 60 && !_folder.isDead; i++) {
      switch (_random.nextInt(10)) {
        case < 6:
          final name = 'e${_name++}${_random.nextInt(30) == 0 ? '-bad' : ''}';
          client.track(name);
          if (!_folder.isDead) _returned.add(name);
        case 6:
          client.recordCrash('E', 'm', '', fatal: _random.nextBool());
        case 7:
          await client.flush();
        case 8:
          await _advance(_random.nextInt(20000));
        default:
          _random.nextBool() ? client.background() : client.foreground();
      }
      await _settle();
    }
  }

  Future<void> _settle() async {
    for (var i = 0; i < 3; i++) {
      if (_clock.runDue()) i = 0;
      await Future<void>.delayed(Duration.zero);
    }
  }

  Future<void> _advance(int ms) => _clock.advance(ms, _settle);

  /// Batches with a bad item are refused, large ones too, and anything may be
  /// lost on the way there. (On the way back only where nothing is thrown away
  /// for its age or number: the server would have it and be told so.)
  HttpAnswer _answer(HttpCall call) {
    final luck = _fair ? 9 : _random.nextInt(12);
    if (luck == 0) throw StateError('no network');
    if (luck == 1) return const HttpAnswer(503, {'retry-after': '3'}, '');
    final body = jsonDecode(utf8.decode(call.body!)) as Item;
    final items = (body['items']! as List).cast<Item>();
    if (items.length > 4) return const HttpAnswer(413, {}, '');
    if (items.any((item) => '${item['name']}'.endsWith('bad'))) {
      return const HttpAnswer(400, {}, '{}');
    }
    final again = luck == 2 ? _random.nextInt(items.length) : -1;
    for (final (i, item) in items.indexed) {
      if (i != again) stored[item['id']! as String] = item;
    }
    if (luck == 3 && !hasCaps) throw StateError('the answer is lost');
    return HttpAnswer(
      202,
      const {},
      jsonEncode({
        'results': [
          if (again >= 0) {'index': again, 'result': 'retry'},
        ],
      }),
    );
  }

  void _judge() {
    final seqs = {for (final item in stored.values) item['seq']! as int};
    if (seqs.length != stored.length) wrong.add('two items have one number');
    var reported = 0;
    for (final item in stored.values) {
      if (item['props'] case {'discarded_events': final List<Object?> list}) {
        for (final one in list) {
          reported += (one! as Item)['quantity']! as int;
        }
      }
    }
    final end = stored.values.where((item) => item['name'] == 'end');
    if (end.isEmpty) return wrong.add('the last item did not come');
    final most = seqs.reduce(max);
    final sum = seqs.length + reported;
    // A process that dies after an answer does not know it; what it throws
    // away later for want of room is reported, and the server has it as well.
    if (hasCaps ? sum < most : sum != most) {
      wrong.add('$most numbers, ${seqs.length} items, $reported reported');
    }
    if (hasCaps) return;
    final names = {for (final item in stored.values) item['name']};
    final lost = _returned.where(
      (n) => !names.contains(n) && !n.endsWith('9') && !n.endsWith('bad'),
    );
    // Of a refused batch the good ones go as well; halving leaves them few.
    if (lost.length > reported) wrong.add('lost $lost');
  }
}
