// react-native.test.mjs - what the app passes in: AppState and the global error
// handler. Its storage is played the cases of sdk/spec.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { equal, world } from "./tap.mjs";

const { captureErrors, createTidemark } = await import(
	pathToFileURL(path.join(process.env.TIDEMARK_JS, "dist", "react-native.js")));

const listeners = [];
const w = world();
const kept = new Map();
const storage = {
	getAllKeys: async () => [...kept.keys()], getItem: async (key) => kept.get(key) ?? null,
	setItem: async (key, value) => void kept.set(key, value), removeItem: async (key) => void kept.delete(key),
};
const options = { key: "k", endpoint: "http://x", config: false, storage, platform: w.platform };
const sdk = await createTidemark({ ...options, appState: {
	currentState: "active", addEventListener: (type, listener) => listeners.push(listener) } });
sdk.track("seen");
listeners[0]("inactive");
listeners[0]("background");
await sdk.flush();
sdk.track("pushed");
listeners[0]("active");
sdk.track("back");
await sdk.flush();
const items = w.items();
equal(items.map((i) => [i.name || i.type, i.background]), [["session_start", undefined], ["seen", undefined],
	["pushed", true], ["back", undefined]], "native: sessions follow AppState, and what waits is sent");
equal(new Set(items.map((i) => i.session)).size, 1, "native: a look at another app ends no session");

const handled = [];
globalThis.ErrorUtils = { handler: (error, fatal) => handled.push([error.message, fatal]),
	getGlobalHandler() { return this.handler; }, setGlobalHandler(handler) { this.handler = handler; } };
const crashes = captureErrors(sdk);
crashes.breadcrumb("navigation", "Home");
ErrorUtils.handler(new TypeError("red screen"), true);
await new Promise((resolve) => setTimeout(resolve, 10));
const again = await createTidemark(options); // the next start
again.track("next");
await again.flush();
const [crash] = w.items().slice(items.length).filter((i) => i.type == "crash");
equal([crash.fatal, crash.exception.type, crash.breadcrumbs[0].message], [true, "TypeError", "Home"], "native: a fatal error is sent by the next start");
equal(handled, [["red screen", true]], "native: after it the handler that was there has its turn");
equal(w.items().slice(-1)[0].seq, 6, "native: numbers go on");
