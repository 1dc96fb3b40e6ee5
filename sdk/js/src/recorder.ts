/** What happens to an item before it is in the queue (spec, section 3), and what both kinds of SDK offer. */
import { share, uuid7 } from "./id.js";
import type { Consent, Item, Options, Props } from "./options.js";
import type { Platform } from "./platform.js";
import { Sender } from "./sender.js";
import { cut, utf8 } from "./text.js";
import { clean } from "./value.js";

type Type = Item["type"];
type Fields = Record<string, unknown>;

const ITEM_BYTES = 32 << 10;
const CRASH_BYTES = 512 << 10;
export const NAME_BYTES = 200;
const ID_BYTES = 256;
const INTERVAL = 5000; // ms

/** Ids are text of at most 256 bytes. */
export const idText = (id: unknown): string | undefined => id ? cut(id, ID_BYTES) : undefined;

/** `Who` is what a call may say about whose an item is: nothing on clients. */
export abstract class Recorder<Who extends unknown[] = []> extends Sender {
	/** @internal */ _consent: Consent = { ...this._options.consent };
	/** @internal */ readonly _interval = this._options.flushInterval ?? INTERVAL;
	/** @internal */ _rate: Record<string, number | undefined> = { ...this._options.sampling };
	/** @internal */ readonly _redact = (this._options.redactKeys || []).map((key) => key.toLowerCase());
	/** @internal */ declare _context?: Props;
	/** @internal Of new segments. */ declare _head: string;

	constructor(options: Options, platform: Platform) {
		super(options, platform);
		const { state, count } = platform.store.open((segments) => {
			for (const s of segments) {
				s.due = 0;
				this._bytes += s.bytes;
			}
			this._segments.unshift(...segments);
			platform.after(segments.some((s) => s.lane == "crash") ? 0 : this._interval, () => this.flush());
		});
		this._state = state;
		if (count) this._count = count;
		this._begin();
	}

	/** @internal An install, unless the person opted out. */
	_begin(): void {
		const { app, device } = this._options;
		if (!this._state.off) this._count.install ||= uuid7(this._platform);
		this._head = JSON.stringify({ install: this._count.install, context: { app, device } });
		this._save();
	}

	/** @internal What person and server let happen. */
	_allowed(type: Type): boolean {
		return !this._state.off && !this._killed && this._agreed(type);
	}

	/** @internal */
	_agreed(type: Type): boolean {
		return type == "client_report" || this._consent[
			type == "crash" ? "crashes" : type == "trace" ? "traces" : "analytics"] !== false;
	}

	/** @internal Whose an item is: `user_id`, `anonymous_id`, `session`, `background`. */
	abstract _who(type: Type, who?: unknown): Fields;

	/**
	 * For add-ons: records an item of any type, its fields named as in the wire
	 * format. Never throws.
	 */
	record(type: Type, fields: Fields, who?: unknown): void {
		try {
			if (this._allowed(type)) this._put(type, { ...this._who(type, who), ...fields });
		} catch { /* not the app's trouble */ }
	}

	/** @internal Steps 2 to 6. */
	_put(type: Type, fields: Fields): void {
		const { beforeSend } = this._options;
		const now = this._platform.now();
		const item = { type, id: uuid7(this._platform), ts: now, seq: ++this._count.seq, ...fields } as Item;
		const crash = type == "crash";
		const rate = this._least("sampling", type + "s", this._rate[type + "s"] ?? 1);
		let line: string | undefined;
		for (const key of ["props", "breadcrumbs"]) if (item[key]) item[key] = clean(item[key], this._redact);
		let reason = "sampled";
		if (share((item.anonymous_id || item.user_id || item.id) as string) < rate) {
			reason = "before_send";
			try {
				line = JSON.stringify(beforeSend ? beforeSend(item) : item);
				if (line) reason = utf8(line).length > (crash ? CRASH_BYTES : ITEM_BYTES) ? "too_large" : "";
			} catch { /* counted below */ }
		}
		if (reason) {
			this._lose(reason, type);
		} else {
			// What kills the process is not sent by it.
			const due = crash ? item.fatal ? Infinity : 0 : now + this._interval;
			this._arm(this._append(crash ? "crash" : "event", this._head, line!, due));
		}
	}

	/** @internal */
	_report(): void {
		const { lost } = this._count;
		const keys = Object.keys(lost).sort();
		if (!keys.length) return;
		this._count.lost = {};
		this.record("client_report", { props: { discarded_events: keys.map((key) => lost[key]) } });
		this._save();
	}

	/**
	 * Records an event, `track("signed_up", { plan: "pro" })`, or one of a
	 * namespace, `track("billing", "usage_recorded", { amount: 50 })`.
	 */
	track(name: string, props?: Props, ...who: Who): void;
	track(namespace: string, name: string, props?: Props, ...who: Who): void;
	track(...args: any[]): void {
		const ns = typeof args[1] == "string" ? args.shift() : "product";
		this.record("event", {
			name: cut(args[0], NAME_BYTES),
			ns: ns == "product" ? undefined : ns,
			props: args[1] || {},
			context: this._context,
		}, args[2]);
	}

	/** An event `screen_view`: a screen or page came into view. */
	screen(name: string, props?: Props, ...who: Who): void {
		this.track("screen_view", { ...props, screen: name }, ...who);
	}

	/** `id` is the same person. */
	alias(id: string, ...who: Who): void {
		this.record("alias", { alias: idText(id) }, who[0]);
	}

	/**
	 * What the person allows now; what is left out stays as it was. What waited
	 * and is not allowed any more is deleted, and counted.
	 */
	setConsent(consent: Consent): void {
		Object.assign(this._consent, consent);
		for (const s of [...this._segments])
			this._discard(s, "consent", (type) => this._agreed(type as Type));
	}

	/** Deletes queue, identity and session, and records nothing, in later runs too, until optIn(). */
	optOut(): void {
		for (const s of [...this._segments]) this._split(s);
		this._state = { off: true };
		this._count = { seq: 0, lost: {} };
		this._begin();
	}

	optIn(): void {
		this._state.off = false;
		this._begin();
	}
}
