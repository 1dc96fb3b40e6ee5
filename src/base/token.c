/* token.c - see token.h. */
#include "base/token.h"

#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"

#define RANDOM_CHARS 30
#define CHECK_CHARS 6

static const char base62[] =
	"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* 62^6 > 2^32, so that six characters hold the whole checksum. */
static void
checksum(struct str s, char out[CHECK_CHARS])
{
	uint32_t crc = codec_crc32(s);
	for (int i = CHECK_CHARS - 1; i >= 0; i--) {
		out[i] = base62[crc % 62];
		crc /= 62;
	}
}

/* Without bias: bytes of 248 and above are drawn again. */
static void
random_chars(char *out, size_t n)
{
	size_t have = 0;
	while (have < n) {
		uint8_t raw[64];
		crypt_random(raw, sizeof(raw));
		for (size_t i = 0; i < sizeof(raw) && have < n; i++) {
			if (raw[i] < 248)
				out[have++] = base62[raw[i] % 62];
		}
		crypt_wipe(raw, sizeof(raw));
	}
}

size_t
token_new(const char *prefix, char out[TOKEN_TEXT])
{
	size_t n = strlen(prefix);
	ASSERT(n + RANDOM_CHARS + CHECK_CHARS < TOKEN_TEXT);
	memcpy(out, prefix, n);
	random_chars(out + n, RANDOM_CHARS);
	n += RANDOM_CHARS;
	checksum((struct str){ out, n }, out + n);
	n += CHECK_CHARS;
	out[n] = '\0';
	return n;
}

bool
token_is(struct str text, const char *prefix)
{
	struct str start = str_of(prefix);
	char check[CHECK_CHARS];
	if (text.n != start.n + RANDOM_CHARS + CHECK_CHARS || !str_starts(text, start))
		return false;
	for (size_t i = start.n; i < text.n; i++) {
		char c = text.p[i];
		if ((c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z'))
			return false;
	}
	checksum(str_slice(text, 0, text.n - CHECK_CHARS), check);
	return memcmp(check, text.p + text.n - CHECK_CHARS, CHECK_CHARS) == 0;
}
