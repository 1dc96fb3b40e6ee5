// driver.mjs - the Node entry points as sdk/spec/driver.md asks for it, and
// that of React Native, on an AsyncStorage of files.
//
//   node driver.mjs DIST [native]
//
// Commands come as lines of JSON, replies go the same way. The SDK gets a
// clock that stands still, timers that run when the clock is moved, and a
// network whose requests are counted: a reply is written when the SDK has
// nothing left to do.
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { pathToFileURL } from "node:url";

const entry = (name) => import(pathToFileURL(path.resolve(process.argv[2], name)));
const { Crashes, Tidemark, TidemarkApp, inspect, nodePlatform } = await entry("node.js");
const { createTidemark } = await entry("react-native.js");
const native = process.argv[3] == "native";

let sdk, crashes, kind, now = 0, requests = 0, jitter = 0.5;
let live = false; // the real clock, timers and jitter
const timers = []; // { at, run }, in order of their making
const traces = [];

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Runs what is due, and waits for what that began. */
async function settle() {
	for (let quiet = 0; quiet < 3;) {
		await turn();
		const due = timers.filter((t) => t.at <= now).sort((a, b) => a.at - b.at)[0];
		if (due) {
			timers.splice(timers.indexOf(due), 1);
			due.run();
		}
		quiet = due || requests ? 0 : quiet + 1;
	}
}

async function advance(ms) {
	const end = now + ms;
	for (;;) {
		await settle();
		const next = Math.min(end, ...timers.map((t) => t.at));
		if (next >= end) break;
		now = next;
	}
	now = end;
	await settle();
}

/** close() waits on the clock, which moves by itself then. */
async function close() {
	const begin = now;
	let open = true;
	void sdk.close().then(() => open = false);
	for (;;) {
		await settle();
		if (!open) return { ms: now - begin };
		now = Math.min(...timers.map((t) => t.at));
	}
}

/** "drop:NAME", "rename:A:B", "throw:NAME" */
function hook(text) {
	const [what, name, to] = text.split(":");
	return (item) => {
		if (item.name != name) return item;
		if (what == "throw") throw new Error("beforeSend");
		return what == "rename" ? { ...item, name: to } : undefined;
	};
}

const who = (c) => kind == "server" && (c.user_id || c.anonymous_id || c.session_id)
	? [{ userId: c.user_id, anonymousId: c.anonymous_id, sessionId: c.session_id }] : [];

/** AsyncStorage, as far as it is used. */
function storageOf(dir) {
	const file = (key) => path.join(dir, encodeURIComponent(key));
	return {
		getAllKeys: async () => fs.readdirSync(dir).map(decodeURIComponent),
		getItem: async (key) => fs.existsSync(file(key)) ? fs.readFileSync(file(key), "utf8") : null,
		setItem: async (key, value) => fs.writeFileSync(file(key), value),
		removeItem: async (key) => fs.rmSync(file(key), { force: true }),
	};
}

const make = (options) => kind == "server" ? new Tidemark(options)
	: native ? createTidemark({ ...options, storage: options.dir ? storageOf(options.dir) : undefined })
	: new TidemarkApp(options);

const commands = {
	async init(c) {
		({ now, kind, jitter } = c);
		const o = c.options || {};
		const real = nodePlatform("node", null, o.gzip === true);
		const platform = {
			now: () => live ? Date.now() : now,
			tick: () => live ? performance.now() : now,
			random: () => live ? Math.random() : 2 * jitter - 1,
			after: (ms, run) => live ? real.after(ms, run) : timers.push({ at: now + ms, run }),
			send: async (request) => {
				requests++;
				try {
					return await real.send(request);
				} finally {
					requests--;
				}
			},
		};
		const options = {
			key: c.key, endpoint: c.endpoint, dir: c.dir, platform, app: o.app, device: o.device || {},
			sampling: o.sampling, redactKeys: o.redactKeys, queueBytes: o.queueBytes, queueAge: o.queueAgeMs,
			flushInterval: o.flushIntervalMs, batchSize: o.batchSize, config: o.config === true,
			beforeSend: o.beforeSend && hook(o.beforeSend), consent: o.consent, context: o.service,
		};
		sdk = await make(options);
		crashes = new Crashes(sdk, () => now);
	},
	leave() {
		timers.length = traces.length = 0;
	},
	real() {
		live = true;
		for (const t of timers.splice(0)) setTimeout(t.run, Math.max(0, t.at - Date.now()));
	},
	track: (c) => c.ns ? sdk.track(c.ns, c.name, c.props, ...who(c)) : sdk.track(c.name, c.props, ...who(c)),
	screen: (c) => sdk.screen(c.name, c.props, ...who(c)),
	identify: (c) => sdk.identify(c.user_id, c.traits, ...who(c)),
	alias: (c) => sdk.alias(c.alias_id, ...who(c)),
	reset: () => sdk.reset(),
	set: (c) => sdk.set(c.values, ...who(c)),
	set_once: (c) => sdk.setOnce(c.values, ...who(c)),
	increment: (c) => sdk.increment(c.values, ...who(c)),
	unset: (c) => sdk.unset(c.keys, ...who(c)),
	breadcrumb: (c) => crashes.breadcrumb(c.type, c.message, c.data),
	crash: (c) => crashes.capture({ name: c.type, message: c.message, stack: c.stacktrace },
		{ fatal: c.fatal, fingerprint: c.fingerprint, props: c.props, who: who(c)[0] }),
	trace: (c) => sdk.trace(c.name, c.duration_ms, c.props, c.trace_id, ...who(c)),
	trace_start: (c) => ({ trace: traces.push(sdk.startTrace(c.name, ...who(c))) - 1 }),
	trace_stop: (c) => traces[c.trace].stop(c.props),
	foreground: () => sdk.foreground(),
	background: () => sdk.background(),
	start_session: () => sdk.startSession(),
	end_session: () => sdk.endSession(),
	consent: ({ analytics, crashes, traces }) => sdk.setConsent({ analytics, crashes, traces }),
	opt_out: () => sdk.optOut(),
	opt_in: () => sdk.optIn(),
	flush: () => void sdk.flush(),
	close: () => live ? sdk.close() : close(),
	advance: (c) => advance(c.ms),
	flag: (c) => ({ value: sdk.flag(c.name, c.default) }),
	state() {
		const s = inspect(sdk);
		return { queued: s.queued, paused_ms: s.pausedMs, user_id: s.userId, anonymous_id: s.anonymousId,
			session: s.session, discarded: s.discarded, enabled: s.enabled };
	},
	async burst(c) {
		for (let i = 0; i < c.n; i++) {
			sdk.track(`${c.prefix}-${i}`, { i });
			fs.writeSync(2, `${c.prefix}-${i}\n`);
			if (i % 10 == 9) await turn();
		}
	},
};
const CLIENTS = ["reset", "foreground", "background", "start_session", "end_session"];

for await (const line of readline.createInterface({ input: process.stdin })) {
	const command = JSON.parse(line);
	let reply;
	try {
		reply = kind == "server" && CLIENTS.includes(command.do) ? { unsupported: true }
			: await commands[command.do](command);
		await settle();
		if (typeof reply != "object") reply = {};
	} catch (error) {
		reply = { error: String(error && error.stack || error) };
	}
	fs.writeSync(1, JSON.stringify(reply || {}) + "\n");
}
process.exit(0);
