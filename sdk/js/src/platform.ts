/**
 * What an SDK needs from the world around it. Each entry point brings its own;
 * tests bring a clock that stands still.
 */

/** `crash` is sent before `event`, which holds everything else. */
export type Lane = "crash" | "event";

/** A batch in the making, or one that waits. Its items are lines of JSON. */
export interface Segment {
	readonly lane: Lane;
	/** What all its items were recorded under: `{"install":…,"context":…}`. */
	readonly head: string;
	/** When it was begun, in ms since 1970. */
	readonly at: number;
	items: string[];
	/** UTF-8 bytes of the items and their line ends. */
	bytes: number;
	/**
	 * When to send it, in ms since 1970: while it is open a flush takes it
	 * earlier. Infinity: not by itself (a fatal crash), or it is under way.
	 */
	due: number;
	/** Where the store has it; the store's own business. */
	key?: string | number;
}

/** A session of a client SDK; times in ms since 1970. */
export interface Session {
	id: string;
	start: number;
	/** Last activity in front. */
	last: number;
}

/** Who it is. Kept beside the queue, as long as the person does not reset it. */
export interface State {
	anon?: string;
	user?: string;
	/** 0 after endSession(): only a start by hand begins another. */
	session?: Session | 0;
	/** Opted out. */
	off?: boolean;
}

/** What was recorded. Kept with the queue. */
export interface Count {
	/** Whose numbers these are. */
	install?: string;
	/** The highest number ever given. */
	seq: number;
	/** What was thrown away since the last report, by reason and category. */
	lost: Record<string, { reason: string; category: string; quantity: number }>;
}

/** Where queue, state and count are kept. Nothing here throws; what cannot be written stays in memory. */
export interface Store {
	/** State and count of the last run; `found` gets its segments, now or later. */
	open(found: (segments: Segment[]) => void): { state: State; count?: Count };
	/** Often called with what it has already. */
	save(state: State, count: Count): void;
	/** `line` was added to a segment. */
	append(segment: Segment, line: string): void;
	remove(segment: Segment): void;
	close?(): void;
}

/** A POST when it has a body. Without headers it is a beacon: its page may be gone before the answer is there. */
export interface Outgoing {
	url: string;
	headers?: Record<string, string>;
	body?: string;
}

export interface Answer {
	status: number;
	/** The body. */
	text: string;
	/** The header Retry-After. */
	after?: string | null;
}

export interface Platform {
	/** What the SDK is called in X-SDK. */
	readonly sdk: string;
	/** Milliseconds since 1970. */
	now(): number;
	/** Milliseconds of a clock that nobody sets, if there is one. */
	tick?(): number;
	/** At least 0, less than 1: the jitter of waiting. */
	random(): number;
	/** A random digit, 0 to f: the randomness of ids. */
	digit(): string;
	/** Runs once after `ms`. `held`: the process does not end before. */
	after(ms: number, run: () => void, held?: boolean): void;
	/** One request; rejects when there is no whole answer within 30 s. */
	send(request: Outgoing): Promise<Answer>;
	readonly store: Store;
}
