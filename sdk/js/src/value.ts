/** The app's values made into JSON that the server takes (spec, section 2). */
import { cut } from "./text.js";

const DEPTH = 16;

/**
 * `redact`: lower-case keys whose values are hidden; `max`: bytes of a string.
 * Values that throw when they are looked at become {}.
 */
export const clean = (value: unknown, redact: string[], max = 1024): any => {
	const above: unknown[] = [];
	try {
		return JSON.parse(JSON.stringify(value, function (key, one) {
			while (above.length && above[above.length - 1] != this) above.pop();
			if (redact.includes(key.toLowerCase())) return "[redacted]";
			// string, symbol, bigint, function; not boolean
			if (one instanceof Error || /^[sbf][^o]/.test(typeof one))
				return cut(one, max);
			return !one || typeof one != "object" ? one
				: above.includes(one) ? "[circular]" : above.push(one) > DEPTH ? "[deep]" : one;
		}));
	} catch {
		return {};
	}
};
