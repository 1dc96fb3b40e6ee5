/** The SDK of a service for many persons: each call says whose an item is. */
import { extras, type Extras } from "./extras.js";
import type { Item, Props } from "./options.js";
import { idText, Recorder } from "./recorder.js";

/** Whose an item is. */
export interface Who {
	userId?: string;
	anonymousId?: string;
	sessionId?: string;
}

export interface Server extends Extras<[who?: Who]> {}

export class Server extends Recorder<[who?: Who]> {
	/** @internal */ _default: Who = {};

	/** @internal */
	_who(_type: Item["type"], who?: unknown): Record<string, unknown> {
		const { userId, anonymousId, sessionId } = (who || this._default) as Who;
		return {
			user_id: idText(userId), anonymous_id: idText(anonymousId), session: idText(sessionId),
		};
	}

	/** The person with `who.anonymousId` is this user. */
	identify(userId: string, traits?: Props, who?: Who): void {
		this.record("identify", { props: traits || {} }, { ...who, userId });
	}

	/** Whose items are from now on that do not say it: for a program of one person. */
	setUser(userId: string, traits?: Props): void {
		this._default = { userId };
		if (traits) this.identify(userId, traits);
	}
}
Object.assign(Server.prototype, extras);
