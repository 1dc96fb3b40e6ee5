import 'dart:typed_data';

import 'clock.dart';
import 'discards.dart';
import 'host.dart';
import 'item.dart';
import 'options.dart';
import 'remote_config.dart';
import 'sampling.dart';
import 'segment.dart';
import 'sessions.dart';
import 'store.dart';
import 'uuid.dart';
import 'values.dart';

/// Longest name in bytes.
const int maxNameBytes = 200;

/// Longest id of a person in bytes.
const int maxIdBytes = 256;

const int _maxContextBytes = 128;

/// How far the queue may be over its size until the event loop comes round.
const int _slack = 512 * 1024;

/// Takes an item from the call that made it to the disk: number, identity,
/// session, sampling, redaction, the app's filter, size, queue.
final class Recorder {
  /// [onAppend] hears of each item that now waits.
  Recorder(this._host, this._options, this._store, this._config, this.onAppend)
    : cleaner = Cleaner(_options.redactKeys),
      consent = _options.consent ?? _store.ledger.consent ?? const Consent(),
      eventSampling = _options.eventSampling,
      traceSampling = _options.traceSampling {
    describe(null, null);
  }

  final Host _host;
  final TidemarkOptions _options;
  final Store _store;
  final RemoteConfig _config;

  /// Makes values clean and covers keys.
  final Cleaner cleaner;

  /// Told of each item that was appended, and its segment.
  final void Function(Segment segment, {required bool isFatal}) onAppend;

  /// What may be recorded.
  Consent consent;

  /// The app's share of events.
  double eventSampling;

  /// The app's share of traces.
  double traceSampling;

  /// Of the batches to come, as JSON.
  late Uint8List context;

  /// False: the app has switched the SDK off.
  bool isOn = true;

  bool _filtering = false;
  Alarm? _trimming;

  /// The sessions that items belong to.
  late final Sessions sessions = Sessions(
    ledger: () => _store.ledger,
    now: _host.clock.now,
    newId: newId,
    automatic: _options.automaticSessions,
    record: (type, session, ts) => _record(type, () => {}, ts, session),
  );

  late AppInfo _app = _options.app;
  late DeviceInfo _device = _options.device;

  /// Describes what runs and where for the batches to come; null: as before.
  void describe(AppInfo? app, DeviceInfo? device) =>
      context = contextOf(_app = app ?? _app, _device = device ?? _device);

  /// The context of a batch as JSON.
  static Uint8List contextOf(AppInfo app, DeviceInfo device) {
    Map<String, Object?> cut(Map<String, Object?> block) => {
      for (final entry in block.entries)
        entry.key: cutBytes('${entry.value}', _maxContextBytes),
    };
    final blocks = {'app': cut(app.toJson()), 'device': cut(device.toJson())}
      ..removeWhere((_, block) => block.isEmpty);
    return Uint8List.fromList(encodeLine(blocks));
  }

  /// A UUIDv7 of now.
  String newId() => uuidV7(_host.clock.now(), _host.random);

  /// Whether anything is recorded at all.
  bool get isEnabled => isOn && !_store.ledger.optedOut && !_config.killed;

  /// Whether items of [category] are recorded.
  bool allows(Category category) =>
      isEnabled && !_filtering && isAllowed(consent, category);

  /// Makes what an install needs to have, as far as consent goes.
  void settle() {
    final ledger = _store.ledger;
    if (ledger.optedOut || !isAllowed(consent, Category.report)) return;
    final was = (ledger.install, ledger.anonymousId);
    ledger.install ??= newId();
    if (consent.analytics) ledger.anonymousId ??= newId();
    if (was != (ledger.install, ledger.anonymousId)) _store.save();
  }

  /// Records an item of now, or of [ts]. [fields] is what its type has; it is
  /// called when the item is not thrown away before.
  void record(
    ItemType type,
    Map<String, Object?> Function() fields, {
    int? ts,
  }) {
    if (!allows(type.category)) return;
    final now = _host.clock.now();
    if (consent.analytics && type != ItemType.clientReport) {
      sessions.happen(now);
    }
    _record(type, fields, ts ?? now, _store.ledger.session?.id);
  }

