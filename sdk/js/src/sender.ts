/** Sends what the queue holds, and does what the answer asks for (spec, section 6). */
import type { Answer, Lane, Segment } from "./platform.js";
import { Queue } from "./queue.js";
import { VERSION } from "./version.js";

const LANES: Lane[] = ["crash", "event"];
const DAY = 864e5; // ms
const HOUR = 36e5;
const POLL = 3e5;

/** {} when it is no JSON. */
const parse = (text: string): any => {
	try {
		return JSON.parse(text) || {};
	} catch {
		return {};
	}
};

export abstract class Sender extends Queue {
	/** @internal When a lane may send. */ _wait: Record<Lane, number> = { crash: 0, event: 0 };
	/** @internal Failures in a row. */ _fails = 0;
	/** @internal The flush that goes on. */ declare _running?: Promise<void> | undefined;
	/** @internal When the timer is due. */ _at = Infinity;
	/** @internal When to ask for the configuration. */ _poll = this._options.config === false ? Infinity : 0;
	/** @internal By the server. */ declare _killed?: boolean;
	/** @internal */ _key = this._options.key;
	/** @internal */ readonly _url = this._options.endpoint + "/api/v1/ingest/";
	/** @internal */ declare _closed?: boolean;

	/** @internal Records what was thrown away. */
	abstract _report(): void;

	/** @internal Sets the timer for what is due next; `changed`: nothing else did. */
	_arm(changed?: Segment): void {
		const when = (s: Segment) => Math.max(s.due, this._wait[s.lane]);
		const at = this._killed ? this._poll
			: changed ? Math.min(this._at, when(changed)) : Math.min(...this._segments.map(when));
		if (this._running || at == this._at || this._closed) return;
		this._at = at;
		if (at < Infinity) this._platform.after(at - this._platform.now(), () => {
			if (this._at != at) return; // changed since
			this._at = Infinity;
			void this.flush();
		});
	}

	/** @internal The next that may be sent now: crashes first, then the oldest. */
	_next(): Segment | undefined {
		const now = this._platform.now();
		const ready = this._segments.filter((s) =>
			s.due <= now && this._wait[s.lane] <= now && this._open[s.lane] != s);
		return ready.find((s) => s.lane == "crash") || ready[0];
	}

	/** @internal Closes what a flush may take. */
	_take(): void {
		const now = this._platform.now();
		this._trim(0);
		if (this._wait.event <= now) this._report();
		for (const lane of LANES) if (this._wait[lane] <= now) this._seal(lane);
	}

	/** Sends what may be sent now. Never rejects; what cannot be sent stays in the queue. */
	flush(): Promise<void> {
		if (this._running) this._take();
		return this._running ||= this._run().catch(() => {}).then(() => {
			this._running = undefined;
			this._arm();
		});
	}

	/** @internal */
	async _run(): Promise<void> {
		if (this._segments.length || this._killed) await this._configure();
		if (this._killed) return;
		this._take();
		for (let s; !this._closed && (s = this._next());) await this._send(s);
	}

	/** @internal */
	async _send(segment: Segment, beacon?: boolean): Promise<void> {
		const { _platform: platform, _key: key } = this;
		const body = `"schema_version":"1.1","sent":${platform.now()},${segment.head.slice(1, -1)},"items":[${segment.items}]}`;
		segment.due = Infinity;
		const answer = await platform.send({
			url: this._url + "batch",
			body: (beacon ? `{"write_key":"${key}","sdk":"${platform.sdk}",` : "{") + body,
			headers: beacon ? undefined : {
				authorization: "Bearer " + key, "content-type": "application/json",
				"x-sdk": platform.sdk, "x-sdk-version": VERSION,
			},
		}).catch((): Answer => ({ status: 0, text: "" }));
		segment.due = 0;
		this._settle(segment, answer);
	}

	/** @internal The status table. */
	_settle(segment: Segment, { status, text, after }: Answer): void {
		const { items } = segment;
		const reply = parse(text);
		const now = this._platform.now();
		const asked = Math.min(+after! * 1000 || Date.parse(after!) - now || 0, DAY);
		// A 200 without a batch comes from a captive portal.
		if (status == 202 || reply.batch_id) {
			this._fails = 0;
			this._save();
			this._split(segment, [items.filter((_, i) => [].concat(reply.results || [])
				.some((r: any) => r.index == i && r.result == "retry"))], now + (asked || 6e4));
		} else if ([400, 415, 422].includes(status) || status == 413 && !items[1]) {
			this._discard(segment, status == 413 ? "too_large" : "rejected");
		} else if (status == 413) {
			this._split(segment, [items.splice(0, items.length >> 1), items]);
		} else {
			const ms = [401, 403].includes(status) ? HOUR : Math.max(asked,
				Math.min(600, 2 ** this._fails++) * 500 * (1 + this._platform.random()));
			const only = status == 429 && reply.details?.category;
			for (const lane of LANES)
				if (!only || [].concat(only).includes(lane as never)) this._wait[lane] = Math.max(this._wait[lane], now + ms);
		}
	}

	/** @internal Asks for the configuration when it is time. Whatever fails changes nothing. */
	async _configure(): Promise<void> {
		const now = this._platform.now();
		if (now < this._poll) return;
		this._poll = now + POLL;
		try {
			const { status, text } = await this._platform.send({ url: this._url + "config?key=" + this._key });
			const remote = JSON.parse(text);
			if (status != 200) return;
			const { all, sdks } = remote.kill_switch || {};
			this._remote = remote;
			this._killed = all || [].concat(sdks).includes(this._platform.sdk as never);
			this._poll = now + (remote.poll_seconds * 1000 || POLL);
		} catch { /* no answer, or one that makes no sense */ }
	}
}
