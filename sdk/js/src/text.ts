/** Text as the server counts it: in bytes of UTF-8. */
const encoder = new TextEncoder();

export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** The longest beginning of at most `max` bytes, cut at a character. */
export const cut = (value: unknown, max: number): string => {
	const text = String(value);
	return text.length * 3 > max ? text.slice(0, encoder.encodeInto(text, new Uint8Array(max)).read) : text;
};
