#!/usr/bin/env node
// js_browser.mjs - what a visitor does. Called by js_browser.py, which numbers
// the "ok" lines and then looks for every "sent" name in the store.
//
//   js_browser.mjs chromium|firefox
//
//   TM_SITE                  the pages; /network/off and /network/on there cut
//                            and mend what lies between them and the server
//   TIDEMARK_NODE_MODULES    folder with playwright-core
import { createRequire } from "node:module";
import path from "node:path";

const { env } = process;
const require = createRequire(path.join(path.resolve(env.TIDEMARK_NODE_MODULES), "x.js"));
const { chromium, firefox } = require("playwright-core");
const BROWSERS = {
	chromium: () => chromium.launch({ executablePath: env.TM_CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] }),
	// Debian's own, by WebDriver BiDi.
	firefox: () => firefox.launch({ executablePath: env.TM_FIREFOX || "/usr/bin/firefox-esr", channel: "moz-firefox" }),
};
const site = env.TM_SITE;

function ok(good, what, detail) {
	console.log(`${good ? "" : "not "}ok - ${what}`);
	if (!good) console.log("# " + JSON.stringify(detail ?? "").slice(0, 1500));
	if (!good) process.exitCode = 1;
}

const browser = await BROWSERS[process.argv[2]]();
const context = await browser.newContext();
const complaints = []; // of the console, while the network is there
const expected = []; // texts of complaints that a step provokes
const requests = []; // to the ingest
let lost = false; // the network, or what it held up has not gone yet
context.on("page", (page) => {
	page.setDefaultTimeout(20000);
	page.on("console", (m) => m.type() == "error" && !lost && complaints.push(m.text()));
});
context.on("request", (r) => r.url().includes("/ingest/batch") && requests.push({
	method: r.method(), kind: r.headers()["content-type"] || "", gzip: r.headers()["content-encoding"] || "" }));

