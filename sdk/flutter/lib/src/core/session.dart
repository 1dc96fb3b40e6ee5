/// A session ends after this long without activity in front.
const int sessionIdleMs = 30 * 60 * 1000;

/// No session is longer.
const int sessionMaxMs = 24 * 3600 * 1000;

/// One visit of the app.
final class Session {
  /// Begins at [start].
  Session(this.id, this.start) : last = start;

  Session._(this.id, this.start, this.last);

  /// Null when [json] is none.
  static Session? fromJson(Object? json) => switch (json) {
    {'id': final String id, 'start': final int start, 'last': final int last} =>
      Session._(id, start, last),
    _ => null,
  };

  /// A UUIDv7.
  final String id;

  /// When it began, by the device's clock.
  int start;

  /// Its last activity in front.
  int last;

  /// There was activity at [now].
  void touch(int now) => last = now;

  /// Whether it is over at [now]. A clock that was set back makes the session
  /// begin anew at the new time, or it would never end.
  bool isOver(int now) {
    if (now < last) last = now;
    if (now < start) start = now;
    return now - last >= sessionIdleMs || now - start >= sessionMaxMs;
  }

  /// As it is kept.
  Map<String, Object?> toJson() => {'id': id, 'start': start, 'last': last};
}
