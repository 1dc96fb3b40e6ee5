/**
 * The queue: a row of segments, in memory and in the store. The first of the
 * layers that make up an SDK; each is a class that extends the one below:
 * Queue, Sender, Recorder, then Client or Server.
 */
import type { Options } from "./options.js";
import type { Count, Lane, Platform, Segment, State } from "./platform.js";
import { utf8 } from "./text.js";

const SEGMENT_BYTES = 256 << 10;
const AGE = 7 * 864e5; // ms

export class Queue {
	/** @internal */ _segments: Segment[] = [];
	/** @internal */ _bytes = 0;
	/** @internal Those that take items. */ _open: { [lane in Lane]?: Segment | undefined } = {};
	/** @internal */ _state: State = {};
	/** @internal */ _count: Count = { seq: 0, lost: {} };
	/** @internal The server's configuration. */ _remote: any = {};

	constructor(
		/** @internal */ readonly _options: Options,
		/** @internal */ readonly _platform: Platform,
	) {}

	/** @internal A number of the configuration, if that is smaller than `own`. */
	_least(block: string, key: string, own: number): number {
		const value = this._remote[block]?.[key];
		return value < own ? value : own;
	}

	/** @internal */
	_save(): void {
		this._platform.store.save(this._state, this._count);
	}

	/** @internal An item was thrown away. */
	_lose(reason: string, type: string): void {
		const [category] = /event|crash|trace|session/.exec(type) || ["user"];
		(this._count.lost[reason + " " + category] ||= { reason, category, quantity: 0 }).quantity++;
	}

	/** @internal A segment goes; its items are lost for that reason, but for those of types that stay. */
	_discard(segment: Segment, reason: string, stays?: (type: string) => boolean): void {
		this._split(segment, [segment.items.filter((line) => {
			const { type } = JSON.parse(line);
			return stays?.(type) || this._lose(reason, type);
		})]);
	}

	/** @internal A segment goes, and new ones take its place: one for each list of lines. */
	_split(segment: Segment, parts: string[][] = [], due = 0): void {
		const all = this._segments;
		const at = all.indexOf(segment);
		if (at < 0) return;
		if (this._open[segment.lane] == segment) this._seal(segment.lane);
		all.splice(at, 1, ...parts.filter((lines) => lines.length).map((lines) => {
			const part = { ...segment, items: [], bytes: 0, due, key: undefined };
			for (const line of lines) this._write(part, line);
			return part;
		}));
		this._bytes -= segment.bytes;
		this._platform.store.remove(segment);
	}

	/** @internal What is too old goes; then, as long as `more` bytes do not fit, the oldest. */
	_trim(more: number): void {
		const { queueAge = AGE, queueBytes = 5 << 20 } = this._options;
		const first = (lane?: Lane) =>
			this._segments.find((s) => s.due < Infinity && (!lane || s.lane == lane));
		let s;
		while ((s = first()) && s.at < this._platform.now() - queueAge) this._discard(s, "queue_age");
		while (this._bytes + more > queueBytes && (s = first("event") || first()))
			this._discard(s, "queue_full");
	}

	/** @internal */
	_write(segment: Segment, line: string): void {
		const bytes = utf8(line).length + 1;
		segment.items.push(line);
		segment.bytes += bytes;
		this._bytes += bytes;
		this._platform.store.append(segment, line);
	}

	/** @internal Returns the segment that has the line now. `due`: send it then at the latest. */
	_append(lane: Lane, head: string, line: string, due: number): Segment {
		const more = utf8(line).length;
		this._trim(more);
		let s = this._open[lane];
		if (s && (s.head != head || s.bytes + more > SEGMENT_BYTES))
			s = this._seal(lane);
		if (!s) this._segments.push(s = this._open[lane]
			= { lane, head, at: this._platform.now(), items: [], bytes: 0, due });
		this._write(s, line);
		s.due = Math.min(s.due, due);
		if (s.items.length >= this._least("limits", "max_events", this._options.batchSize || 100))
			this._seal(lane);
		return s;
	}

	/** @internal The open segment of a lane takes no more items, and may be sent. */
	_seal(lane: Lane): undefined {
		const s = this._open[lane];
		if (s) s.due = 0;
		this._open[lane] = undefined;
	}
}
