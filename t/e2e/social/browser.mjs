#!/usr/bin/env node
// browser.mjs - sign in with GitHub and Google in Chromium, from the first
// click to the product. Lines "ok N - …" on stdout; see ../53-social.py.
//
//   TM_URL TM_PASSWORD             the stack; password of BEA's local account
//   TM_ADA TM_BEA TM_EVE           logins at the GitHub shape
//   TM_GUS                         login at the OpenID provider
//   TM_SHOTS                       folder for screenshots (optional)
import fs from "node:fs";
import { createRequire } from "node:module";

const env = process.env;
const require = createRequire((env.TIDEMARK_NODE_MODULES || "t/npm/node_modules") + "/");
const { chromium } = require("playwright-core");
const axeSource = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const { TM_URL: url, TM_ADA: ada, TM_BEA: bea, TM_EVE: eve, TM_GUS: gus, TM_SHOTS: shots } = env;

let count = 0, failed = 0;
function ok(good, name, detail) {
	count++;
	if (!good) failed++;
	console.log(`${good ? "" : "not "}ok ${count} - ${name}`);
	if (!good && detail) console.log("# " + String(detail).slice(0, 500));
}

const browser = await chromium.launch({ executablePath: env.TM_CHROMIUM || "/usr/bin/chromium",
	args: ["--no-sandbox"] });

async function fresh(options = {}) {
	const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
	const page = await context.newPage();
	page.setDefaultTimeout(15000);
	page.faults = [];
	page.on("console", (m) => {
		if (m.type() === "error" && m.location().url.startsWith(url))
			page.faults.push(m.location().url + " " + m.text());
	});
	return page;
}

// axe runs in a world of its own, so that the pages' own policy stays in force.
async function axe(page) {
	const session = await page.context().newCDPSession(page);
	const { frameTree } = await session.send("Page.getFrameTree");
	const { executionContextId } = await session.send("Page.createIsolatedWorld",
		{ frameId: frameTree.frame.id, worldName: "axe" });
	const run = async (expression) => (await session.send("Runtime.evaluate",
		{ expression, contextId: executionContextId, awaitPromise: true, returnByValue: true })).result.value;
	await run(axeSource + ";0");
	const text = await run("axe.run(document, { resultTypes: ['violations'] }).then(r => JSON.stringify(" +
		"r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target).join(' '))))");
	await session.detach();
	return JSON.parse(text);
}

// In both themes and on a phone: nothing for axe, nothing beyond the edge.
async function look(page, name) {
	const found = [];
	for (const [theme, width] of [["light", 1200], ["dark", 1200], ["light", 390], ["dark", 390]]) {
		await page.emulateMedia({ colorScheme: theme });
		await page.setViewportSize({ width, height: 900 });
		for (const v of await axe(page)) found.push(`${theme} ${width}: ${v}`);
		const wide = await page.evaluate(() => document.documentElement.scrollWidth);
		if (wide > width) found.push(`${theme} ${width}: ${wide} pixels wide`);
		if (shots) await page.screenshot({ path: `${shots}/${name}-${theme}-${width}.png`, fullPage: true });
	}
	await page.emulateMedia({ colorScheme: "light" });
	await page.setViewportSize({ width: 1200, height: 900 });
	ok(found.length === 0, `${name}: axe and width, two themes, two widths`, found.join("; "));
}

async function atGitHub(page, login, act = "Authorize") {
	await page.getByLabel("Login").fill(login);
	await page.getByRole("button", { name: act }).click();
	await page.waitForURL((at) => at.href.startsWith(url + "/"));
}

const text = (page) => page.locator("main").innerText();

// ---- GitHub: from nothing into the product --------------------------------
const page = await fresh();
await page.goto(url + "/register");
ok(await page.getByRole("link", { name: "Continue with GitHub" }).count() === 1,
	"registration offers GitHub");
await look(page, "register");
await page.goto(url + "/login");
const names = await page.locator(".social a").allInnerTexts();
ok(names.join("|") === "Continue with GitHub|Continue with Google", "GitHub comes first", names);
ok(await page.locator(".social svg[aria-hidden=true]").count() === 2, "marks are drawn, and hidden from readers");
await look(page, "login");
await page.keyboard.press("Tab");
await page.getByRole("link", { name: "Continue with GitHub" }).focus();
await page.keyboard.press("Enter");
await page.getByRole("heading", { name: "Authorize Tidemark" }).waitFor();
await atGitHub(page, ada);
const landed = new URL(page.url()).pathname;
ok(!/login|verify|auth/.test(landed), "sign-up by GitHub lands in the product", landed);
ok((await page.content()).includes("Person " + ada), "with the name that GitHub told");
await look(page, "landed");
const cookies = await page.context().cookies();
ok(!cookies.some((c) => c.name.endsWith("tm_social")), "the transaction's cookie is gone");

