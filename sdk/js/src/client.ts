/** The SDK of one person's app: identity and sessions (spec, section 7). */
import { uuid7 } from "./id.js";
import type { Item, Props } from "./options.js";
import type { State } from "./platform.js";
import { idText, Recorder } from "./recorder.js";

const IDLE = 18e5; // ms
const LONGEST = 864e5;

export class Client extends Recorder {
	/** @internal The app is out of sight. */ declare _back?: boolean;

	/** @internal */
	override _begin(): void {
		if (!this._state.off) this._state.anon ||= uuid7(this._platform);
		super._begin();
	}

	/** @internal */
	_who(type: Item["type"]): Record<string, unknown> {
		if (!/^(cl|se)/.test(type)) this._touch(); // client_report and sessions are no activity
		const { user, anon, session } = this._agreed("identify") ? this._state : {} as State;
		return {
			user_id: user,
			anonymous_id: anon,
			session: type != "client_report" && session ? session.id : undefined,
			background: this._back || undefined,
		};
	}

	/** @internal Something happens in front: the session goes on, or another begins. */
	_touch(): void {
		if (this._back || !this._allowed("session_start")) return;
		const now = this._platform.now();
		const s = this._state.session;
		if (s && (now - s.last >= IDLE || now - s.start >= LONGEST)) this._end();
		if (this._state.session == null) {
			this._state.session = { id: uuid7(this._platform), start: now, last: now };
			this.record("session_start", {});
			this._save();
		}
		if (this._state.session) this._state.session.last = now;
	}

	/** @internal */
	_end(): void {
		const s = this._state.session;
		if (!s) return;
		this.record("session_end", { ts: s.last });
		this._state.session = undefined;
		this._save();
	}

	/** The person is known now: this and later items are theirs, the earlier anonymous ones too. */
	identify(userId: string, traits?: Props): void {
		const user = idText(userId);
		if (!user || !this._allowed("identify")) return;
		this._state.user = user;
		this.record("identify", { props: traits || {} });
		this._save();
	}

	/** Ends the session, forgets the user and begins a new anonymous one: call it at sign-out. */
	reset(): void {
		this._end();
		this._state.user = this._state.anon = undefined;
		this._begin();
	}

	/** The app is in front: the session goes on, or another begins. */
	foreground(): void {
		this._back = false;
		this._touch();
	}

	/** The app is out of sight: sends what waits. What follows is no activity. */
	background(): void {
		this._back = true;
		this._save();
		this._leave();
	}

	/** @internal */
	_leave(): void {
		void this.flush();
	}
}
