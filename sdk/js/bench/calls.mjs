#!/usr/bin/env node
// calls.mjs - what one call of track() costs its caller: with the queue in
// memory and on disk, next to other vendors' SDKs that do the same call in the
// same run. SINK is the address of a server that takes everything. Prints one
// JSON object (see t/bench/sdk.py).
//
//   node calls.mjs PACKAGE     the built package; vendors' SDKs are in TIDEMARK_NODE_MODULES
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import zlib from "node:zlib";

const folder = path.resolve(process.argv[2]);
const modules = path.resolve(process.env.TIDEMARK_NODE_MODULES);
const { Tidemark } = await import(pathToFileURL(path.join(folder, "dist/node.js")));
const require = createRequire(path.join(modules, "x.js"));
const sink = process.env.SINK;
const WARM = 2000, CALLS = 20000;
const TURN = 20; // calls between two turns of the event loop, in which SDKs send
const PROPS = { amount: 99.5, currency: "EUR", items: 3, new: true };
const CORE = 4096; // bytes

async function measure(call) {
	const took = new Float64Array(CALLS);
	for (let i = -WARM; i < CALLS; i++) {
		const begin = process.hrtime.bigint();
		call();
		const ns = Number(process.hrtime.bigint() - begin);
		if (i >= 0) took[i] = ns;
		if (i % TURN == 0) await new Promise((resolve) => setImmediate(resolve));
	}
	took.sort();
	return { ns_per_call_p50: took[CALLS / 2], ns_per_call_p99: took[Math.floor(CALLS * 0.99)] };
}

async function ours(options) {
	const sdk = new Tidemark({ key: "tm_wk_bench", endpoint: sink, config: false, ...options });
	const figures = await measure(() => sdk.track("order_paid", PROPS, { userId: "user_123" }));
	await sdk.close();
	return figures;
}

/** As each vendor's documentation says, with the host changed. */
const VENDORS = {
	"posthog-node"({ PostHog }) {
		const client = new PostHog("phc_bench", { host: sink });
		return [() => client.capture({ distinctId: "user_123", event: "order_paid", properties: PROPS }),
			() => client.shutdown(2000)];
	},
	"@segment/analytics-node"({ Analytics }) {
		const client = new Analytics({ writeKey: "bench", host: sink });
		return [() => client.track({ userId: "user_123", event: "order_paid", properties: PROPS }),
			() => client.closeAndFlush({ timeout: 2000 })];
	},
	"@amplitude/analytics-node"({ createInstance }) {
		const client = createInstance();
		client.init("bench", { serverUrl: sink, logLevel: 0 });
		return [() => client.track("order_paid", PROPS, { user_id: "user_123" }), () => {}];
	},
};

const versionOf = (name) =>
	JSON.parse(fs.readFileSync(path.join(modules, name, "package.json"), "utf8")).version;

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-bench-"));
const core = zlib.gzipSync(fs.readFileSync(path.join(folder, "dist/browser.js")), { level: 9 }).length;
const result = {
	sdk: "js", runtime: "Node " + process.version, ...await ours({}), disk: await ours({ dir }), vendor: {},
	sizes: { "core gzip": [core, CORE] },
};
fs.rmSync(dir, { recursive: true });
for (const [name, make] of Object.entries(VENDORS)) {
	const [call, close] = make(require(name));
	result.vendor[`${name} ${versionOf(name)}`] = await measure(call);
	await close();
}
console.log(JSON.stringify(result));
process.exit(0);
