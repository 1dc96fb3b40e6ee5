// look.mjs - what is checked of every page, in a real browser.
//
// visit() loads a page twice:
//   with script      light 1360: every rule of axe, as the page comes;
//                    dark 390, everything opened: the rules of sight, and every
//                    rule within what was opened
//   without script   light 390, then dark 1360
// and in each of the four looks for inline code, requests to elsewhere, errors,
// dialogs, and a page that scrolls sideways (with script also at 1024, where the
// side bar has just room, and at 320, which is 400 %). look() does the same with a page
// that is open. The theme is the device's; pages.mjs checks that a chosen one is
// the same.
//
//   TM_URL                  the stack
//   TM_SHOTS                folder for screenshots (optional)
//   TIDEMARK_NODE_MODULES   folder with playwright-core and axe-core
import { createRequire } from "node:module";
import fs from "node:fs";

const env = process.env;
const require = createRequire((env.TIDEMARK_NODE_MODULES || "t/npm/node_modules") + "/");
const { chromium } = require("playwright-core");
const axeSource = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
// Chromium without windows of its own: two thirds of the CPU.
const chromiumPath = env.TM_CHROMIUM || "/usr/bin/chromium-headless-shell";
const AT_ONCE = 3;
const BETWEEN = [1024, 320];
export const { TM_URL: url, TM_SHOTS: shots } = env;

let count = 0, failed = 0;
export function ok(good, name, detail) {
	count++;
	console.log(`${good ? "" : "not "}ok ${count} - ${name.replaceAll("#", "\\#")}`);
	if (good) return;
	failed++;
	for (const line of String(detail ?? "").split("\n")) if (line) console.log("# " + line.slice(0, 2000));
}

// What depends on colours, widths and what is opened; every other rule of axe
// says the same of a page in each theme and width.
const SIGHT = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"];
export const everyRule = { rules: { "target-size": { enabled: true } } };
export const bySight = { runOnly: SIGHT };

// axe runs in a world of its own, so that the pages' own policy stays in force.
const sessions = new WeakMap();
export async function axe(page, rules = everyRule, within = "html") {
	if (!sessions.has(page)) sessions.set(page, await page.context().newCDPSession(page));
	const session = sessions.get(page);
	const { frameTree } = await session.send("Page.getFrameTree");
	const { executionContextId } = await session.send("Page.createIsolatedWorld",
		{ frameId: frameTree.frame.id, worldName: "axe" });
	const run = async (expression) => {
		const r = await session.send("Runtime.evaluate",
			{ expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
		if (r.exceptionDetails) throw new Error(r.exceptionDetails.exception?.description ?? "axe");
		return r.result.value;
	};
	if (await run("typeof axe") === "undefined") await run(axeSource + ";0");
	const options = JSON.stringify({ resultTypes: ["violations"], ...rules });
	return JSON.parse(await run(`axe.run(${JSON.stringify(within)}, ${options})` +
		".then(r => JSON.stringify(r.violations.map(v => v.id + ': ' +" +
		"v.nodes.slice(0, 4).map(n => n.target + ' ' + n.failureSummary).join(' | '))))"));
}

const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });

export async function context(options = {}) {
	return browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: options.width ?? 1360, height: 946 },
		javaScriptEnabled: options.js ?? true, colorScheme: options.scheme ?? "light",
		storageState: options.state });
}

// What a page must never do; filled while it is open.
export function watch(page) {
	const seen = { problems: [], foreign: [], dialogs: [] };
	page.on("console", (m) => m.type() === "error" && !/status of (4|5)\d\d/.test(m.text()) && seen.problems.push(m.text()));
	page.on("pageerror", (e) => seen.problems.push(String(e)));
	page.on("dialog", (d) => { seen.dialogs.push(d.message()); d.dismiss().catch(() => {}); });
	page.on("request", (r) => { const u = r.url(); if (!u.startsWith(url) && !u.startsWith("data:")) seen.foreign.push(u); });
	return seen;
}

// What the policy would refuse, as the browser understood the page.
export const inline = (page) => page.evaluate(() => [...document.querySelectorAll("*")].filter((e) =>
	/^(style|script)$/i.test(e.tagName) && !e.src || [...e.attributes].some((a) => a.name === "style" || a.name.startsWith("on") ||
		/^\s*javascript:/i.test(a.value) && /^(href|src|action)$/.test(a.name))).map((e) => e.outerHTML.slice(0, 200)));
export const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

// A tab is kept for the next page: a new one costs more than what it shows.
export async function openTab(state, js) {
	const c = await context({ state, js });
	const p = await c.newPage();
	return { p, js, seen: watch(p) };
}

