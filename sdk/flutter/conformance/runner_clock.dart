import 'dart:async';

import 'package:tidemark/src/core/clock.dart';

/// A clock that stands still until it is told to go on.
final class RunnerClock implements Clock {
  RunnerClock(this._now);

  int _now;
  int _ticks = 0;
  int _order = 0;
  SystemClock? _real;
  final List<RunnerAlarm> _alarms = [];

  bool get isReal => _real != null;

  @override
  int now() => _real?.now() ?? _now;

  /// Somebody sets the device's clock; what waits waits as long as before.
  void set(int now) => _now = now;

  @override
  int ticks() => _real == null ? _ticks : _ticks + _real!.ticks();

  @override
  int micros() =>
      _real == null ? _ticks * 1000 : _ticks * 1000 + _real!.micros();

  @override
  Alarm after(int ms, void Function() run) {
    final real = _real;
    if (real != null) return real.after(ms, run);
    final alarm = RunnerAlarm(_ticks + ms, _order++, run, _alarms.remove);
    _alarms.add(alarm);
    return alarm;
  }

  /// Runs what is due now. False: nothing was.
  bool runDue() {
    final due = _alarms.where((a) => a.at <= _ticks).toList()..sort();
    for (final alarm in due) {
      if (_alarms.remove(alarm)) alarm.run();
    }
    return due.isNotEmpty;
  }

  /// Moves on by [ms] and runs what falls due, in order of time.
  Future<void> advance(int ms, Future<void> Function() settle) async {
    final end = _ticks + ms;
    while (true) {
      await settle();
      final next = _alarms.where((a) => a.at <= end).toList()..sort();
      if (next.isEmpty) break;
      _moveTo(next.first.at);
    }
    _moveTo(end);
  }

  /// On to the next alarm, which is not yet run.
  void moveToNext() => _moveTo((_alarms.toList()..sort()).first.at);

  void _moveTo(int ticks) {
    if (ticks < _ticks) return;
    _now += ticks - _ticks;
    _ticks = ticks;
  }

  /// Real time from now on, for what waits as well.
  void becomeReal() {
    final real = _real ??= SystemClock();
    for (final alarm in _alarms.toList()) {
      _alarms.remove(alarm);
      alarm.inner = real.after(alarm.at - _ticks, alarm.run);
    }
  }
}

final class RunnerAlarm implements Alarm, Comparable<RunnerAlarm> {
  RunnerAlarm(this.at, this._order, this.run, this._forget);

  final int at;
  final int _order;
  final void Function() run;
  final bool Function(RunnerAlarm) _forget;
  Alarm? inner;

  @override
  int compareTo(RunnerAlarm other) =>
      at != other.at ? at.compareTo(other.at) : _order.compareTo(other._order);

  @override
  void cancel() {
    _forget(this);
    inner?.cancel();
  }
}
