#!/usr/bin/env node
// pages.mjs - every page in a real browser: both themes, two widths, with and
// without JavaScript, axe-core on each, hostile data, forged forms; and each
// check once against a page that must fail it. TAP on stdout.
// What is checked of each page: look.mjs.
//
//   TM_URL TM_EMAIL TM_PASSWORD   the stack and a system administrator's login
//   TM_FULL TM_EMPTY              project bases ("/t/a/p/b/prod/") with hostile
//                                 data and without any
//   TM_NEAR_LIMIT TM_OVER_LIMIT   projects of teams that were told of their plan
//   TM_LETTERS                    dead letters: one that can be read, one that cannot
//   TM_KEY                        write key of TM_EMPTY: it turns live here
//   TM_FOREIGN                    project base of a team the user is not in
//   TM_PART                       "pages": all of them; "states": what is
//                                 behind forms, and the rest
//   TM_ONLY                       pages whose names match this (optional)
//   TM_SHOTS TIDEMARK_NODE_MODULES   see look.mjs
import { execFileSync } from "node:child_process";
import { axe, bySight, context, done, everyRule, inline, look, ok, openTab, pool, shots, sideways, url, visit,
	watch } from "./look.mjs";
import { states } from "./states.mjs";
import { answered, soon } from "./wait.mjs";

const press = (p, selector) => answered(p, () => p.click(selector));
const env = process.env;
const { TM_FULL: full, TM_EMPTY: empty, TM_PART: part } = env;

// When somebody last proved who they are, for what asks for a recent proof.
function confirmed(email, ago) {
	execFileSync(new URL("../../dev", import.meta.url).pathname, ["psql", "-X", "-q", "-c",
		`UPDATE user_sessions SET confirmed_at = now() - interval '${ago}' WHERE user_id = (SELECT id FROM users WHERE email = '${email}')`]);
}

// The form must do by itself, without JavaScript.
async function signIn() {
	const c = await context({ js: false });
	const p = await c.newPage();
	await p.goto(url + "/login");
	await p.fill("#email", env.TM_EMAIL);
	await p.fill("#password", env.TM_PASSWORD + "x");
	await press(p, "button.primary");
	ok((await p.textContent("body")).includes("Mail address or password is wrong"),
		"a wrong password is refused without saying which");
	await p.fill("#password", env.TM_PASSWORD);
	await press(p, "button.primary");
	ok(!p.url().includes("/login"), "signs in without JavaScript", p.url());
	const state = await c.storageState();
	ok(state.cookies.some((k) => k.name.includes("tm_session") && k.httpOnly && k.sameSite === "Lax"),
		"the session cookie is HttpOnly and SameSite=Lax", JSON.stringify(state.cookies.map((k) => k.name)));
	await c.close();
	confirmed(env.TM_EMAIL, "-1 hour"); // however slow the machine is
	return state;
}

// A theme that was chosen is that of a device which wishes it, whatever this
// one wishes; the pages are then looked at as the device says.
async function themes(state) {
	const c = await context({ state, js: false });
	const p = await c.newPage();
	const tokens = () => p.evaluate(() => {
		const names = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
			.flatMap((rule) => [rule, ...rule.cssRules ?? []]).flatMap((rule) => [...rule.style ?? []]);
		const style = getComputedStyle(document.documentElement);
		return [...new Set(names)].filter((n) => n.startsWith("--")).sort()
			.map((n) => `${n}: ${style.getPropertyValue(n)}`).concat("scheme: " + style.colorScheme).join("\n");
	});
	const choose = async (theme) => {
		await p.goto(url + full + "events");
		await press(p, `.theme button[value=${theme}]`);
		ok(await p.getAttribute("html", "data-theme") === theme, `theme ${theme} is rendered by the server`);
		ok(new URL(p.url()).pathname === full + "events", "and the page stays", p.url());
	};
	const seen = {};
	for (const [theme, other] of [["light", "dark"], ["dark", "light"]]) {
		await p.emulateMedia({ colorScheme: other });
		await choose(theme);
		seen[theme] = await tokens();
	}
	await choose("system");
	for (const theme of ["light", "dark"]) {
		await p.emulateMedia({ colorScheme: theme });
		ok(await tokens() === seen[theme], `${theme} is the same when the device wishes it`, await tokens());
	}
	ok(seen.light !== seen.dark, "control: light is told from dark");
	await c.close();
}

