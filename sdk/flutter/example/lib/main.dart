import 'package:flutter/material.dart';
import 'package:tidemark/tidemark.dart';

/// flutter run \
///   --dart-define=TIDEMARK_URL=http://10.0.2.2:8080 \
///   --dart-define=TIDEMARK_KEY=tm_wk_…
void main() {
  final launched = Stopwatch()..start();
  Tidemark.start(
    const TidemarkOptions(
      endpoint: String.fromEnvironment('TIDEMARK_URL'),
      writeKey: String.fromEnvironment('TIDEMARK_KEY'),
      app: AppInfo(id: 'com.example.shop', version: '1.0.0', build: '1'),
      redactKeys: ['password', 'card'],
    ),
    launched: launched,
  );
  runApp(const ShopApp());
}

/// Two pages, and a button for each thing that can be recorded.
class ShopApp extends StatelessWidget {
  /// The app.
  const ShopApp({super.key});

  @override
  Widget build(BuildContext context) => MaterialApp(
    title: 'Shop',
    initialRoute: '/home',
    routes: {
      '/home': (context) => const HomePage(),
      '/cart': (context) => const CartPage(),
    },
    navigatorObservers: [Tidemark.navigatorObserver()],
  );
}

/// The first page.
class HomePage extends StatelessWidget {
  /// The page.
  const HomePage({super.key});

  Future<void> _load() => Tidemark.client.measure(
    'load_catalogue',
    () => Future<void>.delayed(const Duration(milliseconds: 120)),
  );

  void _fail() {
    try {
      throw StateError('no element');
    } on StateError catch (error, stack) {
      Tidemark.client.recordError(error, stack);
    }
  }

  @override
  Widget build(BuildContext context) => Scaffold(
    appBar: const AppBar(title: Text('Shop')),
    body: ListView(
      children: [
        ListTile(
          title: const Text('Sign in'),
          onTap: () => Tidemark.client.identify('u_1', traits: {'plan': 'pro'}),
        ),
        ListTile(
          title: const Text('Buy'),
          onTap:
              () => Tidemark.client.track(
                'order_placed',
                namespace: 'billing',
                props: {'amount': 49.9, 'currency': 'EUR'},
              ),
        ),
        ListTile(title: const Text('Measure'), onTap: _load),
        ListTile(title: const Text('A handled error'), onTap: _fail),
        ListTile(
          title: const Text('An error that nobody handles'),
          onTap: () => throw StateError('nobody handles this'),
        ),
        ListTile(
          title: const Text('Cart'),
          onTap: () => Navigator.pushNamed<void>(context, '/cart'),
        ),
        ListTile(title: const Text('Sign out'), onTap: Tidemark.client.reset),
      ],
    ),
  );
}

/// The second page.
class CartPage extends StatelessWidget {
  /// The page.
  const CartPage({super.key});

  @override
  Widget build(BuildContext context) =>
      const Scaffold(appBar: AppBar(title: Text('Cart')), body: Text('Empty'));
}
