// rudder.mjs - @rudderstack/rudder-sdk-node, unmodified, with its host changed.
import { createRequire } from "node:module";
import path from "node:path";

const env = process.env;
const require = createRequire(path.resolve(env.TIDEMARK_NODE_MODULES || "t/npm/node_modules") + "/");
const Analytics = require("@rudderstack/rudder-sdk-node");
const errors = [];
const Client = Analytics.default ?? Analytics;
const client = new Client(env.VENDOR_KEY, {
	dataPlaneUrl: env.VENDOR_URL, flushAt: 5, flushInterval: 300, gzip: true,
	logLevel: "error",
});
const call = (name, message) => new Promise((done) => {
	client[name](message, (e) => { if (e) errors.push(`${name}: ${e}`); done(); });
});
const context = { sessionId: 1771839900, app: { version: "2.0.0", namespace: "com.example.rudder" }, os: { name: "Android", version: "14" } };
await Promise.all([
	call("track", { userId: "r-1", anonymousId: "ra-1", event: "Opened", properties: { n: 1 }, context }),
	call("identify", { userId: "r-1", traits: { plan: "free" } }),
	call("page", { userId: "r-1", name: "Start", properties: { path: "/" } }),
	call("screen", { userId: "r-1", name: "Main", properties: { deep: { er: 1 } } }),
	call("group", { userId: "r-1", groupId: "g-1", traits: { size: 4 } }),
	call("alias", { userId: "r-1", previousId: "ra-0" }),
	call("track", { anonymousId: "ra-2", event: "Closed" }),
]);
await client.flush();
console.log(JSON.stringify({ errors }));
process.exit(0);
