// tap.mjs - "ok - name" lines for the runner in t/conformance/js.py.
import { isDeepStrictEqual } from "node:util";

export function ok(good, name, detail) {
	console.log(`${good ? "" : "not "}ok - ${name}`);
	if (!good && detail !== undefined) console.log("# " + detail);
	if (!good) process.exitCode = 1;
}

export const equal = (got, want, name) =>
	ok(isDeepStrictEqual(got, want), name, `got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);

/** A platform whose clock stands still and whose network is a function. */
export function world(answer = () => ({ status: 202, text: "{}" })) {
	const sent = [];
	return {
		sent,
		items: () => sent.flatMap((body) => body.items),
		platform: {
			now: () => 1767225600000,
			after: () => {},
			send: async (request) => {
				if (request.body) sent.push(JSON.parse(request.body));
				return answer(request);
			},
		},
	};
}
