#!/usr/bin/env node
// providers.mjs - the other side of sign-in, for 53-social.py: a real OpenID
// provider (oidc-provider from npm), a server in the shape of GitHub, and an
// OpenID provider that signs whatever it is told to. Prints one JSON line with
// the addresses when all three listen; ends with its standard input.
//
//   TM_URL                   the server under test (its redirect addresses)
//   TIDEMARK_NODE_MODULES    folder with oidc-provider
import crypto from "node:crypto";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const url = process.env.TM_URL;
const modules = path.resolve(process.env.TIDEMARK_NODE_MODULES || "t/npm/node_modules");
const resolve = createRequire(modules + "/").resolve;
const SECRET = "not-a-secret-of-a-test-but-long-enough";

const b64 = (data) => Buffer.from(data).toString("base64url");
const random = () => crypto.randomBytes(24).toString("base64url");
const listen = (server) => new Promise((done) =>
	server.listen(0, "127.0.0.1", () => done("http://127.0.0.1:" + server.address().port)));
const read = (req) => new Promise((done) => {
	const parts = [];
	req.on("data", (part) => parts.push(part));
	req.on("end", () => done(Buffer.concat(parts).toString()));
});
function reply(res, status, body, headers = {}) {
	const text = typeof body === "string" ? body : JSON.stringify(body);
	res.writeHead(status, { "Content-Type": typeof body === "string" ?
		"text/html; charset=utf-8" : "application/json; charset=utf-8", ...headers });
	res.end(text);
}
const html = (s) => s.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

// ---- a real OpenID provider ------------------------------------------------
async function openid() {
	const { default: Provider } = await import(pathToFileURL(resolve("oidc-provider")).href);
	const { privateKey } = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
	const server = http.createServer();
	const issuer = await listen(server);
	const provider = new Provider(issuer, {
		clients: [{ client_id: "tm-google", client_secret: SECRET,
			redirect_uris: [url + "/auth/google/callback"],
			token_endpoint_auth_method: "client_secret_post" }],
		jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", kid: "k1" }] },
		cookies: { keys: [random()] },
		pkce: { required: () => true },
		claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
		conformIdTokenClaims: false,
		findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id,
			email: id + "@example.org", email_verified: !id.startsWith("odd"), name: "Own " + id }) }),
	});
	server.on("request", provider.callback());
	return issuer;
}

// ---- a server in the shape of GitHub ---------------------------------------
const accounts = new Map(); // login -> {id, name, emails}
const codes = new Map();
const tokens = new Map();

function consent(q) {
	const hidden = [...q].map(([k, v]) =>
		`<input type="hidden" name="${html(k)}" value="${html(v)}">`).join("");
	return `<!doctype html><html lang="en"><title>Authorize</title><main><h1>Authorize Tidemark</h1>
<form method="post" action="/decide">${hidden}<label>Login <input name="login"></label>
<button name="act" value="allow">Authorize</button><button name="act" value="deny">Cancel</button></form></main>`;
}

function authorize(q) {
	if (q.get("client_id") !== "tm-github") return "client_id";
	if (q.get("redirect_uri") !== url + "/auth/github/callback") return "redirect_uri";
	if (q.get("code_challenge_method") !== "S256" || (q.get("code_challenge") || "").length !== 43)
		return "code_challenge";
	if ((q.get("state") || "").length < 32) return "state";
	return /\buser:email\b/.test(q.get("scope")) ? null : "scope";
}

function decide(q) {
	const back = new URL(q.get("redirect_uri"));
	back.searchParams.set("state", q.get("state"));
	if (q.get("act") !== "allow" || !accounts.has(q.get("login"))) {
		back.searchParams.set("error", "access_denied");
		return back.href;
	}
	const code = random();
	codes.set(code, { login: q.get("login"), challenge: q.get("code_challenge"),
		redirect: q.get("redirect_uri") });
	back.searchParams.set("code", code);
	return back.href;
}

function exchange(q) {
	const code = codes.get(q.get("code"));
	codes.delete(q.get("code"));
	const digest = crypto.createHash("sha256").update(q.get("code_verifier") || "").digest("base64url");
	if (q.get("client_id") !== "tm-github" || q.get("client_secret") !== SECRET)
		return { error: "incorrect_client_credentials" };
	if (!code || digest !== code.challenge) return { error: "bad_verification_code" };
	if (q.get("redirect_uri") !== code.redirect) return { error: "redirect_uri_mismatch" };
	const token = "gho_" + random();
	tokens.set(token, code.login);
	return { access_token: token, token_type: "bearer", scope: "read:user,user:email" };
}

