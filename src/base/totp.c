/* totp.c - see totp.h. */
#include "base/totp.h"

#include <liboath/oath.h>

#include "base/clock.h"
#include "base/crypt.h"
#include "base/url.h"

void
totp_code(struct str secret, int64_t step, char out[TOTP_DIGITS + 1])
{
	ASSERT(step >= 0);
	int rc = oath_hotp_generate(secret.p, secret.n, (uint64_t)step, TOTP_DIGITS, false,
	                            OATH_HOTP_DYNAMIC_TRUNCATION, out);
	ASSERT(rc == OATH_OK);
}

bool
totp_digits(struct str text, char out[TOTP_DIGITS + 1])
{
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (c == ' ' || c == '-' || c == '\t')
			continue;
		if (c < '0' || c > '9' || n == TOTP_DIGITS)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return n == TOTP_DIGITS;
}

int64_t
totp_match(struct str secret, int64_t now_us, const char code[TOTP_DIGITS + 1])
{
	int64_t now = clock_floor(now_us, TOTP_STEP_S * US_PER_S), found = -1;
	for (int64_t step = now - 1; step <= now + 1; step++) {
		char want[TOTP_DIGITS + 1];
		totp_code(secret, step, want);
		if (crypt_equal((struct str){ want, TOTP_DIGITS }, (struct str){ code, TOTP_DIGITS }))
			found = step;
	}
	return found;
}

struct str
totp_base32(struct arena *a, struct str raw)
{
	static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	char *out = arena_alloc(a, raw.n * 8 / 5 + 2);
	size_t n = 0;
	uint32_t bits = 0;
	int have = 0;
	for (size_t i = 0; i < raw.n; i++) {
		bits = bits << 8 | (uint8_t)raw.p[i];
		for (have += 8; have >= 5; have -= 5)
			out[n++] = ALPHABET[bits >> (have - 5) & 31];
	}
	if (have > 0)
		out[n++] = ALPHABET[bits << (5 - have) & 31];
	return (struct str){ out, n };
}

struct str
totp_uri(struct arena *a, struct str issuer, struct str account, struct str secret)
{
	struct buf b = BUF_INIT;
	buf_puts(&b, "otpauth://totp/");
	url_encode(&b, issuer);
	buf_putc(&b, ':');
	url_encode(&b, account);
	buf_puts(&b, "?secret=");
	buf_add(&b, totp_base32(a, secret));
	buf_puts(&b, "&issuer=");
	url_encode(&b, issuer);
	buf_puts(&b, "&algorithm=SHA1&digits=6&period=30");
	struct str s = arena_str(a, buf_str(&b));
	buf_release(&b);
	return s;
}
