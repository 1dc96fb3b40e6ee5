// Runs every test of this folder and prints TAP; `lock PATH`, `limited PATH`
// and `timeline` are other processes of them.
import '../example/lib/main.dart' as example;
import 'account_test.dart' as account;
import 'flutter_test.dart' as flutter;
import 'io_test.dart' as io;
import 'safety_test.dart' as safety;
import 'store_test.dart' as store;
import 'tap.dart';
import 'values_test.dart' as values;

Future<void> main(List<String> args) async {
  switch (args) {
    case ['lock', final path]:
      return store.tryLock(path);
    case ['limited', final path]:
      await safety.limited(path);
    case ['timeline']:
      await io.timeline();
    default:
      values.run();
      await store.run();
      await account.run();
      await safety.run();
      await io.run();
      await flutter.run();
      ok(const example.ShopApp().key == null, 'the example compiles');
  }
  done();
}
