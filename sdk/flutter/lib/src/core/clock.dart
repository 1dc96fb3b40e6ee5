import 'dart:async';

/// Time as the SDK sees it.
///
/// The wall clock is the device's: people set it, networks correct it, it may
/// go backwards. Waiting is therefore counted in [ticks], which only grow.
abstract interface class Clock {
  /// Milliseconds since 1970 UTC.
  int now();

  /// Milliseconds since some moment; never goes back.
  int ticks();

  /// Microseconds of the same kind, to measure durations with.
  int micros();

  /// Runs [run] once, [ms] milliseconds from now, never before the caller is
  /// done.
  Alarm after(int ms, void Function() run);
}

/// Something that will happen unless it is cancelled.
abstract interface class Alarm {
  /// Does nothing when it has happened.
  void cancel();
}

/// The device's clock, and timers of the root zone: those of a test's zone
/// would be waited for by the test.
final class SystemClock implements Clock {
  /// Begins to count [ticks].
  SystemClock() : _watch = Stopwatch()..start();

  final Stopwatch _watch;

  @override
  int now() => DateTime.now().millisecondsSinceEpoch;

  @override
  int ticks() => _watch.elapsedMilliseconds;

  @override
  int micros() => _watch.elapsedMicroseconds;

  @override
  Alarm after(int ms, void Function() run) =>
      _TimerAlarm(Zone.root.run(() => Timer(Duration(milliseconds: ms), run)));
}

final class _TimerAlarm implements Alarm {
  _TimerAlarm(this._timer);

  final Timer _timer;

  @override
  void cancel() => _timer.cancel();
}
