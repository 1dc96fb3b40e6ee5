// segment.mjs - @segment/analytics-node, unmodified, with its host changed.
import { createRequire } from "node:module";
import path from "node:path";

const env = process.env;
const require = createRequire(path.resolve(env.TIDEMARK_NODE_MODULES || "t/npm/node_modules") + "/");
const { Analytics } = require("@segment/analytics-node");
const errors = [];
const client = new Analytics({ writeKey: env.VENDOR_KEY, host: env.VENDOR_URL, flushAt: 4, flushInterval: 500,
	httpRequestTimeout: Number(env.VENDOR_PATIENCE || 10000) });
client.on("error", (e) => errors.push(JSON.stringify(e)));
const context = {
	app: { name: "Shop", version: "3.1.4", build: "159", namespace: "com.example.shop" },
	os: { name: "iOS", version: "17.2" },
	device: { id: "dev-1", model: "iPhone14,2" },
	locale: "pt-BR",
	campaign: { name: "spring", source: "mail" },
};
client.track({ anonymousId: "anon-1", event: "Cart Viewed", properties: { items: 2 }, context });
client.identify({ userId: "user-1", anonymousId: "anon-1", traits: { plan: "pro", seats: 3, name: "Zoë" } });
client.track({ userId: "user-1", event: "Order Completed", properties: { total: 12.5, ids: [1, 2], nested: { a: true } } });
client.page({ userId: "user-1", name: "Pricing", category: "Docs", properties: { url: "https://shop.example/pricing" } });
client.screen({ userId: "user-1", name: "Home", properties: { tab: "top" } });
client.group({ userId: "user-1", groupId: "org-9", traits: { employees: 40 } });
client.track({ userId: "user-2", event: "Login", properties: {} });
client.alias({ userId: "user-1", previousId: "anon-0" });
client.track({ anonymousId: "anon-0", event: "Before", properties: {}, messageId: "018d7a9b-1b4b-7d5b-9a45-0a2f3d8c0f14" });
await client.closeAndFlush({ timeout: 20000 });
console.log(JSON.stringify({ errors }));
