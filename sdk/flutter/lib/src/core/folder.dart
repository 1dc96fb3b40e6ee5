import 'dart:typed_data';

/// Where the queue lives: named texts of lines that only grow. Any method may
/// throw; whoever calls goes on in memory then.
abstract interface class Folder {
  /// Whether what is written outlives the process.
  bool get lasting;

  /// The names that exist, in no order.
  List<String> names();

  /// All of it, or null when there is no such name.
  Uint8List? read(String name);

  /// Makes or replaces it; a reader sees the old or the new, never a part.
  void write(String name, List<int> bytes);

  /// Adds to the end with one write, and makes it when it is not there. When
  /// it throws, what had been there before is as it was.
  void append(String name, List<int> bytes);

  /// [append] will not be called for it again.
  void seal(String name);

  /// Nothing happens when it is not there.
  void delete(String name);

  /// The folder may be opened by somebody else.
  void close();
}

/// A folder that is gone with the process.
final class MemoryFolder implements Folder {
  final Map<String, BytesBuilder> _texts = {};

  @override
  bool get lasting => false;

  @override
  List<String> names() => _texts.keys.toList();

  @override
  Uint8List? read(String name) => _texts[name]?.toBytes();

  @override
  void write(String name, List<int> bytes) =>
      _texts[name] = BytesBuilder()..add(bytes);

  @override
  void append(String name, List<int> bytes) =>
      (_texts[name] ??= BytesBuilder()).add(bytes);

  @override
  void seal(String name) {}

  @override
  void delete(String name) => _texts.remove(name);

  @override
  void close() => _texts.clear();
}
