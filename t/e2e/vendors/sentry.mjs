// sentry.mjs - @sentry/node, unmodified. VENDOR_URL, VENDOR_KEY; the last line
// says what went wrong. With "uncaught" as argument an error ends the process.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "node:util";

const env = process.env;
const modules = path.resolve(env.TIDEMARK_NODE_MODULES || "t/npm/node_modules");
const require = createRequire(modules + "/");
const Sentry = require("@sentry/node");
const [mode] = process.argv.slice(2);

if (mode === "uncaught") {
	const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "die"], { timeout: 20000 });
	console.log(JSON.stringify({ errors: child.status === 1 ? [] : [String(child.stderr)] }));
	process.exit(0);
}
const errors = [];
const statuses = [];
for (const kind of ["error", "warn"])
	console[kind] = (...words) => errors.push(format(...words));
Sentry.init({
	dsn: env.VENDOR_URL.replace("://", `://${env.VENDOR_KEY}@`) + "/42",
	release: "shop@2.1.0+210", environment: "prod", tracesSampleRate: 1, enableLogs: true, debug: true,
});
console.log = () => {}; // what debug says besides warnings
Sentry.getClient().on("afterSendEvent", (event, response) => statuses.push(response.statusCode));

function total(cart) { return cart.items.length; }
function checkout(cart) { return total(cart); }
function caught(cart) {
	try {
		checkout(cart);
	} catch (e) {
		return e;
	}
}

Sentry.setUser({ id: "u-1", email: "ada@example.org" });
Sentry.setTag("plan", "pro");
Sentry.addBreadcrumb({ category: "ui", message: "opened cart", level: "info", data: { n: 1 } });
if (mode === "die") {
	setTimeout(() => checkout(null), 10);
} else {
	Sentry.captureException(caught({}));
	Sentry.captureException(new Error("checkout failed", { cause: caught({}) }),
		{ level: "warning", fingerprint: ["checkout", "{{ default }}"] });
	Sentry.captureException(caught({})); // the same again: one group of two
	Sentry.captureMessage("cart is empty", "info");
	await Sentry.startSpan({ name: "load cart", op: "task" }, () =>
		Sentry.startSpan({ name: "SELECT cart", op: "db", attributes: { rows: 3 } }, () =>
			new Promise((done) => setTimeout(done, 120))));
	Sentry.logger.info("cart loaded", { items: 12, ok: true });
	Sentry.logger.error("cart lost");
	Sentry.captureFeedback({ message: "nice", email: "ada@example.org" });
	Sentry.captureCheckIn({ monitorSlug: "nightly", status: "ok" });
	Sentry.withScope((scope) => {
		scope.addAttachment({ filename: "a.txt", data: "one\n{\"type\":\"event\"}\n\n" });
		Sentry.captureException(new RangeError("with a file"));
	});
	Sentry.endSession();
	if (!(await Sentry.close(10000)))
		errors.push("not all was sent");
	if (statuses.some((s) => s !== 200))
		errors.push("answers: " + statuses.join(" "));
	process.stdout.write(JSON.stringify({ errors, answers: statuses.length }) + "\n");
}
