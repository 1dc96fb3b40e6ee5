// otlp.mjs - OpenTelemetry's official exporters, unmodified: traces, logs and
// metrics in the encoding and compression named by argv[2] ("json none",
// "proto gzip" …), argv[3] the time-out in ms. VENDOR_URL, VENDOR_KEY; the last line says what went wrong.
import { createRequire } from "node:module";
import path from "node:path";

const env = process.env;
const require = createRequire(path.resolve(env.TIDEMARK_NODE_MODULES || "t/npm/node_modules") + "/");
const { context, diag, DiagLogLevel, SpanKind, SpanStatusCode, trace } = require("@opentelemetry/api");
const { BasicTracerProvider, BatchSpanProcessor, SimpleSpanProcessor } = require("@opentelemetry/sdk-trace-base");
const { BatchLogRecordProcessor, LoggerProvider } = require("@opentelemetry/sdk-logs");
const { MeterProvider, PeriodicExportingMetricReader } = require("@opentelemetry/sdk-metrics");
const { resourceFromAttributes } = require("@opentelemetry/resources");
const [encoding, compression, how] = process.argv[2].split(" ");
const kind = encoding === "json" ? "http" : "proto";
const Traces = require(`@opentelemetry/exporter-trace-otlp-${kind}`).OTLPTraceExporter;
const Logs = require(`@opentelemetry/exporter-logs-otlp-${kind}`).OTLPLogExporter;
const Metrics = require(`@opentelemetry/exporter-metrics-otlp-${kind}`).OTLPMetricExporter;

const errors = [];
const note = (...x) => errors.push(x.map(String).join(" "));
diag.setLogger({ error: note, warn: note, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
const to = (signal) => ({
	url: `${env.VENDOR_URL}/v1/${signal}`, compression, timeoutMillis: Number(process.argv[3] || 10000),
	headers: how === "x-api-key" ? { "x-api-key": env.VENDOR_KEY } : { Authorization: `Bearer ${env.VENDOR_KEY}` },
});
const resource = resourceFromAttributes({
	"service.name": "shop", "service.version": "1.2.3", "os.type": "linux", "host.name": "h1",
	"telemetry.sdk.language": "nodejs", "telemetry.sdk.name": "opentelemetry", "telemetry.sdk.version": "2.12.1",
	"user.id": `u-${process.argv[2].replaceAll(" ", "-")}`, "session.id": `s-${process.argv[2].replaceAll(" ", "-")}`,
	"deployment.environment.name": "prod", "tenant.name": "Höhle",
});
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const exporter = new Traces(to("traces"));
const provider = new BasicTracerProvider({
	resource,
	spanProcessors: [how === "single" ? new SimpleSpanProcessor(exporter) : new BatchSpanProcessor(exporter)],
});
const tracer = provider.getTracer("cart", "0.1");
const root = tracer.startSpan("GET /cart", {
	kind: SpanKind.SERVER,
	attributes: { "http.request.method": "GET", n: 5, f: 1.5, b: true, a: ["x", "y"], big: 9007199254740991 },
});
const inside = trace.setSpan(context.active(), root);
const child = tracer.startSpan("db.query", { attributes: { "db.system": "pg" } }, inside);
child.addEvent("row", { n: 1 });
await sleep(20);
child.end();
root.recordException(new TypeError("no cart"));
root.setStatus({ code: SpanStatusCode.ERROR, message: "bad" });
root.end();
await provider.shutdown();
const [s, e] = [root.startTime, root.endTime];

const logs = new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor({ exporter: new Logs(to("logs")) })] });
const log = logs.getLogger("log");
log.emit({ body: "checkout finished", severityNumber: 9, severityText: "INFO", attributes: { order: 7 }, context: inside });
log.emit({ eventName: "cart.opened", body: { items: 3 } });
for (let i = 0; i < 3; i++) log.emit({ body: "tick" }); // the same millisecond, the same bytes
log.emit({ severityNumber: 21, body: "boom", attributes: { "exception.type": "RangeError", "exception.message": "boom", "exception.stacktrace": new RangeError("boom").stack } });
await logs.shutdown();

const meters = new MeterProvider({ resource, readers: [new PeriodicExportingMetricReader({ exporter: new Metrics(to("metrics")), exportIntervalMillis: 60000 })] });
meters.getMeter("m").createCounter("orders").add(3);
await meters.shutdown();

console.log(JSON.stringify({
	errors, trace_id: root.spanContext().traceId, span_id: root.spanContext().spanId,
	child_id: child.spanContext().spanId,
	duration_ms: (e[0] - s[0]) * 1e3 + (e[1] - s[1]) / 1e6,
}));
