import 'dart:async';
import 'dart:convert';
import 'dart:math';
import 'dart:typed_data';

import 'clock.dart';
import 'item.dart';
import 'remote_config.dart';
import 'segment.dart';
import 'store.dart';
import 'transport.dart';
import 'wait.dart';

const int _gzipFrom = 1024;
const int _keyPauseMs = 3600 * 1000;
const int _retryMs = 60 * 1000;

/// Where batches go and under whose name.
final class Destination {
  /// [endpoint] has no path.
  Destination(String endpoint, this.key, this.sdk, this.version)
    : _base = endpoint.replaceFirst(RegExp(r'/+$'), '');

  final String _base;

  /// The write key.
  String key;

  /// Value of `X-SDK`.
  final String sdk;

  /// Value of `X-SDK-Version`.
  final String version;

  /// Where batches are sent.
  Uri get batch => Uri.parse('$_base/api/v1/ingest/batch');

  /// Where the configuration is.
  Uri get config => Uri.parse('$_base/api/v1/ingest/config');

  /// Whether [url] is one of the above.
  bool covers(Uri url) => '$url'.startsWith('$_base/api/v1/ingest/');

  /// Of each request.
  Map<String, String> get headers => {
    'Authorization': 'Bearer $key',
    'X-SDK': sdk,
    'X-SDK-Version': version,
  };
}

/// Sends segments, one request at a time, and decides what an answer means.
final class Sender {
  /// [beforeFlush] may add to the queue what is to go with it.
  Sender({
    required this.store,
    required this.clock,
    required this.transport,
    required this.to,
    required this.config,
    required this.flushIntervalMs,
    required this.useGzip,
    required this.fetchConfig,
    required double Function() jitter,
    required this.beforeFlush,
    required this.hasWork,
    required this.afterPost,
    required this.onConfig,
    required this.onTrouble,
  }) : _all = Wait(clock, jitter),
       _lanes = {for (final lane in Lane.values) lane: Wait(clock, jitter)};

  /// What waits.
  final Store store;

  /// Timers and the time of a request.
  final Clock clock;

  /// The network.
  final Transport transport;

  /// The server.
  final Destination to;

  /// What the server asks.
  final RemoteConfig config;

  /// How long the first item waits for others.
  final int flushIntervalMs;

  /// Whether large bodies are compressed.
  final bool useGzip;

  /// Whether [config] is fetched at all.
  final bool fetchConfig;

  /// Called when a flush begins that may send events.
  final void Function() beforeFlush;

  /// Whether a flush has anything to do.
  final bool Function() hasWork;

  /// Called when the configuration was read.
  final void Function() onConfig;

  /// Called after each request.
  final void Function() afterPost;

  /// Told in words what went wrong.
  final void Function(String message) onTrouble;

  final Wait _all;
  final Map<Lane, Wait> _lanes;

  Future<void>? _running;
  bool _again = false;
  bool _closed = false;
  int? _due;
  Alarm? _alarm;

  /// Something waits; it is sent within the flush interval, or [soon].
  void wake({bool soon = false}) {
    if (_closed) return;
    final at = clock.ticks() + (soon ? 0 : flushIntervalMs);
    if (_due == null || at < _due!) _due = at;
    if (_running == null) _schedule();
  }

  /// Sends what may be sent now. Never fails.
  Future<void> flush() {
    if (_closed) return Future.value();
    final running = _running;
    if (running != null) {
      _again = true;
      return running;
    }
    _due = null;
    _alarm?.cancel();
    return _running = _run();
  }

  /// Flushes, and again after each pause that ends within [ms].
  Future<void> finish(int ms) async {
    final end = clock.ticks() + ms;
    while (true) {
      await flush();
      final pause = max(1, pausedMs);
      final left = store.queue.count > 0 && !_closed && !config.killed;
      if (!left || clock.ticks() + pause >= end) return;
      final over = Completer<void>();
      clock.after(pause, over.complete);
      await over.future;
    }
  }

  /// Nothing is sent any more.
  void close() {
    _closed = true;
    _alarm?.cancel();
    transport.close();
  }

