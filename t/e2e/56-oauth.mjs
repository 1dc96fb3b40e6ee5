#!/usr/bin/env node
// 56-oauth.mjs - the OAuth server with the clients that people use:
// openid-client and simple-oauth2, the browser on the consent page, and jose
// against our key set. Run by 56-oauth.py; TAP on stdout.
import http from "node:http";
import { createRequire } from "node:module";

const env = process.env;
const require = createRequire((env.TIDEMARK_NODE_MODULES || "t/npm/node_modules") + "/");
const { chromium } = require("playwright-core");
const { Issuer, generators, custom } = require("openid-client");
const { AuthorizationCode, ClientCredentials } = require("simple-oauth2");
const jose = require("jose");
const url = env.TM_URL, web = JSON.parse(env.TM_WEB), service = JSON.parse(env.TM_SERVICE);
let landed = null; // what the app's own address was asked
const app = http.createServer((req, res) => {
	if (req.url.startsWith("/cb")) landed = { url: redirect + req.url.slice(3), referer: req.headers.referer };
	res.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>The app</title>");
});
await new Promise((done) => app.listen(0, "127.0.0.1", done));
const redirect = `http://127.0.0.1:${app.address().port}/cb`; // registered without a port
custom.setHttpOptionsDefaults({ timeout: 20000 });

let count = 0, failed = 0;
function ok(good, name, detail) {
	count++;
	console.log(`${good ? "" : "not "}ok ${count} - ${name.replaceAll("#", "\\#")}`);
	if (good) return;
	failed++;
	for (const line of String(detail ?? "").split("\n")) if (line) console.log("# " + line.slice(0, 500));
}
const sorted = (names) => names.split(" ").sort().join(" ");
const thrown = async (fn) => { try { await fn(); return null; } catch (e) { return e; } };

