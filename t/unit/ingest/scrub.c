/* scrub: what passes, per mode. */
#include "../test.h"

#include "ingest/scrub.h"

static const uint8_t master[32] = { 9 };

static struct scrub
make(struct task *t, const char *mode, const char *keys, const char *ip, const char *user)
{
	struct scrub s;
	const struct scrub_text text = { str_of(mode), str_of(keys), str_of(ip), str_of(user), 7 };
	scrub_init(&s, t->arena, &text, master);
	return s;
}

static void
keys(void **state)
{
	static const struct {
		const char *mode, *key;
		bool drops;
	} row[] = {
		{ "deny", "password", true },   { "deny", "PASS_WORD", true },
		{ "deny", "creditCard", true }, { "deny", "credit-card", true },
		{ "deny", "passwords", false }, { "deny", "", false },
		{ "allow", "password", false }, { "allow", "other", true },
		{ "off", "password", false },   { "odd", "password", true },
	};
	for (size_t i = 0; i < NELEM(row); i++) {
		struct scrub s = make(*state, row[i].mode, "password\n\n credit_card \n", "keep",
		                      "plain");
		assert_row(scrub_drops(&s, str_of(row[i].key)) == row[i].drops, row[i].key);
	}
}

static void
addresses(void **state)
{
	static const char *const row[][3] = {
		{ "truncate", "192.0.2.77", "192.0.2.0" },
		{ "truncate", "2001:db8:aaaa:bbbb::1", "2001:db8:aaaa::" },
		{ "truncate", "::ffff:192.0.2.77", "::ffff:192.0.2.0" },
		{ "truncate", "nonsense", "" }, { "truncate", "", "" },
		{ "drop", "192.0.2.77", "" },   { "keep", "192.0.2.77", "192.0.2.77" },
		{ "odd", "192.0.2.77", "" },
	};
	for (size_t i = 0; i < NELEM(row); i++) {
		struct scrub s = make(*state, "off", "", row[i][0], "plain");
		assert_str(scrub_ip(*state, &s, str_of(row[i][1])), row[i][2]);
	}
	assert_true(scrub_is_ip_key(STR("IP_Address")) && scrub_is_ip_key(STR("ip")));
	assert_false(scrub_is_ip_key(STR("zip")) || scrub_is_ip_key(STR("tip")));
}

static void
pseudonyms(void **state)
{
	struct scrub s = make(*state, "off", "", "keep", "hash");
	struct scrub plain = make(*state, "off", "", "keep", "plain");
	struct str a = scrub_user_id(*state, &s, STR("u1")), c;
	assert_int_equal(a.n, 34);
	c = scrub_user_id(*state, &s, STR("u1"));
	assert_true(str_eq(a, c));
	c = scrub_user_id(*state, &s, STR("u2"));
	assert_false(str_eq(a, c));
	assert_str(scrub_user_id(*state, &plain, STR("u1")), "u1");
	assert_str(scrub_user_id(*state, &s, STR("")), "");
	uint8_t x[32], y[32];
	scrub_secret(master, 7, x);
	scrub_secret(master, 8, y);
	assert_memory_not_equal(x, y, 32);
}

/* The newest of several master keys seals; pseudonyms keep the oldest. */
static void
master_key(void **state)
{
	struct task *t = *state;
	char text[64 + 2 + 64 + 1];
	uint8_t out[32];
	memset(text, 'a', sizeof(text));
	memcpy(text + 64, ", ", 2);
	memset(text + 66, '1', 64);
	assert_int_equal(scrub_master_key(t, (struct str){ text, 130 }, out), E_OK);
	assert_int_equal(out[0], 0x11);
	assert_int_equal(scrub_master_key(t, (struct str){ text, 64 }, out), E_OK);
	assert_int_equal(out[31], 0xaa);
	assert_int_equal(scrub_master_key(t, (struct str){ text, 63 }, out), E_CONFIG);
	assert_int_equal(scrub_master_key(t, STR(""), out), E_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(keys), T(addresses), T(pseudonyms), T(master_key) };
	return RUN(tests);
}
