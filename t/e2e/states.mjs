// states.mjs - pages that only a form, a mail or a right leads to: a person
// registers, signs in, sets up the second factor, makes a team, a project, a
// key, a token, a client, and errs on the way. Each state is handed to
// look(page, name), which checks what holds for every page. See pages.mjs.
import crypto from "node:crypto";
import { answered } from "./wait.mjs";

const PASSWORD = "quiet harbour lamp 42";

// RFC 6238, as the app on a phone does it.
function totp(secret, at = Date.now()) {
	const bits = [...secret.replaceAll(/\s/g, "")].map((c) =>
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
	const key = Buffer.from(bits.match(/.{8}/g).map((b) => Number.parseInt(b, 2)));
	const step = Buffer.alloc(8);
	step.writeBigUInt64BE(BigInt(Math.floor(at / 30000)));
	const mac = crypto.createHmac("sha1", key).update(step).digest();
	const n = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
	return String(n % 1e6).padStart(6, "0");
}

// The link of the newest mail to an address, from the outbox.
async function mailed(p, url, email, what) {
	const at = p.url();
	for (const end = Date.now() + 30e3; Date.now() < end;) {
		await p.goto(url + "/system/outbox");
		const row = p.locator("tr", { hasText: email }).filter({ has: p.locator("a") }).first();
		if (await row.count() > 0) {
			await answered(p, () => row.locator("a").click());
			const link = p.locator(`.mail-text a[href*="${what}"]`).first();
			if (await link.count() > 0) {
				const href = await link.getAttribute("href");
				await p.goto(at);
				return href;
			}
		}
		await p.waitForTimeout(250);
	}
	throw new Error("no mail to " + email + " with " + what);
}

const press = (p, name) => answered(p, () => p.locator("main").getByRole("button", { name }).first().click());

async function signIn(p, url, email, next = "/account") {
	await p.goto(`${url}/login?next=${encodeURIComponent(next)}`);
	await p.fill("#email", email);
	await p.fill("#password", PASSWORD);
	await press(p, "Sign in");
}

async function registering(s, email) {
	const { p, look, url } = s;
	await p.goto(url + "/login");
	await p.fill("#email", email);
	await p.fill("#password", "wrong");
	await press(p, "Sign in");
	await look(p, "sign-in refused");
	await p.goto(url + "/register");
	await p.fill("#name", "Robin Vale");
	await p.fill("#email", email);
	await p.fill("#password", "1234567890");
	await press(p, "Create the account");
	await look(p, "register with a bad password");
	await p.fill("#password", PASSWORD);
	await press(p, "Create the account");
	await look(p, "mail sent");
	const link = await mailed(p, url, email, "/verify");
	await look(p, "mail sent again");
	await p.goto(link);
	await look(p, "confirm the address");
	const other = await s.context({});
	const q = await other.newPage();
	await q.goto(link);
	await look(q, "confirm the address elsewhere");
	await other.close();
	await press(p, "Confirm and sign in");
	await look(p, "home without a project");
	await p.goto(link);
	await look(p, "verify link spent");
}

async function forgetting(s, email) {
	const { url, look } = s;
	const c = await s.context({});
	const p = await c.newPage();
	await p.goto(url + "/forgot");
	await p.fill("#email", email);
	await press(p, "Send the link");
	await look(p, "reset link sent");
	await p.goto(await mailed(p, url, email, "/reset"));
	await look(p, "reset");
	await p.fill("#password", "1234567890");
	await press(p, "Set the password");
	await look(p, "reset with a bad password");
	await p.fill("#password", PASSWORD);
	await press(p, "Set the password");
	await look(p, "reset done");
	await c.close();
}

async function account(s, email) {
	const { p, url, look } = s;
	await signIn(p, url, email);
	await look(p, "profile without a picture");
	await p.setInputFiles("#picture", { name: "a.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
	await press(p, "Upload the picture");
	await look(p, "profile with a bad picture");
	await p.setInputFiles("#picture", { name: "a.png", mimeType: "image/png", buffer: await p.screenshot({ clip: { x: 240, y: 60, width: 300, height: 300 } }) });
	await press(p, "Upload the picture");
	await look(p, "profile with a picture");
	await p.fill("#email", "not an address");
	await p.locator("form[action='/account/email']").evaluate((f) => { f.noValidate = true; });
	await press(p, "Send the link");
	await look(p, "profile with a bad address");
	await p.fill("#email", "new-" + email);
	await press(p, "Send the link");
	await look(p, "profile address sent");
	await p.goto(await mailed(p, url, "new-" + email, "/account/email"));
	await look(p, "new address");
	await p.goto(url + "/account/email?token=x");
	await look(p, "new address spent");
	await p.goto(url + "/account/security");
	await p.fill("#current", "wrong");
	await p.fill("#password", PASSWORD + "2");
	await press(p, "Change the password");
	await look(p, "security with a wrong password");
	await p.goto(url + "/account/two-factor");
	const secret = (await p.textContent("#tf-secret")).trim();
	await p.fill("#code", "000000");
	await press(p, "Switch it on");
	await look(p, "two-factor with a wrong code");
	await p.fill("#code", totp(secret));
	await press(p, "Switch it on");
	await look(p, "recovery codes");
	const codes = (await p.textContent("#tf-codes")).trim().split(/\s+/);
	await p.goto(url + "/account/two-factor");
	await look(p, "two-factor on");
	await p.goto(url + "/account/security");
	await look(p, "security with two-factor");
	const c = await s.context({});
	const q = await c.newPage();
	await signIn(q, url, email);
	await look(q, "second step");
	await q.fill("#code", "000000");
	await press(q, "Sign in");
	await look(q, "second step wrong");
	await answered(q, () => q.getByRole("link", { name: "Use a recovery code" }).click());
	await look(q, "second step by recovery code");
	await q.fill("#code", codes[0]);
	await press(q, "Sign in");
	await look(q, "recovery code used");
	await q.goto(url + "/account/sessions");
	await look(q, "sessions, several");
	await c.close();
	return secret;
}

async function team(s, email) {
	const { p, url, look } = s;
	await p.goto(url + "/teams/new");
	await p.locator("main form").evaluate((f) => { f.noValidate = true; });
	await press(p, "Make the team");
	await look(p, "new team without a name");
	await p.fill("#name", "Harbour works");
	await press(p, "Make the team");
	const base = new URL(p.url()).pathname.match(/^\/t\/[^/]+/)[0];
	await p.goto(url + base + "/projects");
	await look(p, "projects, none");
	await p.goto(url + base + "/members");
	await look(p, "members, one");
	await p.fill("#emails", "nonsense, also nonsense");
	await press(p, "Send invitations");
	await look(p, "invite with bad addresses");
	const guest = "guest-" + email;
	await p.fill("#emails", guest + "\nsomebody-" + email);
	await p.check("#role-analyst");
	await press(p, "Send invitations");
	await look(p, "members with invitations");
	const link = await mailed(p, url, guest, "/invitations/");
	await p.goto(link);
	await look(p, "invitation for another account");
	const c = await s.context({});
	const q = await c.newPage();
	await q.goto(link);
	await look(q, "invitation signed out");
	await answered(q, () => q.getByRole("link", { name: "Create an account" }).click());
	await q.fill("#name", "Kim Osei");
	await q.fill("#email", guest);
	await q.fill("#password", PASSWORD);
	await press(q, "Create the account");
	await q.goto(await mailed(q, url, guest, "/verify"));
	await press(q, "Confirm and sign in");
	await q.goto(link);
	await look(q, "invitation signed in");
	await press(q, "Join the team");
	await look(q, "joined a team");
	await q.goto(url + base + "/members");
	await look(q, "members as analyst");
	await q.goto(url + base + "/clients");
	await look(q, "not allowed");
	await q.goto(url + base + "/settings");
	await look(q, "team settings as analyst");
	await c.close();
	await p.goto(url + base + "/members");
	await look(p, "members, two");
	await answered(p, () => p.locator(".row-acts a").last().click());
	await look(p, "one member");
	await p.goto(url + base + "/settings");
	await look(p, "team settings with somebody to hand over to");
	await p.goto(url + base + "/delete");
	await p.fill("#name", "x");
	await press(p, "Delete the team");
	await look(p, "delete team, mistyped");
	return base;
}

async function access(s, base) {
	const { p, url, look } = s;
	await p.goto(url + base + "/tokens");
	await look(p, "tokens, none");
	await p.fill("#name", "Nightly report");
	await press(p, "Make the token");
	await look(p, "token without a scope");
	await p.check("#s-events\\:read");
	await p.check("#s-metrics\\:read");
	await press(p, "Make the token");
	await look(p, "token just made");
	await p.goto(url + base + "/clients");
	await p.fill("#name", "Reports for Excel");
	await p.fill("#redirect_uris", "ftp://x");
	await press(p, "Register");
	await look(p, "client with a bad address");
	await p.fill("#redirect_uris", "https://reports.example/callback\nhttp://127.0.0.1/back");
	await p.locator("main input[name=scope]").first().check();
	await press(p, "Register");
	await look(p, "client just made");
	const id = (await p.locator(".pairs dd.mono").first().textContent()).trim();
	await p.goto(url + base + "/clients");
	await look(p, "clients");
	const ask = new URLSearchParams({ response_type: "code", client_id: id, redirect_uri: "http://127.0.0.1/back",
		scope: await p.locator("main input[name=scope]").first().getAttribute("value"), state: "x",
		code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method: "S256" });
	await p.goto(`${url}/oauth/authorize?${ask}`);
	await look(p, "consent");
	await press(p, "Allow").catch(() => {}); // nobody listens there
	await p.waitForURL("chrome-error://**", { timeout: 5000 }).catch(() => {});
	await p.goto(url + "/account/apps");
	await look(p, "connected apps, one");
	await p.goto(url + base + "/audit");
	await look(p, "team audit");
	await p.goto(url + base + "/audit?text=no-such-thing");
	await look(p, "team audit, nothing");
}

async function project(s, base) {
	const { p, url, look, ok } = s;
	await p.goto(url + base + "/projects/new");
	await p.locator("main form").evaluate((f) => { f.noValidate = true; });
	await press(p, "Make the project");
	await look(p, "new project without a name");
	await p.fill("#name", "Shop app");
	await press(p, "Make the project");
	await look(p, "send events, first time");
	const env = new URL(p.url()).pathname.replace("onboarding", "");
	await p.goto(url + base + "/projects");
	await look(p, "projects, one");
	await p.goto(url + env + "keys");
	await p.fill("#rate", "many");
	await press(p, "Make the key");
	await look(p, "key with a bad limit");
	await p.goto(url + env + "keys");
	await press(p, "Make the key");
	await look(p, "key just made");
	await answered(p, () => p.locator(".row-acts a").first().click());
	await look(p, "one key, own");
	await press(p, "Rotate the key");
	await look(p, "key rotated");
	await p.goto(url + env + "settings");
	await p.fill("#zone", "Nowhere/Land");
	await p.fill("#idle", "soon");
	await press(p, "Save time");
	await look(p, "settings with mistakes");
	await p.goto(url + env + "privacy");
	await p.fill("#rules", "mask value email\nburn key x");
	await press(p, "Save the rules");
	await look(p, "privacy with a rule that is none");
	await p.fill("#rules", "mask value email\ndrop key *phone* in user");
	await press(p, "Preview");
	await look(p, "privacy preview");
	await press(p, "Save the rules");
	await look(p, "privacy saved");
	await p.goto(url + env + "tracking-plan");
	await p.fill("#name", "order_paid");
	await p.fill("#owner", "Robin");
	await press(p, "Plan the event");
	await look(p, "event planned");
	await p.goto(url + env + "schema?namespace=product");
	await p.fill("#schema", '{"type":"odd"}');
	await press(p, "Save the schema");
	await look(p, "schema with a mistake");
	await p.fill("#schema", '{"required":["plan"]}');
	await press(p, "Save the schema");
	await look(p, "schema saved");
	await p.goto(url + env + "settings");
	await press(p, "Save time");
	await look(p, "settings saved");
	await p.goto(url + env + "storage");
	await p.fill("#raw", "soon");
	await press(p, "Save retention");
	await look(p, "storage with mistakes");
	for (const id of ["raw", "crash", "trace", "months", "redact"])
		await p.fill("#" + id, "-1");
	await press(p, "Save retention");
	ok(await p.locator("main [aria-invalid=true]").count() === 5, "each field of storage says what is wrong with it");
	await look(p, "storage with a mistake in each field");
	await p.goto(url + env + "storage");
	await p.fill("#months", "2");
	await press(p, "Save retention");
	await look(p, "before less is kept");
	await press(p, "Keep less");
	await look(p, "retention saved");
	await requests(s, env);
	await packs(s, env);
	await p.goto(url + env + "settings/delete");
	await p.fill("#name", "x");
	await press(p, "Delete the project");
	await look(p, "delete project, mistyped");
}

// What is asked for in the name of a person, and what would go.
async function requests(s, env) {
	const { p, url, look } = s;
	await p.goto(url + env + "requests");
	await look(p, "privacy requests, none");
	await p.goto(url + env + "requests/new");
	await press(p, "Make the request");
	await look(p, "privacy request of nobody");
	await p.fill("#name", "no_such_event");
	await press(p, "Show what would go");
	await look(p, "erasure of events, none like that");
	await p.goto(url + env + "requests/new");
	await p.fill("#user_id", "\"><b>robin</b>");
	await p.selectOption("#hold", { index: 1 });
	await press(p, "Make the request");
	await look(p, "erasure of somebody who is not known");
	await press(p, "Make the request all the same");
	await look(p, "privacy request that waits");
	await press(p, "Cancel the request");
	await look(p, "privacy request cancelled");
	await p.goto(url + env + "requests");
	await look(p, "privacy requests, one");
}

async function packs(s, env) {
	const { p, url, look, ok } = s;
	await p.goto(url + env + "review-packs");
	await p.locator("#month option").first().evaluate((o) => { o.value = "2001-13"; o.selected = true; });
	await press(p, "Make a review pack");
	await look(p, "review pack of no month");
	await p.goto(url + env + "review-packs");
	await press(p, "Make a review pack");
	await look(p, "review pack being made");
	const made = p.locator(".review");
	for (let tries = 0; tries < 60 && await made.count() === 0; tries++) {
		await p.waitForTimeout(500);
		await p.goto(p.url().split("?")[0]);
	}
	ok(await made.count() === 1, "a pack of a month without data is made");
	await look(p, "review pack without data");
	await press(p, "Delete the pack");
	await look(p, "review pack deleted");
}

// Pages of who runs the server, behind a form or a number.
async function system(s, state, letters) {
	const { url, look } = s;
	const c = await s.context({ state });
	const p = await c.newPage();
	await p.goto(`${url}/system/dead-letters/${letters[0]}`);
	await look(p, "dead letter");
	await p.fill("#item", "{");
	await press(p, "Mend and replay");
	await look(p, "dead letter, mended wrongly");
	await p.goto(`${url}/system/dead-letters/${letters[1]}`);
	await look(p, "dead letter that nothing can read");
	for (const letter of letters) {
		await p.goto(`${url}/system/dead-letters/${letter}`);
		await press(p, "Drop");
	}
	await look(p, "dead letter dropped");
	await p.goto(url + "/system/webhooks");
	await p.fill("#url", "http://127.0.0.1/hook");
	await press(p, "Add the webhook");
	await look(p, "webhook with a bad address");
	await p.fill("#url", "https://hooks.example.com/tidemark");
	await press(p, "Add the webhook");
	await look(p, "webhook just made");
	await press(p, "Send a test");
	await look(p, "webhook with a delivery");
	await press(p, "Switch off");
	await look(p, "webhook switched off");
	await p.locator("main .pop > summary", { hasText: "Delete" }).click();
	await press(p, "Delete the webhook");
	await look(p, "webhook deleted");
	await c.close();
}

// Tab from the first to the last control: each shows where the focus is, none
// keeps it, and the order is the order of the page.
async function byKeyboard(s, path, name) {
	const { p, url, ok } = s;
	await p.goto(url + path);
	await p.evaluate(() => document.activeElement.blur());
	const seen = [], wrong = [];
	for (let i = 0; i < 120; i++) {
		await p.keyboard.press("Tab");
		const at = await p.evaluate(() => {
			const e = document.activeElement;
			if (e === document.body) return null;
			const style = getComputedStyle(e), box = e.getBoundingClientRect();
			const all = [...document.querySelectorAll("*")];
			return { n: all.indexOf(e), what: e.id || e.textContent.trim().slice(0, 30) || e.tagName,
				ring: style.outlineStyle === "solid", inside: box.width > 0 && box.right <= innerWidth + 1 };
		});
		if (!at || seen.some((x) => x.n === at.n)) break;
		if (!at.ring || !at.inside) wrong.push(`${at.what} does not show the focus`);
		if (seen.length > 0 && at.n < seen.at(-1).n) wrong.push(`${at.what} is out of order`);
		seen.push(at);
	}
	ok(seen.length > 2 && wrong.length === 0, `${name}: ${seen.length} stops of the Tab key, in order and visible`,
		wrong.join("\n"));
	return seen;
}

// Registering by keyboard alone, as far as the mail.
async function keyboardOnly(s, base) {
	const { p, url, ok } = s;
	const stops = await byKeyboard(s, base + "/projects/new", "new project");
	ok(stops[0].what === "Skip to content", "the first stop skips to the content", stops[0].what);
	await byKeyboard(s, base + "/members", "members");
	await byKeyboard(s, "/account", "profile");
	const c = await s.context({});
	const q = await c.newPage();
	await byKeyboard({ ...s, p: q }, "/register", "register");
	await q.goto(url + "/register");
	// Its first field has the focus, given with the first picture: not yet at "load".
	await q.waitForFunction(() => document.activeElement.matches("main input"));
	for (const text of ["Alex Byrd", `alex-${crypto.randomInt(1e9)}@example.org`, PASSWORD]) {
		await q.keyboard.type(text);
		await q.keyboard.press("Tab");
	}
	await q.keyboard.press("Enter");
	await q.waitForURL("**/verify**");
	ok((await q.textContent("h1")) === "Look into your mail", "an account is made without a mouse", q.url());
	await c.close();
}

// What a sensitive act asks for when the last proof is old; `age` makes it so.
async function confirming(s, email, base, age) {
	const { p, url, look } = s;
	await p.goto(url + base + "/tokens");
	await p.fill("#name", "Asked again");
	await p.locator("main input[name=scope]").first().check();
	await age(email);
	await press(p, "Make the token");
	await look(p, "confirm a form");
	await p.goto(url + "/account/two-factor");
	await look(p, "confirm a page");
}

export async function states(tools) {
	const { context, url, look, ok } = tools;
	const email = `robin-${crypto.randomInt(1e9)}@example.org`;
	const c = await context({});
	const p = await c.newPage();
	const s = { context, url, look, ok, p };
	try {
		await registering(s, email);
		await forgetting(s, email);
		await account(s, email);
		tools.fresh?.(email); // however slow the machine is
		const base = await team(s, email);
		await access(s, base);
		await project(s, base);
		await keyboardOnly(s, base);
		if (tools.admin)
			await system(s, tools.admin, tools.letters);
		if (tools.age)
			await confirming(s, email, base, tools.age);
	} catch (e) {
		ok(false, "each state is reached", `${e.stack} at ${p.url()}: ${await p.textContent("body").catch(() => "")}`);
		if (tools.shots) await p.screenshot({ path: tools.shots + "/failed.png" }).catch(() => {});
	}
	await c.close();
}
