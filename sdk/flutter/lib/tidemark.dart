/// Tidemark for Flutter: events, people, sessions, crashes and traces, on disk
/// before the call returns, sent when there is a network.
///
/// Begin with [Tidemark.start].
library;

export 'src/flutter/navigator_observer.dart' show TidemarkNavigatorObserver;
export 'src/flutter/tidemark.dart' show Tidemark;
export 'tidemark_core.dart';