  /// A new key ends the pause of the old one.
  void useKey(String key) {
    to.key = key;
    _all.succeed();
    wake(soon: true);
  }

  /// Milliseconds until a lane that has something may send; 0 now or nothing.
  int get pausedMs {
    int? least;
    for (final lane in Lane.values) {
      if (store.queue.row(lane).isEmpty) continue;
      final at = _readyAt(lane);
      if (least == null || at < least) least = at;
    }
    final left = (least ?? 0) - clock.ticks();
    return left < 0 ? 0 : left;
  }

  int _laneReadyAt(Lane lane) {
    final own = _lanes[lane]!.until;
    return own > _all.until ? own : _all.until;
  }

  /// The tick at which something of [lane] may be sent.
  int _readyAt(Lane lane) {
    int? first;
    for (final segment in store.queue.row(lane)) {
      if (first == null || segment.notBefore < first) first = segment.notBefore;
    }
    final at = _laneReadyAt(lane);
    return first != null && first > at ? first : at;
  }

  bool _mayTake(Lane lane) => _laneReadyAt(lane) <= clock.ticks();

  Future<void> _run() async {
    try {
      do {
        _again = false;
        await _once();
      } while (_again && !_closed);
    } on Object catch (error) {
      onTrouble('sending: $error');
    } finally {
      _running = null;
      _schedule();
    }
  }

  Future<void> _once() async {
    if (!hasWork() && !config.killed) return;
    if (fetchConfig && config.isDue) await _refresh();
    if (_closed || config.killed) return;
    if (_mayTake(Lane.event)) beforeFlush();
    for (final lane in Lane.values) {
      if (_mayTake(lane)) store.queue.sealLane(lane);
    }
    for (var next = _next(); next != null; next = _next()) {
      await _post(next);
      afterPost();
      if (_closed || config.killed) return;
    }
  }

  Future<void> _refresh() async {
    try {
      await config.fetch(transport, to.config, to.headers);
      onConfig();
    } on Object catch (error) {
      onTrouble('configuration: $error');
    }
  }

  Segment? _next() {
    final now = clock.ticks();
    for (final lane in Lane.values) {
      if (!_mayTake(lane)) continue;
      for (final segment in store.queue.row(lane)) {
        if (!segment.isOpen && segment.notBefore <= now) return segment;
      }
    }
    return null;
  }

  /// Wakes when something may be sent, or when a stopped SDK may ask again.
  void _schedule() {
    _alarm?.cancel();
    _alarm = null;
    if (_closed || config.killed && !fetchConfig) return;
    final now = clock.ticks();
    final at = config.killed ? now + config.dueIn : _wakeAt(now);
    if (at != null) _alarm = clock.after(at < now ? 0 : at - now, flush);
  }

  int? _wakeAt(int now) {
    int? first;
    for (final lane in Lane.values) {
      final row = store.queue.row(lane);
      if (row.isEmpty) continue;
      final ready = _readyAt(lane);
      final waits = row.any((segment) => !segment.isOpen);
      final due = _due ?? (waits ? now + flushIntervalMs : null);
      if (due == null) continue;
      final at = waits && ready > now || ready > due ? ready : due;
      if (first == null || at < first) first = at;
    }
    return first;
  }

  Future<void> _post(Segment segment) async {
    final lines = segment.lines();
    if (lines.length < 2) return store.drop(segment, Reason.unreadable);
    segment.isSending = true;
    HttpAnswer? answer;
    try {
      answer = await transport.send(_call(lines));
    } on Object catch (error) {
      onTrouble('no answer: $error');
    }
    segment.isSending = false;
    // Closed, or deleted by an opt-out, while it was under way.
    if (_closed || !store.queue.holds(segment)) return;
    _judge(segment, lines, answer);
  }

  HttpCall _call(List<Uint8List> lines) {
    final body = _body(lines);
    final packed =
        useGzip && body.length >= _gzipFrom ? transport.gzip(body) : null;
    return HttpCall('POST', to.batch, {
      ...to.headers,
      'Content-Type': 'application/json',
      if (packed != null) 'Content-Encoding': 'gzip',
    }, packed ?? body);
  }

