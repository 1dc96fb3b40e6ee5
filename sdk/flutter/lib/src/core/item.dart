import 'options.dart';

/// What an item counts as, in reports and for consent.
enum Category {
  /// Events and screens.
  event,

  /// Crashes and handled errors.
  crash,

  /// Performance traces.
  trace,

  /// User properties, identify, alias.
  user,

  /// Starts and ends of sessions.
  session,

  /// What the SDK says about itself.
  report;

  /// The word in a report. Reports have none of their own there.
  String get word => this == report ? event.name : name;
}

/// The types of the wire.
enum ItemType {
  /// Something happened.
  event(Category.event),

  /// What is known about a person changed.
  userProperties(Category.user, 'user_properties'),

  /// A person signed in.
  identify(Category.user),

  /// Two ids are one person.
  alias(Category.user),

  /// An error.
  crash(Category.crash),

  /// How long something took.
  trace(Category.trace),

  /// A session began.
  sessionStart(Category.session, 'session_start'),

  /// A session is over.
  sessionEnd(Category.session, 'session_end'),

  /// What was thrown away.
  clientReport(Category.report, 'client_report');

  const ItemType(this.category, [this._word]);

  /// What it counts as.
  final Category category;

  final String? _word;

  /// As the wire has it.
  String get word => _word ?? name;

  /// The largest item in bytes.
  int get maxBytes => this == crash ? 512 * 1024 : 32 * 1024;

  /// Null when the wire has no such type.
  static ItemType? find(Object? word) {
    for (final type in values) {
      if (type.word == word) return type;
    }
    return null;
  }
}

/// Why something was thrown away.
enum Reason {
  /// Not in the share that is kept.
  sampled('sampled'),

  /// The app's own filter.
  beforeSend('before_send'),

  /// Larger than an item may be.
  tooLarge('too_large'),

  /// More waited than the queue may hold.
  queueFull('queue_full'),

  /// It waited too long.
  queueAge('queue_age'),

  /// The server will never take it.
  rejected('rejected'),

  /// Its file could not be read any more.
  unreadable('unreadable'),

  /// Consent was taken back while it waited.
  consent('consent');

  const Reason(this.word);

  /// As the wire has it.
  final String word;
}

/// Whether [consent] covers [category]. A report needs any consent at all.
bool isAllowed(Consent consent, Category category) => switch (category) {
  Category.event || Category.user || Category.session => consent.analytics,
  Category.crash => consent.crashes,
  Category.trace => consent.traces,
  Category.report => consent.analytics || consent.crashes || consent.traces,
};