// ---- the security page: link Google, remove, the last way stays ------------
await page.goto(url + "/account/security");
ok(/Linked accounts/.test(await text(page)) && (await text(page)).includes(ada), "the account is listed");
await look(page, "security");
await page.getByRole("button", { name: /Remove.*GitHub/ }).click();
await page.waitForURL(/social=last/);
ok(/only way to sign in/.test(await text(page)), "the last way to sign in stays");
await look(page, "security-last");
await page.getByRole("button", { name: "Link Google" }).click();
await page.waitForURL((at) => !at.href.startsWith(url));
await page.locator("input[name=login]").fill(gus + "x");
await page.locator("input[name=password]").fill("any");
await page.locator("button[type=submit]").click();
await page.getByRole("button", { name: /Continue/ }).click();
await page.waitForURL(/social=linked/);
ok(/Google is linked/.test(await text(page)), "Google is linked from the security page");
await page.getByRole("button", { name: /Remove.*GitHub/ }).click();
await page.waitForURL(/social=unlinked/);
ok(/can no longer sign in/.test(await text(page)), "now GitHub can be removed");
await page.getByRole("button", { name: "Link GitHub" }).click();
await page.getByRole("heading", { name: "Authorize Tidemark" }).waitFor();
await atGitHub(page, ada);
ok(/social=linked/.test(page.url()), "and linked again");
ok(page.faults.length === 0, "no word of the console on the way", page.faults.join("\n"));

// ---- another person's identity ----------------------------------------------
const other = await fresh();
await other.goto(url + "/auth/github/redirect?next=/account/security");
await atGitHub(other, eve);
ok(new URL(other.url()).pathname === "/account/security", "next is kept on the way");
await other.getByRole("button", { name: "Link Google" }).click();
await other.waitForURL((at) => !at.href.startsWith(url));
await other.locator("input[name=login]").fill(gus + "x");
await other.locator("input[name=password]").fill("any");
await other.locator("button[type=submit]").click();
await other.getByRole("button", { name: /Continue/ }).click();
await other.waitForURL(/social=other/);
ok(/linked to another account here/.test(await text(other)), "an identity of somebody else is refused");

// ---- Google, a real OpenID provider ------------------------------------------
const google = await fresh();
await google.goto(url + "/login");
await google.getByRole("link", { name: "Continue with Google" }).click();
await google.locator("input[name=login]").fill(gus);
await google.locator("input[name=password]").fill("any");
await google.locator("button[type=submit]").click();
await google.getByRole("button", { name: /Continue/ }).click();
await google.waitForURL((at) => at.href.startsWith(url + "/"));
ok(!/login|verify|auth/.test(new URL(google.url()).pathname), "sign-up by Google lands in the product", google.url());
ok((await google.content()).includes("Own " + gus), "with the name of the ID token");

// ---- cancelled; a verified account that has the address -----------------------
const local = await fresh();
await local.goto(url + "/login");
await local.getByRole("link", { name: "Continue with GitHub" }).click();
await atGitHub(local, bea, "Cancel");
ok(/was cancelled/.test(await text(local)), "cancelling says so, calmly");
await look(local, "cancelled");
await local.getByRole("link", { name: "Continue with GitHub" }).click();
await atGitHub(local, bea);
ok(/There is an account with this mail address already/.test(await text(local)), "a verified account is asked for first");
await local.getByLabel("Mail address").fill(bea + "@example.org");
await local.getByLabel("Password").fill(env.TM_PASSWORD);
await look(local, "exists");
await local.getByRole("button", { name: "Sign in", exact: true }).click();
await local.getByRole("heading", { name: "Link GitHub?" }).waitFor();
await look(local, "pending");
await local.getByRole("button", { name: "Link GitHub" }).click();
await local.waitForURL(/social=linked/);
ok(/GitHub is linked/.test(await text(local)), "after the password the link is made");

console.log(`1..${count}`);
await browser.close();
process.exit(failed ? 1 : 0);
