/**
 * Where there is no page, as on a server that renders one or in a test, an SDK
 * of the same interface that does nothing: many persons would be one there.
 */
const nothing = () => {};

/** `Page`, or what stands in for it. */
export const pageless = <T extends new (...args: any[]) => any>(Page: T): T => {
	if (typeof document != "undefined") return Page;
	const Silent: any = class {};
	for (let p = Page.prototype; p != Object.prototype; p = Object.getPrototypeOf(p))
		for (const name of Object.getOwnPropertyNames(p))
			if (name != "constructor") Silent.prototype[name] = nothing;
	Object.assign(Silent.prototype, {
		flush: async () => {}, close: async () => {},
		flag: (_name: string, otherwise: boolean) => otherwise,
		startTrace: () => ({ stop: nothing }),
	});
	return Silent;
};