const browser = await chromium.launch({ executablePath: env.TM_CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
const context = await browser.newContext({ viewport: { width: 1360, height: 946 } });
const page = await context.newPage();
const problems = [];
page.on("console", (m) => { if (m.type() === "error") problems.push(m.text()); });
async function shots(name) {
	if (!env.TM_SHOTS) return;
	for (const [scheme, width] of [["light", 1360], ["dark", 1360], ["light", 390]]) {
		await page.emulateMedia({ colorScheme: scheme });
		await page.setViewportSize({ width, height: 946 });
		await page.screenshot({ path: `${env.TM_SHOTS}/${name}-${scheme}-${width}.png`, fullPage: true });
	}
	await page.emulateMedia({ colorScheme: "light" });
	await page.setViewportSize({ width: 1360, height: 946 });
}

// Through sign-in (the first time) and the consent page, with the keyboard.
async function consent(address, act = "Allow") {
	landed = null;
	await page.goto(address);
	if (page.url().includes("/login")) {
		await page.fill("#email", env.TM_EMAIL);
		await page.fill("#password", env.TM_PASSWORD);
		await page.press("#password", "Enter");
		await page.waitForURL(/oauth\/authorize/);
	}
	await shots("oauth-consent");
	const button = page.getByRole("button", { name: act, exact: true });
	await button.focus();
	await Promise.all([page.waitForURL(redirect + "**"), page.keyboard.press("Enter")]);
	return landed;
}

// --- openid-client: discovery, code + PKCE, refresh, introspect, revoke
const issuer = await Issuer.discover(url + "/.well-known/oauth-authorization-server");
ok(issuer.issuer === url, "openid-client reads the metadata");
const client = new issuer.Client({ client_id: web.client_id, client_secret: web.client_secret,
	redirect_uris: [redirect], response_types: ["code"], token_endpoint_auth_method: "client_secret_basic" });
const verifier = generators.codeVerifier(), state = generators.state();
const ask = { scope: "projects:read metrics:read", state, redirect_uri: redirect,
	code_challenge: generators.codeChallenge(verifier), code_challenge_method: "S256" };
let back = await consent(client.authorizationUrl(ask));
ok(back.referer === undefined, "the app learns no address of ours by Referer", back.referer);
const params = client.callbackParams(back.url);
ok(params.iss === url, "iss in the answer (RFC 9207)");
const tokens = await client.oauthCallback(redirect, params, { state, code_verifier: verifier });
ok(tokens.access_token && tokens.refresh_token && sorted(tokens.scope) === sorted(ask.scope), "openid-client: code flow");
ok(await thrown(() => client.oauthCallback(redirect, { ...params, iss: "https://evil.test" }, { state, code_verifier: verifier })),
	"control: openid-client refuses another iss");

// --- jose against our JWKS
const keys = jose.createRemoteJWKSet(new URL(url + "/.well-known/jwks.json"));
const rules = { issuer: url, audience: url + "/api", typ: "at+jwt", algorithms: ["RS256"], requiredClaims: ["exp", "iat", "jti", "sub", "client_id"] };
const { payload } = await jose.jwtVerify(tokens.access_token, keys, rules);
ok(payload.client_id === web.client_id && sorted(payload.scope) === sorted(ask.scope), "jose verifies the access token");
const { privateKey } = await jose.generateKeyPair("RS256");
const forged = await new jose.SignJWT({ ...payload }).setProtectedHeader({ alg: "RS256", typ: "at+jwt",
	kid: jose.decodeProtectedHeader(tokens.access_token).kid }).sign(privateKey);
ok(await thrown(() => jose.jwtVerify(forged, keys, rules)), "control: jose refuses a forged one");
ok(await thrown(() => jose.jwtVerify(tokens.access_token, keys, { ...rules, audience: "other" })), "control: and another audience");
const api = async (token) => (await fetch(url + "/api/v1/projects", { headers: { Authorization: "Bearer " + token } })).status;
ok(await api(tokens.access_token) === 200 && await api(forged) === 401, "the API takes the real one and not the forged one");

const next = await client.refresh(tokens.refresh_token);
ok(next.refresh_token !== tokens.refresh_token, "openid-client: refresh rotates");
ok((await client.introspect(next.access_token)).active === true, "openid-client: introspect");
const reuse = await thrown(() => client.refresh(tokens.refresh_token));
ok(reuse?.error === "invalid_grant", "reuse is refused", reuse);
ok((await client.introspect(next.access_token)).active === false && await api(next.access_token) === 401, "... and the family is dead");

const denied = await consent(client.authorizationUrl(ask), "Do not allow");
const no = await thrown(() => client.oauthCallback(redirect, client.callbackParams(denied.url), { state, code_verifier: verifier }));
ok(no?.error === "access_denied", "denied: openid-client learns it", no);

// --- simple-oauth2: code, refresh, revoke; client credentials
const endpoint = { tokenHost: url, tokenPath: "/oauth/token" };
const auth = { ...endpoint, authorizePath: "/oauth/authorize", revokePath: "/oauth/revoke" };
const simple = new AuthorizationCode({ client: { id: web.client_id, secret: web.client_secret }, auth });
const v2 = generators.codeVerifier();
back = await consent(simple.authorizeURL({ redirect_uri: redirect, scope: "projects:read", state: "z",
	code_challenge: generators.codeChallenge(v2), code_challenge_method: "S256" }));
let token = await simple.getToken({ code: new URL(back.url).searchParams.get("code"), redirect_uri: redirect, code_verifier: v2 });
ok(await api(token.token.access_token) === 200, "simple-oauth2: code flow");
token = await token.refresh();
ok(await api(token.token.access_token) === 200, "simple-oauth2: refresh");
await page.goto(url + "/account/apps");
ok(await page.getByText("Real <app>", { exact: true }).first().isVisible(), "the app is among the connected ones");
await shots("oauth-apps");
await token.revoke("refresh_token");
ok(await api(token.token.access_token) === 401, "simple-oauth2: revoke ends the access token too");
const machine = new ClientCredentials({ client: { id: service.client_id, secret: service.client_secret }, auth: endpoint });
const own = await machine.getToken({ scope: "projects:read" });
ok(await api(own.token.access_token) === 200, "simple-oauth2: client credentials");
const wrong = new ClientCredentials({ client: { id: service.client_id, secret: "nope" }, auth: endpoint });
ok((await thrown(() => wrong.getToken({})))?.output?.statusCode === 401, "control: a wrong secret");

// --- the page of the clients
await page.goto(`${url}/t/${env.TM_TEAM}/clients`);
await shots("oauth-clients");
await page.fill("#name", "By hand");
await page.selectOption("#kind", "web");
await page.fill("#redirect_uris", "https://hand.example/back");
await page.getByRole("button", { name: "Register", exact: true }).click();
await page.waitForURL(/clients\/tm_cl_/);
ok(/^tm_ocs_/.test((await page.textContent("#c-secret-text")).trim()), "a client made by hand; its secret is shown");
await shots("oauth-client");
await page.goto(url + "/oauth/authorize?client_id=nobody");
ok(await page.getByRole("heading", { name: "This app cannot be let in" }).isVisible(), "an unknown app: a page that says so");
await shots("oauth-refused");
const bad = problems.filter((p) => !p.includes("400 (Bad Request)") && !p.includes("status of 400"));
ok(bad.length === 0, "nothing is refused by the pages' own policy", bad.join("\n"));

await browser.close();
app.close();
console.log(`1..${count}`);
process.exit(failed ? 1 : 0);
