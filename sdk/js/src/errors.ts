/**
 * Errors of a page as crashes: `captureErrors(tidemark)`. What happened before
 * (clicks, navigation, console errors) goes with them.
 */
import { Crashes, type CrashOptions, type Recording } from "./crash.js";

export { Crashes, type Breadcrumb, type CrashOptions, type Recording } from "./crash.js";

export interface ErrorOptions {
	/** What an error that nobody caught counts as; false if not said: the page goes on. */
	fatal?: boolean;
	/** Messages that are none of your doing: text that they hold, or patterns. */
	ignore?: (string | RegExp)[];
	/** The same error is sent this often by a page; 10 if not said. */
	repeats?: number;
	/** Breadcrumbs of clicks, navigation and console.error; true if not said. */
	breadcrumbs?: boolean;
}

const REPEATS = 10;
const TEXT = 80; // characters of a breadcrumb

/** `button#save.primary`: what was clicked, never what was typed. */
const nameOf = (element: Element): string => [
	element.tagName.toLowerCase(),
	element.id && "#" + element.id,
	...Array.from(element.classList, (name) => "." + name),
].join("").slice(0, TEXT);

/** Without the query, which may hold what is nobody's business. */
const pathOf = (url: string): string => new URL(url, location.href).pathname;

const watch = (crashes: Crashes): void => {
	addEventListener("click", (event) => {
		if (event.target instanceof Element) crashes.breadcrumb("ui", "click " + nameOf(event.target));
	}, { capture: true, passive: true });
	let page = pathOf(location.href);
	const moved = () => {
		const next = pathOf(location.href);
		if (next != page) crashes.breadcrumb("navigation", next, { from: page });
		page = next;
	};
	addEventListener("popstate", moved);
	for (const method of ["pushState", "replaceState"] as const) {
		const original = history[method];
		history[method] = function (...args) {
			original.apply(this, args);
			moved();
		};
	}
	const { error } = console;
	console.error = (...args: unknown[]) => {
		crashes.breadcrumb("console", args.map(String).join(" ").slice(0, 1000));
		error.apply(console, args);
	};
};

/** Listens for errors and rejections that nobody caught. Handlers that are there stay. */
export const captureErrors = (sdk: Recording, options: ErrorOptions = {}): Crashes => {
	const crashes = new Crashes(sdk);
	if (typeof document == "undefined") return crashes; // a server that renders the page
	const seen = new Map<string, number>();
	const capture = (error: unknown, more: CrashOptions) => {
		const text = String(error instanceof Error ? error.message : error);
		if (options.ignore?.some((one) => typeof one == "string" ? text.includes(one) : one.test(text))) return;
		const n = (seen.get(text) || 0) + 1;
		seen.set(text, n);
		if (n <= (options.repeats ?? REPEATS)) crashes.capture(error, { fatal: options.fatal, ...more });
	};
	addEventListener("error", (event) => {
		if (!event.message) return; // a picture or a script that did not load
		capture(event.error ?? {
			name: "Error", message: event.message,
			stack: `${event.message}\n    at ${event.filename}:${event.lineno}:${event.colno}`,
		}, { props: { handler: "error" } });
	});
	addEventListener("unhandledrejection", (event) =>
		capture(event.reason, { props: { handler: "unhandledrejection" } }));
	if (options.breadcrumbs !== false) watch(crashes);
	return crashes;
};
