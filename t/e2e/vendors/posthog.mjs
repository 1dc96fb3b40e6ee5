// posthog.mjs - posthog-node, unmodified. VENDOR_URL, VENDOR_KEY; the last line
// says what went wrong. With "uncaught" an error ends a child process; with
// "storm" only events are sent, over and over until they are taken.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "node:util";

const env = process.env;
const modules = path.resolve(env.TIDEMARK_NODE_MODULES || "t/npm/node_modules");
const require = createRequire(modules + "/");
const { PostHog } = require("posthog-node");
const [mode] = process.argv.slice(2);

if (mode === "uncaught") {
	const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "die"], { timeout: 20000 });
	console.log(JSON.stringify({ errors: child.status === 1 ? [] : [String(child.stderr)] }));
	process.exit(0);
}
const errors = [];
console.error = (...words) => errors.push(format(...words));
const hog = new PostHog(env.VENDOR_KEY, { host: env.VENDOR_URL, flushAt: 50, flushInterval: 500,
	fetchRetryDelay: 200, requestTimeout: Number(env.VENDOR_PATIENCE || 10000), enableExceptionAutocapture: mode === "die" });
hog.on("error", (e) => errors.push(String(e)));

function total(cart) { return cart.items.length; }
function checkout(cart) { return total(cart); }
function caught(cart) {
	try {
		checkout(cart);
	} catch (e) {
		return e;
	}
}

const distinctId = "u-1";
if (mode === "die") {
	setTimeout(() => checkout(null), 10);
} else if (mode === "storm") {
	for (let n = 0; n < 20; n++)
		hog.capture({ distinctId, event: "storm", properties: { n } });
	await hog.shutdown(30000);
	console.log(JSON.stringify({ errors }));
} else {
	hog.capture({ distinctId, event: "order paid", groups: { company: "acme" },
		properties: { amount: 12.5, nested: { a: [1, 2] }, $app_version: "2.1.0",
			$session_id: "019c0000-0000-7000-8000-000000000001" } });
	hog.capture({ distinctId, event: "$pageview", properties: { $current_url: "https://shop.test/a" } });
	hog.capture({ distinctId, event: "$screen", properties: { $screen_name: "Cart" } });
	hog.identify({ distinctId, properties: { plan: "pro", $set_once: { first: "x" } } });
	hog.capture({ distinctId, event: "upgraded", properties: { $set: { plan: "max" } } });
	hog.alias({ distinctId, alias: "device-1" });
	hog.groupIdentify({ groupType: "company", groupKey: "acme", properties: { seats: 5 } });
	hog.captureException(caught({}), distinctId, { where: "cart" });
	hog.captureException(new Error("checkout failed", { cause: caught({}) }), distinctId);
	hog.captureException(caught({}), distinctId, { where: "cart" });
	const flag = await hog.getFeatureFlag("new-cart", distinctId, { sendFeatureFlagEvents: false });
	if (flag)
		errors.push("a flag is on: " + flag);
	await hog.shutdown(10000);
	console.log(JSON.stringify({ errors }));
}
