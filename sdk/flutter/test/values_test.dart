// Values, ids, shares, waiting times, errors in words.
import 'dart:convert';
import 'dart:math';

import 'package:tidemark/src/core/failure.dart';
import 'package:tidemark/src/core/measure.dart';
import 'package:tidemark/src/core/recorder.dart';
import 'package:tidemark/src/core/sampling.dart';
import 'package:tidemark/src/core/uuid.dart';
import 'package:tidemark/src/core/values.dart';
import 'package:tidemark/src/core/wait.dart';
import 'package:tidemark/tidemark_core.dart';

import 'tap.dart';

enum Plan { free, pro }

class Money {
  Map<String, Object?> toJson() => {'amount': 5, 'password': 'x'};
}

class Loop {
  Object toJson() => this;
}

class Rude {
  @override
  String toString() => throw StateError('no text');
}

class RudeMap {
  Map<String, Object?> toJson() => throw StateError('no JSON');

  @override
  String toString() => 'rude';
}

void run() {
  _values();
  _ids();
  _waits();
  _failures();
}

void _values() {
  final cleaner = Cleaner(const ['Password']);
  Object? clean(Object? v) => cleaner.value(v);
  equal(
    jsonEncode(clean({'a': double.nan, 'b': double.infinity, 'c': 1.5})),
    '{"a":null,"b":null,"c":1.5}',
    'NaN and infinities become null',
  );
  equal(
    clean(DateTime.utc(2026, 1, 2, 3, 4, 5)),
    '2026-01-02T03:04:05.000Z',
    'a date is text',
  );
  equal(clean(Plan.pro), 'pro', 'an enum is its name');
  equal(clean({1, 2}), [1, 2], 'a set is a list');
  equal(
    clean(BigInt.parse('123456789012345678901')),
    '123456789012345678901',
    'what is no JSON is text',
  );
  equal(clean(Money()), {
    'amount': 5,
    'password': redacted,
  }, 'toJson() is asked, and covered');
  equal(clean(Loop()), '[circular]', 'an object that returns itself ends');
  equal(clean(Rude()), '[unreadable]', 'a toString() that throws');
  equal(clean(RudeMap()), 'rude', 'a toJson() that throws');
  final loop = <String, Object?>{};
  loop['self'] = loop;
  equal(clean(loop), {'self': '[circular]'}, 'a cycle');
  Object? deep = 1;
  for (var i = 0; i < 20; i++) {
    deep = {'d': deep};
  }
  final text = jsonEncode(clean(deep));
  equal('{'.allMatches(text).length, 16, 'sixteen levels');
  ok(text.contains('[deep]'), 'and no more', text);
  final long = clean('é' * 600)! as String;
  equal(utf8.encode(long).length, 1024, 'a string is cut at 1,024 bytes');
  equal(cutBytes('ab😀', 5), 'ab', 'never inside a character');
  equal(cutBytes('ab😀', 6), 'ab😀', 'a character that fits stays');
  final context = utf8.decode(
    Recorder.contextOf(AppInfo(version: 'v' * 300), const DeviceInfo()),
  );
  equal(
    context.length,
    '{"app":{"version":""}}'.length + 128,
    'a context that the server would refuse is cut',
  );
}

void _ids() {
  final id = uuidV7(1767225600000, Random(1));
  ok(
    RegExp(
      r'^019b76da-a800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$',
    ).hasMatch(id),
    'a UUIDv7 begins with its time',
    id,
  );
  final many = {for (var i = 0; i < 10000; i++) uuidV7(1, Random.secure())};
  equal(many.length, 10000, 'ten thousand ids differ');
  var kept = 0;
  for (var i = 0; i < 10000; i++) {
    if (isSampled('user-$i', 0.25)) kept++;
  }
  ok((kept - 2500).abs() < 200, 'a quarter of people is a quarter', kept);
  ok(!isSampled('x', 0) && isSampled('x', 1), 'nobody and everybody');
}

void _waits() {
  const now = 1767225600000; // Thu, 01 Jan 2026 00:00:00 GMT
  equal(retryAfterMs('30', now), 30000, 'Retry-After in seconds');
  equal(
    retryAfterMs('Thu, 01 Jan 2026 00:02:00 GMT', now),
    120000,
    'Retry-After as a date',
  );
  equal(
    retryAfterMs('Wed, 31 Dec 2025 00:00:00 GMT', now),
    null,
    'a date that is past says nothing',
  );
  equal(retryAfterMs('9999999', now), 86400000, 'at most a day');
  equal(retryAfterMs('soon', now), null, 'nonsense says nothing');
  equal(
    bareUrl(Uri.parse('https://u:p@api.test:8443/a/b?token=1#x')),
    'https://api.test:8443/a/b',
    'an address without user, query and fragment',
  );
}

void _failures() {
  Failure of(Object error, [StackTrace? stack]) => Failure.of(error, stack);
  final plain = of(Exception('no cart'));
  equal('${plain.type}|${plain.message}', 'Exception|no cart', 'an exception');
  final state = of(StateError('no element'));
  equal(
    '${state.type}|${state.message}',
    'StateError|Bad state: no element',
    'an error',
  );
  try {
    [1].firstWhere((i) => i > 1);
  } on StateError catch (error, stack) {
    final failure = of(error, stack);
    ok(
      failure.stack.startsWith('#0 '),
      'frames as the VM prints them',
      failure.stack,
    );
    ok(failure.stack.contains('values_test.dart'), 'down to the app');
    ok(of(error).stack.startsWith('#0 '), 'an error knows its own stack');
  }
  const obfuscated =
      "build_id: 'c0ffee0d5c4d9a7cc5b3a0de8a11b5fa'\n"
      '    #00 abs 0000007a1c6b1d2b virt 00000000003c1d2b '
      '_kDartIsolateSnapshotInstructions+0x30cd2b\n';
  equal(
    of('x', StackTrace.fromString(obfuscated)).stack,
    obfuscated,
    'an obfuscated stack keeps its build id',
  );
  equal(of(Rude()).message, '', 'an error without words');
  equal(utf8.encode(of('x' * 9000).message).length, 8192, 'a long message');
}
