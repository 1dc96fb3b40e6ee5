/* guides.c - see guides.h. */
#include "web/page/docs/guides.h"

#define TARBALL "The package is in the release tarball and in the repository, under "
#define THERE " Where the code says /path/to/tidemark, say where you have that."
#define JS_INSTALL                                                                          \
	TARBALL "sdk/js. Build it there (Node 18 or newer), and install it in your project's " \
		"folder." THERE
#define JS_INSTALL_CODE                                      \
	"npm install --prefix /path/to/tidemark/sdk/js\n"       \
	"npm run build --prefix /path/to/tidemark/sdk/js\n"     \
	"npm install --install-links /path/to/tidemark/sdk/js\n"

#define EMULATOR                                                                             \
	"From an Android emulator a server on your computer is 10.0.2.2 instead of localhost or " \
		"127.0.0.1, and plain HTTP needs usesCleartextTraffic in the debug manifest."

const struct guide guides[] = {
	{ "flutter", "Flutter", "Events, sessions, crashes, screens and traces of an app." },
	{ "browser", "JavaScript, browser", "Events, sessions, errors and web vitals of a site." },
	{ "react-native", "React Native", "The same client with the app's storage and life cycle." },
	{ "node", "Node.js", "Events and errors of a service; Express in one line." },
	{ "python", "Python", "Events, crashes and traces of a service; FastAPI, Flask, Django." },
	{ "go", "Go", "Events, crashes and traces of a service; net/http, Gin." },
	{ "c", "C and C++", "One header on libcurl, for services and tools." },
	{ "curl", "curl", "The interface itself, without an SDK: what every client does in the end." },
};
const size_t nguides = NELEM(guides);