// Each check of visit() against a page that must fail it.
async function controls(state) {
	const c = await context({ state });
	const p = await c.newPage();
	const seen = watch(p);
	await p.goto(url + full + "overview");
	await p.evaluate(() => {
		const i = document.createElement("img");
		i.src = "/static/favicon.svg";
		document.querySelector("main").append(i);
	});
	ok((await axe(p)).some((v) => v.startsWith("image-alt")), "control: axe reports a picture without words");
	await p.evaluate(() => {
		const s = document.createElement("p");
		s.textContent = "hard to read";
		document.querySelector("main").append(s);
		s.style.color = "#808080";
		s.style.backgroundColor = "#8a8a8a";
	});
	for (const rules of [everyRule, bySight])
		ok((await axe(p, rules)).some((v) => v.startsWith("color-contrast")), "control: axe reports text that cannot be read");
	await p.evaluate(() => {
		const d = document.createElement("details");
		d.append(document.createElement("summary"), document.createElement("input"));
		document.querySelector("main").append(d);
		d.open = true;
	});
	ok((await axe(p, everyRule, "details[open]")).some((v) => v.startsWith("label:")), "control: axe reports a field without a name in what was opened");
	await p.evaluate(() => {
		const s = document.createElement("div");
		s.style.width = "3000px";
		s.textContent = "wide";
		document.querySelector("main").append(s);
	});
	ok(await sideways(p) > 0, "control: a page that is too wide is noticed");
	ok((await inline(p)).length >= 2, "control: inline style is noticed");
	await p.evaluate(() => {
		const s = document.createElement("script");
		s.textContent = "alert('inline ran')";
		document.body.append(s);
	});
	ok(await soon(() => seen.problems.some((m) => m.includes("Content Security Policy"))), "control: the policy refuses an inline script and says so");
	ok(seen.dialogs.length === 0, "and it did not run");
	await p.evaluate(() => { setTimeout(() => alert("seen"), 0); });
	ok(await soon(() => seen.dialogs.includes("seen")), "control: a dialog is noticed");
	await c.close();
}

