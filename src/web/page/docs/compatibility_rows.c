/* compatibility_rows.c - see compatibility.h. */
#include "web/page/docs/compatibility.h"

#include "base/base.h"

#define SDKS(...) ((const struct compat_sdk[]){ __VA_ARGS__, { NULL, NULL } })
#define CALLS(...) ((const struct compat_call[]){ __VA_ARGS__, { NULL, NULL } })

const struct compat compat[] = {
	{ .slug = "segment", .name = "Segment and RudderStack",
	  .says = "Events, pages, screens, people and groups from any of their libraries.",
	  .sdk = SDKS(
	    { "@segment/analytics-node", "new Analytics({ writeKey: \"@KEY@\", host: \"@URL@\" })" },
	    { "@segment/analytics-next (browser)",
	      "AnalyticsBrowser.load({ writeKey: \"@KEY@\", cdnURL: \"@URL@\" })" },
	    { "segment_analytics (Flutter)",
	      "Configuration(\"@KEY@\", apiHost: \"@HOST@/v1\", cdnHost: \"@HOST@/v1\")" },
	    { "segment-analytics-python", "analytics.write_key, analytics.host = \"@KEY@\", \"@URL@\"" },
	    { "@rudderstack/rudder-sdk-node",
	      "new Analytics(\"@KEY@\", { dataPlaneUrl: \"@URL@\" })" },
	    { "rudder-sdk-python",
	      "rudder_analytics.write_key, rudder_analytics.dataPlaneUrl = \"@KEY@\", \"@URL@\"" }),
	  .call = CALLS(
	    { "track", "event of that name" },
	    { "page", "event page_view with name, category and the properties" },
	    { "screen", "event screen_view with screen, category and the properties" },
	    { "identify", "identify; each trait sets a user property, null unsets it" },
	    { "group", "event group with group_id and the traits" },
	    { "alias", "alias of previousId to userId" },
	    { "userId, anonymousId", "user id, anonymous id; both in one call join them" },
	    { "context app, device, os, locale", "app, device" },
	    { "context campaign, page", "properties utm_source … and url, path, referrer" },
	    { "context sessionId", "session" },
	    { "messageId", "event id" },
	    { "other types", NULL }),
	  .limits = "The key also counts as writeKey in the body. Not taken: integrations, "
	            "context ip, network, screen and timezone. While the server is behind the answer "
	            "is 429 with Retry-After, which these libraries wait for." },
	{ .slug = "amplitude", .name = "Amplitude",
	  .says = "Events, sessions, user properties, groups and revenue by the HTTP API, version 2.",
	  .sdk = SDKS(
	    { "@amplitude/analytics-node, -browser",
	      "amplitude.init(\"@KEY@\", { serverUrl: \"@URL@/2/httpapi\" })" },
	    { "amplitude_flutter",
	      "Configuration(apiKey: \"@KEY@\", serverUrl: \"@URL@/2/httpapi\")" },
	    { "amplitude-analytics (Python)",
	      "Amplitude(\"@KEY@\", Config(server_url=\"@URL@/2/httpapi\"))" }),
	  .call = CALLS(
	    { "track", "event of that name" },
	    { "identify: set, setOnce, add, unset", "user properties set, set_once, increment, unset" },
	    { "identify: append, prepend, insert, remove, clearAll", NULL },
	    { "groupIdentify", "event group with group_type, group_id and what is set" },
	    { "setGroup", "user property of the group's type" },
	    { "revenue", "event revenue_amount with its properties" },
	    { "session_start, session_end", "the session's start and end" },
	    { "user_id, device_id", "user id; the device id is the anonymous id, and joins it" },
	    { "session_id", "session, for each device" },
	    { "insert_id", "event id, for each device" }),
	  .limits = "/batch takes the same body. Not taken: ip, location, plan and ingestion "
	            "metadata, event_id. Remote configuration and experiments have no answer here." },
	{ .slug = "mixpanel", .name = "Mixpanel",
	  .says = "Events, imports, profiles, groups and aliases.",
	  .sdk = SDKS(
	    { "mixpanel (node)", "Mixpanel.init(\"@KEY@\", { host: \"@HOST@\" })" },
	    { "mixpanel-browser", "mixpanel.init(\"@KEY@\", { api_host: \"@URL@\" })" },
	    { "mixpanel_flutter", "mixpanel.setServerURL(\"@URL@\")" },
	    { "mixpanel (Python)", "Mixpanel(\"@KEY@\", Consumer(api_host=\"@HOST@\"))" }),
	  .call = CALLS(
	    { "track, track_batch", "event of that name" },
	    { "import, import_batch", "event, as history: times are not corrected, live leaves it out" },
	    { "people.set, set_once, increment, unset",
	      "user properties set, set_once, increment, unset" },
	    { "people.append, union, remove, track_charge", NULL },
	    { "people.delete_user", NULL },
	    { "groups.set, set_once", "event group with group_type, group_id and what is set" },
	    { "groups.unset, union, remove, delete", NULL },
	    { "identify", "identify: the anonymous id joins the user" },
	    { "alias", "alias" },
	    { "distinct_id", "user id, unless it is the device's: then anonymous id" },
	    { "$insert_id", "event id" }),
	  .limits = "delete_user is refused as erase_by_request: a write key stands in every app and "
	            "must not erase; open a privacy request. The node library sends neither a time "
	            "nor an id by itself: without them the same call counts once an hour, so give "
	            "events a time or an $insert_id. Feature flags have no answer here." },
	{ .slug = "aptabase", .name = "Aptabase",
	  .says = "Events and sessions.",
	  .sdk = SDKS(
	    { "@aptabase/web", "init(\"A-SH-@KEY@\", { host: \"@URL@\" })" },
	    { "aptabase_flutter", "Aptabase.init(\"A-SH-@KEY@\", InitOptions(host: \"@URL@\"))" }),
	  .call = CALLS(
	    { "trackEvent", "event of that name" },
	    { "sessionId", "session, and an anonymous id for as long as it lasts" },
	    { "systemProps", "app, device; isDebug as property is_debug" }),
	  .limits = "It knows no user and no device, so every session is a person of its own. It "
	            "sends no ids: an event's bytes are its id." },
	{ .slug = "opentelemetry", .name = "OpenTelemetry",
	  .says = "Traces, logs and exceptions by OTLP over HTTP, in JSON or protobuf, from any "
	          "language's exporter or a collector.",
	  .sdk = SDKS(
	    { "any SDK, by its environment",
	      "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_ENDPOINT=@URL@ "
	      "OTEL_EXPORTER_OTLP_HEADERS=x-api-key=@KEY@" },
	    { "exporter-trace-otlp-http, -proto (JavaScript)",
	      "new OTLPTraceExporter({ url: \"@URL@/v1/traces\", headers: { Authorization: "
	      "\"Bearer @KEY@\" } })" },
	    { "exporter-logs-otlp-http, -proto (JavaScript)",
	      "new OTLPLogExporter({ url: \"@URL@/v1/logs\", headers: { Authorization: "
	      "\"Bearer @KEY@\" } })" },
	    { "opentelemetry-exporter-otlp-proto-http (Python)",
	      "OTLPSpanExporter(\"@URL@/v1/traces\", headers={\"authorization\": \"Bearer @KEY@\"})" },
	    { "the collector", "exporters: { otlphttp: { endpoint: \"@URL@\", headers: { x-api-key: "
	      "\"@KEY@\" } } }" }),
	  .call = CALLS(
	    { "a span without a parent", "trace of that name; its id, kind and status are attributes" },
	    { "spans below it, in the same request", "spans of that trace" },
	    { "a span whose parent comes apart, or is another service's",
	      "trace of its own, with the same trace id and the attribute parent_span_id" },
	    { "span event exception", "crash, not fatal, with the attributes of event and span" },
	    { "other span events, links", "events and links of the span" },
	    { "log record", "event, named by its event name, else by a body of one short line, "
	      "else log; with body, severity, trace_id and span_id" },
	    { "log record with exception.*, or event device.crash",
	      "crash; fatal from severity 21 (FATAL) on, and for device.crash" },
	    { "events session.start, session.end", "the session's start and end" },
	    { "service.name, service.version, app.build_id", "app" },
	    { "os.*, device.*, browser.language", "device; its platform is web for browsers, and the "
	      "language for services that do not name their system" },
	    { "user.id, enduser.pseudo.id, session.id", "user id, anonymous id, session" },
	    { "other attributes of span, record and resource", "properties" },
	    { "process.*, host.*, container.*, k8s.*, cloud.*", "nothing: they tell of the machine" },
	    { "metrics", "nothing: they are answered and counted" }),
	  .limits = "A name is at most 200 bytes, an item has at most 62 attributes (the rest is "
	            "counted as dropped_attributes), and about 128 KiB of spans go along with a "
	            "trace; further ones become traces of their own. A request holds up to 16,000 "
	            "items. The same span sent twice is stored once, by its ids; of log records, "
	            "which have none, the bytes are the id." },
	{ .slug = "sentry", .name = "Sentry",
	  .says = "Errors, traces, sessions and logs from any SDK that sends envelopes.",
	  .sdk = SDKS(
	    { "@sentry/node, @sentry/browser and what is built on them",
	      "Sentry.init({ dsn: \"https://@KEY@@@HOST@/1\" })" },
	    { "sentry-sdk (Python)", "sentry_sdk.init(dsn=\"https://@KEY@@@HOST@/1\")" },
	    { "sentry_flutter", "options.dsn = \"https://@KEY@@@HOST@/1\"" }),
	  .call = CALLS(
	    { "captureException, what nobody caught",
	      "crash; fatal where the level says so or nothing handled it" },
	    { "stack frames, causes", "the stack, as its own runtime prints it" },
	    { "fingerprint", "the crash's fingerprint; {{ default }} is our own" },
	    { "breadcrumbs, tags, extra, level", "breadcrumbs, properties" },
	    { "captureMessage", "event message" },
	    { "logger", "event log with message, level and the attributes" },
	    { "transaction, spans", "trace with its spans; measurements as attributes" },
	    { "app_start_cold, app_start_warm", "traces cold_start, warm_start too" },
	    { "session", "session, started by its first update, ended by its last" },
	    { "sessions (counts)", "one session for each that is counted, 200 a request" },
	    { "client_report", "client report" },
	    { "release, dist", "app: name@version+build" },
	    { "the user's id", "user id; on a phone that names nobody the device" },
	    { "event_id", "event id" },
	    { "attachments, feedback, check-ins, profiles, replays, metrics",
	      "nothing: a client report counts them" }),
	  .limits = "The number in the DSN can be any. Not taken: source lines, local variables, "
	            "headers, cookies, modules, and of the user all but the id. Its events name no "
	            "session: a crash belongs to the one whose update comes in the same envelope, as "
	            "phones send it, else to one that is inferred. Spans beyond 20 kB of a trace "
	            "are counted as spans_left_out. These SDKs never send again; over a limit "
	            "X-Sentry-Rate-Limits holds back all but crashes." },
	{ .slug = "posthog", .name = "PostHog",
	  .says = "Events, people, groups and exceptions.",
	  .sdk = SDKS(
	    { "posthog-js", "posthog.init(\"@KEY@\", { api_host: \"@URL@\" })" },
	    { "posthog-node", "new PostHog(\"@KEY@\", { host: \"@URL@\" })" },
	    { "posthog (Python)", "Posthog(\"@KEY@\", host=\"@URL@\")" },
	    { "posthog_flutter", "PostHogConfig(\"@KEY@\")..host = \"@URL@\"" }),
	  .call = CALLS(
	    { "capture", "event of that name" },
	    { "$pageview, $screen", "events page_view, screen_view with screen" },
	    { "identify", "identify: the anonymous id joins the user" },
	    { "$set, $set_once, $unset", "user properties set, set_once, unset" },
	    { "alias", "alias" },
	    { "group", "event group with group_type, group_id and what is set" },
	    { "captureException, exception autocapture", "crash, with its frames and causes" },
	    { "$session_id", "session" },
	    { "$app_version, $os, $device_model, $locale …", "app, device" },
	    { "distinct_id", "user id; anonymous id where the SDK says that it names nobody" },
	    { "uuid", "event id" },
	    { "session recordings", "nothing: they are answered" },
	    { "feature flags, surveys", "nothing: they are answered, none is on" }),
	  .limits = "Take posthog-js from npm or array.full.no-external.js: the server has no "
	            "scripts of theirs to load. Requests for flags are answered with none on. Ids that a "
	            "server library makes up for one event are nobody's. While the server is behind "
	            "the answer is 503, which all of these libraries wait for." },
};

const unsigned ncompat = NELEM(compat);