const struct guide_step guide_steps[] = {
	/* --- flutter --- */
	{ "flutter", "Add the package",
	  TARBALL "sdk/flutter. Name its folder under the dependencies." THERE,
	  "dependencies:\n"
	  "  tidemark:\n"
	  "    path: /path/to/tidemark/sdk/flutter\n",
	  "pubspec.yaml" },
	{ "flutter", "Start it and send an event",
	  "The first lines of main. The event is on its way within five seconds; sessions, uncaught "
	  "errors, named screens and the cold start are recorded from here on without another line. "
	  EMULATOR,
	  "import 'package:flutter/material.dart';\n"
	  "import 'package:tidemark/tidemark.dart';\n\n"
	  "void main() {\n"
	  "  Tidemark.start(const TidemarkOptions(\n"
	  "    endpoint: '@URL@',\n"
	  "    writeKey: '@KEY@',\n"
	  "    app: AppInfo(id: 'com.example.shop', version: '2.3.1', build: '231'),\n"
	  "  ));\n"
	  "  Tidemark.client.track('first_event', props: {'from': 'flutter'});\n"
	  "  runApp(MaterialApp(\n"
	  "    home: const Scaffold(body: Text('Hello')),\n"
	  "    navigatorObservers: [Tidemark.navigatorObserver()],\n"
	  "  ));\n"
	  "}\n",
	  "lib/main.dart" },
	{ "flutter", "Say who it is, and what went wrong",
	  "identify joins what was recorded before with the user. An error that the app handles is "
	  "worth recording too.",
	  "Tidemark.client.identify('u_12345', traits: {'plan': 'pro'});\n\n"
	  "try {\n"
	  "  await checkout();\n"
	  "} catch (error, stackTrace) {\n"
	  "  Tidemark.client.recordError(error, stackTrace);\n"
	  "}\n",
	  "" },
	{ "flutter", "Read obfuscated stacks",
	  "Keep the symbols of each release, and upload them: under Crashes, Symbols, or on the "
	  "server with tidemarkctl symbols upload.",
	  "flutter build apk --obfuscate --split-debug-info=build/symbols\n", GUIDE_SHELL },
	/* --- browser --- */
	{ "browser", "Install it", JS_INSTALL, JS_INSTALL_CODE, GUIDE_SHELL },
	{ "browser", "Send an event",
	  "Sessions start by themselves. What a page cannot send before it is closed, it sends as "
	  "it is hidden. Import it from @tidemark/sdk/full for user properties, traces and flags.",
	  "import { Tidemark } from \"@tidemark/sdk\";\n\n"
	  "const tidemark = new Tidemark({\n"
	  "  key: \"@KEY@\",\n"
	  "  endpoint: \"@URL@\",\n"
	  "  app: { id: \"shop.example.com\", version: \"2.3.1\" },\n"
	  "});\n\n"
	  "tidemark.track(\"first_event\", { from: \"browser\" });\n",
	  "" },
	{ "browser", "Or with a script element",
	  "dist/tidemark.js of the package is all of it in one file: copy it to your site. It becomes "
	  "window.tidemark, and calls made before it is there wait in a list.",
	  "<script async src=\"/tidemark.js\" data-key=\"@KEY@\"\n"
	  "  data-endpoint=\"@URL@\" data-errors data-vitals></script>\n"
	  "<script>\n"
	  "  (window.tidemark ||= []).push([\"track\", \"first_event\", { from: \"browser\" }]);\n"
	  "</script>\n",
	  "" },
	{ "browser", "Errors and web vitals",
	  "Two entry points beside the core, so that a page loads what it uses.",
	  "import { captureErrors } from \"@tidemark/sdk/errors\";\n"
	  "import { captureVitals } from \"@tidemark/sdk/vitals\";\n\n"
	  "captureErrors(tidemark);\n"
	  "captureVitals(tidemark);\n",
	  "" },
	{ "browser", "Who may send",
	  "A content security policy needs connect-src with this server. To let only your sites "
	  "use the key, name them under Settings, Who may send.",
	  "Content-Security-Policy: connect-src 'self' @URL@\n", "" },
	/* --- react-native --- */
	{ "react-native", "Install it", JS_INSTALL, JS_INSTALL_CODE, GUIDE_SHELL },
	{ "react-native", "Start it and send an event",
	  "Storage and life cycle are the app's own: pass them in. " EMULATOR,
	  "import AsyncStorage from \"@react-native-async-storage/async-storage\";\n"
	  "import { AppState } from \"react-native\";\n"
	  "import { createTidemark } from \"@tidemark/sdk/react-native\";\n\n"
	  "export const tidemark = createTidemark({\n"
	  "  key: \"@KEY@\",\n"
	  "  endpoint: \"@URL@\",\n"
	  "  app: { id: \"com.example.shop\", version: \"2.3.1\" },\n"
	  "  storage: AsyncStorage,\n"
	  "  appState: AppState,\n"
	  "});\n\n"
	  "tidemark.track(\"first_event\", { from: \"react-native\" });\n",
	  "" },
	/* --- node --- */
	{ "node", "Install it", JS_INSTALL, JS_INSTALL_CODE, GUIDE_SHELL },
	{ "node", "Send an event",
	  "With dir an event is in a file before track() returns, and outlives the process. Run it "
	  "with node first.mjs.",
	  "import { Tidemark, Crashes, captureProcessErrors } from \"@tidemark/sdk/node\";\n\n"
	  "const tidemark = new Tidemark({\n"
	  "  key: \"@KEY@\",\n"
	  "  endpoint: \"@URL@\",\n"
	  "  dir: \"queue\",\n"
	  "  context: { service: \"shop-api\", version: \"1.2.0\" },\n"
	  "});\n"
	  "captureProcessErrors(new Crashes(tidemark));\n\n"
	  "tidemark.track(\"first_event\", { from: \"node\" }, { userId: \"me\" });\n",
	  "first.mjs" },
	{ "node", "Send what waits before the process ends",
	  "A program that runs out of work sends it by itself. On a signal close() sends once more, and "
	  "returns.",
	  "process.on(\"SIGTERM\", () => tidemark.close().then(() => process.exit(0)));\n", "" },
	/* --- python --- */
	{ "python", "Install it",
	  TARBALL "sdk/python. It needs Python 3.9 and nothing else." THERE,
	  "python3 -m venv .venv\n"
	  ". .venv/bin/activate\n"
	  "pip install /path/to/tidemark/sdk/python\n",
	  GUIDE_SHELL },
	{ "python", "Send an event",
	  "It is queued at once and sent by a thread of its own; the end of the program sends what "
	  "is left. Run it with python first.py.",
	  "import tidemark\n\n"
	  "client = tidemark.init(\"@KEY@\", \"@URL@\",\n"
	  "                       service=\"shop\", version=\"1.2.0\")\n\n"
	  "client.track(\"first_event\", {\"from\": \"python\"}, user_id=\"me\")\n",
	  "first.py" },
	{ "python", "Say who it is, and what went wrong",
	  "An exception that ends the process or a thread is recorded by itself.",
	  "client.identify(\"u_12345\", {\"plan\": \"pro\"}, anonymous_id=\"visitor-7\")\n\n"
	  "try:\n"
	  "    checkout()\n"
	  "except Exception:\n"
	  "    client.capture_exception()\n",
	  "" },
	{ "python", "Watch each request",
	  "A trace named by its route, and a crash when an exception ends it. Also tidemark.flask, "
	  "tidemark.django and tidemark.wsgi.",
	  "import tidemark.asgi\n\n"
	  "app.add_middleware(tidemark.asgi.Middleware)\n",
	  "" },
	/* --- go --- */
	{ "go", "Add the module",
	  TARBALL "sdk/go. It needs Go 1.19 and the standard library. A folder without go.mod needs "
		"go mod init first." THERE,
	  "go mod edit -require=tidemark.example/sdk/go@v0.1.0 \\\n"
	  "  -replace=tidemark.example/sdk/go=/path/to/tidemark/sdk/go\n",
	  GUIDE_SHELL },
	{ "go", "Send an event",
	  "Close sends what waits, for at most two seconds. Run it with go run .",
	  "package main\n\n"
	  "import (\n"
	  "\t\"context\"\n"
	  "\t\"log\"\n\n"
	  "\ttidemark \"tidemark.example/sdk/go\"\n"
	  ")\n\n"
	  "func main() {\n"
	  "\tclient, err := tidemark.New(\"@URL@\", \"@KEY@\",\n"
	  "\t\ttidemark.WithService(\"user-api\", \"1.2.0\"))\n"
	  "\tif err != nil {\n"
	  "\t\tlog.Fatal(err)\n"
	  "\t}\n"
	  "\tdefer client.Close()\n\n"
	  "\tctx := tidemark.ContextWithUser(context.Background(), \"me\")\n"
	  "\tclient.Track(ctx, \"first_event\", tidemark.Props{\"from\": \"go\"})\n"
	  "}\n",
	  "main.go" },
	{ "go", "Watch each request",
	  "A trace for each, and a crash with its frames when a handler panics.",
	  "http.ListenAndServe(\":8000\", client.Handler(mux))\n", "" },
	{ "go", "Lose nothing in a deployment",
	  "With a spool an event is on disk before the call returns.",
	  "tidemark.WithSpool(\"/var/lib/user-api/tidemark\")\n", "" },
	/* --- c --- */
	{ "c", "Get the header",
	  "One header on libcurl (libcurl4-openssl-dev in Debian) and POSIX threads, C99 or C++17; in "
	  "the release tarball it is sdk/c/tidemark.h." THERE,
	  "sh /path/to/tidemark/sdk/c/amalgamate >tidemark.h\n", GUIDE_SHELL },
	{ "c", "Send an event",
	  "One source file has the implementation; others include the header alone.",
	  "#define TIDEMARK_IMPLEMENTATION\n"
	  "#include \"tidemark.h\"\n\n"
	  "int\n"
	  "main(void)\n"
	  "{\n"
	  "\tstruct tidemark_options o;\n"
	  "\ttidemark_defaults(&o);\n"
	  "\to.endpoint = \"@URL@\";\n"
	  "\to.key = \"@KEY@\";\n"
	  "\to.service = \"billing\";\n"
	  "\tstruct tidemark *tm = tidemark_open(&o);\n\n"
	  "\tconst struct tidemark_value props[] = { tidemark_str(\"from\", \"c\") };\n"
	  "\ttidemark_track(tm, tidemark_user(\"me\"), \"first_event\", TIDEMARK_LIST(props));\n"
	  "\ttidemark_close(tm, 2000);\n"
	  "\treturn 0;\n"
	  "}\n",
	  "billing.c" },
	{ "c", "Build it", "With TIDEMARK_GZIP defined, add -lz.",
	  "cc -std=c99 billing.c -lcurl -lpthread -lm && ./a.out\n", GUIDE_SHELL },
	/* --- curl --- */
	{ "curl", "Send an event",
	  "One event is one JSON object. The answer is a 202: from then on it is not lost.",
	  "curl -X POST @URL@/api/v1/events \\\n"
	  "  -H 'Authorization: Bearer @KEY@' \\\n"
	  "  -H 'Content-Type: application/json' \\\n"
	  "  -d '{\"event\":\"first_event\",\"user_id\":\"me\",\"properties\":{\"from\":\"curl\"}}'\n",
	  GUIDE_SHELL },
	{ "curl", "Check a body without storing it",
	  "The same body as a batch, to /api/v1/ingest/validate: the answer lists every mistake with its path.",
	  "curl -X POST @URL@/api/v1/ingest/validate \\\n"
	  "  -H 'Authorization: Bearer @KEY@' \\\n"
	  "  -H 'Content-Type: application/json' \\\n"
	  "  -d '{\"schema_version\":\"1.0\",\"events\":[{\"type\":\"event\",\"name\":\"first_event\",\n"
	  "       \"timestamp\":\"2026-02-23T09:45:09.012Z\"}]}'\n",
	  GUIDE_SHELL },
	{ "curl", "Give it an id",
	  "Sent twice with one event_id, an event counts once, whenever the second comes. SDKs use UUIDv7.",
	  "", "" },
};
const size_t nguide_steps = NELEM(guide_steps);
