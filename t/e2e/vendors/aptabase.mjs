// aptabase.mjs - @aptabase/web, unmodified, in Chromium on a page of another
// origin. VENDOR_URL, VENDOR_KEY; the last line says what went wrong.
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";

const env = process.env;
const modules = path.resolve(env.TIDEMARK_NODE_MODULES || "t/npm/node_modules");
const require = createRequire(modules + "/");
const { chromium } = require("playwright-core");
const sdk = fs.readFileSync(path.join(modules, "@aptabase/web/dist/index.js"));
// what every bundler puts for process.env, which this SDK reads
const page_text = `<!doctype html><title>App</title>
<script>globalThis.process = { env: { NODE_ENV: "production" } };</script>
<script type="module">
import { init, trackEvent } from "/sdk.js";
init("A-SH-${env.VENDOR_KEY}", { host: "${env.VENDOR_URL}", appVersion: "1.2.3" });
await trackEvent("app_started");
await trackEvent("level_done", { level: 3, hard: true, name: "Höhle" });
await Promise.all([1, 2, 3].map((n) => trackEvent("tick", { n })));
document.title = "done";
</script>`;
const app = http.createServer((req, res) => {
	if (req.url === "/sdk.js") res.writeHead(200, { "Content-Type": "text/javascript" }).end(sdk);
	else res.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(page_text);
});
await new Promise((done) => app.listen(0, "127.0.0.1", done));
const browser = await chromium.launch({ executablePath: env.TM_CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ locale: "de-DE" });
const errors = [];
page.on("console", (m) => { if (m.type() !== "log" && !/favicon/.test(m.location().url)) errors.push(m.text()); });
page.on("pageerror", (e) => errors.push(String(e)));
await page.goto(`http://127.0.0.1:${app.address().port}/`);
await page.waitForFunction(() => document.title === "done", null, { timeout: 20000 }).catch((e) => errors.push(String(e)));
await browser.close();
app.close();
console.log(JSON.stringify({ errors }));
