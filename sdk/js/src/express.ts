/** Middleware for Express, and whatever calls middleware the same way. */
import type { Crashes } from "./crash.js";
import type { Who } from "./server.js";

/** As much of a request as is looked at. */
interface Request {
	method: string;
	baseUrl?: string;
	route?: { path?: unknown };
}

interface Response {
	statusCode: number;
	on(event: "close", listener: () => void): unknown;
}

/** What it needs of an SDK. */
interface Tracing {
	startTrace(name: string, who?: Who): { stop(props?: Record<string, unknown>): void };
	trace(name: string, durationMs: number, props?: Record<string, unknown>, traceId?: string, who?: Who): void;
}

export interface ExpressOptions {
	/** Whose a request is; asked when it ends, so that sessions and sign-in have run. */
	who?(request: any): Who | undefined;
}

/** `/users/:id`, never the ids themselves. */
const routeOf = (request: Request): string =>
	request.route && typeof request.route.path == "string"
		? (request.baseUrl || "") + request.route.path : "(no route)";

/** Each request as a trace named `GET /users/:id`, with method, route and status. Put it first. */
export const expressTraces = (sdk: Tracing, options: ExpressOptions = {}) =>
	(request: Request, response: Response, next: () => void): void => {
		const from = performance.now();
		response.on("close", () => {
			const route = routeOf(request);
			sdk.trace(`${request.method} ${route}`, performance.now() - from,
				{ method: request.method, route, status: response.statusCode },
				undefined, options.who && options.who(request));
		});
		next();
	};

/** Errors that reach Express as crashes that were survived. Put it after the routes; the error goes on. */
export const expressErrors = (crashes: Crashes, options: ExpressOptions = {}) =>
	(error: unknown, request: Request, _response: unknown, next: (error: unknown) => void): void => {
		crashes.capture(error, {
			props: { method: request.method, route: routeOf(request) },
			who: options.who && options.who(request),
		});
		next(error);
	};
