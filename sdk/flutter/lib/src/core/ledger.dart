import 'discards.dart';
import 'item.dart';
import 'options.dart';
import 'session.dart';

/// What an install remembers: who it is, what it has counted. Kept in one
/// small file beside the queue.
final class Ledger {
  /// Nothing is known.
  Ledger();

  /// Reads what [toJson] wrote; what is unreadable is as if it was not there.
  Ledger.fromJson(Map<String, Object?> json)
    : install = _text(json['install']),
      anonymousId = _text(json['anonymous_id']),
      userId = _text(json['user_id']),
      session = Session.fromJson(json['session']),
      sessionsHeld = json['sessions_held'] == true,
      seq = json['seq'] is int ? json['seq']! as int : 0,
      optedOut = json['opted_out'] == true,
      consent = switch (json['consent']) {
        final Map<String, Object?> kept => Consent.fromJson(kept),
        _ => null,
      },
      journal = json['journal'] is int ? json['journal']! as int : 0,
      leaving = [
        if (json['leaving'] case final List<Object?> names)
          for (final name in names)
            if (name is String) name,
      ] {
    discards.addJson(json['discarded']);
  }

  /// Whose numbers the items have; null before the first start and after
  /// opting out.
  String? install;

  /// Who it is while nobody is signed in.
  String? anonymousId;

  /// Who is signed in.
  String? userId;

  /// The one that goes on.
  Session? session;

  /// A session was ended by hand: nothing starts one by itself.
  bool sessionsHeld = false;

  /// The highest number ever given.
  int seq = 0;

  /// Nothing is recorded until opting in.
  bool optedOut = false;

  /// The last word about consent, if there was one.
  Consent? consent;

  /// What was thrown away and not yet reported.
  final Discards discards = Discards();

  /// Which journal goes on after this file.
  int journal = 0;

  /// Segments that are counted as thrown away but may still be there.
  List<String> leaving = [];

  /// Takes in an item that was written after this file.
  void replay(Map<String, Object?> item) {
    final number = item['seq'];
    if (number is! int || number <= seq) return;
    seq = number;
    final ts = item['ts'];
    final id = item['session'];
    final type = ItemType.find(item['type']);
    if (type == ItemType.clientReport) {
      if (item['props'] case {'discarded_events': final Object? list}) {
        discards.addJson(list, -1);
      }
    } else if (ts is! int || id is! String) {
      return;
    } else if (type == ItemType.sessionStart) {
      session = Session(id, ts);
    } else if (type == ItemType.sessionEnd) {
      if (session?.id == id) session = null;
    } else if (session?.id == id && item['background'] != true) {
      session!.touch(ts);
    }
  }

  /// As it is kept; [nextJournal] goes on after it.
  Map<String, Object?> toJson(int nextJournal) => {
    if (install != null) 'install': install,
    if (anonymousId != null) 'anonymous_id': anonymousId,
    if (userId != null) 'user_id': userId,
    if (session != null) 'session': session!.toJson(),
    if (sessionsHeld) 'sessions_held': true,
    'seq': seq,
    if (!discards.isEmpty) 'discarded': discards.toJson(),
    if (optedOut) 'opted_out': true,
    if (consent != null) 'consent': consent!.toJson(),
    'journal': nextJournal,
    if (leaving.isNotEmpty) 'leaving': leaving,
  };

  static String? _text(Object? value) =>
      value is String && value.isNotEmpty ? value : null;
}
