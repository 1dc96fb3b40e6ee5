/// Stands for package:flutter/material.dart, for the example; see
/// foundation.dart.
library;

import 'widgets.dart';

export 'foundation.dart';
export 'widgets.dart';

typedef WidgetBuilder = Widget Function(BuildContext context);

class Key {
  const Key();
}

class BuildContext {}

class Widget {
  const Widget({this.key});

  final Key? key;
}

abstract class StatelessWidget extends Widget {
  const StatelessWidget({super.key});

  Widget build(BuildContext context);
}

class MaterialApp extends Widget {
  const MaterialApp({
    super.key,
    String title = '',
    Map<String, WidgetBuilder> routes = const {},
    String? initialRoute,
    List<NavigatorObserver> navigatorObservers = const [],
  });
}

class Scaffold extends Widget {
  const Scaffold({super.key, Widget? appBar, Widget? body});
}

class AppBar extends Widget {
  const AppBar({super.key, Widget? title});
}

class Text extends Widget {
  const Text(String data, {super.key});
}

class ListTile extends Widget {
  const ListTile({super.key, Widget? title, void Function()? onTap});
}

class ListView extends Widget {
  const ListView({super.key, List<Widget> children = const []});
}

class Navigator extends Widget {
  const Navigator({super.key});

  static Future<T?> pushNamed<T>(
    BuildContext context,
    String routeName,
  ) async => null;
}

void runApp(Widget app) {}
