#!/usr/bin/env node
// 58-first-run.mjs - from nothing to the first event on the overview, as a
// person does it in a real browser. TAP on stdout, numbered by the caller;
// lines "? …" ask 58-first-run.py for what is outside of the browser (a mail,
// a shell, the phone's code); the answer is one line of standard input.
//
//   TM_URL                    the stack
//   TM_WAY                    "password", "two-factor" or "github"
//   TM_WIDTH, TM_JS           1360 or 390; "no" without JavaScript
//   TM_EMAIL, TM_PASSWORD     of the new account; TM_LOGIN at GitHub
//   TM_SHOTS                  folder for screenshots (optional)
//   TIDEMARK_NODE_MODULES     folder with playwright-core
import { createRequire } from "node:module";
import readline from "node:readline";
import { answered } from "./wait.mjs";

const env = process.env;
const require = createRequire((env.TIDEMARK_NODE_MODULES || "t/npm/node_modules") + "/");
const { chromium } = require("playwright-core");
const { TM_URL: url, TM_WAY: way, TM_SHOTS: shots } = env;
const js = env.TM_JS !== "no";
const name = `${way} ${env.TM_WIDTH}${js ? "" : " without script"}`;

const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
async function ask(...words) {
	console.log("? " + words.join(" "));
	return (await answers.next()).value;
}
function ok(good, what, detail) {
	console.log(`${good ? "" : "not "}ok - ${name}: ${what}`);
	if (!good && detail !== undefined) console.log("# " + String(detail).slice(0, 1500).replaceAll("\n", " "));
	if (!good) process.exitCode = 1;
}

const browser = await chromium.launch({ executablePath: env.TM_CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
const context = await browser.newContext({ viewport: { width: Number(env.TM_WIDTH), height: 946 },
	javaScriptEnabled: js, colorScheme: "light" });
const p = await context.newPage();
p.setDefaultTimeout(20000);
const body = () => p.textContent("body");
// A page that waits loads itself again without script.
const see = (what) => p.evaluate(what).catch(() => p.evaluate(what));
const main = () => p.textContent("main");
let shot = 0;

// What holds on every page on the way.
async function look(what) {
	await p.waitForLoadState("load");
	const wide = await see(() => document.documentElement.scrollWidth - window.innerWidth);
	ok(wide <= 0, what + ": nothing scrolls sideways", wide);
	const named = await see(() => [...document.querySelectorAll("main input:not([type=hidden]), main select, main textarea")]
		.filter((e) => !e.labels.length && !e.getAttribute("aria-label")).map((e) => e.outerHTML));
	ok(named.length === 0, what + ": each field has a label", named);
	if (!what.includes("first event")) // that page names it for sample data
		ok(!(await body()).includes("tidemarkctl"), what + ": no command of the server is needed");
	if (shots) await p.screenshot({ path: `${shots}/first-${way}-${env.TM_WIDTH}-${js ? "js" : "nojs"}-${++shot}.png`, fullPage: true });
}
const button = (text) => p.locator("main").getByRole("button", { name: text });
const link = (text) => p.locator("main").getByRole("link", { name: text });
const press = (what) => answered(p, () => what.click());

async function register() {
	await p.goto(url + "/");
	await press(link("Create an account"));
	await look("registering");
	const hints = await p.evaluate(() => [...document.querySelectorAll("#email, #password")].map((e) => e.autocomplete));
	ok(hints.join() === "username,new-password", "a password manager knows the fields", hints);
	await p.fill("#name", "Robin");
	await p.fill("#email", env.TM_EMAIL);
	await p.fill("#password", env.TM_PASSWORD);
	await p.keyboard.press("Enter");
	await p.getByText("Look into your mail").waitFor();
	await look("waiting for the mail");
	await p.goto(await ask("link", "verify", env.TM_EMAIL));
	await look("the link of the mail");
	await press(button("Confirm and sign in"));
}

async function secondFactor() {
	await p.goto(url + "/account/security");
	await press(link("Set up two-factor sign-in"));
	await look("setting up the second factor");
	const secret = (await p.textContent("#tf-secret")).replaceAll(/\s/g, "");
	await p.fill("#code", await ask("totp", secret, "0"));
	await press(button("Switch it on"));
	await link("I have kept them").waitFor();
	ok((await p.textContent("#tf-codes")).trim().split(/\s+/).length === 10, "ten recovery codes are shown");
	await press(link("I have kept them"));
	await context.clearCookies();
	await p.goto(url + "/");
	await p.fill("#email", env.TM_EMAIL);
	await p.fill("#password", env.TM_PASSWORD);
	await press(button("Sign in"));
	await p.locator("#code").waitFor();
	await look("the second step");
	ok(await p.getAttribute("#code", "autocomplete") === "one-time-code", "a password manager knows the code's field");
	await p.fill("#code", await ask("totp", secret, "1"));
	await press(button("Sign in"));
}

async function github() {
	await p.goto(url + "/");
	await look("signing in");
	await press(link("Continue with GitHub"));
	const on = link("Continue to GitHub");
	const login = p.getByLabel("Login");
	await on.or(login).first().waitFor();
	if (!await login.isVisible()) await on.click().catch(() => {});
	await login.fill(env.TM_LOGIN);
	await p.getByRole("button", { name: "Authorize" }).click();
}

async function project() {
	await p.getByRole("heading", { name: "Make your first project" }).waitFor();
	ok(new URL(p.url()).pathname === "/", "after signing in the start page shows the next step", p.url());
	await look("the next step");
	await press(link("Make a project"));
	ok((await main()).includes("Step 1 of 3"), "making a project is step 1 of 3");
	await look("a new project");
	await p.focus("#name");
	await p.keyboard.type("First app");
	await p.keyboard.press("Tab");
	await p.keyboard.press("Tab");
	await p.keyboard.press("Enter");
	await p.getByRole("heading", { name: "Send events" }).waitFor();
}

async function firstEvent() {
	const text = await main();
	ok(text.includes("Step 2 of 3") && text.includes("Waiting for the first event"), "the page waits for the first event");
	ok(/tm_wk_\w{36}/.test(await p.textContent("#key")), "it shows the real key");
	await look("waiting for the first event");
	const curl = await p.textContent("#c-curl");
	const reply = await ask("run", Buffer.from(curl).toString("base64"));
	ok(/"accepted":\s*1/.test(reply), "the shown snippet sends one event", reply);
	await p.locator("#wait[data-state=live], #wait .wait.live").first().waitFor();
	ok((await main()).includes("The first event arrived"), "the page turns live by itself", await main());
	if (js) await p.reload();
	ok((await main()).includes("Step 3 of 3") && (await main()).includes("first_event"), "and shows what arrived", await main());
	await look("the first event is there");
	await press(link("Open the overview"));
	await p.getByRole("heading", { name: "Overview" }).first().waitFor();
	ok((await main()).includes("first_event"), "the overview shows it", await main());
	await look("the overview");
	await p.goto(url + "/");
	ok(p.url().endsWith("/prod/overview"), "the start page leads there from now on", p.url());
}

try {
	if (way === "github") await github();
	else await register();
	if (way === "two-factor") {
		await p.getByRole("heading", { name: "Make your first project" }).waitFor();
		await secondFactor();
	}
	await project();
	await firstEvent();
} catch (e) {
	ok(false, "the way has no gap", `${e} at ${p.url()}: ${await main().catch(() => "")}`);
	if (shots) await p.screenshot({ path: `${shots}/first-${way}-failed.png` }).catch(() => {});
}
await browser.close();
process.exit();
