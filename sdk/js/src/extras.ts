/**
 * What the 4 KB of the browser's core have no room for. Every other entry
 * point has it: user properties, traces, context, flags, sessions by hand.
 */
import { Client } from "./client.js";
import { uuid7 } from "./id.js";
import type { Props } from "./options.js";
import { Queue } from "./queue.js";
import { NAME_BYTES, type Recorder } from "./recorder.js";
import { cut } from "./text.js";
import { clean } from "./value.js";

/** What _allowed() is while an SDK is disabled: what was thrown away is still reported. */
export const disabled = (type: string) => type == "client_report";
/** When something that waits may be sent; Infinity: nothing does. */
export const ready = (sdk: Recorder<any>): number => Math.min(...sdk._segments.map((s) =>
	Math.max(sdk._wait[s.lane], sdk._open[s.lane] == s ? 0 : s.due)));
const OPERATIONS = 64; // of one item
export const CLOSE = 2000; // ms

/** A trace that is being measured. */
export interface Trace {
	/** Sends it; the duration is that of the device's clock. Only the first call counts. */
	stop(props?: Props): void;
}

/** `Who` is what a call may say about whose an item is: nothing on clients. */
export interface Extras<Who extends unknown[]> {
	/** Sets user properties. */
	set(values: Props, ...who: Who): void;
	/** Sets user properties that have no value yet. */
	setOnce(values: Props, ...who: Who): void;
	/** Adds to user properties: `increment({ visits: 1 })`. */
	increment(values: Record<string, number>, ...who: Who): void;
	/** Removes user properties. */
	unset(keys: string[], ...who: Who): void;
	/** A finished trace of that many milliseconds; an id is made if none is given. */
	trace(name: string, durationMs: number, props?: Props, traceId?: string, ...who: Who): void;
	/** Begins to measure a trace. */
	startTrace(name: string, ...who: Who): Trace;
	/** What following events carry as their context: `org_id`, `service`, `version` and the like. */
	setContext(context: Props): void;
	/** The organization of what follows: `org_id` of the context. */
	setOrganization(orgId: string): void;
	/** The share of persons whose events and traces are kept, 0 to 1. */
	setSamplingRate(rate: number): void;
	/** A flag of the server; `otherwise` as long as it said nothing about it. */
	flag(name: string, otherwise: boolean): boolean;
	/** Another write key, from the next request on. */
	setKey(key: string): void;
	/** Records nothing until enable(); for this run only. What waits is still sent. */
	disable(): void;
	enable(): void;
	/**
	 * Sends what waits for at most `ms` (2000 if not said), then stops for good.
	 * What fails is tried again, as long as the pause before that ends in time.
	 */
	close(ms?: number): Promise<void>;
}

/** Sessions by hand, for clients. */
export interface Sessions {
	/** The same as identify(). */
	setUser(userId: string, traits?: Props): void;
	/** Begins a session; one that goes on ends first. */
	startSession(): void;
	/** Ends the session; nothing begins another but startSession() or foreground(). */
	endSession(): void;
}

/** One `user_properties` item. */
const operate = (sdk: Recorder<any>, op: string, values: Props, who: unknown): void => {
	const operations = Object.entries<unknown>(clean(values, sdk._redact)).map(([key, value]) =>
		op == "unset" ? { op, key } : { op, key, value });
	sdk.record("user_properties", { operations: operations.slice(0, OPERATIONS) }, who);
};

/** What ends a process asks of an SDK. */
export interface Ending {
	/** A flush, and another after each pause that ends in that time. */
	_finish(ms: number): Promise<void>;
}

export const extras: Extras<any[]> & Ending & { _lose(reason: string, type: string): void }
	& ThisType<Recorder<any> & Extras<any[]> & Ending> = {
	/** Counts are kept with the queue, where it outlives the process. */
	_lose(reason, type) {
		Queue.prototype._lose.call(this, reason, type);
		this._platform.after(0, () => this._save());
	},
	set(values, who) {
		operate(this, "set", values, who);
	},
	setOnce(values, who) {
		operate(this, "set_once", values, who);
	},
	increment(values, who) {
		operate(this, "increment", values, who);
	},
	unset(keys, who) {
		operate(this, "unset", Object.fromEntries(keys.map((key) => [key, 0])), who);
	},
	trace(name, durationMs, props, traceId, who) {
		this.record("trace", {
			name: cut(name, NAME_BYTES), trace_id: traceId || uuid7(this._platform),
			duration_ms: durationMs, props: props || {},
		}, who);
	},
	startTrace(name, who) {
		const { now, tick = now } = this._platform;
		const ts = now();
		const from = tick();
		let trace_id: string | undefined = uuid7(this._platform);
		return {
			stop: (props) => {
				const duration_ms = Math.round((tick() - from) * 1000) / 1000;
				if (trace_id) this.record("trace", {
					ts, name: cut(name, NAME_BYTES), trace_id, duration_ms, props: props || {},
				}, who);
				trace_id = undefined;
			},
		};
	},
	setContext(context) {
		this._context = clean({ ...this._context, ...context }, this._redact);
	},
	setOrganization(orgId) {
		this._context = clean({ ...this._context, org_id: orgId }, this._redact);
	},
	setSamplingRate(rate) {
		this._rate = { events: rate, traces: rate };
	},
	flag(name, otherwise) {
		const value = (this._remote.flags || {})[name];
		return typeof value == "boolean" ? value : otherwise;
	},
	setKey(key) {
		this._key = key;
		this._wait = { crash: 0, event: 0 };
		this._arm();
	},
	disable() {
		this._allowed = disabled;
	},
	enable() {
		if (!this._closed) delete (this as Partial<Recorder>)._allowed; // the class has it
	},
	async _finish(ms) {
		const { _platform: platform } = this;
		const end = platform.now() + ms;
		await this.flush();
		while (!this._closed && !this._killed) {
			const now = platform.now();
			const at = Math.max(ready(this), now);
			if (at >= end) return;
			await new Promise<void>((due) => platform.after(Math.min(at - now, ms), due, true));
			if (!this._closed) await this.flush();
		}
	},
	async close(ms = CLOSE) {
		await Promise.race([this._finish(ms), new Promise<void>((late) => this._platform.after(ms, late))]);
		this.disable();
		this._closed = true;
		this._save();
		this._platform.store.close?.();
	},
};

export const sessions: Sessions & { foreground(): void } & ThisType<Client> = {
	setUser(userId, traits) {
		this.identify(userId, traits);
	},
	startSession() {
		const back = this._back;
		this._end();
		this.foreground();
		this._back = back;
	},
	endSession() {
		this._end();
		this._state.session = 0;
		this._save();
	},
	foreground() {
		this._state.session ||= undefined;
		Client.prototype.foreground.call(this);
	},
};
