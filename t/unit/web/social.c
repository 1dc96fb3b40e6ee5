/* social.c - the rules of linking, and the sealed ticket of a sign-in. */
#include "base/clock.h"
#include "base/crypt.h"
#include "t/unit/test.h"
#include "web/social/rules.h"
#include "web/social/ticket.h"

static void
rules(void **state)
{
	static const struct {
		const char *what;
		struct rule_facts f;
		enum rule want;
	} row[] = {
		{ "known", { .known = true }, RULE_SIGN_IN },
		{ "known, address of another account", { .known = true, .email = true,
		  .email_verified = true, .local = true, .local_verified = true }, RULE_SIGN_IN },
		{ "known, disabled", { .known = true, .known_disabled = true }, RULE_DISABLED },
		{ "no address", { .email_verified = true }, RULE_NO_MAIL },
		{ "new, proved", { .email = true, .email_verified = true }, RULE_CREATE },
		{ "new, not proved", { .email = true }, RULE_UNPROVED },
		{ "verified account", { .email = true, .email_verified = true, .local = true,
		  .local_verified = true }, RULE_PENDING },
		{ "verified account, not proved", { .email = true, .local = true,
		  .local_verified = true }, RULE_TAKEN },
		{ "unverified account, proved", { .email = true, .email_verified = true,
		  .local = true }, RULE_CLAIM },
		{ "unverified account, not proved", { .email = true, .local = true }, RULE_TAKEN },
		{ "disabled account, not proved", { .email = true, .local = true,
		  .local_disabled = true }, RULE_TAKEN },
		{ "disabled account", { .email = true, .email_verified = true, .local = true,
		  .local_disabled = true }, RULE_DISABLED },
	};
	(void)state;
	for (size_t i = 0; i < NELEM(row); i++)
		assert_row(rule_of(&row[i].f) == row[i].want, row[i].what);
}

/* All 128 combinations: nobody gets into an account by an address alone. */
static void
rules_hold(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 128; i++) {
		struct rule_facts f = {
			.known = i & 1, .known_disabled = i & 2, .email = i & 4,
			.email_verified = i & 8, .local = i & 16, .local_verified = i & 32,
			.local_disabled = i & 64 };
		enum rule rule = rule_of(&f);
		if (rule == RULE_SIGN_IN)
			assert_true(f.known && !f.known_disabled);
		if (rule == RULE_CLAIM)
			assert_true(f.email_verified && f.local && !f.local_verified);
		if (rule == RULE_CREATE)
			assert_true(f.email_verified && !f.local);
		if (!f.known && f.local && f.local_verified)
			assert_true(rule != RULE_CLAIM && rule != RULE_CREATE &&
			            rule != RULE_SIGN_IN && rule != RULE_UNPROVED);
	}
}

static struct crypt *
ring(struct task *t, const char *key)
{
	struct crypt *c = NULL;
	assert_int_equal(crypt_open(t, str_of(key), &c), E_OK);
	return c;
}

#define KEY_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_B "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void
ticket(void **state)
{
	struct task *t = *state;
	struct crypt *c = ring(t, KEY_A), *other = ring(t, KEY_B);
	struct ticket k = { .purpose = TICKET_LINK, .provider = STR("github"),
		.next = STR("/t/a\"b"), .session = STR("s-1") }, back;
	bool good;
	ticket_start(t, &k);
	assert_int_equal(k.state.n, 43);
	assert_int_equal(k.nonce.n, 43);
	assert_int_equal(k.verifier.n, 43);
	assert_false(str_eq(k.state, k.nonce) || str_eq(k.nonce, k.verifier));
	struct str text = ticket_seal(t, c, &k);
	ticket_unseal(t, c, text, &back, &good);
	assert_true(good);
	assert_int_equal(back.purpose, TICKET_LINK);
	assert_str(back.next, "/t/a\"b");
	assert_true(str_eq(back.state, k.state) && str_eq(back.verifier, k.verifier));
	assert_true(str_eq(back.session, k.session) && back.expires_us == k.expires_us);

	ticket_unseal(t, other, text, &back, &good);
	assert_false(good);
	for (size_t i = 0; i < text.n; i += 7) { /* any change is seen */
		char *bad = arena_cstr(t->arena, text);
		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		ticket_unseal(t, c, (struct str){ bad, text.n }, &back, &good);
		assert_false(good);
	}
	ticket_unseal(t, c, STR_NULL, &back, &good);
	assert_false(good);
	t->now_us += TICKET_S * US_PER_S; /* over */
	ticket_unseal(t, c, text, &back, &good);
	assert_false(good);
	crypt_close(c);
	crypt_close(other);
}

/* RFC 7636, appendix B. */
static void
challenge(void **state)
{
	struct task *t = *state;
	struct ticket k = { .verifier = STR("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") };
	assert_str(ticket_challenge(t, &k), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(rules), T(rules_hold), T(ticket), T(challenge) };
	return RUN(tests);
}
