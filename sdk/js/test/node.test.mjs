// node.test.mjs - what the cases of sdk/spec do not say: odd values, the
// folder's lock, a full disk, the ends of a process, Express.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { equal, ok, world } from "./tap.mjs";

const entry = path.join(process.env.TIDEMARK_JS, "dist", "node.js");
const { Crashes, Tidemark, TidemarkApp, expressErrors, expressTraces, inspect } = await import(pathToFileURL(entry));
const require = createRequire(path.join(process.env.TIDEMARK_NODE_MODULES, "x.js"));
const fresh = () => fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-js-"));
const make = (more = {}, w = world()) => {
	const sdk = new Tidemark({ key: "k", endpoint: "http://x", config: false, platform: w.platform, ...more });
	return [sdk, w];
};

async function values() {
	const [sdk, w] = make({ redactKeys: ["SECRET"] });
	const loop = {};
	loop.self = loop;
	let deep = { end: 1 };
	for (let i = 0; i < 20; i++) deep = { deep };
	const shared = { a: 1 };
	sdk.track("v", {
		nan: NaN, inf: -Infinity, big: 12345678901234567890n, when: new Date(0), none: undefined, nothing: null,
		fn: () => 1, symbol: Symbol("s"), error: new TypeError("no"), loop, twice: [shared, shared],
		long: "é".repeat(600), secret: { a: 1 }, lone: "\ud800",
	});
	sdk.track("deep", deep);
	sdk.track("bad", { get x() { throw new Error("getter"); } });
	sdk.track("bad2", { toJSON() { throw new Error("toJSON"); } });
	sdk.track(undefined, null);
	await sdk.flush();
	const [v, d, bad, bad2, none] = w.items();
	equal(v.props, {
		nan: null, inf: null, big: "12345678901234567890", when: "1970-01-01T00:00:00.000Z", nothing: null,
		fn: "() => 1", symbol: "Symbol(s)", error: "TypeError: no", loop: { self: "[circular]" },
		twice: [{ a: 1 }, { a: 1 }], long: "é".repeat(512), secret: "[redacted]", lone: "\ud800",
	}, "values without a word in JSON become text, null or a mark");
	let levels = 1;
	for (let at = d.props; at.deep && at.deep != "[deep]"; at = at.deep) levels++;
	equal(levels, 16, "sixteen levels are kept");
	equal([bad.props, bad2.props, none.name], [{}, {}, "undefined"], "what throws when it is read does not throw into the app");
}

async function robust() {
	const [sdk, w] = make({}, world(() => { throw new Error("network"); }));
	sdk.track("a");
	let thrown;
	await sdk.flush().catch((e) => thrown = e);
	equal([thrown, inspect(sdk).queued], [undefined, 1], "flush() never rejects");
	const [odd] = make({}, world(() => ({ status: 202, text: '{"results":{"a":1}}' })));
	odd.track("a");
	await odd.flush();
	equal(inspect(odd).queued, 0, "an answer that makes no sense ends nothing");
	const [portal, pw] = make({}, world(() => ({ status: 200, text: "<html>Sign in</html>" })));
	portal.track("a");
	await portal.flush();
	equal([inspect(portal).queued, pw.sent.length], [1, 1], "a captive portal's 200 is no acknowledgement");
	equal(w.sent.length, 1, "one try, then it waits");
}

async function disabled() {
	const [sdk, w] = make();
	sdk.disable();
	sdk.track("a");
	sdk.enable();
	sdk.track("b");
	sdk.setKey("k2");
	await sdk.close();
	sdk.enable();
	sdk.track("c");
	equal([w.items().map((i) => i.name), inspect(sdk).queued, inspect(sdk).enabled], [["b"], 0, false], "disable, enable, close");
}

/** Another process, which says "ready" when its SDK is made. */
function other(dir, code) {
	const child = spawn(process.execPath, ["--input-type=module", "-e", `
		import { Tidemark, Crashes, captureProcessErrors } from ${JSON.stringify(pathToFileURL(entry))};
		const sdk = new Tidemark({ key: "k", endpoint: "http://127.0.0.1:1", config: false, dir: ${JSON.stringify(dir)} });
		${code}`], { stdio: ["pipe", "pipe", "inherit"] });
	return [child, new Promise((resolve) => child.stdout.once("data", resolve)),
		new Promise((resolve) => child.once("exit", resolve))];
}