// What the script adds: read-out without movement, keys, rows in place.
async function enhanced(state) {
	const c = await context({ state });
	const p = await c.newPage();
	const go = async (key, where) => { // one key soon after the other, also on a busy machine
		await Promise.all([p.keyboard.press("g"), p.keyboard.press(key)]);
		await p.waitForURL(where);
	};
	await p.goto(url + full + "overview");
	const before = await p.evaluate(() => document.documentElement.scrollHeight);
	await p.hover(".chart-plot");
	const read = () => p.textContent(".readout");
	ok(await soon(async () => (await read()).includes(":")), "hover reads a value", await read());
	ok(before === await p.evaluate(() => document.documentElement.scrollHeight), "hover moves nothing");
	await p.focus(".plot");
	await p.keyboard.press("End");
	const last = await p.textContent(".readout");
	await p.keyboard.press("ArrowLeft");
	ok(last !== await p.textContent(".readout"), "arrow keys read the chart", last);
	await p.evaluate(() => document.activeElement.blur());
	await p.keyboard.press("/");
	ok(await p.evaluate(() => document.activeElement.id) === "fv", "/ opens the filter of the overview");
	await p.evaluate(() => document.activeElement.blur());
	await go("e", "**/events");
	ok(true, "g e goes to the events");
	await p.keyboard.press("/");
	ok(await p.evaluate(() => document.activeElement.id) === "q-name", "/ goes to the search");
	await p.evaluate(() => document.activeElement.blur());
	await p.click(".ev > a >> nth=1");
	await p.waitForSelector(".ev-body");
	ok((await p.textContent(".ev-body pre")).includes("\"event_id\""), "a row opens in place");
	ok(!p.url().includes("open="), "without leaving the page", p.url());
	await p.click(".ev > a >> nth=1");
	ok(await p.locator(".ev-body:visible").count() === 0, "and closes again");
	await p.evaluate(() => document.activeElement.blur());
	await p.keyboard.press("?");
	ok(await p.locator("#keys[open]").count() === 1, "? lists the keys");
	await p.keyboard.press("Escape");
	await p.keyboard.press("Control+k");
	await p.keyboard.type("no such place");
	ok(await p.locator("#palette li").count() === 0, "control: Ctrl-K finds no page of a name that none has");
	await p.fill("#palette-name", "team: second");
	ok(await p.locator("#palette li").count() === 1, "Ctrl-K finds a team");
	await p.fill("#palette-name", "rel");
	await p.keyboard.press("ArrowDown");
	ok(await p.evaluate(() => document.activeElement.href?.includes("/releases")), "arrow keys reach what was found");
	await p.keyboard.press("ArrowUp");
	for (const v of await axe(p, everyRule, "#palette")) ok(false, "the palette is in order", v);
	await p.keyboard.press("Enter");
	await p.waitForURL("**/releases*");
	ok(true, "Enter goes to the first");
	await p.goBack();
	await p.keyboard.press("Tab");
	const ring = await p.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
	ok(ring === "solid", "the focus is visible", ring);
	await p.evaluate(() => document.activeElement.blur());
	await go("o", "**/overview");
	ok(true, "g o goes to the overview");
	await c.close();
}

// Filters, ranges, paging and payloads are links and GET forms.
async function plain(state) {
	const c = await context({ state, js: false });
	const p = await c.newPage();
	const shown = async () => (await p.textContent(".line h2")).trim();
	await p.goto(url + full + "events");
	await p.fill("#q-name", "no_such_event");
	await press(p, ".search button");
	ok(p.url().includes("f=name"), "the search becomes a filter in the address", p.url());
	ok((await p.textContent("main")).includes("No events match"), "an empty list says so");
	await press(p, "a.button:has-text('Clear the filters')");
	ok(!p.url().includes("f=name"), "and offers to clear the filters", p.url());
	await p.goto(url + full + "overview?compare=none");
	await press(p, ".segments a:has-text('7d')");
	ok(p.url().includes("range=7d") && p.url().includes("compare=none"), "ranges are links that keep the comparison", p.url());
	await press(p, ".nav a:has-text('Events')");
	ok(p.url().includes("/events?range=7d") && p.url().includes("compare=none"), "other pages keep both", p.url());
	const all = await shown();
	await p.fill("#q-prop", "n");
	await p.fill("#q-value", "7");
	await press(p, ".search button");
	ok(p.url().includes("prop.n"), "a property filters", p.url());
	ok(await shown() === "1 event", "to its one row", await shown());
	await press(p, ".ev > a");
	ok((await p.textContent("#open pre")).includes("\"event_id\""), "a row opens to its payload without script");
	ok(p.url().includes("prop.n") && p.url().includes("range=7d"), "and keeps range and filter", p.url());
	await press(p, "#open .pairs dd:has-text('screen_view') a");
	ok(p.url().includes("f=name%3Aeq%3Ascreen_view") && p.url().includes("prop.n"), "a value of a row becomes a filter", p.url());
	ok(await p.locator(".chip").count() === 2, "with a chip for each");
	await press(p, ".chip a >> nth=0");
	await press(p, ".chip a >> nth=0");
	ok(await shown() === all, "chips are removed one by one", all);
	await p.click(".add > summary");
	await p.selectOption("#fk", "platform");
	await p.fill("#fv", "android");
	await press(p, ".add button");
	ok(p.url().includes("platform") && await p.locator(".chip").count() === 1, "the filter form adds one", p.url());
	ok(await p.locator("#fv-known option").count() > 0, "and suggests values");
	await p.goto(url + full + "events");
	const first = await p.getAttribute(".ev > a >> nth=0", "href");
	await press(p, "a[rel=next]");
	ok(p.url().includes("cursor=") && await p.getAttribute(".ev > a >> nth=0", "href") !== first, "older events are a link");
	await press(p, ".ev > a >> nth=3");
	ok(p.url().includes("cursor=") && await p.locator("#open").count() === 1, "a row of an older page opens there", p.url());
	// every number opens onto the rows behind it
	await p.goto(url + full + "overview?range=7d&metric=events");
	const number = async (selector) => {
		const text = (await p.textContent(selector)).trim();
		await press(p, selector);
		const there = await shown();
		await p.goBack();
		return [text, there.replace(/ events?$/, "")];
	};
	for (const [what, selector] of [["the count of events", ".key-value a"],
		["a name's count", "section[aria-labelledby=s-events] td.n a >> nth=0"],
		["a platform's count", "section[aria-labelledby=s-platforms] td.n a >> nth=0"]]) {
		const [here, there] = await number(selector);
		ok(here === there, what + " opens as many rows", `${here} here, ${there} there`);
	}
	await p.click(".twin summary");
	const [here, there] = await number(".twin td.n a >> nth=-1");
	ok(here === there, "a day of the chart's table opens as many rows", `${here} here, ${there} there`);
	await p.click(".where summary >> nth=0");
	await press(p, ".where .pop-list a:has-text('Second')");
	ok(await p.textContent(".where summary >> nth=0").then((s) => s.includes("Second")), "the switcher changes the team without script", p.url());
	await c.close();
}

