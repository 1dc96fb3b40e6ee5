// service.mjs - a service with Express that tells Tidemark about its requests,
// its errors and its users.
//
//   TIDEMARK_KEY=tm_wk_… TIDEMARK_URL=http://127.0.0.1:8080 node service.mjs
import express from "express";
import { captureProcessErrors, Crashes, expressErrors, expressTraces, Tidemark } from "@tidemark/sdk/node";

const tidemark = new Tidemark({
	key: process.env.TIDEMARK_KEY,
	endpoint: process.env.TIDEMARK_URL,
	dir: "./tidemark-queue",
	context: { service: "shop-api", version: "1.2.0" },
});
const crashes = new Crashes(tidemark);
captureProcessErrors(crashes);

const who = (request) => ({ userId: request.get("x-user") });
const app = express();
app.use(expressTraces(tidemark, { who }));
app.get("/orders/:id", (request, response) => {
	tidemark.track("order_seen", { order: request.params.id }, who(request));
	response.json({ id: request.params.id });
});
app.get("/broken", () => {
	throw new Error("this page is broken");
});
app.use(expressErrors(crashes, { who }));

const server = app.listen(Number(process.env.PORT || 3000));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {
	server.close();
	void tidemark.close().then(() => process.exit(0));
});
