import 'package:flutter/widgets.dart';

import '../core/client.dart';

/// Records a screen for each page that comes up, leaves a breadcrumb, and
/// measures how long a pushed page takes to its first frame (`screen_load`).
///
///     MaterialApp(navigatorObservers: [Tidemark.navigatorObserver()])
///
/// A page without a name is none; dialogs and menus are none.
final class TidemarkNavigatorObserver extends NavigatorObserver {
  /// [client] is asked at each change: null records nothing. [nameOf] names a
  /// page, by default with `route.settings.name`; null leaves it out.
  TidemarkNavigatorObserver(
    this._client, {
    String? Function(Route<dynamic> route)? nameOf,
    this.measureLoads = true,
  }) : _nameOf = nameOf ?? ((route) => route.settings.name);

  final TidemarkClient? Function() _client;
  final String? Function(Route<dynamic> route) _nameOf;

  /// Whether `screen_load` is recorded.
  final bool measureLoads;

  String? _shown;

  void _show(Route<dynamic>? route, {bool isNew = false}) {
    final client = _client();
    if (client == null || route is! PageRoute<dynamic>) return;
    String? name;
    try {
      name = _nameOf(route);
    } on Object {
      return; // the app's own function
    }
    if (name == null || name.isEmpty || name == _shown) return;
    client
      ..breadcrumb(
        'navigation',
        name,
        data: {if (_shown != null) 'from': _shown},
      )
      ..screen(name, props: {if (_shown != null) 'from': _shown});
    _shown = name;
    if (!isNew || !measureLoads) return;
    final load = client.startTrace('screen_load')..set('screen', name);
    WidgetsBinding.instance.addPostFrameCallback((_) => load.stop());
  }

  @override
  void didPush(Route<dynamic> route, Route<dynamic>? previousRoute) {
    super.didPush(route, previousRoute);
    _show(route, isNew: true);
  }

  @override
  void didPop(Route<dynamic> route, Route<dynamic>? previousRoute) {
    super.didPop(route, previousRoute);
    _show(previousRoute);
  }

  @override
  void didReplace({Route<dynamic>? newRoute, Route<dynamic>? oldRoute}) {
    super.didReplace(newRoute: newRoute, oldRoute: oldRoute);
    _show(newRoute, isNew: true);
  }
}
