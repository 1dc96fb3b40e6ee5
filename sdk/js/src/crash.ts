/** Errors made into crash items (spec, section 2), with what happened before them. */
import type { Item, Props } from "./options.js";
import { cut } from "./text.js";

const MESSAGE_BYTES = 8 << 10;
const STACK_BYTES = 256 << 10;
const TYPE_BYTES = 1024;
const BREADCRUMBS = 100;

/** What it needs of an SDK. */
export interface Recording {
	record(type: Item["type"], fields: Record<string, unknown>, who?: any): void;
}

export interface Breadcrumb {
	/** Milliseconds since 1970. */
	ts: number;
	type: string;
	message: string;
	data?: unknown;
}

export interface CrashOptions {
	/** The app did not survive it; false if not said. */
	fatal?: boolean;
	/** Groups it with others of the same text, instead of by its stack. */
	fingerprint?: string;
	props?: Props;
	/** Whose it is, on servers. */
	who?: unknown;
}

/** Type, message and stack of whatever was thrown. */
const describe = (error: any): { type: string; message: string; stacktrace: string } => {
	const real = error instanceof Error || error && typeof error == "object" && "message" in error;
	return {
		type: cut(real ? error.name || "Error" : typeof error, TYPE_BYTES),
		message: cut(real ? error.message : error, MESSAGE_BYTES),
		stacktrace: cut(real && error.stack || "", STACK_BYTES),
	};
};

/** Keeps breadcrumbs and records crashes. */
export class Crashes {
	/** @internal */ _crumbs: Breadcrumb[] = [];

	/** `now`: milliseconds since 1970. */
	constructor(
		/** @internal */ readonly _sdk: Recording,
		/** @internal */ readonly _now: () => number = Date.now,
	) {}

	/** Something that may explain a later crash. The newest hundred are kept. */
	breadcrumb(type: string, message: string, data?: unknown): void {
		this._crumbs.push({ ts: this._now(), type, message, data });
		if (this._crumbs.length > BREADCRUMBS) this._crumbs.shift();
	}

	/** Records an error, an `{ name, message, stack }`, or whatever was thrown. Never throws. */
	capture(error: unknown, options: CrashOptions = {}): void {
		try {
			const { fatal = false, fingerprint, props, who } = options;
			this._sdk.record("crash", {
				fatal, fingerprint, exception: describe(error), props,
				breadcrumbs: this._crumbs.length ? [...this._crumbs] : undefined,
			}, who);
		} catch { /* an error whose properties throw */ }
	}
}
