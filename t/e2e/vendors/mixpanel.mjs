// mixpanel.mjs - mixpanel (node), unmodified, with its host changed.
import { createRequire } from "node:module";
import path from "node:path";

const env = process.env, url = new URL(env.VENDOR_URL);
const require = createRequire(path.resolve(env.TIDEMARK_NODE_MODULES || "t/npm/node_modules") + "/");
const Mixpanel = require("mixpanel");
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };
const config = { host: url.host, protocol: "http", key: env.VENDOR_KEY, keepAlive: false, logger: quiet };
const errors = [];
const now = Date.now();
const said = (name, call) => new Promise((done) => call((e) => {
	for (const one of [e].flat()) if (one) errors.push(`${name}: ${one}`);
	done();
}));
for (const verbose of [false, true]) {
	const m = Mixpanel.init(env.VENDOR_KEY, { ...config, verbose });
	const id = verbose ? "mix-2" : "mix-1";
	await Promise.all([
		said("track", (f) => m.track("Played", { distinct_id: id, level: 3, name: "Ü+/=?" }, f)),
		said("track", (f) => m.track("Timed", { distinct_id: id, time: new Date(now - 60000), $insert_id: "ins-" + id, $os: "Android", $app_version_string: "5.0" }, f)),
		said("batch", (f) => m.track_batch([1, 2, 3].map((n) => ({ event: "Batched", properties: { distinct_id: id, time: now - n * 1000, n } })), f)),
		said("import", (f) => m.import("Imported", new Date(now - 864e5), { distinct_id: id, old: true }, f)),
		said("import_batch", (f) => m.import_batch([1, 2].map((n) => ({ event: "Imported Batch", properties: { distinct_id: id, time: now - 864e5 - n, n } })), f)),
		said("set", (f) => m.people.set(id, { plan: "pro", seats: 4 }, f)),
		said("set_once", (f) => m.people.set_once(id, "first", "ad", f)),
		said("increment", (f) => m.people.increment(id, "logins", 2, f)),
		said("append", (f) => m.people.append(id, "list", "x", f)),
		said("unset", (f) => m.people.unset(id, ["trial"], f)),
		said("delete", (f) => m.people.delete_user(id, f)),
		said("groups", (f) => m.groups.set("company", "acme-" + id, { employees: 7 }, f)),
		said("alias", (f) => m.alias(id, "also-" + id, f)),
	]);
}
console.log(JSON.stringify({ errors }));
