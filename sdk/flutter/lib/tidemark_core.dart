/// Tidemark without Flutter: for Dart programs, and for tests.
library;

export 'src/core/client.dart' show TidemarkClient;
export 'src/core/measure.dart' show TidemarkMeasure;
export 'src/core/options.dart';
export 'src/core/status.dart' show TidemarkStatus;
export 'src/core/trace.dart' show TidemarkSpan, TidemarkTrace;
