#!/usr/bin/env node
// pages.mjs - every page in a real browser: both themes, two widths, with and
// without JavaScript, and axe-core on each. TAP on stdout.
//
//   TM_URL TM_EMAIL TM_PASSWORD   the stack and a system administrator's login
//   TM_PATHS                      project paths to visit, separated by blanks
//                                 (default: where "/" leads)
//   TM_SHOTS                      folder for screenshots (optional)
//   TIDEMARK_NODE_MODULES         folder with playwright-core and axe-core
import { createRequire } from "node:module";
import fs from "node:fs";

const env = process.env;
const require = createRequire((env.TIDEMARK_NODE_MODULES || "t/npm/node_modules") + "/");
const { chromium } = require("playwright-core");
const axeSource = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const chromiumPath = env.TM_CHROMIUM || "/usr/bin/chromium";
const WIDTHS = [1360, 390];
const shots = env.TM_SHOTS;

let count = 0, failed = 0;
function ok(good, name, detail) {
	count++;
	console.log(`${good ? "" : "not "}ok ${count} - ${name.replaceAll("#", "\\#")}`);
	if (good) return;
	failed++;
	for (const line of String(detail ?? "").split("\n")) if (line) console.log("# " + line);
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
	const text = await run("axe.run(document, { resultTypes: ['violations'] })" +
		".then(r => JSON.stringify(r.violations.map(v => v.id + ': ' +" +
		"v.nodes.slice(0, 4).map(n => n.target + ' ' + n.failureSummary).join(' | '))))");
	await session.detach();
	return JSON.parse(text);
}

const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });

async function context(options) {
	return browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: options.width ?? 1360, height: 946 },
		javaScriptEnabled: options.js ?? true, colorScheme: options.scheme ?? "light",
		storageState: options.state });
}

// Without JavaScript: the form must do by itself.
async function signIn() {
	const c = await context({ js: false });
	const p = await c.newPage();
	await p.goto(env.TM_URL + "/login");
	await p.fill("#email", env.TM_EMAIL);
	await p.fill("#password", env.TM_PASSWORD + "x");
	await p.click("button.primary");
	ok((await p.textContent("body")).includes("Mail address or password is wrong"),
		"a wrong password is refused without saying which");
	await p.fill("#password", env.TM_PASSWORD);
	await p.click("button.primary");
	ok(!p.url().includes("/login"), "signs in without JavaScript", p.url());
	const home = new URL(p.url()).pathname;
	const state = await c.storageState();
	ok(state.cookies.some((k) => k.name.includes("tm_session") && k.httpOnly && k.sameSite === "Lax"),
		"the session cookie is HttpOnly and SameSite=Lax", JSON.stringify(state.cookies.map((k) => k.name)));
	await c.close();
	return { state, home };
}

async function setTheme(state, theme) {
	const c = await context({ state, js: false });
	const p = await c.newPage();
	await p.goto(env.TM_URL + "/");
	await p.click(`.theme button[value=${theme}]`);
	ok(await p.getAttribute("html", "data-theme") === theme, `theme ${theme} is rendered by the server`);
	const next = await c.storageState();
	await c.close();
	return next;
}

async function visit(state, path, options) {
	const name = `${path} ${options.theme} ${options.width} ${options.js ? "with" : "without"} script`;
	const c = await context({ state, width: options.width, js: options.js });
	const p = await c.newPage();
	const problems = [], foreign = [];
	p.on("console", (m) => m.type() === "error" && !/status of (4|5)\d\d/.test(m.text()) && problems.push(m.text()));
	p.on("pageerror", (e) => problems.push(String(e)));
	p.on("request", (r) => { const u = r.url(); if (!u.startsWith(env.TM_URL) && !u.startsWith("data:")) foreign.push(u); });
	const reply = await p.goto(env.TM_URL + path, { waitUntil: "load" });
	ok(reply.status() === (options.status ?? 200), name + " answers", reply.status());
	const html = await p.content();
	ok(!/\sstyle=|<style|\son[a-z]+=/.test(html.replace(/<pre[\s\S]*?<\/pre>/g, "")), name + " has nothing inline");
	const over = await p.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
	ok(over <= 0, name + " does not scroll sideways", over + " px");
	ok(foreign.length === 0, name + " asks no other host", foreign.join("\n"));
	if (options.js) { // axe needs timers, which a page without script does not run
		const found = await axe(p);
		ok(found.length === 0, name + " passes axe", found.join("\n"));
		const turn = (to) => p.evaluate((o) => document.querySelectorAll("details:not(.pop)")
			.forEach((d, i) => { d.open = o && (!d.classList.contains("ev") || i < 6); }), to);
		await turn(true);
		const open = await axe(p);
		ok(open.length === 0, name + " passes axe with everything open", open.join("\n"));
		await turn(false);
	}
	ok(problems.length === 0, name + " has no script or policy error", problems.join("\n"));
	if (shots) {
		fs.mkdirSync(shots, { recursive: true });
		const file = path.replace(/^\/|[?].*$/g, "").replaceAll("/", "_") || "home";
		await p.screenshot({ path: `${shots}/${file}-${options.theme}-${options.width}${options.js ? "" : "-nojs"}.png`, fullPage: true });
	}
	await c.close();
}

