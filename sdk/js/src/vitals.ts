/**
 * How a page felt, as traces `web_vital` (https://web.dev/articles/vitals):
 * LCP, FCP, TTFB and INP in ms; CLS has no unit and is sent in thousandths.
 */
import type { Recording } from "./crash.js";

export type { Recording } from "./crash.js";

export type Vital = "LCP" | "FCP" | "TTFB" | "INP" | "CLS";

/** Limits of "good" and "needs improvement". */
const RATING: Record<Vital, [number, number]> = {
	LCP: [2500, 4000], FCP: [1800, 3000], TTFB: [800, 1800], INP: [200, 500], CLS: [0.1, 0.25],
};
const WINDOW = 5000; // ms: layout shifts of one window count together,
const GAP = 1000; // as long as no more than this lies between them
const LONG = 40; // ms: shorter interactions are not looked at
const INTERACTIONS = 50; // INP leaves one of so many out

type Entry = PerformanceEntry & {
	value: number; hadRecentInput: boolean; interactionId?: number; responseStart: number; activationStart?: number;
};

const observe = (type: string, each: (entry: Entry) => void, more?: object): PerformanceObserver | undefined => {
	try {
		// What a browser does not know it observes in silence: a page without shifts, for ever.
		if (!PerformanceObserver.supportedEntryTypes.includes(type)) return undefined;
		const observer = new PerformanceObserver((list) => list.getEntries().forEach((e) => each(e as Entry)));
		observer.observe({ type, buffered: true, ...more } as PerformanceObserverInit);
		return observer;
	} catch {
		return undefined; // an old browser
	}
};

/** The largest sum of layout shifts in a window. */
const shifts = () => {
	let sum = 0, first = 0, last = 0, worst = 0;
	return {
		add(at: number, value: number) {
			if (at - last < GAP && at - first < WINDOW) sum += value;
			else [sum, first] = [value, at];
			last = at;
			worst = Math.max(worst, sum);
		},
		worst: () => worst,
	};
};

/** The slowest interaction; of many, the one that 98 % are not slower than. */
const interactions = () => {
	const longest = new Map<number, number>();
	return {
		add(id: number, ms: number) {
			longest.set(id, Math.max(longest.get(id) || 0, ms));
		},
		slow(): number | undefined {
			const all = [...longest.values()].sort((a, b) => b - a);
			const count = (performance as any).interactionCount || all.length;
			return all[Math.min(all.length - 1, Math.floor(count / INTERACTIONS))];
		},
	};
};

/** Measures, and sends each vital once: TTFB and FCP when known, the others when the page is first hidden. */
export const captureVitals = (sdk: Recording): void => {
	if (typeof document == "undefined") return; // a server that renders the page
	const page = location.pathname;
	const sent = new Set<Vital>();
	const send = (name: Vital, value: number | undefined) => {
		if (value === undefined || sent.has(name)) return;
		sent.add(name);
		const [good, fair] = RATING[name];
		sdk.record("trace", {
			name: "web_vital",
			duration_ms: Math.round((name == "CLS" ? value * 1000 : value) * 1000) / 1000,
			props: {
				vital: name, value, page,
				rating: value <= good ? "good" : value <= fair ? "needs improvement" : "poor",
			},
		});
	};
	let lcp: number | undefined;
	const shift = shifts();
	const slow = interactions();
	let start = 0; // a page that was prepared before it was asked for begins later
	observe("navigation", (e) => {
		start = e.activationStart || 0;
		if (e.responseStart > 0) send("TTFB", Math.max(0, e.responseStart - start));
	});
	observe("paint", (e) => {
		if (e.name == "first-contentful-paint") send("FCP", Math.max(0, e.startTime - start));
	});
	observe("largest-contentful-paint", (e) => lcp = Math.max(0, e.startTime - start));
	const stable = observe("layout-shift", (e) => {
		if (!e.hadRecentInput) shift.add(e.startTime, e.value);
	});
	observe("event", (e) => {
		if (e.interactionId) slow.add(e.interactionId, e.duration);
	}, { durationThreshold: LONG });
	addEventListener("visibilitychange", () => {
		if (!document.hidden) return;
		send("LCP", lcp);
		send("INP", slow.slow());
		if (stable) send("CLS", shift.worst());
	}, { capture: true }); // before the SDK sends what it has
};