// The first event turns the waiting page live, watched and reloaded.
async function onboarding(state) {
	const c = await context({ state });
	const p = await c.newPage();
	await p.goto(url + empty + "onboarding");
	ok((await p.textContent("#wait")).includes("Waiting for the first event"), "an empty project waits");
	const send = async (event, tries = 20) => { // again when a busy machine says 503
		const r = await c.request.post(url + "/api/v1/events", { headers: { Authorization: "Bearer " + env.TM_KEY },
			data: { event, user_id: "u" } });
		return r.status() === 503 && tries > 0 ? send(event, tries - 1) : r;
	};
	const bad = await send(""), good = await send("first_event");
	ok(good.status() === 202 && bad.status() >= 400, "one event is taken, one refused", `${good.status()} ${bad.status()}`);
	await p.waitForSelector(".wait.live");
	ok(true, "the page turns live by itself");
	ok(await p.locator("#wait tbody tr").count() > 0, "and lists what was refused");
	await c.close();
	const n = await context({ state, js: false });
	const q = await n.newPage();
	await q.goto(url + empty + "onboarding");
	ok((await q.textContent("#wait")).includes("The first event arrived"), "without script it says so too");
	await n.close();
}

async function closed(state) {
	const c = await context({});
	const p = await c.newPage();
	await p.goto(url + full + "events?range=7d");
	ok(p.url().includes("/login?next="), "without a session: the sign-in page", p.url());
	await c.close();
	const s = await context({ state });
	const foreign = await s.request.get(url + env.TM_FOREIGN + "overview");
	const missing = await s.request.get(url + "/t/no-such-team/p/x/prod/overview");
	const bare = async (r) => (await r.text()).replace(/<dl class="pairs">.*?<\/dl>/s, "");
	ok(foreign.status() === 404 && missing.status() === 404, "foreign and missing are 404", `${foreign.status()} ${missing.status()}`);
	ok(await bare(foreign) === await bare(missing), "and the same page");
	for (const path of ["/logout", "/theme"])
		for (const headers of [{ "Sec-Fetch-Site": "cross-site" }, { Origin: "https://evil.example" }, {}]) {
			const r = await s.request.post(url + path, { headers, form: { csrf: "x", theme: "dark" }, maxRedirects: 0 });
			ok(r.status() === 403, `a forged form of ${path} is refused ${JSON.stringify(headers)}`, r.status());
		}
	const page = await s.newPage();
	await page.goto(url + full + "settings");
	const csrf = await page.getAttribute("input[name=csrf] >> nth=0", "value");
	const real = await s.request.post(url + "/theme", { form: { csrf, theme: "light", next: "/" }, maxRedirects: 0 });
	ok(real.status() === 303, "control: a form with its token is taken", real.status());
	await s.close();
}

