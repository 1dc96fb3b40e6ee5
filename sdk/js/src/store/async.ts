/**
 * React Native's AsyncStorage, or whatever is like it. A value is a whole
 * segment; the appends of one moment are one write, begun before the app's
 * next task.
 */
import type { Count, Segment, State, Store } from "../platform.js";

/** As much of AsyncStorage as is used. */
export interface AsyncStorage {
	getAllKeys(): Promise<readonly string[]>;
	getItem(key: string): Promise<string | null>;
	setItem(key: string, value: string): Promise<unknown>;
	removeItem(key: string): Promise<unknown>;
}

export interface Kept {
	state: State;
	count?: Count;
	segments: Segment[];
}

const quiet = () => {};

/** What the last run left: read before the SDK is made, since its calls wait for nothing. */
export const readStorage = async (storage: AsyncStorage, name: string): Promise<Kept> => {
	const kept: Kept = { state: {}, segments: [] };
	try {
		const { seq, lost, install, ...state } = JSON.parse(await storage.getItem(name) || "{}");
		kept.state = state;
		if (install) kept.count = { seq, lost, install };
		for (const key of [...await storage.getAllKeys()].sort()) {
			if (!key.startsWith(name + ":")) continue;
			try {
				kept.segments.push({ ...JSON.parse((await storage.getItem(key))!), key });
			} catch { /* gone since, or cut short */ }
		}
	} catch { /* as if nothing had been kept */ }
	for (const s of kept.segments) {
		const last = JSON.parse(s.items[s.items.length - 1]);
		if (kept.count) kept.count.seq = Math.max(kept.count.seq, last.seq || 0);
	}
	return kept;
};

export const asyncStore = (storage: AsyncStorage, name: string, kept: Kept): Store => {
	const dirty = new Set<Segment>();
	let number = kept.segments.reduce((n, s) => Math.max(n, +String(s.key).slice(name.length + 1)), 0);
	let saved = "";
	/** One operation after the other: the last state of a key is the last that was written. */
	let chain: Promise<unknown> = Promise.resolve();
	const next = (act: () => Promise<unknown>) => {
		chain = chain.then(act).catch(quiet);
	};
	return {
		open(found) {
			found(kept.segments);
			return kept;
		},
		save(state, count) {
			const text = JSON.stringify({ ...state, ...count });
			if (text != saved) next(() => storage.setItem(name, text));
			saved = text;
		},
		append(segment) {
			segment.key ||= `${name}:${String(++number).padStart(20, "0")}`;
			dirty.add(segment);
			if (dirty.size > 1) return;
			next(async () => {
				const now = [...dirty];
				dirty.clear();
				for (const s of now) await storage.setItem(String(s.key), JSON.stringify(s));
			});
		},
		remove(segment) {
			dirty.delete(segment);
			next(() => storage.removeItem(String(segment.key)));
		},
	};
};
