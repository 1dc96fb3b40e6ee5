/** Nothing outlives the process. */
import type { Store } from "../platform.js";

export const memoryStore = (): Store => ({
	open: () => ({ state: {} }),
	save() {},
	append() {},
	remove() {},
});