// Hostile rows open like others, and stand there as they were sent.
async function hostilePages(state) {
	const c = await context({ state, js: false });
	const p = await c.newPage();
	await p.goto(url + full + "events?f=namespace:eq:hostile");
	const links = await p.locator(".ev > a").evaluateAll((list) => list.map((a) => a.getAttribute("href")));
	ok(links.length >= 5 && links.every((a) => a.includes("open=")), "the hostile rows are listed", links.join("\n"));
	ok((await p.textContent(".stream")).includes("<script>alert(1)</script>"), "names stand there as they were sent");
	await c.close();
	return links.map((href, i) => ({ name: "hostile row " + i, path: href, has: "\"event_id\"" }));
}

// Crash groups: the list by its states, the group with most users, and the
// form that merges others into it. The note stays for the other visits.
async function crashPages(state) {
	const c = await context({ state, js: false });
	const p = await c.newPage();
	await p.goto(url + full + "crashes");
	const group = await p.locator("a.group-name").first().getAttribute("href");
	await p.goto(url + group);
	await p.fill("#text", "<script>alert(3)</script>\nsecond line");
	await answered(p, () => p.getByRole("button", { name: "Add the note" }).click());
	ok((await p.textContent("#notes")).includes("<script>alert(3)"), "a note stands there as it was written");
	const older = await p.locator("a[rel=next]").getAttribute("href");
	await c.close();
	return [
		{ name: "crashes", path: full + "crashes", has: "<b>bold" },
		{ name: "crashes resolved", path: full + "crashes?status=resolved&order=last_seen", has: "No crash groups" },
		{ name: "crash group", path: group, has: "2 frames of package:flutter" },
		{ name: "crash group sample", path: older, has: "Newer sample" },
		{ name: "crash group merge", path: group + "&merge=1", has: "Merge into this group" },
		{ name: "crash group nothing", path: group.split("?")[0] + "?from=2020-01-01&to=2020-01-03", has: "No crash in this range" },
	];
}

// The trace explorer, one name, one trace of it, and the releases.
// A review pack of the month of the events: asked for by its form, looked at when
// it is made.
async function reviewPages(state) {
	const c = await context({ state, js: false });
	const p = await c.newPage();
	const list = full + "review-packs";
	await p.goto(url + list);
	const month = new Date(Date.now() - 3600e3).toISOString().slice(0, 7); // another may have just begun
	await p.selectOption("#month", month);
	await answered(p, () => p.locator("main button.primary").click());
	for (let tries = 0; tries < 60 && await p.locator(".review").count() === 0; tries++) {
		await p.waitForTimeout(500);
		await p.goto(`${url}${list}/${month}`);
	}
	ok(await p.locator(".review .key").count() >= 5, "a review pack is made");
	await c.close();
	return [
		{ name: "review packs", path: list, has: "Made so far" },
		{ name: "review packs, none", path: empty + "review-packs", has: "No review packs yet" },
		{ name: "review pack", path: `${list}/${month}`, has: "What became of what was sent" },
		{ name: "review pack missing", path: list + "/2001-01", status: 404 },
	];
}

