#include "base/crypt.h"

#include "base/codec.h"
#include "t/unit/test.h"

#define KEY_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_B "f00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void
digests(void **state)
{
	struct task *t = *state;
	char hex[CRYPT_SHA256_HEX];
	uint8_t mac[32];
	crypt_sha256_hex(STR("abc"), hex); /* FIPS 180-4 */
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	crypt_sha256_hex(STR_NULL, hex);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	/* RFC 4231 test case 2 */
	crypt_hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"), mac);
	assert_str(codec_hex_str(t->arena, (struct str){ (char *)mac, 32 }),
	           "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	assert_true(crypt_equal(STR("abc"), STR("abc")));
	assert_false(crypt_equal(STR("abc"), STR("abd")));
	assert_false(crypt_equal(STR("abc"), STR("ab")));
	assert_true(crypt_equal(STR_NULL, STR("")));
}

static void
seal(void **state)
{
	struct task *t = *state;
	struct crypt *c;
	struct str plain, aad = STR("keys|7|secret");
	assert_int_equal(crypt_open(t, STR(KEY_A), &c), E_OK);
	struct str one = crypt_seal(t, c, STR("tm_wk_x"), aad);
	struct str two = crypt_seal(t, c, STR("tm_wk_x"), aad);
	assert_false(str_eq(one, two)); /* fresh nonce */
	assert_int_equal(crypt_unseal(t, c, one, aad, &plain), E_OK);
	assert_str(plain, "tm_wk_x");
	assert_int_equal(crypt_unseal(t, c, crypt_seal(t, c, STR_NULL, STR_NULL), STR_NULL, &plain),
	                 E_OK);
	assert_int_equal(plain.n, 0);
	assert_int_equal(crypt_unseal(t, c, one, STR("keys|8|secret"), &plain), E_DATA);
	for (size_t i = 0; i < one.n; i++) {
		char *copy = arena_cstr(t->arena, one);
		copy[i] ^= 1;
		assert_int_equal(crypt_unseal(t, c, (struct str){ copy, one.n }, aad, &plain), E_DATA);
		assert_int_equal(crypt_unseal(t, c, str_slice(one, 0, i), aad, &plain), E_DATA);
	}
	crypt_close(c);
}

static void
rotation(void **state)
{
	struct task *t = *state;
	struct crypt *old, *both, *new;
	struct str plain;
	assert_int_equal(crypt_open(t, STR(KEY_A), &old), E_OK);
	assert_int_equal(crypt_open(t, STR(KEY_B ", " KEY_A), &both), E_OK);
	assert_int_equal(crypt_open(t, STR(KEY_B), &new), E_OK);
	struct str s = crypt_seal(t, old, STR("x"), STR("a"));
	assert_int_equal(crypt_unseal(t, both, s, STR("a"), &plain), E_OK);
	assert_int_equal(crypt_unseal(t, new, s, STR("a"), &plain), E_DATA);
	s = crypt_seal(t, both, STR("x"), STR("a"));
	assert_int_equal(crypt_unseal(t, new, s, STR("a"), &plain), E_OK);
	crypt_close(old);
	crypt_close(both);
	crypt_close(new);
}

static void
bad_keys(void **state)
{
	static const char *const row[] = { "", "00", (KEY_A ","), (KEY_A "0"), ("x" KEY_A) };
	struct task *t = *state;
	struct crypt *c;
	for (size_t i = 0; i < NELEM(row); i++) {
		task_reset(t);
		assert_row(crypt_open(t, str_of(row[i]), &c) == E_CONFIG, row[i]);
		/* The message must not repeat a key. */
		assert_null(strstr(t->detail, "0001020304"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(digests), T(seal), T(rotation), T(bad_keys) };
	return RUN(tests);
}
