import 'dart:async';
import 'dart:math';

import 'breadcrumbs.dart';
import 'failure.dart';
import 'host.dart';
import 'item.dart';
import 'ledger.dart';
import 'options.dart';
import 'recorder.dart';
import 'remote_config.dart';
import 'sender.dart';
import 'status.dart';
import 'store.dart';
import 'trace.dart';
import 'values.dart';
import 'version.dart';

const int _mostItems = 100;
const int _mostBytes = 256 * 1024;

/// The SDK without Flutter: records events, people, sessions, crashes and
/// traces, keeps them on disk, and sends them.
///
/// No method throws, waits for the network, or takes a millisecond. What is
/// recorded is on disk when the method returns. A client belongs to one
/// isolate, its folder to one client.
final class TidemarkClient {
  /// A client on this device, with its queue in the folder [directory] (null:
  /// in memory, lost with the process). A folder that cannot be written or is
  /// in use by another client means memory as well.
  TidemarkClient.open(TidemarkOptions options, {String? directory})
    : this.on(
        Host.here(directory, (message) => _tell(options, message)),
        options,
      );

  /// A client that records nothing, for the time before there is another.
  TidemarkClient.idle()
    : this.on(
        Host.nowhere(),
        const TidemarkOptions(
          endpoint: '',
          writeKey: '',
          consent: Consent(analytics: false, crashes: false, traces: false),
          remoteConfig: false,
        ),
      );

  /// A client in a world of the caller's, for tests.
  TidemarkClient.on(this._host, this._options)
    : _store = Store(_host.folder),
      _config = RemoteConfig(_host.clock, sdkName) {
    _store.queue.onTrouble = ((error) => _tell(_options, 'the queue: $error'));
    _applyLimits();
    _store.open();
    _guard(_begin);
  }

  final Host _host;
  final TidemarkOptions _options;
  final Store _store;
  final RemoteConfig _config;
  final Breadcrumbs _breadcrumbs = Breadcrumbs();
  bool _purge = false;
  bool _closed = false;

  late final Recorder _recorder = Recorder(
    _host,
    _options,
    _store,
    _config,
    (segment, {required isFatal}) => _sender.wake(
      soon:
          segment.lane.name == 'crash' && !isFatal ||
          !segment.isOpen && segment.count >= _store.queue.maxItems,
    ),
  );

  late final Sender _sender = Sender(
    store: _store,
    clock: _host.clock,
    transport: _host.transport,
    to: Destination(_options.endpoint, _options.writeKey, sdkName, sdkVersion),
    config: _config,
    flushIntervalMs: _options.flushIntervalMs,
    useGzip: _options.gzip,
    fetchConfig: _options.remoteConfig,
    jitter: _host.jitter,
    beforeFlush: _recorder.report,
    hasWork: () => _store.queue.count > 0 || !_store.ledger.discards.isEmpty,
    afterPost: _afterPost,
    onConfig: _applyLimits,
    onTrouble: _recorder.diagnose,
  );

  void _begin() {
    _recorder
      ..settle()
      ..trim();
    _purgeForbidden();
    if (_store.queue.count == 0) return;
    final crashed = _store.queue.all().any((s) => s.lane.name == 'crash');
    _sender.wake(soon: crashed);
  }

  /// The server may wish for smaller batches.
  void _applyLimits() {
    final own = _options.batchSize.clamp(1, _mostItems);
    _store.queue
      ..maxItems = min(own, _config.maxItems ?? own)
      ..maxBytes = min(_mostBytes, _config.maxBytes ?? _mostBytes);
  }

  static void _tell(TidemarkOptions options, String message) {
    try {
      options.onDiagnostic?.call(message);
    } on Object {
      // Not the SDK's to handle.
    }
  }

  /// Nothing that goes wrong in here may reach the app.
  void _guard(void Function() run) {
    if (_closed) return;
    try {
      run();
    } on Object catch (error) {
      _tell(_options, 'in the SDK: $error');
    }
  }

  // --- what happens ---

  /// Records that [name] (1 to 200 bytes) happened. [namespace] is `product`
  /// unless said otherwise.
  void track(
    String name, {
    Map<String, Object?> props = const {},
    String? namespace,
  }) => _guard(() {
    if (name.isEmpty) return _recorder.diagnose('an event needs a name');
    _recorder.record(
      ItemType.event,
      () => {
        'name': cutBytes(name, maxNameBytes),
        if (namespace != null && namespace.isNotEmpty && namespace != 'product')
          'ns': cutBytes(namespace, maxNameBytes),
        if (_organization != null) 'context': {'org_id': _organization},
        if (props.isNotEmpty) 'props': _recorder.cleaner.object(props),
      },
    );
  });

  /// Records that the screen [name] came up.
  void screen(String name, {Map<String, Object?> props = const {}}) =>
      track('screen_view', props: {...props, 'screen': name});

  // --- who it is ---

