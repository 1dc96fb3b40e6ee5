/**
 * A folder: each segment a file `{lane}-{20 digits}.ndjson`, first line what its
 * items were recorded under, then one item a line; deleting the file is the
 * acknowledgement. Everything is written before the call returns, with one
 * write an item.
 */
import fs from "node:fs";
import path from "node:path";
import type { Count, Lane, Segment, State, Store } from "../platform.js";
import { lockFolder } from "./lock.js";

const NAME = /^(crash|event)-(\d{20})\.ndjson$/;
const STATE = "state.json";

interface Kept {
	state: State;
	count: Count;
}

/** A segment of an earlier run; nothing when there is no whole item in it. */
const read = (folder: string, file: string): Segment | undefined => {
	const lines = fs.readFileSync(path.join(folder, file), "utf8").split("\n");
	lines.pop(); // what was being written when the process died
	const [head, ...items] = lines;
	if (!items.length) return undefined;
	const bytes = items.reduce((n, line) => n + Buffer.byteLength(line) + 1, 0);
	const at = JSON.parse(items[0]).ts;
	return { lane: file.split("-")[0] as Lane, head, at, items, bytes, due: 0, key: file };
};

/** The highest number, and the last activity, that the items of a segment know of. */
const recall = ({ state, count }: Kept, segment: Segment): void => {
	const last = JSON.parse(segment.items[segment.items.length - 1]);
	count.seq = Math.max(count.seq, last.seq || 0);
	const s = state.session;
	if (s && s.id == last.session && !last.background) s.last = Math.max(s.last, last.ts);
};

/** undefined when the folder cannot be used, or another process does. */
export const fileStore = (folder: string): Store | undefined => {
	let unlock: () => void;
	try {
		fs.mkdirSync(folder, { recursive: true });
		const locked = lockFolder(folder);
		if (!locked) return undefined;
		unlock = locked;
	} catch {
		return undefined;
	}
	let number = 0;
	let saved = "";
	/** The files that are written to; undefined after a failure: memory only. */
	const open = new Map<Segment, number | undefined>();

	const release = (segment: Segment) => {
		const fd = open.get(segment);
		open.delete(segment);
		if (fd !== undefined) fs.closeSync(fd);
	};
	/** Of each lane only the newest segment stays open. */
	const begin = (segment: Segment) => {
		for (const s of open.keys()) if (s.lane == segment.lane) release(s);
		segment.key = `${segment.lane}-${String(++number).padStart(20, "0")}.ndjson`;
		open.set(segment, fs.openSync(path.join(folder, segment.key), "ax", 0o600));
		return segment.head + "\n";
	};
	const load = (): Kept => {
		try {
			saved = fs.readFileSync(path.join(folder, STATE), "utf8");
			const { seq, lost, install, ...state } = JSON.parse(saved);
			return { state, count: { seq: +seq || 0, lost: lost || {}, install } };
		} catch {
			return { state: {}, count: { seq: 0, lost: {} } };
		}
	};
	return {
		open(found) {
			const kept = load();
			const segments: Segment[] = [];
			for (const file of fs.readdirSync(folder).sort()) {
				const match = NAME.exec(file);
				if (!match) continue;
				number = Math.max(number, +match[2]);
				try {
					const segment = read(folder, file);
					if (!segment) {
						fs.unlinkSync(path.join(folder, file));
						continue;
					}
					recall(kept, segment);
					segments.push(segment);
				} catch { /* not ours, or not to be read: left alone */ }
			}
			found(segments.sort((a, b) => a.key!.toString().slice(6) < b.key!.toString().slice(6) ? -1 : 1));
			return kept;
		},
		save(state, count) {
			const text = JSON.stringify({ ...state, ...count });
			if (text == saved) return;
			try {
				const fresh = path.join(folder, STATE + ".new");
				fs.writeFileSync(fresh, text, { mode: 0o600 });
				fs.renameSync(fresh, path.join(folder, STATE));
				saved = text;
			} catch { /* the next one, perhaps */ }
		},
		append(segment, line) {
			try {
				const head = segment.key ? "" : begin(segment);
				const fd = open.get(segment);
				if (fd !== undefined) fs.writeSync(fd, head + line + "\n");
			} catch {
				// Half a line may be there: nothing may follow it.
				try {
					release(segment);
				} catch { /* closed, more or less */ }
				segment.key ||= "-";
			}
		},
		remove(segment) {
			try {
				release(segment);
				fs.unlinkSync(path.join(folder, String(segment.key)));
			} catch { /* was never there */ }
		},
		close() {
			for (const s of [...open.keys()]) release(s);
			unlock();
		},
	};
};
