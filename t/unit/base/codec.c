#include "base/codec.h"

#include "t/unit/test.h"

static void
hex(void **state)
{
	struct task *t = *state;
	uint8_t raw[3];
	assert_str(codec_hex_str(t->arena, STR("\x00\xfe\x1a")), "00fe1a");
	assert_true(codec_unhex(STR("00FE1a"), raw, 3));
	assert_memory_equal(raw, "\x00\xfe\x1a", 3);
	assert_false(codec_unhex(STR("00fe1"), raw, 3));
	assert_false(codec_unhex(STR("00fe1a0"), raw, 3));
	assert_false(codec_unhex(STR("00fe1g"), raw, 3));
}

static void
base64(void **state)
{
	/* RFC 4648 section 10, without padding. */
	static const char *const row[][2] = {
		{ "", "" },           { "f", "Zg" },         { "fo", "Zm8" },
		{ "foo", "Zm9v" },    { "foob", "Zm9vYg" },  { "fooba", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy" }, { "\xFB\xFF", "-_8" },
	};
	static const char *const bad[] = { "Z", "Zg=", "Zg===", "Zm9=", "Z g", "Zh", "Zm9v!", "====" };
	struct task *t = *state;
	struct str out;
	for (size_t i = 0; i < NELEM(row); i++) {
		assert_str(codec_b64url(t->arena, str_of(row[i][0])), row[i][1]);
		assert_true(codec_unb64(t->arena, str_of(row[i][1]), &out));
		assert_str(out, row[i][0]);
	}
	assert_true(codec_unb64(t->arena, STR("Zg=="), &out));
	assert_true(codec_unb64(t->arena, STR("+/8="), &out));
	assert_str(out, "\xFB\xFF");
	for (size_t i = 0; i < NELEM(bad); i++)
		assert_row(!codec_unb64(t->arena, str_of(bad[i]), &out), bad[i]);
}

static void
crc(void **state)
{
	(void)state;
	assert_int_equal(codec_crc32(STR("123456789")), 0xCBF43926);
	assert_int_equal(codec_crc32(STR("")), 0);
}

static const struct {
	const char *text;
	bool foreign;
	const char *want;
} cell[] = {
	{ "", true, "" }, { "a b", true, "a b" }, { "a,b", true, "\"a,b\"" },
	{ "a\"b", true, "\"a\"\"b\"" }, { "a\nb", true, "\"a\nb\"" }, { "a\r", true, "\"a\r\"" },
	{ "-5", false, "-5" }, { "-5", true, "\"'-5\"" }, { "=1+1", true, "\"'=1+1\"" },
	{ "@a", true, "\"'@a\"" }, { "+a", true, "\"'+a\"" }, { "\ta", true, "\"'\ta\"" },
	{ "\ra", true, "\"'\ra\"" }, { "a=1", true, "a=1" }, { "=\"x\"", true, "\"'=\"\"x\"\"\"" },
};

static void
csv(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	for (size_t i = 0; i < NELEM(cell); i++) {
		buf_reset(&b);
		codec_csv(&b, str_of(cell[i].text), cell[i].foreign);
		assert_str(buf_str(&b), cell[i].want);
	}
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(hex), T(base64), T(crc), T(csv) };
	return RUN(tests);
}
