import 'dart:convert';

/// The product of two 32-bit numbers, cut to 32 bits. In two parts, which
/// JavaScript's numbers can hold as well.
int _times(int a, int b) {
  final high = a * (b ~/ 0x10000) % 0x10000;
  return (high * 0x10000 + a * (b % 0x10000)) % 0x100000000;
}

/// FNV-1a of the UTF-8 bytes of [text], mixed once more: alone it puts ids
/// that differ in their last byte side by side. 32 bits.
int sampleHash(String text) {
  var hash = 0x811c9dc5;
  for (final byte in utf8.encode(text)) {
    hash = _times(hash ^ byte, 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = _times(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = _times(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) % 0x100000000;
}

/// Whether [subject] belongs to the share [rate] (0 to 1) that is kept. The
/// same subject has the same answer in every SDK.
bool isSampled(String subject, double rate) {
  if (rate >= 1) return true;
  return sampleHash(subject) / 0x100000000 < rate;
}