async function folders() {
	const dir = fresh();
	const [child, ready, gone] = other(dir, 'sdk.track("theirs"); console.log("ready"); setInterval(() => {}, 1000);');
	await ready;
	const [second] = make({ dir });
	second.track("ours");
	equal(fs.readdirSync(dir).filter((f) => f.endsWith(".ndjson")).length, 1, "a folder that is used: the second keeps its queue in memory");
	equal(inspect(second).queued, 1, "and does not see the first one's");
	child.kill("SIGKILL");
	await gone;
	const [third] = make({ dir });
	equal(inspect(third).queued, 1, "after kill -9 the folder is taken over");
	await third.close();
	equal(fs.readdirSync(dir).sort(), ["state.json"], "close() leaves no lock and no sent file");
	fs.writeFileSync(path.join(dir, "lock"), `${process.pid} 1`); // the id is used again by another process
	const [fourth] = make({ dir });
	fourth.track("x");
	equal(fs.readdirSync(dir).filter((f) => f.endsWith(".ndjson")).length, process.platform == "linux" ? 1 : 0,
		"a process id that is used again is no owner");
	const file = path.join(fresh(), "file");
	fs.writeFileSync(file, "");
	const [none] = make({ dir: file });
	none.track("x");
	equal(inspect(none).queued, 1, "a folder that cannot be made: memory");
}

async function fullDisk() {
	const dir = fresh();
	const [sdk, w] = make({ dir });
	sdk.track("a");
	const { writeSync } = fs;
	fs.writeSync = (fd, text) => { // a disk that takes half of a line
		writeSync(fd, String(text).slice(0, 20));
		throw Object.assign(new Error("full"), { code: "ENOSPC" });
	};
	require("node:module").syncBuiltinESMExports();
	sdk.track("b");
	fs.writeSync = writeSync;
	require("node:module").syncBuiltinESMExports();
	sdk.track("c");
	await sdk.flush();
	equal(w.items().map((i) => i.name), ["a", "b", "c"], "a disk that is full: the queue goes on in memory");
	equal(fs.readdirSync(dir).filter((f) => f.endsWith(".ndjson")), [], "and nothing stays behind");
}

function fatal() {
	const dir = fresh();
	const run = (code) => spawnSync(process.execPath, ["--input-type=module", "-e", `
		import { Tidemark, Crashes, captureProcessErrors, inspect } from ${JSON.stringify(pathToFileURL(entry))};
		const sdk = new Tidemark({ key: "k", endpoint: "http://127.0.0.1:1", config: false, dir: ${JSON.stringify(dir)} });
		captureProcessErrors(new Crashes(sdk));
		${code}`], { encoding: "utf8" });
	const thrown = run('setTimeout(() => { throw new RangeError("boom"); })');
	ok(thrown.status != 0 && thrown.stderr.includes("RangeError: boom"), "an uncaught error ends the process as ever", thrown.stderr);
	const rejected = run('Promise.reject(new Error("late"))');
	ok(rejected.status != 0, "an unhandled rejection too");
	const crashes = fs.readdirSync(dir).filter((f) => f.startsWith("crash-")).map((f) =>
		JSON.parse(fs.readFileSync(path.join(dir, f), "utf8").split("\n")[1]));
	equal(crashes.map((c) => [c.fatal, c.exception.type, c.exception.message]).sort(),
		[[true, "Error", "late"], [true, "RangeError", "boom"]], "and both are on disk, as fatal crashes");
}

