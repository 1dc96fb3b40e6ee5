import 'dart:math';

import 'clock.dart';
import 'folder.dart';
import 'platform.dart' as platform;
import 'transport.dart';

/// What the SDK needs of the world it runs in.
final class Host {
  /// [random] is for ids, [jitter] for the factor of a wait, 0.5 to 1.
  Host({
    required this.clock,
    required this.transport,
    required this.folder,
    Random? random,
    double Function()? jitter,
  }) : random = random ?? _secure(),
       jitter = jitter ?? randomJitter;

  /// This device: its clock, its network, and the folder [directory] (null:
  /// memory). A folder that cannot be had is memory; [tell] hears why.
  factory Host.here(String? directory, void Function(String message) tell) {
    Folder folder;
    try {
      folder = platform.openFolder(directory);
    } on Object catch (error) {
      tell('the queue is in memory: $error');
      folder = MemoryFolder();
    }
    return Host(
      clock: SystemClock(),
      transport: platform.openTransport(),
      folder: folder,
    );
  }

  /// No disk, no network.
  factory Host.nowhere() => Host(
    clock: SystemClock(),
    transport: NoTransport(),
    folder: MemoryFolder(),
  );

  /// Time and timers.
  final Clock clock;

  /// The network.
  final Transport transport;

  /// The disk, or memory.
  final Folder folder;

  /// Of ids.
  final Random random;

  /// Of waits.
  final double Function() jitter;

  static final Random _waits = Random();

  /// A random factor.
  static double randomJitter() => 0.5 + _waits.nextDouble() / 2;

  static Random _secure() {
    try {
      return Random.secure();
    } on UnsupportedError {
      return Random();
    }
  }
}