// One look: the page as it stands, in a theme and at a width.
async function glance(tab, page, theme, width, wrong) {
	const { p, js } = tab;
	await p.emulateMedia({ colorScheme: theme });
	await p.setViewportSize({ width, height: 946 });
	const over = await sideways(p);
	if (over > 0) wrong.push(`${theme} ${width}: scrolls sideways by ${over} px`);
	for (const found of await inline(p)) wrong.push(`${theme} ${width}: inline: ${found}`);
	if (shots) {
		fs.mkdirSync(shots, { recursive: true });
		await p.screenshot({ path: `${shots}/${page.name.replaceAll(/\W+/g, "-")}-${theme}-${width}${js ? "" : "-nojs"}.png`, fullPage: true });
	}
}

// What a closed <details> holds is looked at open.
async function opened(p, wrong) {
	if (await p.locator("details").count() === 0) return;
	await p.evaluate(() => document.querySelectorAll("details:not(.pop)").forEach((d) => { d.open = true; }));
	for (const pop of await p.locator("details.pop").all()) { // one at a time
		await pop.evaluate((d) => { d.open = true; });
		if (await sideways(p) > 0) wrong.push("opened: scrolls sideways: " + await pop.innerText());
	}
	if (await sideways(p) > 0) wrong.push("opened: scrolls sideways");
	for (const v of await axe(p, everyRule, "details[open]"))
		if (!v.startsWith("target-size") || !v.includes("obscured")) wrong.push("opened: " + v);
}

export async function visit(page, tab) {
	const { p, js, seen } = tab;
	for (const list of Object.values(seen)) list.length = 0;
	const wrong = [];
	const [first, second] = js ? [1360, 390] : [390, 1360];
	await p.setViewportSize({ width: first, height: 946 });
	await p.emulateMedia({ colorScheme: "light" });
	const reply = await p.goto(url + page.path, { waitUntil: "load" });
	if (reply.status() !== (page.status ?? 200)) wrong.push("status " + reply.status());
	if (page.has && !(await p.textContent("body")).includes(page.has)) wrong.push("lacks " + page.has);
	await glance(tab, page, "light", first, wrong);
	if (js) // axe needs timers, which a page without script does not run
		for (const v of await axe(p)) wrong.push("light: " + v);
	if (js) for (const width of BETWEEN) {
		await p.setViewportSize({ width, height: 946 });
		const over = await sideways(p);
		if (over > 0) wrong.push(`${width}: scrolls sideways by ${over} px`);
	}
	await glance(tab, page, "dark", second, wrong);
	if (js) {
		await opened(p, wrong);
		for (const v of await axe(p, bySight)) // an open pop-up lies over targets
			if (!v.startsWith("target-size") || !v.includes("obscured")) wrong.push("dark: " + v);
	}
	if (seen.foreign.length) wrong.push("asks " + seen.foreign);
	if (seen.problems.length) wrong.push("reports " + seen.problems.join("; "));
	if (seen.dialogs.length) wrong.push("dialog " + seen.dialogs);
	ok(wrong.length === 0, `${page.name} ${js ? "with" : "without"} script is in order`, wrong.join("\n"));
}

// A page as it stands, in both themes and widths, and (680) at 200 % zoom.
export async function look(p, name) {
	const wrong = [];
	await p.waitForLoadState("load");
	for (const found of await inline(p)) wrong.push("inline: " + found);
	const heads = await p.locator("h1").allTextContents();
	if (heads.length !== 1) wrong.push("h1: " + heads.join(", "));
	const looks = [["light", 1360], ["light", 680], ["dark", 390]];
	for (const [theme, width] of shots ? [...looks, ["light", 390], ["dark", 1360]] : looks) {
		await p.emulateMedia({ colorScheme: theme });
		await p.setViewportSize({ width, height: 946 });
		if (await sideways(p) > 0) wrong.push(`${width}: scrolls sideways by ${await sideways(p)} px`);
		const rules = { "light 1360": everyRule, "dark 390": bySight }[`${theme} ${width}`];
		if (rules) for (const v of await axe(p, rules)) wrong.push(`${theme} ${width}: ${v}`);
		if (shots) await p.screenshot({ path: `${shots}/state-${name.replaceAll(/\W+/g, "-")}-${theme}-${width}.png`, fullPage: true });
	}
	await p.setViewportSize({ width: 1360, height: 946 });
	ok(wrong.length === 0, name + " is in order", wrong.join("\n"));
}

// Jobs, so many at once; each is given the tabs that it may open and leave open.
export async function pool(jobs) {
	const next = jobs.values();
	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		const tabs = {};
		for (const job of next) await job(tabs);
	}));
}

export async function done() {
	await browser.close();
	console.log(`1..${count}`);
	process.exit(failed > 0 ? 1 : 0);
}
