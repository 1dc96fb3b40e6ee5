import 'item.dart';
import 'ledger.dart';
import 'session.dart';

/// Begins and ends sessions by what happens in front.
final class Sessions {
  /// [ledger] is asked each time: opting out replaces it. [record] takes down
  /// a start or an end at a time.
  Sessions({
    required this.ledger,
    required this.now,
    required this.newId,
    required this.record,
    required this.automatic,
  });

  /// What is remembered.
  final Ledger Function() ledger;

  /// The device's clock.
  final int Function() now;

  /// A new session's id.
  final String Function() newId;

  /// Records a start or an end.
  final void Function(ItemType type, String session, int ts) record;

  /// Whether anything but a call by hand starts one.
  final bool automatic;

  /// Whether the app is in front.
  bool inFront = true;

  /// Something happens at [ts]: in front it is activity, which may end a
  /// session and begin another.
  void happen(int ts) {
    if (!inFront) return;
    final session = ledger().session;
    if (session != null && session.isOver(ts)) _end(session);
    if (ledger().session == null && automatic && !ledger().sessionsHeld) {
      _begin(ts);
    }
    ledger().session?.touch(ts);
  }

  /// The app comes to the front.
  void foreground() {
    inFront = true;
    ledger().sessionsHeld = false;
    happen(now());
  }

  /// Begins one by hand, after ending the one that goes on.
  void start() {
    end();
    ledger().sessionsHeld = false;
    _begin(now());
  }

  /// Ends it by hand; none begins by itself until the app comes to the front.
  void end() {
    final session = ledger().session;
    if (session != null) _end(session);
    ledger().sessionsHeld = true;
  }

  /// Ends it; the next may begin by itself.
  void finish() {
    final session = ledger().session;
    if (session != null) _end(session);
  }

  void _begin(int ts) {
    final session = Session(newId(), ts);
    ledger().session = session;
    record(ItemType.sessionStart, session.id, ts);
  }

  void _end(Session session) {
    record(ItemType.sessionEnd, session.id, session.last);
    ledger().session = null;
  }
}