// Requests that wait: of somebody who is known, of nobody, and one taken back.
async function requestPages(state) {
	const c = await context({ state, js: false });
	const p = await c.newPage();
	const ask = async (id) => {
		await p.goto(url + full + "requests/new?kind=export");
		await p.fill("#anonymous_id", id);
		await p.selectOption("#hold", "1440");
		await answered(p, () => p.getByRole("button", { name: "Make the request" }).click());
		return new URL(p.url()).pathname;
	};
	const known = await ask('a"><script>alert(2)</script>');
	const nobody = await ask("nobody");
	const back = await ask("nobody");
	await answered(p, () => p.getByRole("button", { name: "Cancel the request" }).click());
	await p.goto(url + full + "persons"); // and the audit has that
	await c.close();
	return [
		{ name: "request of somebody", path: known, has: "What is held of them now" },
		{ name: "request of nobody", path: nobody, has: "Nobody is known by this id now" },
		{ name: "request taken back", path: back + "?done=asked", has: "Nothing was changed" },
		{ name: "team audit", path: full.split("/p/")[0] + "/audit", has: "Alpha <b>\"&, prod" },
	];
}

async function tracePages(state) {
	const c = await context({ state, js: false });
	const p = await c.newPage();
	const found = [
		{ name: "docs", path: "/docs", has: "Quickstarts" },
		{ name: "docs api", path: "/docs/api", has: "/api/v1/ingest/batch" },
		{ name: "docs operation", path: "/docs/api/ingestBatch", has: "Idempotency-Key" },
		{ name: "docs errors", path: "/docs/errors", has: "What an SDK does with an answer" },
		{ name: "docs quickstart", path: "/docs/quickstart/curl", has: "YOUR_WRITE_KEY" },
		{ name: "docs quickstart project", path: full + "quickstart/curl", has: "tm_wk_" },
		{ name: "definitions", path: "/docs/definitions", has: "Crash-free users" },
		{ name: "compatibility", path: "/docs/compatibility", has: "What to change" },
		{ name: "runbook", path: "/docs/runbook", has: "What to do at each alarm" },
		{ name: "performance", path: full + "performance?range=30d&order=p95" },
		{ name: "performance nothing", path: full + "performance?from=2020-01-01&to=2020-01-03", has: "No traces in this range" },
		{ name: "performance hostile name", path: full + "performance?trace=" + encodeURIComponent('"><script>alert(1)</script>/x'), has: "No traces of this name" },
		{ name: "pipeline", path: full + "pipeline?range=30d", has: "What became of every item" },
		{ name: "pipeline nothing", path: full + "pipeline?from=2020-01-01&to=2020-01-03", has: "No items in this range" },
		{ name: "pipeline batches", path: full + "pipeline/batches?range=30d", has: "bat_" },
		{ name: "pipeline batches nothing", path: full + "pipeline/batches?outcome=dead&from=2020-01-01&to=2020-01-03", has: "No batches in this range" },
		{ name: "pipeline gaps", path: full + "pipeline/gaps?range=30d" },
		{ name: "pipeline rejects", path: full + "pipeline/rejects" },
		{ name: "releases", path: full + "releases?range=30d" },
		{ name: "releases nothing", path: full + "releases?from=2020-01-01&to=2020-01-03", has: "No releases in this range" },
	];
	await p.goto(url + full + "performance");
	const name = p.locator("table.traces tbody a").first();
	if (await name.count()) {
		const one = await name.getAttribute("href");
		found.push({ name: "one trace name", path: one, has: "Slowest examples" });
		await p.goto(url + one);
		found.push({ name: "one trace", path: await p.locator("table.rows tbody a").first().getAttribute("href"), has: "Attributes" });
	}
	await p.goto(url + full + "pipeline/batches?range=30d");
	found.push({ name: "one batch", path: await p.locator("table.rows tbody a").first().getAttribute("href"), has: "What became of it" });
	await p.goto(url + full + "releases");
	const release = p.locator("table.rows tbody td:first-child a").first();
	if (await release.count())
		found.push({ name: "one release", path: await release.getAttribute("href"), has: "New crash groups" });
	await c.close();
	return found;
}