async function lastWords() {
	let body = "", failures = 0, requests = 0, cut = false;
	const server = http.createServer((request, response) => {
		requests++;
		if (failures-- > 0) return void (cut ? request.socket.destroy() : response.writeHead(503).end());
		request.on("data", (part) => body += part);
		request.on("end", () => response.writeHead(202).end("{}"));
	}).listen(0, "127.0.0.1");
	await new Promise((resolve) => server.once("listening", resolve));
	const run = (code) => new Promise((resolve) => spawn(process.execPath, ["--input-type=module", "-e", `
		import { Tidemark, Crashes, captureProcessErrors } from ${JSON.stringify(pathToFileURL(entry))};
		const sdk = new Tidemark({ key: "k", endpoint: "http://127.0.0.1:${server.address().port}", config: false, gzip: false });
		${code}`], { stdio: "ignore" }).once("exit", resolve));
	equal(await run('captureProcessErrors(new Crashes(sdk), sdk); setTimeout(() => { throw new Error("x"); })'), 1,
		"with a queue in memory the process ends with 1");
	ok(body.includes('"type":"crash"'), "after it sent the crash", body);
	body = "";
	equal(await run('sdk.track("last")'), 0, "a program that runs to its end");
	ok(body.includes('"last"'), "sends what waits", body);
	for (const [name, code] of [["a program that runs to its end", ""], ["close()", "await sdk.close();"]])
		for (cut of [false, true]) {
			[body, failures] = ["", 1];
			equal(await run('sdk.track("again"); await sdk.flush();' + code), 0, `${name}, while the server ${cut ? "cuts a connection" : "answers 503"}`);
			ok(body.includes('"again"'), "tries again what failed", body);
		}
	[requests, failures] = [0, 1e9];
	const begin = performance.now();
	equal(await run('sdk.track("never"); await sdk.flush(); await sdk.close();'), 0, "a server that stays away");
	ok(requests > 1 && requests < 5 && performance.now() - begin < 10e3, "holds a program up for two seconds at most");
	server.close();
}

async function express() {
	const [sdk, w] = make();
	const app = require("express")();
	app.use(expressTraces(sdk, { who: (request) => ({ userId: request.get("x-user") }) }));
	app.get("/users/:id", (request, response) => response.send("hi"));
	app.get("/fails", () => { throw new TypeError("broken"); });
	app.use(expressErrors(new Crashes(sdk)));
	app.use((error, request, response, next) => response.status(500).send("sorry"));
	const server = app.listen(0, "127.0.0.1");
	await new Promise((resolve) => server.once("listening", resolve));
	const get = async (url) => (await fetch(`http://127.0.0.1:${server.address().port}${url}`,
		{ headers: { "x-user": "u1", connection: "close" } })).text();
	for (const url of ["/users/17", "/fails", "/nowhere"]) await get(url);
	await new Promise((resolve) => server.close(resolve));
	await sdk.flush();
	const traces = w.items().filter((i) => i.type == "trace");
	equal(traces.map((t) => [t.name, t.props.status, t.user_id]), [
		["GET /users/:id", 200, "u1"], ["GET /fails", 500, "u1"], ["GET (no route)", 404, "u1"],
	], "Express: traces are named by route");
	ok(traces.every((t) => t.duration_ms > 0 && t.trace_id), "and measured");
	const [crash] = w.items().filter((i) => i.type == "crash");
	equal([crash.fatal, crash.exception.type, crash.props], [false, "TypeError", { method: "GET", route: "/fails" }], "Express: errors are crashes that were survived");
}

async function twoKinds() {
	const w = world();
	const app = new TidemarkApp({ key: "k", endpoint: "http://x", config: false, platform: w.platform, consent: { analytics: false } });
	app.identify("u1");
	app.trace("t", 5);
	app.setConsent({ analytics: true });
	app.track("a");
	app.setConsent({ analytics: false });
	await app.flush();
	const [trace, report, ...more] = w.items();
	equal([trace, report].map((i) => [i.type, i.anonymous_id, i.session]),
		[["trace", undefined, undefined], ["client_report", undefined, undefined]],
		"without consent a trace has no identity");
	equal([report.props.discarded_events, more.length], [[
		{ reason: "consent", category: "event", quantity: 1 },
		{ reason: "consent", category: "session", quantity: 1 },
	], 0], "and what waited is deleted, and counted");
}

for (const test of [values, robust, disabled, folders, fullDisk, fatal, lastWords, express, twoKinds]) await test();
