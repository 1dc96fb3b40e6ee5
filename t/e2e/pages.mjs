#!/usr/bin/env node
// pages.mjs - every page in a real browser: both themes, two widths, with and
// without JavaScript, axe-core on each, hostile data, forged forms; and each
// check once against a page that must fail it. TAP on stdout.
//
//   TM_URL TM_EMAIL TM_PASSWORD   the stack and a system administrator's login
//   TM_FULL TM_EMPTY              project bases ("/t/a/p/b/prod/") with hostile
//                                 data and without any
//   TM_KEY                        write key of TM_EMPTY: it turns live here
//   TM_FOREIGN                    project base of a team the user is not in
//   TM_SHOTS                      folder for screenshots (optional)
//   TIDEMARK_NODE_MODULES         folder with playwright-core and axe-core
import { createRequire } from "node:module";
import fs from "node:fs";
import { states } from "./states.mjs";

const env = process.env;
const require = createRequire((env.TIDEMARK_NODE_MODULES || "t/npm/node_modules") + "/");
const { chromium } = require("playwright-core");
const axeSource = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const chromiumPath = env.TM_CHROMIUM || "/usr/bin/chromium";
const WIDTHS = [1360, 390];
const AT_ONCE = 3;
const { TM_URL: url, TM_FULL: full, TM_EMPTY: empty, TM_SHOTS: shots } = env;

let count = 0, failed = 0;
function ok(good, name, detail) {
	count++;
	console.log(`${good ? "" : "not "}ok ${count} - ${name.replaceAll("#", "\\#")}`);
	if (good) return;
	failed++;
	for (const line of String(detail ?? "").split("\n")) if (line) console.log("# " + line.slice(0, 2000));
}

// axe runs in a world of its own, so that the pages' own policy stays in force.
async function axe(page) {
	const session = await page.context().newCDPSession(page);
	const { frameTree } = await session.send("Page.getFrameTree");
	const { executionContextId } = await session.send("Page.createIsolatedWorld",
		{ frameId: frameTree.frame.id, worldName: "axe" });
	const run = async (expression) => {
		const r = await session.send("Runtime.evaluate",
			{ expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
		if (r.exceptionDetails) throw new Error(r.exceptionDetails.exception?.description ?? "axe");
		return r.result.value;
	};
	await run(axeSource + ";0");
	const text = await run("axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })" +
		".then(r => JSON.stringify(r.violations.map(v => v.id + ': ' +" +
		"v.nodes.slice(0, 4).map(n => n.target + ' ' + n.failureSummary).join(' | '))))");
	await session.detach();
	return JSON.parse(text);
}

const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });

async function context(options = {}) {
	return browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: options.width ?? 1360, height: 946 },
		javaScriptEnabled: options.js ?? true, colorScheme: options.scheme ?? "light",
		storageState: options.state });
}

// What a page must never do; filled while it is open.
function watch(page) {
	const seen = { problems: [], foreign: [], dialogs: [] };
	page.on("console", (m) => m.type() === "error" && !/status of (4|5)\d\d/.test(m.text()) && seen.problems.push(m.text()));
	page.on("pageerror", (e) => seen.problems.push(String(e)));
	page.on("dialog", (d) => { seen.dialogs.push(d.message()); d.dismiss().catch(() => {}); });
	page.on("request", (r) => { const u = r.url(); if (!u.startsWith(url) && !u.startsWith("data:")) seen.foreign.push(u); });
	return seen;
}

// What the policy would refuse, as the browser understood the page.
const inline = (page) => page.evaluate(() => [...document.querySelectorAll("*")].filter((e) =>
	/^(style|script)$/i.test(e.tagName) && !e.src || [...e.attributes].some((a) => a.name === "style" || a.name.startsWith("on") ||
		/^\s*javascript:/i.test(a.value) && /^(href|src|action)$/.test(a.name))).map((e) => e.outerHTML.slice(0, 200)));
const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

// The form must do by itself, without JavaScript.
async function signIn() {
	const c = await context({ js: false });
	const p = await c.newPage();
	await p.goto(url + "/login");
	await p.fill("#email", env.TM_EMAIL);
	await p.fill("#password", env.TM_PASSWORD + "x");
	await p.click("button.primary");
	ok((await p.textContent("body")).includes("Mail address or password is wrong"),
		"a wrong password is refused without saying which");
	await p.fill("#password", env.TM_PASSWORD);
	await p.click("button.primary");
	ok(!p.url().includes("/login"), "signs in without JavaScript", p.url());
	const state = await c.storageState();
	ok(state.cookies.some((k) => k.name.includes("tm_session") && k.httpOnly && k.sameSite === "Lax"),
		"the session cookie is HttpOnly and SameSite=Lax", JSON.stringify(state.cookies.map((k) => k.name)));
	await c.close();
	return state;
}

