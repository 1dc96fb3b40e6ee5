// The Test Anything Protocol in a few lines: these tests run on a bare Dart VM.
int _count = 0;

void ok(bool good, String name, [Object? detail]) {
  _count++;
  print('${good ? 'ok' : 'not ok'} $_count - $name');
  if (!good && detail != null) {
    for (final line in '$detail'.split('\n')) {
      print('# $line');
    }
  }
}

void equal(Object? got, Object? want, String name) =>
    ok('$got' == '$want', name, 'got:  $got\nwant: $want');

void done() => print('1..$_count');
