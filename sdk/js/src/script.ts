/**
 * The build for a script element, which needs nothing else on the page:
 *
 *     <script async src="/tidemark.js" data-key="tm_wk_…" data-endpoint="https://…"
 *       data-errors data-vitals></script>
 *
 * It is window.tidemark. Calls made before it is there wait in a list:
 *
 *     (window.tidemark ||= []).push(["track", "seen", { a: 1 }]);
 */
import { captureErrors } from "./errors.js";
import { Tidemark } from "./full.js";
import { captureVitals } from "./vitals.js";

type Call = [method: string, ...args: unknown[]];

const begin = (data: DOMStringMap): void => {
	const { key, endpoint } = data;
	if (!key || !endpoint) return console.error("tidemark: the script needs data-key and data-endpoint");
	const page = window as any;
	const waiting: Call[] = page.tidemark || [];
	const sdk: any = page.tidemark = new Tidemark({
		key, endpoint, app: { id: data.app || location.hostname, version: data.version },
	});
	if ("errors" in data) sdk.crashes = captureErrors(sdk);
	if ("vitals" in data) captureVitals(sdk);
	sdk.push = ([method, ...args]: Call) => sdk[method](...args);
	for (const call of waiting) sdk.push(call);
};

const script = document.currentScript;
if (script) begin(script.dataset);
