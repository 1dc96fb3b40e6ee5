/**
 * Tidemark in the browser: events, identity, sessions. Errors and web vitals
 * are add-ons, `./errors` and `./vitals`; user properties, traces and flags are
 * in `./full`, which stands in its place.
 */
import { Client } from "./client.js";
import type { Options } from "./options.js";
import type { Answer, Outgoing } from "./platform.js";
import { webStore } from "./store/web.js";

export type { App, Consent, Device, Item, Options, Props } from "./options.js";

const TIMEOUT = 3e4; // ms
/** Browsers let requests of 64 KiB in all outlive a page. */
const KEEP = 30 << 10;
/** Segments that leave with a page. */
const BEACONS = 2;

const send = async ({ url, headers, body }: Outgoing, gzip: boolean): Promise<Answer> => {
	let data: any = body;
	if (headers && gzip && body!.length > 1023) {
		data = await new Response(new Response(body).body!.pipeThrough(new CompressionStream("gzip"))).blob();
		headers["content-encoding"] = "gzip";
	}
	// A beacon is plain text: no preflight, which a page that goes has no time for.
	if (data && !headers && !("keepalive" in Request.prototype)) navigator.sendBeacon(url, data);
	const answer = await fetch(url, {
		method: data && "POST", headers, body: data,
		keepalive: data && (data.size || data.length) < KEEP, signal: AbortSignal.timeout(TIMEOUT),
	});
	return { status: answer.status, after: answer.headers.get("retry-after"), text: await answer.text() };
};

export class Tidemark extends Client {
	constructor(options: Options) {
		const store = webStore(options.key);
		super({
			...options, device: { platform: "web", locale: navigator.language, ...options.device },
		}, {
			sdk: "browser",
			now: Date.now,
			random: Math.random,
			digit: () => (Math.random() * 16 | 0).toString(16),
			after: (ms, run) => setTimeout(run, ms),
			send: (request) => send(request, options.gzip !== false && "CompressionStream" in self),
			store,
		});
		const look = () => {
			if (document.hidden) return this.background();
			this._state = store.read() || this._state; // what other pages did
			this.foreground();
		};
		addEventListener("visibilitychange", look); // pages that go are hidden first
		look();
	}

	/** @internal What waits leaves before this returns: the page may be gone then. */
	override _leave(): void {
		if (this._killed) return;
		this._take();
		for (let s, n = BEACONS; n-- && (s = this._next());) void this._send(s, true).then(() => this._arm());
	}
}
