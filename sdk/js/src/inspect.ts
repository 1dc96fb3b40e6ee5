/** What an SDK holds, for tests and for support. */
import { disabled, ready } from "./extras.js";
import type { Recorder } from "./recorder.js";

export interface Inspection {
	/** Items that wait. */
	queued: number;
	/** Until the first of them may be sent, in ms; 0: now. */
	pausedMs: number;
	userId?: string;
	anonymousId?: string;
	session?: string;
	/** Not yet reported. */
	discarded: { reason: string; category: string; quantity: number }[];
	/** Neither disabled, opted out, nor stopped by the server. */
	enabled: boolean;
}

export const inspect = (sdk: Recorder<any>): Inspection => {
	const { _segments: segments, _state: state, _count: count } = sdk;
	const now = sdk._platform.now();
	const wait = ready(sdk);
	return {
		queued: segments.reduce((n, s) => n + s.items.length, 0),
		pausedMs: segments.length && wait < Infinity ? Math.max(0, wait - now) : 0,
		userId: state.user,
		anonymousId: state.anon,
		session: state.session ? state.session.id : undefined,
		discarded: Object.keys(count.lost).sort().map((key) => ({ ...count.lost[key] })),
		enabled: sdk._allowed != disabled && !state.off && !sdk._killed,
	};
};
