// Real requests, isolates, the timeline.
import 'dart:convert';
import 'dart:io';
import 'dart:isolate';

import 'package:tidemark/src/core/io/http_transport.dart';
import 'package:tidemark/src/core/transport.dart';
import 'package:tidemark/tidemark_core.dart';
import 'package:tidemark/tidemark_io.dart';

import 'tap.dart';
import 'world.dart';

Future<void> run() async {
  final server = await HttpServer.bind(InternetAddress.loopbackIPv4, 0);
  server.listen(_serve);
  final url = Uri.parse('http://127.0.0.1:${server.port}');
  await _transport(url);
  await _traces(url);
  await _helper(url);
  await _isolates();
  await timeline();
  await server.close(force: true);
}

Future<void> _serve(HttpRequest request) async {
  final response = request.response;
  switch (request.uri.path) {
    case '/moved':
      response.statusCode = 302;
      response.headers.set('Location', '/elsewhere');
    case '/cut':
      final socket = await response.detachSocket(writeHeaders: false);
      socket.write('HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\n{"a"');
      await socket.flush();
      socket.destroy();
      return;
    default:
      response.statusCode = 202;
      response.headers.set('Retry-After', '7');
      final body =
          await request.cast<List<int>>().transform(utf8.decoder).join();
      response.write('${request.method} ${body.length}');
  }
  await response.close();
}

Future<void> _transport(Uri url) async {
  final transport = HttpTransport();
  final good = await transport.send(
    HttpCall('POST', url.resolve('/in'), const {}, utf8.encode('hello')),
  );
  equal(
    '${good.status} ${good.headers['retry-after']} ${good.body}',
    '202 7 POST 5',
    'a request and its answer',
  );
  final moved = await transport.send(
    HttpCall('POST', url.resolve('/moved'), const {}, utf8.encode('x')),
  );
  equal(moved.status, 302, 'a redirection is not followed');
  Object? cut;
  try {
    await transport.send(HttpCall('POST', url.resolve('/cut'), const {}, []));
  } on Object catch (error) {
    cut = error;
  }
  ok(cut != null, 'a cut answer is none');
  transport.close();
}

Item last(World world) => world.network.items.last;

Future<void> _traces(Uri url) async {
  final world = World();
  final client = world.client();
  final http = TracedHttpClient(HttpClient(), client);
  final request = await http.getUrl(url.resolve('/a?token=secret'));
  await (await request.close()).drain<void>();
  await client.flush();
  final trace = last(world);
  equal(trace['name'], 'GET 127.0.0.1', 'an HTTP request is a trace');
  equal(trace['props'], {
    'method': 'GET',
    'url': '$url/a',
    'status': 202,
  }, 'its address has no query');
  final own = await http
      .postUrl(Uri.parse('$nowhere/api/v1/ingest/batch'))
      .then<Object>((r) => r, onError: (Object e) => e);
  ok(own is! HttpClientRequest, 'nobody listens there');
  await client.flush();
  equal(
    identical(last(world)['id'], trace['id']) ||
        last(world)['id'] == trace['id'],
    true,
    'the SDK does not measure itself',
  );
  Object? refused;
  try {
    await http.getUrl(Uri.parse('http://127.0.0.1:1/x'));
  } on Object catch (error) {
    refused = error;
  }
  ok(refused is SocketException, 'a failure is the app\'s as before');
  await client.flush();
  equal(
    (last(world)['props']! as Item)['error'],
    'SocketException',
    'and the trace says so',
  );
  HttpOverrides.global = TracedHttpOverrides(client);
  final any = HttpClient();
  HttpOverrides.global = null;
  ok(any is TracedHttpClient, 'by overrides every client is a traced one');
  any.close();
  http.close(force: true);
}

Future<void> _helper(Uri url) async {
  final world = World();
  final client = world.client();
  final answer = await client.measureHttp(
    'post',
    Uri.parse('https://api.test/orders?card=1'),
    () async => 204,
    status: (response) => response,
  );
  equal(answer, 204, 'the helper returns what the client did');
  Object? thrown;
  try {
    await client.measureHttp<int>('get', url, () => throw StateError('down'));
  } on StateError catch (error) {
    thrown = error;
  }
  ok(thrown != null, 'and throws what it threw');
  await client.measureHttp(
    'get',
    url,
    () async => 1,
    status: (_) => throw StateError('the status'),
  );
  client.setOrganization('org_1');
  await client.measure(
    'work',
    () async => world.clock.advance(40, world.settle),
  );
  await client.flush();
  final traces = [
    for (final item in world.network.items)
      if (item['type'] == 'trace') item,
  ];
  equal(traces[0]['props'], {
    'method': 'POST',
    'url': 'https://api.test/orders',
    'status': 204,
  }, 'with method, address and status');
  equal((traces[1]['props']! as Item)['error'], 'StateError', 'or the error');
  equal(
    '${traces[3]['name']} ${traces[3]['duration_ms']}',
    'work 40',
    'measured by the clock',
  );
  final parts = client.startTrace('parts');
  await world.clock.advance(5, world.settle);
  final query = parts.startSpan('query');
  final never = parts.startSpan('never ends');
  await world.clock.advance(20, world.settle);
  query.stop(failed: true);
  parts.stop();
  never.stop();
  await client.flush();
  equal(
    '${last(world)['duration_ms']} ${last(world)['spans']}',
    '25 [{name: query, start_ms: 5.0, duration_ms: 20.0, error: true}]',
    'a trace has the spans that ended inside it',
  );
  final left = client.startTrace('left')..cancel();
  left.stop();
  await client.flush();
  ok(
    names(world.network.items).every((name) => name != 'left'),
    'a trace that was given up is none',
  );
}

Never _fail(Object? _) => throw StateError('in the isolate');

Future<void> _isolates() async {
  final world = World();
  final client = world.client();
  final errors = IsolateErrors(client);
  await Isolate.spawn(_fail, null, onError: errors.port);
  for (var i = 0; i < 2000 && client.status.queued < 2; i++) {
    await Future<void>.delayed(const Duration(milliseconds: 10));
  }
  await client.flush();
  final crash = world.network.items.firstWhere(
    (item) => item['type'] == 'crash',
    orElse: () => const {},
  );
  final exception = crash['exception'] as Item? ?? const {};
  equal(
    exception['message'],
    'Bad state: in the isolate',
    'an error of another isolate is a crash',
  );
  ok('${exception['stacktrace']}'.contains('_fail'), 'with its stack');
  errors.close();
}

/// That it changes nothing is seen here; t/conformance/dart.py reads what the VM
/// wrote down meanwhile.
Future<void> timeline() async {
  final world = World();
  final client =
      world.client(timeline: true)
        ..startTrace('a').stop()
        ..startTrace('b').cancel();
  await client.flush();
  equal(
    [
      for (final item in world.network.items)
        if (item['type'] == 'trace') item['name'],
    ],
    ['a'],
    'with the Dart timeline a trace is as without',
  );
}
