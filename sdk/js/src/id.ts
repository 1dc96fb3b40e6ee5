/** Ids and shares. */
import type { Platform } from "./platform.js";
import { utf8 } from "./text.js";

/** UUIDv7 (RFC 9562): 48 bits of time, 72 random ones. */
export const uuid7 = ({ now, digit }: Platform): string =>
	(now().toString(16).padStart(12, "0") + "-7xxx-8xxx-xxxxxxxxxxxx")
		.replace(/x/g, digit).replace(/.{8}/, "$&-");

/** Where a subject lies in [0, 1): FNV-1a, mixed once more. The same in every SDK (spec, section 3). */
export const share = (subject: string): number => {
	let h = 0x811c9dc5;
	for (const byte of utf8(subject)) h = Math.imul(h ^ byte, 0x01000193);
	h = Math.imul(h ^ h >>> 16, 0x85ebca6b);
	h = Math.imul(h ^ h >>> 13, 0xc2b2ae35);
	return ((h ^ h >>> 16) >>> 0) / 2 ** 32;
};
