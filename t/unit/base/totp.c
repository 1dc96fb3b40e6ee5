/* totp: RFC 6238 appendix B (SHA-1), RFC 4648 base32, the window, the URI. */
#include "base/totp.h"

#include "base/clock.h"
#include "base/str.h"
#include "t/unit/test.h"

#define SECRET STR("12345678901234567890")

/* The RFC gives eight digits; ours are the last six of them. */
static const struct {
	int64_t unix_s;
	const char *code;
} vector[] = {
	{ 59, "287082" },          /* 94287082 */
	{ 1111111109, "081804" },  /* 07081804 */
	{ 1111111111, "050471" },  /* 14050471 */
	{ 1234567890, "005924" },  /* 89005924 */
	{ 2000000000, "279037" },  /* 69279037 */
	{ 20000000000, "353130" }, /* 65353130 */
};

static void
vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(vector); i++) {
		char code[TOTP_DIGITS + 1];
		int64_t step = vector[i].unix_s / TOTP_STEP_S;
		totp_code(SECRET, step, code);
		assert_string_equal(code, vector[i].code);
		assert_int_equal(totp_match(SECRET, vector[i].unix_s * US_PER_S, code), step);
	}
}

static void
window(void **state)
{
	(void)state;
	const int64_t now_s = 1111111111, step = now_s / TOTP_STEP_S;
	for (int64_t away = -3; away <= 3; away++) {
		char code[TOTP_DIGITS + 1];
		totp_code(SECRET, step + away, code);
		int64_t want = away >= -1 && away <= 1 ? step + away : -1;
		assert_int_equal(totp_match(SECRET, now_s * US_PER_S, code), want);
	}
	assert_int_equal(totp_match(STR("another secret of 20"), now_s * US_PER_S, "050471"), -1);
}

static const struct {
	const char *text, *want; /* NULL: refused */
} typed[] = {
	{ "050471", "050471" }, { " 050 471 ", "050471" }, { "050-471", "050471" },
	{ "05047", NULL },      { "0504711", NULL },       { "05047a", NULL },
	{ "", NULL },           { "abcd-efgh-ijkl-mnop", NULL },
};

static void
digits(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(typed); i++) {
		char code[TOTP_DIGITS + 1];
		assert_int_equal(totp_digits(str_of(typed[i].text), code), typed[i].want != NULL);
		if (typed[i].want != NULL)
			assert_string_equal(code, typed[i].want);
	}
}

static void
base32(void **state)
{
	struct task *t = *state;
	assert_str(totp_base32(t->arena, STR("")), "");
	assert_str(totp_base32(t->arena, STR("f")), "MY");
	assert_str(totp_base32(t->arena, STR("fo")), "MZXQ");
	assert_str(totp_base32(t->arena, STR("foo")), "MZXW6");
	assert_str(totp_base32(t->arena, STR("foob")), "MZXW6YQ");
	assert_str(totp_base32(t->arena, STR("fooba")), "MZXW6YTB");
	assert_str(totp_base32(t->arena, STR("foobar")), "MZXW6YTBOI");
	assert_str(totp_base32(t->arena, SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

static void
uri(void **state)
{
	struct task *t = *state;
	assert_str(totp_uri(t->arena, STR("Tidemark"), STR("ada+1@example.org"), SECRET),
	    "otpauth://totp/Tidemark:ada%2B1%40example.org"
	    "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Tidemark"
	    "&algorithm=SHA1&digits=6&period=30");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(vectors), T(window), T(digits), T(base32), T(uri) };
	return RUN(tests);
}
