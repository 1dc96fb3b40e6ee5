/// Keeps an error that comes with every frame from filling the queue: of each
/// a few in a minute, and the next one says how many were left out.
final class Repeats {
  /// [most] in [windowMs].
  Repeats(this._now, {this.most = 5, this.windowMs = 60000});

  final int Function() _now;

  /// How many of one kind are let through in a window.
  final int most;

  /// Length of a window in milliseconds.
  final int windowMs;

  final Map<String, _Window> _windows = {};

  /// Null: leave this one out. Else how many were left out before it.
  int? admit(String kind) {
    final now = _now();
    final window = _windows[kind];
    if (window == null ||
        now < window.begin ||
        now - window.begin >= windowMs) {
      if (_windows.length > 100) _windows.clear();
      _windows[kind] = _Window(now);
      return window == null ? 0 : window.leftOut;
    }
    if (window.admitted < most) {
      window.admitted++;
      return 0;
    }
    window.leftOut++;
    return null;
  }
}

final class _Window {
  _Window(this.begin);

  final int begin;
  int admitted = 1;
  int leftOut = 0;
}
