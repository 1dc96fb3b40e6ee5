import 'dart:developer';

import 'values.dart';

/// Something that takes time, measured from `startTrace` to [stop].
final class TidemarkTrace {
  /// Called by `startTrace`.
  TidemarkTrace(
    this.name, {
    required this.startedAt,
    required int Function() micros,
    required void Function(TidemarkTrace trace, double ms) finish,
    required bool timeline,
    String? id,
  }) : _micros = micros,
       _finish = finish,
       _begin = micros(),
       traceId = id,
       _task = timeline ? (TimelineTask()..start(name)) : null;

  /// What is measured.
  final String name;

  /// When it began, in milliseconds since 1970.
  final int startedAt;

  /// The id of a trace that goes through several systems; null: a new one.
  final String? traceId;

  final int Function() _micros;
  final void Function(TidemarkTrace, double) _finish;
  final int _begin;
  final TimelineTask? _task;
  final List<Map<String, Object?>> _spans = [];
  bool _done = false;

  /// Its attributes.
  final Map<String, Object?> attributes = {};

  /// Sets an attribute.
  void set(String key, Object? value) => attributes[key] = value;

  /// What ended inside it: `name`, `start_ms` (from its beginning),
  /// `duration_ms`, `error`.
  List<Map<String, Object?>> get spans => [..._spans];

  /// Begins to measure a part of it. One that has not ended when the trace
  /// ends is left out, and so is what comes after the hundredth.
  TidemarkSpan startSpan(String name) => TidemarkSpan._(this, name, _micros());

  /// Ends it and records it, with more attributes. A second call does nothing.
  void stop([Map<String, Object?> more = const {}]) {
    if (_done) return;
    _close();
    attributes.addAll(more);
    _finish(this, _since(_begin, _micros()));
  }

  /// Ends it without recording anything.
  void cancel() {
    if (!_done) _close();
  }

  double _since(int from, int to) => (to - from) / 1000;

  void _close() {
    _done = true;
    _task?.finish();
  }
}

/// Most spans of a trace: an item has 32 KiB.
const int _mostSpans = 100;

/// A part of a trace.
final class TidemarkSpan {
  TidemarkSpan._(this._trace, this._name, this._begin);

  final TidemarkTrace _trace;
  final String _name;
  final int _begin;
  bool _done = false;

  /// Ends it; [failed] marks it. A second call does nothing.
  void stop({bool failed = false}) {
    if (_done || _trace._done) return;
    _done = true;
    if (_trace._spans.length >= _mostSpans) return;
    _trace._spans.add({
      'name': cutBytes(_name, 200),
      'start_ms': _trace._since(_trace._begin, _begin),
      'duration_ms': _trace._since(_begin, _trace._micros()),
      if (failed) 'error': true,
    });
  }
}
