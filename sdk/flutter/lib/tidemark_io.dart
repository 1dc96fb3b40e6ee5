/// What needs `dart:io` and isolates: everywhere but on the web.
library;

export 'src/core/io/isolate_errors.dart' show IsolateErrors;
export 'src/core/io/traced_http_client.dart'
    show TracedHttpClient, TracedHttpOverrides;
