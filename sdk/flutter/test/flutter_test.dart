// lib/src/flutter on the stub of package:flutter.
import 'dart:async';
import 'dart:convert';
import 'dart:io';

import 'package:flutter/foundation.dart';
import 'package:flutter/widgets.dart';
import 'package:tidemark/src/flutter/repeats.dart';
import 'package:tidemark/tidemark.dart';

import 'tap.dart';
import 'world.dart' show Item;

class Page extends PageRoute<void> {
  Page(String? name) : super(settings: RouteSettings(name: name));
}

class Dialog extends Route<void> {
  Dialog() : super(settings: const RouteSettings(name: 'dialog'));
}

/// How often it is made into text, which is what an error costs.
class CountingTrace implements StackTrace {
  int texts = 0;

  @override
  String toString() {
    texts++;
    return '#0      main (file:///app.dart:1:1)\n';
  }
}

late final WidgetsFlutterBinding binding =
    WidgetsFlutterBinding.ensureInitialized() as WidgetsFlutterBinding;

final List<Item> sent = [];

Future<void> run() async {
  final server = await HttpServer.bind(InternetAddress.loopbackIPv4, 0);
  server.listen((request) async {
    final body = await request.cast<List<int>>().transform(utf8.decoder).join();
    if (request.method == 'POST') {
      final items = (jsonDecode(body) as Item)['items']! as List;
      sent.addAll(items.cast<Item>());
    }
    request.response.statusCode = request.method == 'POST' ? 202 : 404;
    await request.response.close();
  });
  final top = Directory.systemTemp.createTempSync('tidemark-test-');
  final platformErrors = <Object>[];
  binding.platformDispatcher.onError = (error, _) {
    platformErrors.add(error);
    return true;
  };
  Tidemark.client
    ..track('before')
    ..recordError('before', null)
    ..background();
  equal(Tidemark.client.status.queued, 0, 'before the start nothing happens');
  final client = Tidemark.start(
    TidemarkOptions(
      endpoint: 'http://127.0.0.1:${server.port}',
      writeKey: 'tm_wk_test',
      gzip: false,
    ),
    directory: '${top.path}/queue',
  );
  ok(
    identical(
      client,
      Tidemark.start(const TidemarkOptions(endpoint: 'x', writeKey: 'y')),
    ),
    'a second start is the first',
  );
  await _lifeCycle(client);
  await _errors(client, platformErrors);
  await _navigation(client);
  await _stop(platformErrors);
  _repeats();
  top.deleteSync(recursive: true);
  await server.close(force: true);
}

Future<List<Item>> flushed(TidemarkClient client) async {
  await client.flush();
  final got = [...sent];
  sent.clear();
  return got;
}

List<Object?> types(List<Item> items) => [for (final i in items) i['type']];

Future<void> _lifeCycle(TidemarkClient client) async {
  final session = client.status.session;
  ok(session != null, 'an app that starts in front has a session');
  binding.drawFrame();
  await Future<void>.delayed(Duration.zero);
  final first = await flushed(client);
  equal(types(first), ['session_start', 'trace'], 'the first frame');
  equal(first.last['name'], 'cold_start', 'is the end of the cold start');
  binding
    ..become(AppLifecycleState.inactive)
    ..become(AppLifecycleState.resumed);
  client.track('front');
  equal(
    (await flushed(client)).last['background'],
    null,
    'inactive is still in front',
  );
  binding
    ..become(AppLifecycleState.inactive)
    ..become(AppLifecycleState.hidden)
    ..become(AppLifecycleState.paused);
  client.track('back');
  equal(
    (await flushed(client)).last['background'],
    true,
    'paused is the background',
  );
  binding
    ..become(AppLifecycleState.hidden)
    ..become(AppLifecycleState.inactive);
  client.track('still back');
  equal(
    (await flushed(client)).last['background'],
    true,
    'on the way back it is the background until it is resumed',
  );
  binding.become(AppLifecycleState.resumed);
  client.track('front again');
  final last = (await flushed(client)).last;
  equal(
    '${last['background']} ${last['session'] == session}',
    'null true',
    'resumed goes on with the session',
  );
  binding.become(AppLifecycleState.detached);
  client.track('detached');
  equal((await flushed(client)).last['background'], true, 'detached is gone');
  binding.become(AppLifecycleState.resumed);
  await flushed(client);
}