// What the script adds: read-out without movement, keys, arrows on a chart.
async function enhanced(state, base) {
	const c = await context({ state });
	const p = await c.newPage();
	await p.goto(env.TM_URL + base + "overview");
	if (await p.locator(".chart-plot").count() > 0) {
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
	}
	await p.evaluate(() => document.activeElement.blur());
	await p.keyboard.press("g");
	await p.keyboard.press("e");
	await p.waitForURL("**/events");
	ok(true, "g e goes to the events");
	await p.keyboard.press("/");
	ok(await p.evaluate(() => document.activeElement.id) === "q-name", "/ goes to the search");
	await p.evaluate(() => document.activeElement.blur());
	await p.keyboard.press("?");
	ok(await p.locator("#keys[open]").count() === 1, "? lists the keys");
	await c.close();
}

// Filters, ranges and paging are links and GET forms.
async function plain(state, base) {
	const c = await context({ state, js: false });
	const p = await c.newPage();
	await p.goto(env.TM_URL + base + "events");
	await p.fill("#q-name", "no_such_event");
	await p.click(".search button");
	ok(p.url().includes("f=name"), "the search becomes a filter in the address", p.url());
	ok((await p.textContent("main")).includes("No events match"), "an empty list says so");
	await p.click("a.button:has-text('Clear the filters')");
	ok(!p.url().includes("f=name"), "and offers to clear the filters", p.url());
	await p.click(".segments a:has-text('7d')");
	ok(p.url().includes("range=7d"), "ranges are links", p.url());
	const rows = p.locator(".ev");
	if (await rows.count() > 0) {
		await rows.first().locator("summary").click();
		ok((await rows.first().locator("pre").textContent()).includes("\"event_id\""),
			"a row opens to its payload without script");
	}
	await c.close();
}

async function closed(state, base) {
	const c = await context({});
	const p = await c.newPage();
	await p.goto(env.TM_URL + base + "events?range=7d");
	ok(p.url().includes("/login?next="), "without a session: the sign-in page", p.url());
	await c.close();
	const s = await context({ state });
	const foreign = await s.request.get(env.TM_URL + "/t/no-such-team/p/x/prod/overview");
	const missing = await s.request.get(env.TM_URL + base + "no-such-page");
	ok(foreign.status() === 404 && missing.status() === 404, "foreign and missing are 404");
	for (const headers of [{ "Sec-Fetch-Site": "cross-site" }, { Origin: "https://evil.example" }, {}]) {
		const r = await s.request.post(env.TM_URL + "/logout", { headers, form: { csrf: "x" }, maxRedirects: 0 });
		ok(r.status() === 403, "a forged form is refused " + JSON.stringify(headers), r.status());
	}
	await s.close();
}

try {
	let { state, home } = await signIn();
	const base = home.replace(/[^/]*$/, "");
	const paths = [...new Set([base + "overview", ...(env.TM_PATHS ?? "").split(/\s+/).filter(Boolean)])];
	for (const path of [...paths])
		for (const leaf of ["events", "onboarding", "settings"]) paths.push(path.replace(/[^/]*$/, leaf));
	paths.push("/system/design");
	for (const theme of ["light", "dark"]) {
		state = await setTheme(state, theme);
		for (const path of [...new Set(paths)])
			for (const width of WIDTHS)
				for (const js of [true, false])
					await visit(state, path, { theme, width, js });
		for (const width of WIDTHS) {
			await visit(undefined, "/login", { theme: theme + "-signed-out", width, js: true });
			await visit(state, "/t/no-such-team", { theme, width, js: true, status: 404 });
		}
	}
	await enhanced(state, base);
	await plain(state, base);
	await closed(state, base);
} catch (e) {
	ok(false, "the run ends without an exception", e.stack);
}
await browser.close();
console.log(`1..${count}`);
process.exit(failed > 0 ? 1 : 0);
