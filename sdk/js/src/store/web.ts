/**
 * What a browser keeps: segments in IndexedDB, else in localStorage; identity
 * and session in localStorage. Install and numbers are the page's own.
 *
 * Pages of one site share it. Each writes segments of its own, and takes over
 * what it finds when it starts. What another page is still sending then goes
 * twice, and the server drops repeats; the other way round would lose items.
 */
import type { Segment, State, Store } from "../platform.js";

const SEGMENTS = "queue";

const result = <T>(request: IDBRequest<T>) => new Promise<T>((resolve, reject) => {
	request.onsuccess = () => resolve(request.result);
	request.onerror = reject;
});

export interface WebStore extends Store {
	/** Identity and session, as the last page to change them left them; undefined when there is no telling. */
	read(): State | undefined;
}

export const webStore = (name: string): WebStore => {
	const mine = new Set<Segment>();
	let next = Math.random() * 2 ** 52;
	let saved = "";
	const open = async () => {
		const request = indexedDB.open(name, 1);
		request.onupgradeneeded = () => request.result.createObjectStore(SEGMENTS, { keyPath: "key" });
		return result(request);
	};
	const db = open();
	const run = async (method: "getAll" | "put" | "delete", argument?: any): Promise<any> => {
		const transaction = (await db).transaction(SEGMENTS, "readwrite");
		const request = transaction.objectStore(SEGMENTS)[method](argument);
		// A page that goes would leave it open, and Safari makes the next page wait for it.
		transaction.commit();
		return result<any>(request);
	};
	/** For browsers that have no IndexedDB here, as in some private windows. */
	const local = () => {
		try {
			localStorage[name + SEGMENTS] = JSON.stringify([...mine]);
		} catch { /* in memory then */ }
	};
	return {
		open(found) {
			run("getAll").catch(() => JSON.parse(localStorage[name + SEGMENTS])).then((all: Segment[]) => {
				for (const s of all) mine.add(s);
				found(all);
			}).catch(local);
			return { state: this.read() || {} };
		},
		read() {
			try {
				return JSON.parse(localStorage[name]);
			} catch { /* no telling */ }
			return undefined;
		},
		save(state) {
			const text = JSON.stringify(state);
			// A page in the background must not write over what the one in front did.
			if (text != saved) try {
				localStorage[name] = saved = text;
			} catch { /* this page only */ }
		},
		append(segment) {
			segment.key ||= next++;
			mine.add(segment);
			run("put", segment).catch(local);
		},
		remove(segment) {
			mine.delete(segment);
			run("delete", segment.key).catch(local);
		},
	};
};
