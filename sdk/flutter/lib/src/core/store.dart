import 'dart:convert';
import 'dart:typed_data';

import 'discards.dart';
import 'folder.dart';
import 'item.dart';
import 'ledger.dart';
import 'queue.dart';
import 'segment.dart';
import 'values.dart';

const String _stateName = 'state.json';
const String _journalPrefix = 'counts-';

/// The queue and the ledger on one disk, so that a process killed at any
/// moment comes back with the same numbers.
///
/// The state file is written seldom: when who it is changes, and before a
/// segment is deleted. What came after it is read again from the segments, and
/// from a journal of what was thrown away.
final class Store {
  /// [open] is to be called first.
  Store(Folder folder) : _folder = folder, queue = Queue(folder);

  final Folder _folder;

  /// What waits.
  final Queue queue;

  /// What is remembered.
  Ledger ledger = Ledger();

  bool _journalUsed = false;

  /// Reads what an earlier process left.
  void open() {
    try {
      _open();
    } on Object catch (error) {
      queue.onTrouble?.call(error);
    }
  }

  void _open() {
    final names = _folder.names();
    ledger = Ledger.fromJson(_readState());
    final gone = {...ledger.leaving};
    for (final name in names) {
      final stale =
          gone.contains(name) ||
          name.endsWith('.new') ||
          name.startsWith(_journalPrefix) && name != _journal ||
          ledger.optedOut && Segment.parse(name) != null;
      if (stale) _folder.delete(name);
    }
    ledger.leaving = [];
    if (ledger.optedOut) return;
    final fresh = <Map<String, Object?>>[
      ..._readJournal(),
      for (final lane in Lane.values)
        ..._readLane(lane, names.where((n) => !gone.contains(n))),
    ];
    fresh.sort((a, b) => (a['seq']! as int).compareTo(b['seq']! as int));
    fresh.forEach(_replay);
  }

  void _replay(Map<String, Object?> one) {
    if (one['type'] != null) return ledger.replay(one);
    // An entry of the journal: a number that was given and thrown away.
    final number = one['seq']! as int;
    if (number > ledger.seq) ledger.seq = number;
    ledger.discards.addJson([one]);
  }

  Map<String, Object?> _readState() {
    final text = _folder.read(_stateName);
    return text == null ? const {} : _decode(text) ?? const {};
  }

  String get _journal => '$_journalPrefix${ledger.journal}.ndjson';

  List<Map<String, Object?>> _readJournal() {
    final text = _folder.read(_journal);
    if (text == null) return const [];
    _journalUsed = true;
    return [
      for (final line in splitLines(text))
        if (_decode(line) case final Map<String, Object?> one
            when one['seq'] is int)
          one,
    ];
  }

  /// Takes in the segments of a lane; returns their items that are newer than
  /// the state file. Only the newest segments hold such: the others are not
  /// parsed, whatever their number.
  List<Map<String, Object?>> _readLane(Lane lane, Iterable<String> names) {
    final numbers = [
      for (final name in names)
        if (Segment.parse(name) case (final Lane l, final int n) when l == lane)
          n,
    ]..sort((a, b) => b.compareTo(a));
    final fresh = <Map<String, Object?>>[];
    var reading = true;
    for (final number in numbers) {
      final segment = Segment(lane, number, _folder)..isOpen = false;
      final lines = segment.lines();
      if (lines.length < 2) {
        _folder.delete(segment.name);
        continue;
      }
      final last = _decode(lines.last) ?? const {};
      segment
        ..count = lines.length - 1
        ..bytes = lines.fold(0, (sum, line) => sum + line.length + 1)
        ..newest = last['ts'] is int ? last['ts']! as int : 0;
      queue.adopt(segment);
      final top = last['seq'];
      reading = reading && !(top is int && top <= ledger.seq);
      if (!reading) continue;
      for (final line in lines.skip(1)) {
        final item = _decode(line);
        if (item != null && item['seq'] is int) fresh.add(item);
      }
    }
    return fresh;
  }

  static Map<String, Object?>? _decode(List<int> text) {
    try {
      final value = jsonDecode(utf8.decode(text));
      return value is Map<String, Object?> ? value : null;
    } on FormatException {
      return null;
    }
  }