async function setTheme(state, theme) {
	const c = await context({ state, js: false });
	const p = await c.newPage();
	await p.goto(url + full + "events");
	await p.click(`.theme button[value=${theme}]`);
	ok(await p.getAttribute("html", "data-theme") === theme, `theme ${theme} is rendered by the server`);
	ok(new URL(p.url()).pathname === full + "events", "and the page stays", p.url());
	const next = await c.storageState();
	await c.close();
	return next;
}

async function visit(page, options) {
	const name = `${page.name} ${options.theme} ${options.width} ${options.js ? "with" : "without"} script`;
	const c = await context({ state: page.signedOut ? undefined : options.state, width: options.width,
		js: options.js, scheme: options.theme });
	const p = await c.newPage();
	const seen = watch(p);
	const reply = await p.goto(url + page.path, { waitUntil: "load" });
	const wrong = [];
	if (reply.status() !== (page.status ?? 200)) wrong.push("status " + reply.status());
	for (const found of await inline(p)) wrong.push("inline: " + found);
	if (page.has && !(await p.textContent("body")).includes(page.has)) wrong.push("lacks " + page.has);
	const over = await sideways(p);
	if (over > 0) wrong.push("scrolls sideways by " + over + " px");
	if (options.js) { // axe needs timers, which a page without script does not run
		if (options.width > 900 || await p.locator("details").count() === 0) {
			for (const v of await axe(p)) wrong.push(v);
		} else { // narrow: with everything opened
			await p.evaluate(() => document.querySelectorAll("details:not(.pop)").forEach((d) => { d.open = true; }));
			for (const pop of await p.locator("details.pop").all()) { // one at a time
				await pop.evaluate((d) => { d.open = true; });
				if (await sideways(p) > 0) wrong.push("scrolls sideways: " + await pop.innerText());
			}
			// what an open pop-up lies over is no target while it is open
			for (const v of await axe(p))
				if (!v.startsWith("target-size") || !v.includes("obscured")) wrong.push("opened: " + v);
			if (await sideways(p) > 0) wrong.push("opened: scrolls sideways");
		}
	}
	if (seen.foreign.length) wrong.push("asks " + seen.foreign);
	if (seen.problems.length) wrong.push("reports " + seen.problems.join("; "));
	if (seen.dialogs.length) wrong.push("dialog " + seen.dialogs);
	ok(wrong.length === 0, name + " is in order", wrong.join("\n"));
	if (shots) {
		fs.mkdirSync(shots, { recursive: true });
		await p.screenshot({ path: `${shots}/${page.name.replaceAll(/\W+/g, "-")}-${options.theme}-${options.width}${options.js ? "" : "-nojs"}.png`, fullPage: true });
	}
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
	ok((await axe(p)).some((v) => v.startsWith("color-contrast")), "control: axe reports text that cannot be read");
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
	await p.waitForTimeout(50);
	ok(seen.problems.some((m) => m.includes("Content Security Policy")), "control: the policy refuses an inline script and says so");
	ok(seen.dialogs.length === 0, "and it did not run");
	await p.evaluate(() => { setTimeout(() => alert("seen"), 0); });
	await p.waitForTimeout(100);
	ok(seen.dialogs.includes("seen"), "control: a dialog is noticed");
	await c.close();
}

