import 'dart:math';

const String _digits = '0123456789abcdef';

/// A UUIDv7 (RFC 9562): 48 bits of milliseconds since 1970, then 74 random
/// bits. Lower case.
String uuidV7(int ms, Random random) {
  final time = ms < 0 ? 0 : ms;
  // Divisions, not shifts: JavaScript's shifts have 32 bits.
  final high = time ~/ 0x10000;
  final low = time % 0x10000;
  final a = random.nextInt(0x1000);
  final b = random.nextInt(0x4000);
  final c = random.nextInt(0x1000000);
  final d = random.nextInt(0x1000000);
  return '${_hex(high, 8)}-${_hex(low, 4)}-${_hex(0x7000 | a, 4)}-'
      '${_hex(0x8000 | b, 4)}-${_hex(c, 6)}${_hex(d, 6)}';
}

String _hex(int value, int width) {
  final out = List<int>.filled(width, 0);
  var rest = value;
  for (var i = width - 1; i >= 0; i--) {
    out[i] = _digits.codeUnitAt(rest % 16);
    rest ~/= 16;
  }
  return String.fromCharCodes(out);
}