  /// Writes the state file. False: the disk would not have it.
  bool save() {
    final next = ledger.journal + (_journalUsed ? 1 : 0);
    try {
      _folder.write(_stateName, encodeLine(ledger.toJson(next)));
      if (_journalUsed) {
        _folder.delete(_journal);
        ledger.journal = next;
        _journalUsed = false;
      }
      return true;
    } on Object catch (error) {
      queue.onTrouble?.call(error);
      return false;
    }
  }

  /// Counts an item that was numbered [seq] and never reached the queue.
  void discard(Reason reason, Category category, int seq) {
    ledger.discards.addItem(reason, category);
    _journalUsed = true;
    try {
      _folder.append(_journal, [
        ...encodeLine({
          'seq': seq,
          'reason': reason.word,
          'category': category.word,
          'quantity': 1,
        }),
        0x0a,
      ]);
    } on Object catch (error) {
      queue.onTrouble?.call(error);
    }
  }

  /// Deletes a segment that the server has. The state goes first: it must not
  /// forget numbers that nobody else knows any more.
  void acknowledge(Segment segment) {
    final saved = save();
    queue.delete(segment);
    if (!saved) save(); // there may be room now
  }

  /// Counts the items of [segment] as thrown away, and deletes it.
  void drop(Segment segment, Reason reason) {
    final items = segment.lines().skip(1);
    _count(items, reason);
    final unread = segment.count - items.length;
    if (unread > 0) {
      final category =
          segment.lane == Lane.crash ? Category.crash : Category.event;
      ledger.discards.add(Reason.unreadable.word, category.word, unread);
    }
    ledger.leaving = [segment.name];
    acknowledge(segment);
    ledger.leaving = [];
  }

  /// Throws away the items of [segment] for which [keeps] is false.
  void filter(Segment segment, bool Function(Category category) keeps) {
    final lines = segment.lines();
    final kept = <Uint8List>[];
    final gone = <Uint8List>[];
    for (final line in lines.skip(1)) {
      final type = _typeOf(line);
      (type == null || keeps(type.category) ? kept : gone).add(line);
    }
    if (gone.isEmpty) return;
    if (kept.isEmpty) return drop(segment, Reason.consent);
    // Under another of its own numbers, so that both are there until the state
    // file has the counts.
    queue.seal(segment);
    final number = numberOf(lines[2]) ?? segment.number + 1;
    queue.put(segment.lane, number, [lines.first, ...kept], segment.newest);
    _count(gone, Reason.consent);
    ledger.leaving = [segment.name];
    acknowledge(segment);
    ledger.leaving = [];
  }

  void _count(Iterable<Uint8List> lines, Reason reason) {
    for (final line in lines) {
      final type = _typeOf(line);
      ledger.discards.addItem(reason, type?.category ?? Category.event);
      // What a report told was not heard: it is told again.
      if (type == ItemType.clientReport) {
        if (_decode(line)?['props'] case {
          'discarded_events': final Object? list,
        }) {
          ledger.discards.addJson(list);
        }
      }
    }
  }

  static final List<int> _typeFirst = utf8.encode('{"type":"');

  /// The type of an item's line. It is written first, so that a full queue
  /// need not read all of what it throws away during a call.
  static ItemType? _typeOf(Uint8List line) {
    final from = _typeFirst.length;
    for (var i = 0; i < from; i++) {
      if (i >= line.length || line[i] != _typeFirst[i]) {
        return ItemType.find(_decode(line)?['type']);
      }
    }
    final end = line.indexOf(0x22, from);
    return end < 0
        ? null
        : ItemType.find(String.fromCharCodes(line, from, end));
  }

  /// The number of an item's line.
  static int? numberOf(List<int> line) {
    final seq = _decode(line)?['seq'];
    return seq is int ? seq : null;
  }

  /// Deletes everything, and remembers [next] instead.
  void restart(Ledger next) {
    ledger = next..journal = ledger.journal;
    save();
    queue.all().forEach(queue.delete);
  }

  /// The folder is free for others.
  void close() {
    save();
    _folder.close();
  }
}

/// What a report says.
Map<String, Object?> reportProps(Discards discards) => {
  'discarded_events': discards.toJson(),
};
