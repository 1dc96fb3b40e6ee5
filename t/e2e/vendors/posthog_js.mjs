// posthog_js.mjs - posthog-js, unmodified, in Chromium on a page of another
// origin. VENDOR_URL, VENDOR_KEY; the last line says what went wrong. With
// "storm" it waits until a batch that was refused has been sent again.
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";

const env = process.env;
const modules = path.resolve(env.TIDEMARK_NODE_MODULES || "t/npm/node_modules");
const require = createRequire(modules + "/");
const { chromium } = require("playwright-core");
const files = {
	"/": ["text/html; charset=utf-8", `<!doctype html><title>Shop</title><button id="buy">Buy</button>
<script src="/posthog.js"></script><script src="/app.js"></script>`],
	"/posthog.js": ["text/javascript", fs.readFileSync(path.join(modules, "posthog-js/dist/array.full.no-external.js"))],
	"/app.js": ["text/javascript", `function total(cart) { return cart.items.length; }
function checkout(cart) { return total(cart); }
posthog.init("${env.VENDOR_KEY}", { api_host: "${env.VENDOR_URL}", person_profiles: "always",
	opt_out_useragent_filter: true, capture_exceptions: true, loaded: (hog) => {
		hog.capture("order paid", { amount: 12.5 });
		hog.identify("u-3", { plan: "pro" }, { first: "x" });
		hog.setPersonProperties({ seats: 5 });
		hog.group("company", "acme", { seats: 5 });
		try { checkout({}); } catch (e) { hog.captureException(e, { where: "cart" }); }
		setTimeout(() => checkout(null), 50);
	} });`],
};
const app = http.createServer((req, res) => {
	const file = files[req.url.split("?")[0]];
	if (file) res.writeHead(200, { "Content-Type": file[0] }).end(file[1]);
	else res.writeHead(204).end();
});
await new Promise((done) => app.listen(0, "127.0.0.1", done));
const browser = await chromium.launch({ executablePath: env.TM_CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ locale: "de-DE" });
const errors = [];
const storm = process.argv[2] === "storm";
let answered = 0;
page.on("console", (m) => { if (m.type() === "error" || m.type() === "warning") errors.push(m.text()); });
page.on("pageerror", (e) => { if (!/null/.test(String(e))) errors.push(String(e)); });
page.on("response", (r) => {
	if (r.url().startsWith(env.VENDOR_URL) && r.status() >= 300) errors.push(`${r.status()} ${r.url()}`);
	answered += r.url().includes("/e/") ? 1 : 0;
});
let open = 0;
page.on("request", () => open++);
for (const end of ["requestfinished", "requestfailed"]) page.on(end, () => open--);
const again = storm && page.waitForResponse((r) => r.url().includes("retry_count=") && r.status() === 200, { timeout: 40000 })
	.catch((e) => errors.push(String(e)));
await page.goto(`http://127.0.0.1:${app.address().port}/`);
await again;
await page.waitForTimeout(500);
await page.click("#buy"); // autocapture
await page.waitForTimeout(4000); // its queue is sent after three seconds
for (let i = 0; i < 200 && open > 0; i++) await page.waitForTimeout(100);
// what is left goes as a beacon, of which the browser does not say when it arrived
const arrived = async () => Number(await (await fetch(env.VENDOR_URL + "/arrived")).text());
const before = await arrived();
await page.goto("about:blank");
let last = before, quiet = 0;
for (let i = 0; i < 200 && quiet < 10; i++) {
	await page.waitForTimeout(100);
	const now = await arrived();
	quiet = now > before && now === last ? quiet + 1 : 0;
	last = now;
}
await browser.close();
app.close();
console.log(JSON.stringify({ errors, answered }));
