// amplitude.mjs - @amplitude/analytics-node, unmodified, with its host changed.
import { createRequire } from "node:module";
import path from "node:path";

const env = process.env;
const require = createRequire(path.resolve(env.TIDEMARK_NODE_MODULES || "t/npm/node_modules") + "/");
const amplitude = require("@amplitude/analytics-node");
const serverUrl = env.VENDOR_URL + (process.argv[2] || "/2/httpapi");
await amplitude.init(env.VENDOR_KEY, { serverUrl, flushIntervalMillis: 200, logLevel: amplitude.Types.LogLevel.None }).promise;
const phone = {
	device_id: "amp-dev", app_version: "4.2.0", platform: "iOS", os_name: "ios", os_version: "17.3",
	device_model: "iPhone15,3", language: "fr-FR", session_id: Date.now() - 5000,
};
const user = { ...phone, user_id: "amp-user" };
const group = new amplitude.Identify().set("employees", 12);
const who = new amplitude.Identify().set("plan", "pro").setOnce("first", "mail").add("logins", 2).unset("trial");
const revenue = new amplitude.Revenue().setProductId("sku-1").setPrice(9.99).setQuantity(2);
const results = await Promise.all([
	amplitude.track("Before Login", { step: 1 }, phone),
	amplitude.identify(who, user),
	amplitude.track("Song Played", { title: "Ça ira", seconds: 12.5, tags: ["a", "b"] }, user),
	amplitude.track("[Amplitude] Screen Viewed", { "[Amplitude] Screen Name": "Home" }, user),
	amplitude.revenue(revenue, user),
	amplitude.groupIdentify("org", "acme", group, user),
	amplitude.setGroup("org", "acme", user),
	amplitude.track("No Device", { n: 1 }, { user_id: "amp-other" }),
].map((r) => r.promise));
const errors = results.filter((r) => r.code !== 200).map((r) => `${r.event.event_type}: ${r.code} ${r.message}`);
console.log(JSON.stringify({ errors }));
process.exit(0);
