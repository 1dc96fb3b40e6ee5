/// Stands for package:flutter/widgets.dart; see foundation.dart.
library;

import 'dart:async';

import 'foundation.dart';

typedef FrameCallback = void Function(Duration timeStamp);

enum AppLifecycleState { detached, resumed, inactive, hidden, paused }

abstract mixin class WidgetsBindingObserver {
  void didChangeAppLifecycleState(AppLifecycleState state) {}
}

abstract class WidgetsBinding {
  static WidgetsBinding? _instance;
  static WidgetsBinding get instance => _instance!;

  AppLifecycleState? get lifecycleState;
  PlatformDispatcher get platformDispatcher;
  Future<void> get waitUntilFirstFrameRasterized;
  void addObserver(WidgetsBindingObserver observer);
  bool removeObserver(WidgetsBindingObserver observer);
  void addPostFrameCallback(
    FrameCallback callback, {
    String debugLabel = 'callback',
  });
}

class WidgetsFlutterBinding extends WidgetsBinding {
  static WidgetsBinding ensureInitialized() =>
      WidgetsBinding._instance ??= WidgetsFlutterBinding();

  @override
  AppLifecycleState? lifecycleState;

  @override
  final PlatformDispatcher platformDispatcher = PlatformDispatcher();

  final Completer<void> _first = Completer();
  final List<WidgetsBindingObserver> _observers = [];
  final List<FrameCallback> _afterFrame = [];

  @override
  Future<void> get waitUntilFirstFrameRasterized => _first.future;

  @override
  void addObserver(WidgetsBindingObserver observer) => _observers.add(observer);

  @override
  bool removeObserver(WidgetsBindingObserver observer) =>
      _observers.remove(observer);

  @override
  void addPostFrameCallback(
    FrameCallback callback, {
    String debugLabel = 'callback',
  }) => _afterFrame.add(callback);

  // The stub's own: what an engine would do.

  void become(AppLifecycleState state) {
    lifecycleState = state;
    for (final observer in _observers.toList()) {
      observer.didChangeAppLifecycleState(state);
    }
  }

  void drawFrame() {
    final due = _afterFrame.toList();
    _afterFrame.clear();
    for (final callback in due) {
      callback(Duration.zero);
    }
    if (!_first.isCompleted) _first.complete();
  }
}

class RouteSettings {
  const RouteSettings({this.name, this.arguments});

  final String? name;
  final Object? arguments;
}

abstract class Route<T> {
  Route({RouteSettings? settings})
    : settings = settings ?? const RouteSettings();

  final RouteSettings settings;
}

abstract class PageRoute<T> extends Route<T> {
  PageRoute({super.settings});
}

class NavigatorObserver {
  void didPush(Route<dynamic> route, Route<dynamic>? previousRoute) {}
  void didPop(Route<dynamic> route, Route<dynamic>? previousRoute) {}
  void didRemove(Route<dynamic> route, Route<dynamic>? previousRoute) {}
  void didReplace({Route<dynamic>? newRoute, Route<dynamic>? oldRoute}) {}
}