  List<int> _body(List<Uint8List> lines) {
    final head =
        '{"schema_version":"1.1","sent":${clock.now()},'
        '"install":${jsonEncode(store.ledger.install)},';
    final out = BytesBuilder(copy: false)..add(utf8.encode(head));
    if (lines.first.length > 2) {
      out
        ..add(utf8.encode('"context":'))
        ..add(lines.first)
        ..addByte(0x2c);
    }
    out.add(utf8.encode('"items":['));
    for (var i = 1; i < lines.length; i++) {
      if (i > 1) out.addByte(0x2c);
      out.add(lines[i]);
    }
    out.add(utf8.encode(']}'));
    return out.takeBytes();
  }

  void _judge(Segment segment, List<Uint8List> lines, HttpAnswer? answer) {
    final status = answer?.status ?? 0;
    final asked = retryAfterMs(answer?.headers['retry-after'], clock.now());
    switch (status) {
      case >= 200 && < 300:
        _all.succeed();
        _lanes[segment.lane]!.succeed();
        _accept(segment, lines, _object(answer!.body), asked);
      case 400 || 415 || 422:
        onTrouble('refused ($status): ${_message(answer!.body)}');
        store.drop(segment, Reason.rejected);
      case 401 || 403:
        onTrouble('the write key was refused ($status)');
        _all.pause(_keyPauseMs);
      case 413:
        _halve(segment, lines);
      case 429:
        final lane = _laneOf(_object(answer!.body));
        (lane == null ? _all : _lanes[lane]!).fail(asked);
      default:
        _all.fail(asked);
    }
  }

  /// The items that the server wants again go into a segment of their own.
  void _accept(
    Segment segment,
    List<Uint8List> lines,
    Map<String, Object?> body,
    int? asked,
  ) {
    final again = <Uint8List>[];
    if (body['results'] case final List<Object?> results) {
      for (final one in results) {
        if (one case {
          'result': 'retry',
          'index': final int index,
        } when index >= 0 && index < lines.length - 1) {
          again.add(lines[index + 1]);
        }
      }
    }
    if (again.isEmpty) return store.acknowledge(segment);
    _split(segment, lines.first, [again], (asked ?? 0) > 0 ? asked! : _retryMs);
  }

  void _halve(Segment segment, List<Uint8List> lines) {
    final items = lines.length - 1;
    if (items < 2) return store.drop(segment, Reason.tooLarge);
    final middle = 1 + items ~/ 2;
    _split(segment, lines.first, [
      lines.sublist(1, middle),
      lines.sublist(middle),
    ], 0);
  }

  /// Puts [parts] into the place of [segment].
  void _split(
    Segment segment,
    Uint8List context,
    List<List<Uint8List>> parts,
    int waitMs,
  ) {
    var replaced = false;
    // Numbers of items that will be gone are remembered first. The last part
    // comes first: the first one has the segment's own name, and writing it
    // lets go of the others.
    store.save();
    for (final items in parts.reversed) {
      final number = Store.numberOf(items.first) ?? segment.number;
      store
          .queue
          .put(segment.lane, number, [context, ...items], segment.newest)
          .notBefore = waitMs > 0 ? clock.ticks() + waitMs : 0;
      replaced = replaced || number == segment.number;
    }
    if (!replaced) store.acknowledge(segment);
  }

  static Map<String, Object?> _object(String body) {
    try {
      final value = jsonDecode(body);
      return value is Map<String, Object?> ? value : const {};
    } on FormatException {
      return const {};
    }
  }

  static String _message(String body) {
    final message = _object(body)['message'];
    return message is String ? message : '';
  }

  /// The one lane that a 429 is about; null: both.
  static Lane? _laneOf(Map<String, Object?> body) {
    final details = body['details'];
    var category = details is Map ? details['category'] : null;
    if (category is List && category.length == 1) category = category.first;
    return switch (category) {
      'event' => Lane.event,
      'crash' => Lane.crash,
      _ => null,
    };
  }
}