  /// The person [userId] (at most 256 bytes) has signed in: whatever the
  /// anonymous person did was theirs, and what follows is. [traits] are
  /// properties of the person.
  void identify(String userId, {Map<String, Object?> traits = const {}}) =>
      _guard(() {
        final id = cutBytes(userId, maxIdBytes);
        if (id.isEmpty || !_recorder.allows(Category.user)) return;
        final isNew = _store.ledger.userId != id;
        _store.ledger.userId = id;
        if (isNew) _store.save();
        _recorder.record(
          ItemType.identify,
          () => {
            if (traits.isNotEmpty) 'props': _recorder.cleaner.object(traits),
          },
        );
      });

  /// [id] is the same person as the one here.
  void alias(String id) => _guard(() {
    if (id.isEmpty) return;
    _recorder.record(ItemType.alias, () => {'alias': cutBytes(id, maxIdBytes)});
  });

  /// The organization that events belong to from now on; null: none. Not kept
  /// over a restart.
  void setOrganization(String? id) => _guard(() {
    _organization = id == null || id.isEmpty ? null : cutBytes(id, 128);
  });

  String? _organization;

  /// Signed out: ends the session, forgets the person, and begins another
  /// anonymous one.
  void reset() => _guard(() {
    if (!_recorder.allows(Category.user)) return;
    _recorder.sessions.finish();
    _store.ledger
      ..userId = null
      ..anonymousId = null;
    _organization = null;
    _breadcrumbs.clear();
    _recorder.settle();
    _store.save();
  });

  /// Sets properties of the person.
  void setUserProperties(Map<String, Object?> values) =>
      _properties('set', values);

  /// Sets properties that are not set yet.
  void setOnce(Map<String, Object?> values) => _properties('set_once', values);

  /// Adds to properties that are numbers.
  void increment(Map<String, num> values) => _properties('increment', values);

  /// Removes properties.
  void unset(Iterable<String> keys) =>
      _properties('unset', {for (final key in keys) key: null});

  void _properties(String op, Map<String, Object?> values) => _guard(() {
    final clean = _recorder.cleaner.object(values).entries.toList();
    for (var from = 0; from < clean.length; from += 64) {
      _recorder.record(
        ItemType.userProperties,
        () => {
          'operations': [
            for (final entry in clean.skip(from).take(64))
              {
                'op': op,
                'key': entry.key,
                if (op != 'unset') 'value': entry.value,
              },
          ],
        },
      );
    }
  });

  // --- sessions ---

  /// The app is in front.
  void foreground() => _guard(() {
    if (_recorder.allows(Category.session)) {
      _recorder.sessions.foreground();
    } else {
      _recorder.sessions.inFront = true;
    }
  });

  /// The app is no longer in front: what waits is sent, what happens now is
  /// marked and opens no session.
  void background() => _guard(() {
    _recorder.sessions.inFront = false;
    unawaited(_sender.flush());
  });

  /// Begins a session by hand.
  void startSession() => _guard(() {
    if (_recorder.allows(Category.session)) _recorder.sessions.start();
  });

  /// Ends the session by hand: none begins before [startSession] or
  /// [foreground].
  void endSession() => _guard(() {
    if (!_recorder.allows(Category.session)) return;
    _recorder.sessions.end();
    _store.save();
  });

  // --- crashes ---

  /// Records an error: [fatal] when it ends the app or was handled by nobody.
  /// A fatal one is on disk when this returns and is sent later, first of all;
  /// another one is sent at once.
  void recordError(
    Object error,
    StackTrace? stack, {
    bool fatal = false,
    String? fingerprint,
    Map<String, Object?> props = const {},
  }) => _guard(() {
    if (!_recorder.allows(Category.crash)) return;
    _crash(Failure.of(error, stack), fatal, fingerprint, props);
  });

  /// The same in words, for errors that come as text. [stacktrace] has a frame
  /// a line.
  void recordCrash(
    String type,
    String message,
    String stacktrace, {
    bool fatal = false,
    String? fingerprint,
    Map<String, Object?> props = const {},
  }) => _guard(
    () => _crash(Failure(type, message, stacktrace), fatal, fingerprint, props),
  );

  void _crash(
    Failure failure,
    bool fatal,
    String? fingerprint,
    Map<String, Object?> props,
  ) => _recorder.record(ItemType.crash, () {
    final crumbs = _breadcrumbs.toJson();
    return {
      'fatal': fatal,
      'exception': failure.toJson(),
      if (crumbs.isNotEmpty) 'breadcrumbs': crumbs,
      if (fingerprint != null) 'fingerprint': cutBytes(fingerprint, 200),
      if (props.isNotEmpty) 'props': _recorder.cleaner.object(props),
    };
  });

  /// Leaves a note that the next crashes take along; the newest 100 stay.
  /// [type] is a word such as `ui`, `navigation`, `http`, `log`.
  void breadcrumb(
    String type,
    String message, {
    Map<String, Object?> data = const {},
  }) => _guard(() {
    if (!_recorder.allows(Category.crash)) return;
    _breadcrumbs.add({
      'ts': _host.clock.now(),
      'type': cutBytes(type, 64),
      'message': cutBytes(message, maxStringBytes),
      if (data.isNotEmpty) 'data': _recorder.cleaner.object(data),
    });
  });

  // --- traces ---

