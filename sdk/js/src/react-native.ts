/**
 * Tidemark in React Native 0.74 or newer. The app passes in what is native:
 *
 *     const tidemark = await createTidemark({
 *       key, endpoint, storage: AsyncStorage, appState: AppState,
 *       device: { platform: Platform.OS, os: String(Platform.Version) },
 *     });
 */
import { Client } from "./client.js";
import { Crashes } from "./crash.js";
import { extras, sessions, type Extras, type Sessions } from "./extras.js";
import type { Options } from "./options.js";
import type { Answer, Outgoing, Platform, Store } from "./platform.js";
import { asyncStore, readStorage, type AsyncStorage } from "./store/async.js";
import { memoryStore } from "./store/memory.js";

export type { App, Consent, Device, Item, Options, Props } from "./options.js";
export type { Extras, Sessions, Trace } from "./extras.js";
export type { AsyncStorage } from "./store/async.js";
export { Crashes, type Breadcrumb, type CrashOptions } from "./crash.js";

const TIMEOUT = 30e3; // ms

/** As much of AppState as is used. */
export interface AppState {
	currentState: string | null;
	addEventListener(type: "change", listener: (state: any) => void): unknown;
}

export interface NativeOptions extends Options {
	/** AsyncStorage: keeps queue, identity and session. Without it they end with the process. */
	storage?: AsyncStorage;
	/** AppState: sessions follow the app, and what waits is sent when it leaves the screen. */
	appState?: AppState;
	/** Another world, for tests: clock, timers, network. */
	platform?: Partial<Platform>;
}

const send = async ({ url, headers, body }: Outgoing): Promise<Answer> => {
	const cut = new AbortController();
	const timer = setTimeout(() => cut.abort(), TIMEOUT);
	try {
		const answer = await fetch(url, { method: body ? "POST" : "GET", headers, body, signal: cut.signal } as RequestInit);
		return { status: answer.status, after: answer.headers.get("retry-after"), text: await answer.text() };
	} finally {
		clearTimeout(timer);
	}
};

const platformOf = (store: Store, other?: Partial<Platform>): Platform => ({
	sdk: "react_native",
	now: Date.now,
	tick: () => performance.now(),
	random: Math.random,
	digit: () => (Math.random() * 16 | 0).toString(16),
	after: (ms, run) => setTimeout(run, Math.min(ms, 2 ** 31 - 1)),
	send,
	store,
	...other,
});

export interface Tidemark extends Extras<[]>, Sessions {}

export class Tidemark extends Client {
	/** Use createTidemark(), which reads what the last run left. */
	constructor(options: NativeOptions, store: Store = memoryStore()) {
		super(options, platformOf(store, options.platform));
		const { appState } = options;
		if (!appState) return;
		const look = (state: string | null) =>
			state == "active" ? this.foreground() : state == "background" ? this.background() : undefined;
		look(appState.currentState);
		appState.addEventListener("change", look);
	}
}
Object.assign(Tidemark.prototype, extras, sessions);

/** Reads what the last run left, then begins. Never rejects. */
export const createTidemark = async (options: NativeOptions): Promise<Tidemark> => {
	const { storage, key } = options;
	const name = "tidemark:" + key;
	return new Tidemark(options, storage && asyncStore(storage, name, await readStorage(storage, name)));
};

interface ErrorUtils {
	getGlobalHandler(): (error: unknown, fatal?: boolean) => void;
	setGlobalHandler(handler: (error: unknown, fatal?: boolean) => void): void;
}

/** Records what React Native's global handler gets, then calls the handler that was there. */
export const captureErrors = (sdk: Tidemark): Crashes => {
	const crashes = new Crashes(sdk);
	const utils: ErrorUtils | undefined = (globalThis as any).ErrorUtils;
	if (utils) {
		const before = utils.getGlobalHandler();
		utils.setGlobalHandler((error, fatal) => {
			crashes.capture(error, { fatal: !!fatal });
			before(error, fatal);
		});
	}
	return crashes;
};