Future<void> _errors(TidemarkClient client, List<Object> platform) async {
  client.breadcrumb('ui', 'tap:buy');
  final error = StateError('layout');
  FlutterError.onError!(
    FlutterErrorDetails(
      exception: error,
      stack: StackTrace.current,
      library: 'widgets library',
      context: DiagnosticsNode('during a build'),
    ),
  );
  final presented = FlutterError.presented.single.exception;
  ok(identical(presented, error), 'the former handler has the error');
  final crash = (await flushed(client)).firstWhere((i) => i['type'] == 'crash');
  equal(crash['fatal'], false, 'an error that the framework caught');
  equal(crash['props'], {
    'source': 'flutter',
    'library': 'widgets library',
    'context': 'during a build',
  }, 'with where it was');
  equal(
    ((crash['breadcrumbs']! as List).last as Item)['message'],
    'tap:buy',
    'and what came before',
  );
  final handled = binding.platformDispatcher.onError!(
    ArgumentError('nobody'),
    StackTrace.current,
  );
  equal(
    '$handled ${platform.length}',
    'true 1',
    'the former platform handler is asked',
  );
  await Future<void>.delayed(const Duration(milliseconds: 50));
  equal(
    sent.where((i) => i['type'] == 'crash').length,
    0,
    'a fatal one is not sent at once',
  );
  final fatal = (await flushed(client)).firstWhere((i) => i['type'] == 'crash');
  equal(fatal['fatal'], true, 'but first of all later');
  final stack = CountingTrace();
  for (var i = 0; i < 50; i++) {
    FlutterError.onError!(
      FlutterErrorDetails(exception: StateError('each frame'), stack: stack),
    );
  }
  final storm = (await flushed(client)).where((i) => i['type'] == 'crash');
  equal(storm.length, 5, 'an error of every frame fills no queue');
  equal(stack.texts, 50, 'the VM is asked for the text of a stack once');
}

Future<void> _navigation(TidemarkClient client) async {
  final observer = Tidemark.navigatorObserver();
  final home = Page('/home');
  final cart = Page('/cart');
  observer.didPush(home, null);
  binding.drawFrame();
  observer
    ..didPush(Dialog(), home)
    ..didPush(Page(null), home)
    ..didPush(cart, home);
  binding.drawFrame();
  observer.didPop(cart, home);
  final items = await flushed(client);
  final screens = [
    for (final i in items)
      if (i['name'] == 'screen_view') (i['props']! as Item)['screen'],
  ];
  equal(screens, ['/home', '/cart', '/home'], 'screens by pages with names');
  final loads = [
    for (final i in items)
      if (i['name'] == 'screen_load') (i['props']! as Item)['screen'],
  ];
  equal(loads, ['/home', '/cart'], 'loads of those that were pushed');
  client.recordError('x', null);
  final crash = (await flushed(client)).firstWhere((i) => i['type'] == 'crash');
  equal(
    ((crash['breadcrumbs']! as List).last as Item)['type'],
    'navigation',
    'and breadcrumbs',
  );
  final rude = Tidemark.navigatorObserver(nameOf: (_) => throw StateError('x'));
  rude.didPush(home, null);
  equal(
    types(await flushed(client)),
    <Object>[],
    'a nameOf that throws names nothing',
  );
}

Future<void> _stop(List<Object> platform) async {
  await Tidemark.stop();
  ok(
    identical(FlutterError.onError, FlutterError.presentError) ||
        FlutterError.onError == FlutterError.presentError,
    'stop gives the handler back',
  );
  binding.platformDispatcher.onError!(StateError('x'), StackTrace.current);
  equal(platform.length, 2, 'both of them');
  binding.become(AppLifecycleState.paused);
  ok(Tidemark.clientOrNull == null, 'and the client is gone');
}

void _repeats() {
  var now = 0;
  final repeats = Repeats(() => now, most: 2, windowMs: 1000);
  final seen = [for (var i = 0; i < 5; i++) repeats.admit('a')];
  equal(seen, [0, 0, null, null, null], 'two of a kind in a window');
  equal(repeats.admit('b'), 0, 'another kind is its own');
  now = 1000;
  equal(repeats.admit('a'), 3, 'the next window says how many it left out');
  now = -5000;
  equal(repeats.admit('a'), 0, 'a clock that goes back');
}