async function network(on) {
	lost = true;
	await fetch(`${site}/network/${on ? "on" : "off"}`);
}
async function open(name, where = context) {
	const page = await where.newPage();
	await page.goto(site + name);
	return page;
}
const ready = (page) => page.waitForFunction("window.ready");
const core = async () => {
	const page = await open("/core.html");
	await ready(page);
	return page;
};
/** Returns when the call did. */
const track = async (page, name, props) => {
	await page.evaluate(([name, props]) => sdk.track(name, props), [name, props]);
	console.log("sent " + name);
};
/** Records and goes in one step: nothing else can have sent it. */
const leave = async (page, name) => {
	const gone = page.waitForURL("**/empty.html");
	await page.evaluate((name) => {
		sdk.track(name);
		location.href = "/empty.html";
	}, name);
	console.log("sent " + name);
	await gone;
};
/** The browser tells of requests and of the console when it gets round to it. */
const told = async (check) => {
	for (let i = 0; i < 400 && !check(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
};
/** Until all that was recorded has had its answer; the next answer may be that of an earlier batch. */
const flushed = (page, sdk = "sdk") => page.evaluate((name) => window[name].flush(), sdk);
const answered = (page) => page.waitForResponse((r) => r.url().includes("/ingest/batch") && r.status() == 202);
/** Segments in the store; with that text. */
const waiting = (page, text = "") => page.evaluate((text) => new Promise((resolve) => {
	const open = indexedDB.open(sdk && document.documentElement.dataset.key, 1);
	open.onsuccess = () => {
		const all = open.result.transaction("queue").objectStore("queue").getAll();
		all.onsuccess = () => resolve(all.result.filter((s) => JSON.stringify(s).includes(text)).length);
	};
}), text);
const kept = async (page, text) => {
	const end = Date.now() + 60000;
	while (Date.now() < end && !await waiting(page, text)) await page.waitForTimeout(20);
};
/** Each failure in a row doubles the pause before the next try: a machine that is slow sees some. */
const drained = async (page, what) => {
	const end = Date.now() + 60000;
	while (Date.now() < end && await waiting(page)) await page.waitForTimeout(50);
	ok(await waiting(page) === 0, what, requests.slice(-5));
	lost = false;
};

async function plain() {
	const page = await core();
	const [answer] = await Promise.all([answered(page), track(page, "plain", { n: 1 })]);
	ok(answer.request().headers()["x-sdk"] == "browser", "a flush says which SDK it is");
	await flushed(page);
	await drained(page, "what was answered is deleted");
	await page.evaluate(() => {
		sdk.identify("u-browser", { plan: "pro" });
		sdk.alias("crm-7");
	});
	await track(page, "known", { n: 1 });
	await page.evaluate(() => sdk.reset());
	await flushed(page);
	requests.length = 0;
	await page.evaluate(() => {
		for (let i = 0; i < 20; i++) sdk.track("many-" + i, { text: "x".repeat(200) });
	});
	for (let i = 0; i < 20; i++) console.log("sent many-" + i);
	await flushed(page);
	await told(() => requests.length > 0);
	ok(requests.length > 0 && requests[0].gzip == "gzip", "a large body is compressed", requests);
	await page.waitForFunction(() => measured.has("largest-contentful-paint")); // a click ends the search for it
	await page.click("#press");
	await page.waitForFunction(() => measured.has("event"));
	await flushed(page);
	await drained(page, "nothing is left for the page's end");
	requests.length = 0;
	await leave(page, "leaving");
	await told(() => requests.length > 0);
	ok(requests.length > 0 && requests.every((r) => r.kind.startsWith("text/plain")), "a page that goes sends plain text, without a preflight", requests);
	const next = await core(); // sends again what had no answer
	await drained(next, "the next page leaves nothing behind");
	await page.close();
	await next.close();
}

async function beacon() {
	const other = await browser.newContext();
	await other.addInitScript(() => {
		delete Request.prototype.keepalive;
		const { sendBeacon } = Navigator.prototype;
		Navigator.prototype.sendBeacon = function (...args) {
			return localStorage.beacon = sendBeacon.apply(this, args);
		};
	});
	const page = await open("/core.html", other);
	await ready(page);
	await leave(page, "beacon");
	ok(await page.evaluate(() => localStorage.beacon) == "true", "without keepalive it is sendBeacon()");
	const next = await open("/core.html", other);
	await ready(next);
	await drained(next, "and what it had no answer for is sent once more");
	await other.close();
}

async function away() {
	const page = await core();
	await drained(page, "nothing waits");
	await network(false);
	for (let i = 0; i < 3; i++) await track(page, "offline-" + i);
	await page.waitForTimeout(700);
	ok(await waiting(page) > 0, "without network it waits");
	await network(true);
	await drained(page, "with network it goes");
	await network(false);
	await track(page, "closed");
	await kept(page, "closed");
	await page.close();
	await network(true);
	const next = await core();
	await drained(next, "a tab that was closed without network leaves it to the next");
	await next.close();
}

async function tabs() {
	const [one, two] = [await core(), await core()];
	await Promise.all([track(one, "tab-one"), track(two, "tab-two")]);
	// Person and session; when that was last seen may be on its way to the other tab.
	const who = (page) => page.evaluate(() => localStorage[document.documentElement.dataset.key].match(/[-0-9a-f]{36}/g));
	const [a, b] = [await who(one), await who(two)];
	ok(a.length == 2 && String(a) == String(b), "two tabs are one person in one session", [a, b]);
	await drained(one, "both send");
	await one.close();
	await two.close();
}

async function noDatabase() {
	const other = await browser.newContext();
	await other.addInitScript(() => Object.defineProperty(window, "indexedDB", { get() { throw new Error("no"); } }));
	const page = await open("/core.html", other);
	await ready(page);
	await network(false);
	await track(page, "local");
	await page.waitForFunction(() => localStorage[document.documentElement.dataset.key + "queue"]?.includes("local"));
	ok(true, "without IndexedDB it is in localStorage");
	await page.close();
	await network(true);
	const next = await open("/core.html", other);
	await ready(next);
	await next.waitForFunction(() => localStorage[document.documentElement.dataset.key + "queue"] == "[]", null, { timeout: 60000 });
	ok(true, "and the next page sends it");
	lost = false;
	await other.close();
}

async function errors() {
	const page = await core();
	const broken = [];
	page.on("pageerror", (e) => broken.push(e.message));
	await Promise.all([answered(page), page.evaluate(() => fail())]);
	await page.evaluate(() => void Promise.reject(new Error("promise broke")));
	await told(() => broken.length >= 2);
	await flushed(page);
	ok(broken.length == 2, "the page's own errors are reported as ever", broken);
	ok(await page.evaluate(() => violations) == 0, "the strict policy is kept");
	await drained(page, "errors go at once");
	await page.close();
	const strict = await open("/inline.html");
	await ready(strict);
	ok(!await strict.evaluate(() => window.inline), "negative control: the policy refuses an inline script");
	expected.push("inline script");
	await strict.close();
}

async function consent() {
	const other = await browser.newContext();
	const page = await open("/core.html", other);
	await ready(page);
	await page.evaluate(() => {
		sdk.track("never");
		sdk.optOut();
		sdk.track("neither");
	});
	await drained(page, "what waited is deleted");
	await page.waitForTimeout(500); // time for what must not come
	ok(await waiting(page) === 0 && /^\{"\w+":true\}$/.test(await page.evaluate(() => localStorage[document.documentElement.dataset.key])),
		"opting out leaves nothing but that", await page.evaluate(() => ({ ...localStorage })));
	await other.close();
}

async function others() {
	const script = await open("/script.html");
	await script.waitForFunction(() => window.tidemark?.flush);
	await script.evaluate(() => tidemark.track("script"));
	console.log("sent script");
	console.log("sent early");
	await flushed(script, "tidemark");
	await script.close();
	const page = await open("/react.html");
	await page.waitForSelector("#break");
	console.log("sent react_mounted");
	await page.click("#break");
	ok(await page.textContent("#fallback") == "Sorry", "React: the boundary shows its fallback");
	await flushed(page);
	expected.push("render broke");
	await page.close();
}

for (const step of [plain, beacon, away, tabs, noDatabase, errors, consent, others]) {
	try {
		await step();
	} catch (error) {
		ok(false, step.name + " runs to its end", String(error.stack || error));
	}
}
const unexpected = complaints.filter((c) => !expected.some((text) => c.includes(text)));
ok(unexpected.length == 0, "no error in the console", unexpected);
await browser.close();