// A key and a token made by their forms, and the pages around them.
async function keyPages(state) {
	const c = await context({ state, js: false });
	const p = await c.newPage();
	const team = full.split("/p/")[0];
	await p.goto(url + full + "keys");
	await answered(p, () => p.getByRole("button", { name: "Make the key" }).click());
	ok(/^tm_wk_\w{36}$/.test((await p.textContent("#secret")).trim()), "a key is made and shown", p.url());
	const key = await p.locator(".row-acts a").first().getAttribute("href");
	await p.goto(url + team + "/tokens");
	await p.fill("#name", "<b>report\"&");
	await p.check("#s-events\\:read");
	await answered(p, () => p.getByRole("button", { name: "Make the token" }).click());
	ok(/^tm_pat_\w{36}$/.test((await p.textContent("#secret")).trim()), "a token is made and shown", p.url());
	const token = await p.locator(".row-acts a").first().getAttribute("href");
	await c.close();
	return [
		{ name: "projects", path: team + "/projects", has: "Alpha <b>\"&" },
		{ name: "new project", path: team + "/projects/new" },
		{ name: "keys", path: full + "keys" },
		{ name: "symbols", path: full + "symbols", has: "Send a file" },
		{ name: "one key", path: key, has: "Rotate" },
		{ name: "access tokens", path: team + "/tokens", has: "<b>report\"&" },
		{ name: "one token", path: token, has: "Revoke the token" },
		{ name: "members", path: team + "/members", has: "What each role may do" },
		{ name: "team settings", path: team + "/settings", has: "Hand the team over" },
		{ name: "delete team", path: team + "/delete", has: "Type the team's name" },
		{ name: "plan and usage", path: team + "/billing", has: "This server takes no payments" },
		{ name: "features", path: team + "/flags", has: "exports.enabled" },
		{ name: "sdks", path: full + "sdk", has: "Stop SDKs" },
		{ name: "plans of all teams", path: "/system/plans", has: "Set the plan" },
		{ name: "adoption", path: "/system/adoption?range=90d", has: "By milestone, per week" },
		{ name: "feature flags", path: "/system/flags", has: "Set the rule" },
		{ name: "teams", path: "/account/teams", has: "Your role" },
		{ name: "new team", path: "/teams/new" },
		{ name: "oauth clients", path: team + "/clients", has: "Register a client" },
		{ name: "connected apps", path: "/account/apps", has: "No connected apps" },
		{ name: "unknown app", path: "/oauth/authorize?client_id=%3Cb%3E", status: 400 },
		{ name: "delete project", path: full + "settings/delete", has: "Type the name" },
	];
}

// The newest person's own page.
async function firstPerson(state) {
	const c = await context({ state }), p = await c.newPage();
	await p.goto(url + full + "persons");
	const path = await p.locator("td a[href*='/persons/']").first().getAttribute("href");
	await c.close();
	return path;
}

