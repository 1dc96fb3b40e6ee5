/* codec.c - see codec.h. */
#include "base/codec.h"

static const char hex_digits[] = "0123456789abcdef";
static const char b64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void
codec_hex(const void *raw, size_t n, char *out)
{
	const uint8_t *p = raw;
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hex_digits[p[i] >> 4];
		out[2 * i + 1] = hex_digits[p[i] & 15];
	}
	out[2 * n] = '\0';
}

struct str
codec_hex_str(struct arena *a, struct str raw)
{
	char *p = arena_raw(a, raw.n * 2 + 1);
	codec_hex(raw.p, raw.n, p);
	return (struct str){ p, raw.n * 2 };
}

/* Value of a hexadecimal digit with the bit HEX set; 0 = none. */
#define HEX 0x10
static const uint8_t hex_value[256] = {
	['0'] = 0x10, ['1'] = 0x11, ['2'] = 0x12, ['3'] = 0x13, ['4'] = 0x14, ['5'] = 0x15,
	['6'] = 0x16, ['7'] = 0x17, ['8'] = 0x18, ['9'] = 0x19, ['a'] = 0x1a, ['b'] = 0x1b,
	['c'] = 0x1c, ['d'] = 0x1d, ['e'] = 0x1e, ['f'] = 0x1f, ['A'] = 0x1a, ['B'] = 0x1b,
	['C'] = 0x1c, ['D'] = 0x1d, ['E'] = 0x1e, ['F'] = 0x1f,
};

bool
codec_unhex(struct str text, void *out, size_t n)
{
	uint8_t *to = out;
	unsigned all = HEX;
	if (text.n != n * 2)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned high = hex_value[(uint8_t)text.p[2 * i]];
		unsigned low = hex_value[(uint8_t)text.p[2 * i + 1]];
		all &= high & low;
		to[i] = (uint8_t)(high << 4 | (low & 15));
	}
	return all == HEX;
}

struct str
codec_b64url(struct arena *a, struct str raw)
{
	char *p = arena_raw(a, raw.n * 4 / 3 + 5);
	size_t n = 0;
	uint32_t bits = 0;
	int have = 0;
	for (size_t i = 0; i < raw.n; i++) {
		bits = bits << 8 | (unsigned char)raw.p[i];
		for (have += 8; have >= 6; have -= 6)
			p[n++] = b64_digits[bits >> (have - 6) & 63];
	}
	if (have > 0)
		p[n++] = b64_digits[bits << (6 - have) & 63];
	p[n] = '\0';
	return (struct str){ p, n };
}

static int
b64_value(char c)
{
	if (c == '+')
		return 62;
	if (c == '/')
		return 63;
	const char *at = c != '\0' ? strchr(b64_digits, c) : NULL;
	return at != NULL ? (int)(at - b64_digits) : -1;
}

bool
codec_unb64(struct arena *a, struct str text, struct str *out)
{
	size_t pads = 0;
	while (text.n > 0 && text.p[text.n - 1] == '=' && pads < 3) {
		text.n--;
		pads++;
	}
	/* Padding, when there is any, completes a group of four. */
	if (text.n % 4 == 1 || (pads > 0 && (text.n + pads) % 4 != 0))
		return false;
	char *p = arena_raw(a, text.n * 3 / 4 + 1);
	size_t n = 0;
	uint32_t bits = 0;
	int have = 0;
	for (size_t i = 0; i < text.n; i++) {
		int v = b64_value(text.p[i]);
		if (v < 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			p[n++] = (char)(bits >> have & 255);
		}
	}
	/* Left-over bits are zero in canonical text. */
	if ((bits & ((1u << have) - 1)) != 0)
		return false;
	p[n] = '\0';
	*out = (struct str){ p, n };
	return true;
}

uint32_t
codec_crc32(struct str s)
{
	uint32_t crc = 0xFFFFFFFFu;
	for (size_t i = 0; i < s.n; i++) {
		crc ^= (unsigned char)s.p[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1)));
	}
	return ~crc;
}

void
codec_csv(struct buf *b, struct str s, bool foreign)
{
	bool formula = foreign && s.n > 0 && memchr("=+-@\t\r", s.p[0], 6) != NULL;
	bool quote = formula;
	for (size_t i = 0; i < s.n && !quote; i++)
		quote = memchr("\",\r\n", s.p[i], 4) != NULL;
	if (!quote) {
		buf_add(b, s);
		return;
	}
	buf_putc(b, '"');
	if (formula)
		buf_putc(b, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_putc(b, '"');
		buf_putc(b, s.p[i]);
	}
	buf_putc(b, '"');
}
