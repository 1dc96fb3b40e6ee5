/** What kills a Node process, recorded before it does. */
import type { Crashes } from "./crash.js";

/** What it needs of an SDK. */
export interface Closing {
	close(ms?: number): Promise<void>;
}

/**
 * Records uncaught errors and unhandled rejections as fatal crashes. The
 * process ends as it would have ended without this.
 *
 * With a queue on disk nothing else happens: the crash is written, and sent by
 * the next start. Name `sdk` if the queue is in memory: when nobody else
 * listens for uncaught errors, the process lives up to two seconds longer, to
 * send it. Returns what takes this back.
 */
export const captureProcessErrors = (crashes: Crashes, sdk?: Closing): (() => void) => {
	const seen = (error: unknown) => crashes.capture(error, { fatal: true });
	const last = (error: unknown) => {
		if (process.listenerCount("uncaughtException") > 1) return; // theirs to decide
		console.error(error);
		void sdk!.close().then(() => process.exit(1));
	};
	process.on("uncaughtExceptionMonitor", seen);
	if (sdk) process.on("uncaughtException", last);
	return () => {
		process.off("uncaughtExceptionMonitor", seen);
		process.off("uncaughtException", last);
	};
};
