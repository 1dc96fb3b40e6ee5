/** What an app says when it starts an SDK. */

/** Whose release an item was recorded by. */
export interface App {
	/** Bundle or package id, `com.example.shop`. */
	id?: string;
	version?: string;
	build?: string;
}

export interface Device {
	id?: string;
	platform?: string;
	os?: string;
	model?: string;
	locale?: string;
}

/** What the person allows; what is left out is allowed. */
export interface Consent {
	/** Events, user properties, identity, sessions. */
	analytics?: boolean;
	crashes?: boolean;
	traces?: boolean;
}

/** Any values: what JSON has no word for is sent as text. */
export type Props = Record<string, unknown>;

/** An item as it will be sent; the keys are those of the wire format. */
export interface Item {
	type: "event" | "user_properties" | "identify" | "alias" | "crash" | "trace"
		| "session_start" | "session_end" | "client_report";
	id: string;
	/** Milliseconds since 1970. */
	ts: number;
	seq: number;
	name?: string;
	props?: Record<string, unknown>;
	[key: string]: unknown;
}

export interface Options {
	/** The write key of an environment, `tm_wk_…`. It may be public. */
	key: string;
	/** Where Tidemark answers, `https://tidemark.example.com`. */
	endpoint: string;
	app?: App;
	device?: Device;
	/** The share of persons whose events and traces are kept, 0 to 1. Crashes always are. */
	sampling?: { events?: number; traces?: number };
	/** Values of these keys never leave, whatever their case, at any depth. */
	redactKeys?: string[];
	/** The last look at an item: return it, changed or not, or nothing to drop it. */
	beforeSend?: (item: Item) => Item | null | undefined | void;
	consent?: Consent;
	/** Items of a batch, 1 to 100. */
	batchSize?: number;
	/** How long an item waits for others, in ms; 5000 if not said. */
	flushInterval?: number;
	/** The most that is kept while there is no network, in bytes: 5 MiB, on servers 64 MiB. */
	queueBytes?: number;
	/** How long it is kept, in ms: 7 days. */
	queueAge?: number;
	/** Compress bodies of 1 KiB and more; true if not said. */
	gzip?: boolean;
	/** Ask the server for sampling, flags and kill switch; true if not said. */
	config?: boolean;
}