  /// Begins to measure [name].
  TidemarkTrace startTrace(String name, {String? traceId}) => TidemarkTrace(
    name,
    id: traceId,
    startedAt: _host.clock.now(),
    micros: _host.clock.micros,
    timeline: _options.timeline,
    finish:
        (trace, ms) => recordTrace(
          trace.name,
          ms,
          props: trace.attributes,
          traceId: trace.traceId,
          startedAt: trace.startedAt,
          spans: trace.spans,
        ),
  );

  /// Records something that took [durationMs] and began at [startedAt]
  /// (milliseconds since 1970; now when it is not said). A span has `name`,
  /// `start_ms` from the beginning of the trace, and `duration_ms`.
  void recordTrace(
    String name,
    double durationMs, {
    Map<String, Object?> props = const {},
    String? traceId,
    int? startedAt,
    List<Map<String, Object?>> spans = const [],
  }) => _guard(() {
    if (name.isEmpty || !durationMs.isFinite || durationMs < 0) return;
    final ms = (durationMs * 1000).round() / 1000;
    _recorder.record(
      ItemType.trace,
      ts: startedAt,
      () => {
        'name': cutBytes(name, maxNameBytes),
        'trace_id': cutBytes(traceId ?? _recorder.newId(), 128),
        'duration_ms': ms == ms.roundToDouble() ? ms.round() : ms,
        if (props.isNotEmpty) 'props': _recorder.cleaner.object(props),
        if (spans.isNotEmpty) 'spans': _recorder.cleaner.value(spans),
      },
    );
  });

  // --- what may be ---

  /// Records again after [disable].
  void enable() => _guard(() => _recorder.isOn = true);

  /// Records nothing until [enable]; what waits is still sent.
  void disable() => _guard(() => _recorder.isOn = false);

  /// Records nothing more, here and after a restart, and deletes what waits
  /// and who it was.
  void optOut() => _guard(() {
    final consent = _store.ledger.consent;
    _breadcrumbs.clear();
    _store.restart(
      Ledger()
        ..optedOut = true
        ..consent = consent,
    );
  });

  /// Records again, as somebody new.
  void optIn() => _guard(() {
    if (!_store.ledger.optedOut) return;
    _store.restart(Ledger()..consent = _store.ledger.consent);
    _recorder.settle();
  });

  /// What may be recorded from now on, here and after a restart. What waits
  /// without consent is deleted.
  void setConsent(Consent consent) => _guard(() {
    _recorder.consent = consent;
    _store.ledger.consent = consent;
    if (!consent.analytics) {
      _store.ledger
        ..userId = null
        ..anonymousId = null
        ..session = null;
    }
    if (!consent.crashes) _breadcrumbs.clear();
    _recorder.settle();
    _purgeForbidden();
    _store.save();
  });

  void _purgeForbidden() {
    _purge = false;
    final consent = _recorder.consent;
    if (consent.analytics && consent.crashes && consent.traces) return;
    for (final segment in _store.queue.all()) {
      if (segment.isSending) {
        _purge = true;
      } else {
        _store.filter(segment, (category) => isAllowed(consent, category));
      }
    }
  }

  void _afterPost() {
    if (_purge) _purgeForbidden();
  }

  /// Shares of people, 0 to 1, whose events and traces are kept.
  void setSampling({double? events, double? traces}) => _guard(() {
    if (events != null) _recorder.eventSampling = events;
    if (traces != null) _recorder.traceSampling = traces;
  });

  /// Describes app and device anew; what was recorded before keeps its own.
  void setContext({AppInfo? app, DeviceInfo? device}) =>
      _guard(() => _recorder.describe(app, device));

  // --- sending ---

  /// Sends what may be sent now; does not wait for a pause to end.
  Future<void> flush() => _closed ? Future.value() : _sender.flush();

  /// A new write key; ends the pause after the old one was refused.
  void setWriteKey(String key) => _guard(() => _sender.useKey(key));

  /// Sends what waits, within the close timeout, and ends the client. What
  /// fails is tried again, as long as the pause before that ends in time.
  Future<void> close() async {
    if (_closed) return;
    final late = Completer<void>();
    final alarm = _host.clock.after(_options.closeTimeoutMs, () {
      if (!late.isCompleted) late.complete();
    });
    await Future.any([
      _sender.finish(_options.closeTimeoutMs),
      late.future,
    ]);
    alarm.cancel();
    _guard(() {
      _recorder.close();
      _sender.close();
      _store.close();
    });
    _closed = true;
  }

  /// A flag of the server's configuration; [otherwise] until it is known.
  bool flag(String name, {bool otherwise = false}) =>
      _config.flag(name, otherwise);

  /// Whether [url] is the SDK's own traffic, which is not measured.
  bool isOwnRequest(Uri url) => _sender.to.covers(url);

  /// What it is doing.
  TidemarkStatus get status => TidemarkStatus(
    enabled: !_closed && _recorder.isEnabled,
    queued: _store.queue.count,
    pausedMs: _sender.pausedMs,
    discarded: _store.ledger.discards.toJson(),
    userId: _store.ledger.userId,
    anonymousId: _store.ledger.anonymousId,
    session: _store.ledger.session?.id,
  );
}