try {
	const state = await signIn();
	const hostile = await hostilePages(state);
	const person = await firstPerson(state);
	const pages = [
		{ name: "overview", path: full + "overview", has: "<script>alert(1)" },
		{ name: "overview filtered", path: full + "overview?range=7d&f=platform:eq:android&compare=none&metric=events", has: "platform is android" },
		{ name: "overview nothing", path: full + "overview?from=2020-01-01&to=2020-01-03", has: "Nothing stored in this range" },
		{ name: "live", path: full + "live?pause=1", has: "Live" },
		{ name: "people", path: full + "persons", has: "People" },
		{ name: "people none", path: full + "persons?q=%22%3E%3Cscript%3Enobody", has: "No people" },
		{ name: "person", path: person, has: "Known by" },
		{ name: "privacy requests", path: full + "requests", has: "Privacy requests" },
		{ name: "new privacy request", path: full + "requests/new", has: "What is asked for" },
		{ name: "events", path: full + "events?range=7d" },
		{ name: "events no match", path: full + "events?f=prop.plan:eq:%22%3E%3Cscript%3E", has: "No events match" },
		hostile[0],
		{ name: "onboarding waiting", path: empty + "onboarding", has: "Waiting" },
		{ name: "onboarding live", path: full + "onboarding" },
		{ name: "settings", path: full + "settings" },
		{ name: "diagnostics", path: full + "diagnostics", has: "What is in it" },
		{ name: "saved views", path: full + "reports", has: "Saved views" },
		{ name: "storage", path: full + "storage", has: "What is held" },
		{ name: "storage without data", path: empty + "storage", has: "No rows are held" },
		{ name: "privacy", path: full + "privacy", has: "What a rule says" },
		{ name: "tracking plan", path: full + "tracking-plan", has: "Plan an event" },
		{ name: "schema", path: full + "schema?namespace=product", has: "What can be said" },
		{ name: "schema hostile name", path: full + "schema?namespace=" + encodeURIComponent('"><script>alert(1)</script>') },
		...await keyPages(state),
		...await requestPages(state),
		...await crashPages(state),
		{ name: "components", path: "/system/design" },
		{ name: "sign-in", path: "/login?next=/%22%3E", signedOut: true },
		{ name: "register", path: "/register", signedOut: true },
		{ name: "look into your mail", path: "/verify?done=sent", signedOut: true, has: "Look into your mail" },
		{ name: "forgot", path: "/forgot", signedOut: true },
		{ name: "spent link", path: "/reset?token=x", signedOut: true, status: 404, has: "no longer works" },
		{ name: "profile", path: "/account?done=name", has: "The name is saved" },
		{ name: "security", path: "/account/security", has: "Change the password" },
		{ name: "second factor", path: "/account/two-factor", has: "Scan this with" },
		{ name: "signed-in browsers", path: "/account/sessions", has: "this one" },
		{ name: "your data", path: "/account/data" },
		{ name: "delete the account", path: "/account/delete" },
		{ name: "system", path: "/system", has: "Health" },
		{ name: "queue", path: "/system/queues", has: "Kinds of work" },
		{ name: "queue of a job, a week", path: "/system/queues?range=7d&kind=sweep", has: "Runs of sweep" },
		{ name: "dead letters", path: "/system/dead-letters?state=all", has: "Dead letters" },
		{ name: "dead letters in bulk", path: "/system/dead-letters/bulk?reason=x", has: "Nothing has been done yet" },
		{ name: "dead letter missing", path: "/system/dead-letters/999999999", status: 404 },
		{ name: "alarms", path: "/system/alarms", has: "Storing lags behind" },
		{ name: "webhooks", path: "/system/webhooks", has: "New webhook" },
		{ name: "system audit", path: "/system/audit?text=Signed" },
		{ name: "outbox", path: "/system/outbox" },
		{ name: "sessions", path: full + "sessions" },
		...await tracePages(state),
		...await reviewPages(state),
		{ name: "not found", path: "/t/no-such-team", status: 404 },
		{ name: "near the plan's limit", path: env.TM_NEAR_LIMIT + "settings", has: "Plan and usage" },
		{ name: "over the plan's limit", path: env.TM_OVER_LIMIT + "settings", has: "Plan and usage" },
		{ name: "odd range", path: full + "events?range=%3Cb%3E", status: 400 },
	];
	if (part === "pages") {
		await themes(state);
		const all = pages.concat(hostile.slice(1)).filter((page) => page.name.match(env.TM_ONLY ?? ""));
		await pool([true, false].flatMap((js) => all.map((page) => async (tabs) => {
			const key = `${js} ${page.signedOut}`;
			tabs[key] ??= await openTab(page.signedOut ? undefined : state, js);
			await visit(page, tabs[key]);
		})));
	} else {
		await pool([() => states({ context, url, look, ok, shots, admin: state, letters: env.TM_LETTERS.split(" "),
			fresh: (email) => confirmed(email, "-1 hour"), age: (email) => confirmed(email, "1 day") }), () => controls(state), () => enhanced(state), () => plain(state), () => onboarding(state)]);
		await closed(state);
	}
} catch (e) {
	ok(false, "the run ends without an exception", e.stack);
}
await done();