async function github(req, res) {
	const at = new URL(req.url, "http://x");
	const body = new URLSearchParams(req.method === "POST" ? await read(req) : "");
	if (at.pathname === "/login/oauth/authorize") {
		const fault = authorize(at.searchParams);
		return reply(res, fault ? 400 : 200, fault ? "bad " + fault : consent(at.searchParams));
	}
	if (at.pathname === "/decide")
		return reply(res, 303, "", { Location: decide(body) });
	if (at.pathname === "/login/oauth/access_token")
		return reply(res, 200, exchange(body));
	const account = accounts.get(tokens.get((req.headers.authorization || "").replace(/^Bearer /, "")));
	if (!account || !/^Tidemark\//.test(req.headers["user-agent"] || "") ||
		req.headers.accept !== "application/vnd.github+json")
		return reply(res, 401, { message: "Bad credentials" });
	if (at.pathname === "/api/user")
		return reply(res, 200, { id: account.id, login: account.login, name: account.name,
			email: "public-" + account.login + "@example.org" });
	if (at.pathname === "/api/user/emails") return reply(res, 200, account.emails);
	return reply(res, 404, { message: "Not Found" });
}

// ---- an OpenID provider that lies ------------------------------------------
const pair = () => crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
const own = pair(), stranger = pair();
const jwk = (key, kid) => ({ ...key.publicKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid });
const hmac = (secret, text) => crypto.createHmac("sha256", secret).update(text).digest("base64url");
const rs256 = (key, text) => crypto.sign("sha256", Buffer.from(text), key.privateKey).toString("base64url");
const answers = new Map(); // code -> what the ID token says
let issuer, fetches = 0;

function sign(mode, claims) {
	const pem = own.publicKey.export({ type: "spki", format: "pem" });
	const header = { alg: "RS256", typ: "JWT", kid: "h1" };
	let key = own;
	if (mode === "none") header.alg = "none";
	if (mode === "None") header.alg = "NoNe";
	if (mode.startsWith("hs256")) header.alg = "HS256";
	if (mode === "rs512") header.alg = "RS512";
	if (mode === "kid-traversal") header.kid = "../../../../../../dev/null";
	if (mode === "kid-sql") header.kid = "h1' OR '1'='1";
	if (mode === "kid-unknown") header.kid = "h2";
	if (mode === "jwk") header.jwk = jwk(stranger, "h1");
	if (mode === "jku") { header.jku = issuer + "/stranger"; header.kid = "s1"; }
	if (mode === "crit") { header.crit = ["x"]; header.x = 1; }
	if (["wrong-key", "jwk", "jku"].includes(mode)) key = stranger;
	const text = b64(JSON.stringify(header)) + "." + b64(JSON.stringify(claims));
	switch (mode) {
	case "none": case "None": return text + ".";
	case "hs256-pem": return text + "." + hmac(pem, text);
	case "hs256-der": return text + "." + hmac(own.publicKey.export({ type: "spki", format: "der" }), text);
	case "hs256-n": return text + "." + hmac(Buffer.from(jwk(own, "").n, "base64url"), text);
	case "hs256-empty": return text + "." + hmac("", text);
	case "no-signature": return text + ".";
	case "two-parts": return text;
	case "changed": {
		const more = b64(JSON.stringify({ ...claims, sub: claims.sub + "0" }));
		return b64(JSON.stringify(header)) + "." + more + "." + rs256(key, text);
	}
	default: return text + "." + rs256(key, text);
	}
}

async function hostile(req, res) {
	const at = new URL(req.url, "http://x");
	const body = req.method === "POST" ? await read(req) : "";
	if (at.pathname === "/.well-known/openid-configuration")
		return reply(res, 200, { issuer, authorization_endpoint: issuer + "/authorize",
			token_endpoint: issuer + "/token", jwks_uri: issuer + "/jwks",
			authorization_response_iss_parameter_supported: true });
	if (at.pathname === "/jwks") {
		fetches++;
		return reply(res, 200, { keys: [jwk(own, "h1"), { kty: "EC", crv: "P-256", x: "AA", y: "AA" }] });
	}
	if (at.pathname === "/stranger") return reply(res, 200, { keys: [jwk(stranger, "s1")] });
	if (at.pathname === "/fetches") return reply(res, 200, { fetches });
	if (at.pathname === "/answer") { // {code, mode, claims}
		const answer = JSON.parse(body);
		answers.set(answer.code, answer);
		return reply(res, 200, {});
	}
	if (at.pathname === "/token") {
		const answer = answers.get(new URLSearchParams(body).get("code"));
		if (!answer) return reply(res, 400, { error: "invalid_grant" });
		answers.delete(answer.code);
		return reply(res, 200, { access_token: random(), token_type: "Bearer",
			id_token: sign(answer.mode, answer.claims) });
	}
	return reply(res, 404, {});
}

// ---- all three -------------------------------------------------------------
async function control(req, res) { // PUT accounts of the GitHub shape
	for (const [login, account] of Object.entries(JSON.parse(await read(req))))
		accounts.set(login, { login, ...account });
	reply(res, 200, {});
}
const hub = http.createServer((req, res) => (req.method === "PUT" ? control : github)(req, res));
const liar = http.createServer(hostile);
issuer = await listen(liar);
console.log(JSON.stringify({ github: await listen(hub), google: await openid(), hostile: issuer,
	secret: SECRET }));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
