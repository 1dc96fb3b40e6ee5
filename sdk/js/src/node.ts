/**
 * Tidemark for Node: services of many persons (`Tidemark`), and programs of one
 * (`TidemarkApp`: command lines, desktops). Express, crashes of the process and
 * traces are here too.
 */
import { Client } from "./client.js";
import { CLOSE, extras, sessions, type Ending, type Extras, type Sessions } from "./extras.js";
import { nodePlatform } from "./node-platform.js";
import type { Options, Props } from "./options.js";
import type { Platform } from "./platform.js";
import { Server } from "./server.js";
import { fileStore } from "./store/file.js";
import { memoryStore } from "./store/memory.js";

export type { App, Consent, Device, Item, Options, Props } from "./options.js";
export type { Extras, Sessions, Trace } from "./extras.js";
export type { Answer, Outgoing, Platform, Segment, State, Store } from "./platform.js";
export type { Who } from "./server.js";
export { Crashes, type Breadcrumb, type CrashOptions } from "./crash.js";
export { expressErrors, expressTraces, type ExpressOptions } from "./express.js";
export { captureProcessErrors } from "./process-errors.js";
export { nodePlatform } from "./node-platform.js";
export { inspect, type Inspection } from "./inspect.js";

const SERVER_BYTES = 64 << 20;

export interface NodeOptions extends Options {
	/**
	 * A folder for the queue: what a call recorded is written when it returns,
	 * and outlives the process. One process a folder; a second one, and who
	 * names none, keeps the queue in memory.
	 */
	dir?: string | null;
	/** `org_id`, `service`, `version` and the like: the context of every event. */
	context?: Props;
	/** Another world, for tests: clock, timers, network. */
	platform?: Partial<Platform>;
}

const platformOf = (options: NodeOptions): Platform => ({
	...nodePlatform("node", options.dir && fileStore(options.dir) || memoryStore(), options.gzip !== false),
	...options.platform,
});

/** Sends what waits when the event loop runs dry. process.exit() and signals need close(). */
const flushAtExit = (sdk: unknown, options: NodeOptions) => {
	if (!options.platform) process.once("beforeExit", () => void (sdk as Ending)._finish(CLOSE));
};

/** For services: each call says whose an item is. */
export class Tidemark extends Server {
	constructor(options: NodeOptions) {
		super({ queueBytes: SERVER_BYTES, ...options }, platformOf(options));
		if (options.context) this.setContext(options.context);
		flushAtExit(this, options);
	}
}

export interface TidemarkApp extends Extras<[]>, Sessions {}

/** For programs of one person: identity and sessions are kept. */
export class TidemarkApp extends Client {
	constructor(options: NodeOptions) {
		super({ ...options, device: { platform: process.platform, ...options.device } }, platformOf(options));
		if (options.context) this.setContext(options.context);
		flushAtExit(this, options);
	}
}
Object.assign(TidemarkApp.prototype, extras, sessions);