  void _record(
    ItemType type,
    Map<String, Object?> Function() fields,
    int ts,
    String? session,
  ) {
    final ledger = _store.ledger;
    final seq = ++ledger.seq;
    final id = newId();
    final known = consent.analytics;
    final anonymousId = known ? ledger.anonymousId : null;
    final userId = known ? ledger.userId : null;
    if (!_isKept(type, anonymousId ?? userId ?? id)) {
      return _store.discard(Reason.sampled, type.category, seq);
    }
    final item = _filter({
      'type': type.word,
      'id': id,
      'ts': ts,
      'seq': seq,
      if (userId != null) 'user_id': userId,
      if (anonymousId != null) 'anonymous_id': anonymousId,
      if (known && session != null && type != ItemType.clientReport)
        'session': session,
      if (!sessions.inFront) 'background': true,
      ...fields(),
    });
    final line = item == null ? null : _encode(item);
    if (line == null) {
      return _store.discard(Reason.beforeSend, type.category, seq);
    }
    if (line.length > type.maxBytes) {
      return _store.discard(Reason.tooLarge, type.category, seq);
    }
    _append(type, line, seq, ts, isFatal: item!['fatal'] == true);
  }

  bool _isKept(ItemType type, String subject) {
    final (own, asked) = switch (type) {
      ItemType.event => (eventSampling, _config.eventSampling),
      ItemType.trace => (traceSampling, _config.traceSampling),
      _ => (1.0, 1.0),
    };
    return isSampled(subject, own < asked ? own : asked);
  }

  Map<String, Object?>? _filter(Map<String, Object?> item) {
    final filter = _options.beforeSend;
    if (filter == null || item['type'] == ItemType.clientReport.word) {
      return item;
    }
    _filtering = true; // what the filter itself records would never end
    try {
      final out = filter(Map.of(item));
      if (out == null) return null;
      final name = out['name'];
      return {
        'type': item['type'], // first, as Store reads it
        ...out,
        if (name is String) 'name': cutBytes(name, maxNameBytes),
        for (final key in const ['type', 'id', 'ts', 'seq']) key: item[key],
      };
    } on Object catch (error) {
      diagnose('beforeSend threw ${error.runtimeType}');
      return null;
    } finally {
      _filtering = false;
    }
  }

  /// Null: the app's filter has put something in that JSON cannot hold.
  List<int>? _encode(Map<String, Object?> item) {
    try {
      return encodeLine(item);
    } on Object {
      try {
        return encodeLine(cleaner.object(item));
      } on Object {
        return null;
      }
    }
  }

  void _append(
    ItemType type,
    List<int> line,
    int seq,
    int ts, {
    required bool isFatal,
  }) {
    final lane = type == ItemType.crash ? Lane.crash : Lane.event;
    final segment = _store.queue.append(lane, context, line, seq, ts);
    if (_store.queue.bytes > _options.queueBytes + _slack) {
      trim();
    } else if (_isOver()) {
      _trimming ??= _host.clock.after(0, trim);
    }
    onAppend(segment, isFatal: isFatal);
  }

  bool _isOver() =>
      _store.queue.bytes > _options.queueBytes ||
      Lane.values.any((lane) => _tooOld(lane) != null);

  /// The oldest segment of [lane], when it has waited too long.
  Segment? _tooOld(Lane lane) {
    final row = _store.queue.row(lane);
    final before = _host.clock.now() - _options.queueAgeMs;
    if (row.isEmpty || row.first.newest >= before) return null;
    return row.first.isSending ? null : row.first;
  }

  /// Throws away what is too old and what is too much. Files are deleted for
  /// it, so it comes after the call that was too much rather than inside it.
  void trim() {
    _trimming?.cancel();
    _trimming = null;
    try {
      for (final lane in Lane.values) {
        for (var old = _tooOld(lane); old != null; old = _tooOld(lane)) {
          _store.drop(old, Reason.queueAge);
        }
      }
      while (_store.queue.bytes > _options.queueBytes) {
        final oldest = _store.queue.oldest();
        if (oldest == null) break;
        _store.drop(oldest, Reason.queueFull);
      }
    } on Object catch (error) {
      diagnose('in the SDK: $error');
    }
  }

  /// Nothing is deleted any more.
  void close() => _trimming?.cancel();

  /// Reports what was thrown away, when anything was.
  void report() {
    trim();
    final Discards discards = _store.ledger.discards;
    if (discards.isEmpty || !allows(Category.report)) return;
    final props = reportProps(discards);
    record(ItemType.clientReport, () => {'props': props});
    discards.addJson(props['discarded_events'], -1);
    _store.save();
  }

  /// Tells a developer.
  void diagnose(String message) {
    try {
      _options.onDiagnostic?.call(message);
    } on Object {
      // Not the SDK's to handle.
    }
  }
}
