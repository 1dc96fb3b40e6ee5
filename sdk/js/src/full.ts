/** Tidemark in the browser with all of the interface: user properties, traces, context, flags. */
import { Tidemark as Core } from "./browser.js";
import { extras, sessions, type Extras, type Sessions } from "./extras.js";
import type { Options } from "./options.js";

export type { App, Consent, Device, Item, Options, Props } from "./options.js";
export type { Extras, Sessions, Trace } from "./extras.js";

export interface Tidemark extends Extras<[]>, Sessions {}

export class Tidemark extends Core {
	constructor(options: Options) {
		super(options);
		addEventListener("online", () => {
			// What failed for want of a network need not wait its time.
			if (this._fails) this.setKey(options.key);
		});
	}
}
Object.assign(Tidemark.prototype, extras, sessions);
