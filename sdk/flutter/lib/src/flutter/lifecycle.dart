import 'package:flutter/widgets.dart';

import '../core/client.dart';

/// Tells the client when the app comes to the front and when it leaves.
///
/// `inactive` is still in front: a call comes in, another window has the
/// focus. `hidden`, `paused` and `detached` are not.
final class LifecycleObserver with WidgetsBindingObserver {
  /// Looks at the state that the app has now.
  LifecycleObserver(this._client, this._binding) {
    final now = _binding.lifecycleState;
    // An engine without a view is detached: its work opens no session.
    final hidden = now != null && !_isInFront(now);
    _inFront = !hidden;
    hidden ? _client.background() : _client.foreground();
    _binding.addObserver(this);
  }

  final TidemarkClient _client;
  final WidgetsBinding _binding;
  late bool _inFront;

  /// How often the app has left the front.
  int leaves = 0;

  static bool _isInFront(AppLifecycleState state) =>
      state == AppLifecycleState.resumed || state == AppLifecycleState.inactive;

  @override
  void didChangeAppLifecycleState(AppLifecycleState state) {
    // From the background through inactive: only resumed is the front again.
    if (!_inFront && state != AppLifecycleState.resumed) return;
    final next = _isInFront(state);
    if (next == _inFront) return;
    _inFront = next;
    if (next) {
      _client.foreground();
    } else {
      leaves++;
      _client.background();
    }
  }

  /// Hears of nothing more.
  void close() => _binding.removeObserver(this);
}