// What the script adds: read-out without movement, keys, rows in place.
async function enhanced(state) {
	const c = await context({ state });
	const p = await c.newPage();
	await p.goto(url + full + "overview");
	const before = await p.evaluate(() => document.documentElement.scrollHeight);
	await p.hover(".chart-plot");
	const text = await p.textContent(".readout");
	ok(text.includes(":"), "hover reads a value", text);
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
	await p.keyboard.press("g");
	await p.keyboard.press("e");
	await p.waitForURL("**/events");
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
	await p.keyboard.press("Tab");
	const ring = await p.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
	ok(ring === "solid", "the focus is visible", ring);
	await p.evaluate(() => document.activeElement.blur());
	await p.keyboard.press("g");
	await p.keyboard.press("o");
	await p.waitForURL("**/overview");
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
	await p.click(".search button");
	ok(p.url().includes("f=name"), "the search becomes a filter in the address", p.url());
	ok((await p.textContent("main")).includes("No events match"), "an empty list says so");
	await p.click("a.button:has-text('Clear the filters')");
	ok(!p.url().includes("f=name"), "and offers to clear the filters", p.url());
	await p.goto(url + full + "overview?compare=none");
	await p.click(".segments a:has-text('7d')");
	ok(p.url().includes("range=7d") && p.url().includes("compare=none"), "ranges are links that keep the comparison", p.url());
	await p.click(".nav a:has-text('Events')");
	ok(p.url().includes("/events?range=7d") && p.url().includes("compare=none"), "other pages keep both", p.url());
	const all = await shown();
	await p.fill("#q-prop", "n");
	await p.fill("#q-value", "7");
	await p.click(".search button");
	ok(p.url().includes("prop.n"), "a property filters", p.url());
	ok(await shown() === "1 event", "to its one row", await shown());
	await p.click(".ev > a");
	ok((await p.textContent("#open pre")).includes("\"event_id\""), "a row opens to its payload without script");
	ok(p.url().includes("prop.n") && p.url().includes("range=7d"), "and keeps range and filter", p.url());
	await p.click("#open .pairs dd:has-text('screen_view') a");
	ok(p.url().includes("f=name%3Aeq%3Ascreen_view") && p.url().includes("prop.n"), "a value of a row becomes a filter", p.url());
	ok(await p.locator(".chip").count() === 2, "with a chip for each");
	await p.click(".chip a >> nth=0");
	await p.click(".chip a >> nth=0");
	ok(await shown() === all, "chips are removed one by one", all);
	await p.click(".add > summary");
	await p.selectOption("#fk", "platform");
	await p.fill("#fv", "android");
	await p.click(".add button");
	ok(p.url().includes("platform") && await p.locator(".chip").count() === 1, "the filter form adds one", p.url());
	ok(await p.locator("#fv-known option").count() > 0, "and suggests values");
	await p.goto(url + full + "events");
	const first = await p.getAttribute(".ev > a >> nth=0", "href");
	await p.click("a[rel=next]");
	ok(p.url().includes("cursor=") && await p.getAttribute(".ev > a >> nth=0", "href") !== first, "older events are a link");
	await p.click(".ev > a >> nth=3");
	ok(p.url().includes("cursor=") && await p.locator("#open").count() === 1, "a row of an older page opens there", p.url());
	// every number opens onto the rows behind it
	await p.goto(url + full + "overview?range=7d&metric=events");
	const number = async (selector) => {
		const text = (await p.textContent(selector)).trim();
		await p.click(selector);
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
	await p.click(".where .pop-list a:has-text('Second')");
	ok(await p.textContent(".where summary >> nth=0").then((s) => s.includes("Second")), "the switcher changes the team without script", p.url());
	await c.close();
}

// The first event turns the waiting page live, watched and reloaded.
async function onboarding(state) {
	const c = await context({ state });
	const p = await c.newPage();
	await p.goto(url + empty + "onboarding");
	ok((await p.textContent("#wait")).includes("Waiting for the first event"), "an empty project waits");
	const bad = await c.request.post(url + "/api/v1/events", { headers: { Authorization: "Bearer " + env.TM_KEY },
		data: { event: "", user_id: "u" } });
	const good = await c.request.post(url + "/api/v1/events", { headers: { Authorization: "Bearer " + env.TM_KEY },
		data: { event: "first_event", user_id: "u" } });
	ok(good.status() === 202 && bad.status() >= 400, "one event is taken, one refused", `${good.status()} ${bad.status()}`);
	await p.waitForSelector(".wait.live", { timeout: 9000 });
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

// A page as it stands, in both themes and widths, and at 200 % zoom.
async function look(p, name) {
	const wrong = [];
	for (const found of await inline(p)) wrong.push("inline: " + found);
	const heads = await p.locator("h1").allTextContents();
	if (heads.length !== 1) wrong.push("h1: " + heads.join(", "));
	for (const [theme, width] of [["light", 1360], ["dark", 1360], ["dark", 390], ["light", 390], ["light", 680]]) {
		await p.emulateMedia({ colorScheme: theme });
		await p.setViewportSize({ width, height: 946 });
		if (await sideways(p) > 0) wrong.push(`${width}: scrolls sideways by ${await sideways(p)} px`);
		if ((theme === "dark") === (width > 900) && width !== 680)
			for (const v of await axe(p)) wrong.push(`${theme} ${width}: ${v}`);
		if (shots) await p.screenshot({ path: `${shots}/state-${name.replaceAll(/\W+/g, "-")}-${theme}-${width}.png`, fullPage: true });
	}
	await p.setViewportSize({ width: 1360, height: 946 });
	ok(wrong.length === 0, name + " is in order", wrong.join("\n"));
}

async function pool(jobs) {
	const next = jobs.values();
	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		for (const job of next) await job();
	}));
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
	await p.getByRole("button", { name: "Add the note" }).click();
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
async function tracePages(state) {
	const c = await context({ state, js: false });
	const p = await c.newPage();
	const found = [
		{ name: "definitions", path: "/docs/definitions", has: "Crash-free users" },
		{ name: "performance", path: full + "performance?range=30d&order=p95" },
		{ name: "performance nothing", path: full + "performance?from=2020-01-01&to=2020-01-03", has: "No traces in this range" },
		{ name: "performance hostile name", path: full + "performance?trace=" + encodeURIComponent('"><script>alert(1)</script>/x'), has: "No traces of this name" },
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
	await p.getByRole("button", { name: "Make the key" }).click();
	ok(/^tm_wk_\w{36}$/.test((await p.textContent("#secret")).trim()), "a key is made and shown", p.url());
	const key = await p.locator(".row-acts a").first().getAttribute("href");
	await p.goto(url + team + "/tokens");
	await p.fill("#name", "<b>report\"&");
	await p.check("#s-events\\:read");
	await p.getByRole("button", { name: "Make the token" }).click();
	ok(/^tm_pat_\w{36}$/.test((await p.textContent("#secret")).trim()), "a token is made and shown", p.url());
	const token = await p.locator(".row-acts a").first().getAttribute("href");
	await c.close();
	return [
		{ name: "projects", path: team + "/projects", has: "Alpha <b>\"&" },
		{ name: "new project", path: team + "/projects/new" },
		{ name: "keys", path: full + "keys" },
		{ name: "one key", path: key, has: "Rotate" },
		{ name: "access tokens", path: team + "/tokens", has: "<b>report\"&" },
		{ name: "one token", path: token, has: "Revoke the token" },
		{ name: "members", path: team + "/members", has: "What each role may do" },
		{ name: "team settings", path: team + "/settings", has: "Hand the team over" },
		{ name: "delete team", path: team + "/delete", has: "Type the team's name" },
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
	let state = await signIn();
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
		{ name: "events", path: full + "events?range=7d" },
		{ name: "events no match", path: full + "events?f=prop.plan:eq:%22%3E%3Cscript%3E", has: "No events match" },
		hostile[0],
		{ name: "onboarding waiting", path: empty + "onboarding", has: "Waiting" },
		{ name: "onboarding live", path: full + "onboarding" },
		{ name: "settings", path: full + "settings" },
		...await keyPages(state),
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
		{ name: "team audit", path: full.split("/p/")[0] + "/audit", has: "Who did what" },
		{ name: "system audit", path: "/system/audit?text=Signed" },
		{ name: "outbox", path: "/system/outbox" },
		{ name: "sessions", path: full + "sessions" },
		...await tracePages(state),
		{ name: "not found", path: "/t/no-such-team", status: 404 },
		{ name: "odd range", path: full + "events?range=%3Cb%3E", status: 400 },
	];
	for (const theme of ["light", "dark"]) {
		state = await setTheme(state, theme);
		const jobs = [];
		for (const page of pages)
			for (const width of WIDTHS)
				for (const js of theme === "light" && width < 900 ? [true, false] : [true])
					jobs.push(() => visit(page, { state, theme, width, js }));
		if (theme === "dark")
			for (const page of hostile.slice(1)) jobs.push(() => visit(page, { state, theme, width: 390, js: true }));
		await pool(jobs);
	}
	await pool([() => states({ context, url, look, ok, shots }), () => controls(state), () => enhanced(state), () => plain(state), () => onboarding(state)]);
	await closed(state);
} catch (e) {
	ok(false, "the run ends without an exception", e.stack);
}
await browser.close();
console.log(`1..${count}`);
process.exit(failed > 0 ? 1 : 0);
