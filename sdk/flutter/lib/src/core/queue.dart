import 'dart:typed_data';

import 'folder.dart';
import 'segment.dart';

/// The segments that wait, in two rows. Knows sizes and places, not what the
/// items say.
final class Queue {
  /// Segments lie in [folder] as long as it can be written, then in memory.
  Queue(this.folder);

  /// The disk, or memory.
  final Folder folder;

  /// Where segments go that [folder] would not have.
  final MemoryFolder _fallback = MemoryFolder();

  /// Items of a full segment.
  int maxItems = 100;

  /// Bytes of a full segment.
  int maxBytes = 256 * 1024;

  final Map<Lane, List<Segment>> _rows = {
    for (final lane in Lane.values) lane: <Segment>[],
  };

  int _bytes = 0;

  /// Told when a segment could not be kept on disk.
  void Function(Object error)? onTrouble;

  /// Size of all segments.
  int get bytes => _bytes;

  /// Items of all segments.
  int get count {
    var sum = 0;
    for (final row in _rows.values) {
      for (final segment in row) {
        sum += segment.count;
      }
    }
    return sum;
  }

  /// The row of [lane], oldest first. Not to be changed.
  List<Segment> row(Lane lane) => _rows[lane]!;

  /// All segments; may be changed while it is walked.
  List<Segment> all() => [for (final row in _rows.values) ...row];

  /// Whether [segment] still waits.
  bool holds(Segment segment) => _rows[segment.lane]!.contains(segment);

  /// Adds an item to the open segment of its lane, or to a new one. Written
  /// when this returns. [line] has no newline. Returns its segment.
  Segment append(
    Lane lane,
    Uint8List context,
    List<int> line,
    int seq,
    int ts,
  ) {
    final size = line.length + 1;
    var segment = _openOf(lane);
    if (segment != null &&
        (segment.bytes + size > maxBytes ||
            !_equal(segment.context, context))) {
      seal(segment);
      segment = null;
    }
    try {
      segment = _write(lane, segment, folder, context, line, seq);
    } on Object catch (error) {
      onTrouble?.call(error);
      if (segment != null) seal(segment);
      segment = _write(lane, null, _fallback, context, line, seq);
    }
    segment.count++;
    segment.newest = ts;
    if (segment.count >= maxItems || segment.bytes >= maxBytes) seal(segment);
    return segment;
  }

  Segment _write(
    Lane lane,
    Segment? to,
    Folder where,
    Uint8List context,
    List<int> line,
    int seq,
  ) {
    final segment = to ?? Segment(lane, seq, where);
    final text = BytesBuilder(copy: false);
    if (to == null) {
      text
        ..add(context)
        ..addByte(0x0a);
    }
    text
      ..add(line)
      ..addByte(0x0a);
    final bytes = text.takeBytes();
    segment.folder.append(segment.name, bytes);
    if (to == null) {
      segment.context = context;
      _insert(segment);
    }
    segment.bytes += bytes.length;
    _bytes += bytes.length;
    return segment;
  }

  /// Puts a whole segment of [lines] (the context first) into its place, over
  /// one with the same number.
  Segment put(Lane lane, int number, List<Uint8List> lines, int newest) {
    final text = BytesBuilder(copy: false);
    for (final line in lines) {
      text
        ..add(line)
        ..addByte(0x0a);
    }
    final bytes = text.takeBytes();
    for (final old in row(lane).where((s) => s.number == number).toList()) {
      _forget(old);
      if (!identical(old.folder, folder)) old.folder.delete(old.name);
    }
    var segment = Segment(lane, number, folder);
    try {
      folder.write(segment.name, bytes);
    } on Object catch (error) {
      onTrouble?.call(error);
      segment = Segment(lane, number, _fallback);
      _fallback.write(segment.name, bytes);
    }
    segment
      ..count = lines.length - 1
      ..newest = newest
      ..isOpen = false
      ..bytes = bytes.length;
    adopt(segment);
    return segment;
  }

  /// Takes in a segment that is there already.
  void adopt(Segment segment) {
    _insert(segment);
    _bytes += segment.bytes;
  }

  /// Nothing more is added to [segment].
  void seal(Segment segment) {
    segment.isOpen = false;
    segment.folder.seal(segment.name);
  }

  /// Nothing more is added to the segments of [lane].
  void sealLane(Lane lane) {
    final segment = _openOf(lane);
    if (segment != null) seal(segment);
  }

  /// Forgets and deletes it.
  void delete(Segment segment) {
    _forget(segment);
    try {
      segment.folder.delete(segment.name);
    } on Object catch (error) {
      onTrouble?.call(error);
    }
  }

  /// The next one that a cap takes: the oldest event, then the oldest crash;
  /// never one that is being sent.
  Segment? oldest() {
    for (final lane in const [Lane.event, Lane.crash]) {
      for (final segment in row(lane)) {
        if (!segment.isSending) return segment;
      }
    }
    return null;
  }

  Segment? _openOf(Lane lane) {
    final list = row(lane);
    return list.isNotEmpty && list.last.isOpen ? list.last : null;
  }

  void _insert(Segment segment) {
    final list = row(segment.lane);
    var at = list.length;
    while (at > 0 && list[at - 1].number > segment.number) {
      at--;
    }
    list.insert(at, segment);
  }

  void _forget(Segment segment) {
    if (row(segment.lane).remove(segment)) _bytes -= segment.bytes;
  }

  static bool _equal(Uint8List? a, Uint8List b) {
    if (identical(a, b)) return true;
    if (a == null || a.length != b.length) return false;
    for (var i = 0; i < b.length; i++) {
      if (a[i] != b[i]) return false;
    }
    return true;
  }
}
