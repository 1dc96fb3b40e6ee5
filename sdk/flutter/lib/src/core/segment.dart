import 'dart:typed_data';

import 'folder.dart';

/// The two rows of what waits. Crashes go first.
enum Lane {
  /// Crashes.
  crash,

  /// Everything else.
  event,
}

/// A batch that grows, then waits to be sent: one text of lines, the context
/// first, then an item a line.
final class Segment {
  /// [number] is that of its first item.
  Segment(this.lane, this.number, this.folder);

  /// The row it stands in.
  final Lane lane;

  /// Its place in the row.
  final int number;

  /// Where it is: the disk, or memory when the disk would not have it.
  final Folder folder;

  /// Its items.
  int count = 0;

  /// Its size, the context's line with it.
  int bytes = 0;

  /// When its newest item happened, by the device's clock.
  int newest = 0;

  /// Whether items are still added.
  bool isOpen = true;

  /// Whether a request with it is under way.
  bool isSending = false;

  /// The tick before which it is not sent.
  int notBefore = 0;

  /// Its context as it was written; null for one of an earlier process.
  Uint8List? context;

  /// `event-00000000000000000017.ndjson`
  String get name => nameOf(lane, number);

  /// See [name].
  static String nameOf(Lane lane, int number) =>
      '${lane.name}-${'$number'.padLeft(20, '0')}.ndjson';

  static final RegExp _pattern = RegExp(r'^(crash|event)-(\d{20})\.ndjson$');

  /// Lane and number of a name, or null.
  static (Lane, int)? parse(String name) {
    final match = _pattern.firstMatch(name);
    if (match == null) return null;
    final number = int.tryParse(match[2]!);
    return number == null ? null : (Lane.values.byName(match[1]!), number);
  }

  /// The context, then the items. A last line without its newline was never
  /// finished, and is left out. Nothing when it cannot be read.
  List<Uint8List> lines() {
    try {
      return splitLines(folder.read(name) ?? Uint8List(0));
    } on Object {
      return const [];
    }
  }
}

/// The lines of [text] that end with a newline, without it.
List<Uint8List> splitLines(Uint8List text) {
  final out = <Uint8List>[];
  var begin = 0;
  while (true) {
    final end = text.indexOf(0x0a, begin);
    if (end < 0) return out;
    if (end > begin) out.add(Uint8List.sublistView(text, begin, end));
    begin = end + 1;
  }
}
