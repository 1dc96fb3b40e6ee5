import 'clock.dart';

/// How long nothing is sent after failures.
final class Wait {
  /// [_random] gives the factor of each wait, 0.5 to 1.
  Wait(this._clock, this._random);

  final Clock _clock;
  final double Function() _random;

  int _failures = 0;
  int _until = 0;

  /// The tick at which it ends.
  int get until => _until;

  /// One more failure in a row. [retryAfterMs] is what the server said.
  void fail(int? retryAfterMs) {
    final power = _failures < 10 ? 1 << _failures : 1024;
    _failures++;
    final seconds = power > 600 ? 600 : power;
    final ms = (seconds * 1000 * _random()).round();
    final asked = retryAfterMs ?? 0;
    _until = _clock.ticks() + (asked > ms ? asked : ms);
  }

  /// A pause without a failure.
  void pause(int ms) => _until = _clock.ticks() + ms;

  /// All is well again.
  void succeed() {
    _failures = 0;
    _until = 0;
  }
}

/// Longest pause that a server can ask for.
const int _maxAskedMs = 24 * 3600 * 1000;

/// Reads `Retry-After` (RFC 9110 10.2.3): seconds or a date. Milliseconds
/// from [now], at most a day; null when there is none.
int? retryAfterMs(String? text, int now) {
  if (text == null) return null;
  final trimmed = text.trim();
  final seconds = num.tryParse(trimmed);
  final ms =
      seconds != null && seconds.isFinite
          ? (seconds * 1000).round()
          : _httpDate(trimmed, now);
  if (ms == null || ms < 0) return null;
  return ms > _maxAskedMs ? _maxAskedMs : ms;
}

const List<String> _months = [
  'jan', 'feb', 'mar', 'apr', 'may', 'jun', //
  'jul', 'aug', 'sep', 'oct', 'nov', 'dec',
];

final RegExp _date = RegExp(
  r'^[a-z]{3}, (\d{2}) ([a-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) gmt$',
  caseSensitive: false,
);

/// `Sun, 06 Nov 1994 08:49:37 GMT`: the one form that servers may still send.
int? _httpDate(String text, int now) {
  final m = _date.firstMatch(text);
  if (m == null) return null;
  final month = _months.indexOf(m[2]!.toLowerCase()) + 1;
  if (month == 0) return null;
  int part(int i) => int.parse(m[i]!);
  final at = DateTime.utc(part(3), month, part(1), part(4), part(5), part(6));
  return at.millisecondsSinceEpoch - now;
}
