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
const requests = []; // to the ingest
let offline = false;
context.on("page", (page) => {
	page.setDefaultTimeout(20000);
	page.on("console", (m) => m.type() == "error" && !offline && complaints.push(m.text()));
});
context.on("request", (r) => r.url().includes("/ingest/batch") && requests.push({
	method: r.method(), kind: r.headers()["content-type"] || "", gzip: r.headers()["content-encoding"] || "" }));

async function network(on) {
	offline = !on;
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
/** Until all that was recorded has had its answer; the next answer may be that of an earlier batch. */
const flushed = (page, sdk = "sdk") => page.evaluate((name) => window[name].flush(), sdk);
const answered = (page) => page.waitForResponse((r) => r.url().includes("/ingest/batch") && r.status() == 202);
const waiting = (page) => page.evaluate(() => new Promise((resolve) => {
	const open = indexedDB.open(sdk && document.documentElement.dataset.key, 1);
	open.onsuccess = () => {
		const all = open.result.transaction("queue").objectStore("queue").getAll();
		all.onsuccess = () => resolve(all.result.length);
	};
}));
const drained = async (page, what) => {
	for (let i = 0; i < 100 && await waiting(page); i++) await page.waitForTimeout(50);
	ok(await waiting(page) === 0, what, requests.slice(-5));
};

async function plain() {
	const page = await core();
	const [answer] = await Promise.all([answered(page), track(page, "plain", { n: 1 })]);
	ok(answer.request().headers()["x-sdk"] == "browser", "a flush says which SDK it is");
	await drained(page, "what was answered is deleted");
	await page.evaluate(() => {
		sdk.identify("u-browser", { plan: "pro" });
		sdk.alias("crm-7");
	});
	await Promise.all([answered(page), track(page, "known", { n: 1 })]);
	await page.evaluate(() => sdk.reset());
	requests.length = 0;
	await Promise.all([answered(page), page.evaluate(() => {
		for (let i = 0; i < 20; i++) sdk.track("many-" + i, { text: "x".repeat(200) });
	})]);
	for (let i = 0; i < 20; i++) console.log("sent many-" + i);
	ok(requests.some((r) => r.gzip == "gzip"), "a large body is compressed", requests);
	await page.click("#press");
	await page.waitForTimeout(200);
	await flushed(page);
	requests.length = 0;
	await leave(page, "leaving");
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
	await page.waitForTimeout(100);
	await page.close();
	await network(true);
	const next = await core();
	await drained(next, "a tab that was closed without network leaves it to the next");
	await next.close();
}

async function tabs() {
	const [one, two] = [await core(), await core()];
	await Promise.all([track(one, "tab-one"), track(two, "tab-two")]);
	const state = (page) => page.evaluate(() => localStorage[document.documentElement.dataset.key]);
	ok(await state(one) == await state(two), "two tabs are one person in one session");
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
	await page.waitForTimeout(100);
	ok(await page.evaluate(() => localStorage[document.documentElement.dataset.key + "queue"].includes("local")), "without IndexedDB it is in localStorage");
	await page.close();
	await network(true);
	const next = await open("/core.html", other);
	await ready(next);
	await next.waitForFunction(() => localStorage[document.documentElement.dataset.key + "queue"] == "[]");
	ok(true, "and the next page sends it");
	await other.close();
}

async function errors() {
	const page = await core();
	const broken = [];
	page.on("pageerror", (e) => broken.push(e.message));
	await Promise.all([answered(page), page.evaluate(() => fail())]);
	await page.evaluate(() => void Promise.reject(new Error("promise broke")));
	for (let i = 0; i < 100 && broken.length < 2; i++) await page.waitForTimeout(50);
	await flushed(page);
	ok(broken.length == 2, "the page's own errors are reported as ever", broken);
	ok(await page.evaluate(() => violations) == 0, "the strict policy is kept");
	await drained(page, "errors go at once");
	await page.close();
	const strict = await open("/inline.html");
	await ready(strict);
	ok(!await strict.evaluate(() => window.inline), "negative control: the policy refuses an inline script");
	complaints.splice(0, complaints.length, ...complaints.filter((c) => !c.includes("inline script")));
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
	await page.waitForTimeout(500);
	ok(await waiting(page) === 0 && /^\{"\w+":true\}$/.test(await page.evaluate(() => localStorage[document.documentElement.dataset.key])),
		"opting out leaves nothing but that", await page.evaluate(() => ({ ...localStorage })));
	await other.close();
}

async function others() {
	const script = await open("/script.html");
	await answered(script);
	await script.evaluate(() => tidemark.track("script"));
	console.log("sent script");
	console.log("sent early");
	await flushed(script, "tidemark");
	await script.close();
	const page = await open("/react.html");
	await page.waitForSelector("#break");
	console.log("sent react_mounted");
	const before = complaints.length;
	await page.click("#break");
	ok(await page.textContent("#fallback") == "Sorry", "React: the boundary shows its fallback");
	await flushed(page);
	complaints.splice(before, complaints.length, ...complaints.slice(before).filter((c) => !c.includes("render broke")));
	await page.close();
}

for (const step of [plain, beacon, away, tabs, noDatabase, errors, consent, others]) {
	try {
		await step();
	} catch (error) {
		ok(false, step.name + " runs to its end", String(error.stack || error));
	}
}
ok(complaints.length == 0, "no error in the console", complaints);
await browser.close();
