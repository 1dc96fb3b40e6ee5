/* oauth.c - clients, codes, refresh tokens and signing keys as the app role
 * uses them: what is given, what is refused, and what a refusal ends. */
#include "base/codec.h"
#include "base/crypt.h"
#include "model/account/user.h"
#include "model/oauth/client.h"
#include "model/oauth/grant.h"
#include "model/oauth/signing_key.h"
#include "model/team/team.h"
#include "t/db/db.h"

#define VERIFIER "0123456789012345678901234567890123456789abc"
#define BACK "https://app.example/back"

struct world {
	struct task *t;
	struct user user;
	struct team team;
	struct client client;
	struct str secret;
};

static int serial;

static struct world
make(struct task *t)
{
	struct world w = { .t = t };
	struct pg *pg = db_pg(DB_OWNER);
	struct str back = STR(BACK);
	struct user_new in = { .email = arena_printf(t->arena, "oauth%d@example.org", ++serial),
		.password = STR("correct horse battery"), .verified = true };
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, user_create(t, pg, &in, &w.user));
	assert_ok(t, team_create(t, pg, STR("Team"), w.user.id, &w.team));
	struct client_new c = { .team_id = w.team.id, .name = STR("App"),
		.grants = CLIENT_CODE | CLIENT_CREDENTIALS, .redirects = { &back, 1 },
		.scopes = SCOPE_EVENTS_READ | SCOPE_METRICS_READ };
	assert_ok(t, client_create(t, pg, &c, &w.client, &w.secret));
	assert_ok(t, pg_commit(t, pg));
	return w;
}

static struct str
code_of(const struct world *w)
{
	struct task *t = w->t;
	struct pg *pg = db_pg(DB_APP);
	struct pg_scope scope = { .team_id = w->team.id, .user_id = w->user.id };
	uint8_t hash[32];
	struct str code;
	crypt_sha256(STR(VERIFIER), hash);
	struct grant_code in = { .client_id = w->client.id, .user_id = w->user.id,
		.team_id = w->team.id, .redirect_uri = STR(BACK), .given = true,
		.scopes = SCOPE_EVENTS_READ,
		.challenge = codec_b64url(t->arena, (struct str){ (char *)hash, 32 }) };
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, grant_code_create(t, pg, &in, &code));
	assert_ok(t, pg_commit(t, pg));
	return code;
}

static enum oauth_outcome
redeem(const struct world *w, struct str code, const char *back, const char *verifier,
       struct grant *g)
{
	struct task *t = w->t;
	struct pg *pg = db_pg(DB_APP);
	enum oauth_outcome outcome = OAUTH_UNKNOWN;
	struct grant_redeem in = { .client_id = w->client.id, .code = code,
		.redirect_uri = str_of(back), .verifier = str_of(verifier) };
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, grant_code_redeem(t, pg, &in, g, &outcome));
	assert_ok(t, pg_commit(t, pg));
	return outcome;
}

static enum oauth_outcome
exchange(const struct world *w, struct str token, struct grant *g)
{
	struct task *t = w->t;
	struct pg *pg = db_pg(DB_APP);
	enum oauth_outcome outcome = OAUTH_UNKNOWN;
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, grant_refresh(t, pg, w->client.id, token, STR(""), g, &outcome));
	assert_ok(t, pg_commit(t, pg));
	return outcome;
}

static bool
lives(const struct world *w, struct str grant_id)
{
	struct task *t = w->t;
	struct pg *pg = db_pg(DB_APP);
	struct grant g;
	bool found = false;
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, grant_access(t, pg, grant_id, STR(""), STR(""), &g, &found));
	assert_ok(t, pg_commit(t, pg));
	return found;
}

static void
codes(void **state)
{
	struct world w = make(*state);
	struct grant g, other;
	struct str code = code_of(&w);
	assert_int_equal(redeem(&w, code, BACK, VERIFIER, &g), OAUTH_OK);
	assert_int_equal(g.scopes, SCOPE_EVENTS_READ);
	assert_true(lives(&w, g.id));
	assert_int_equal(redeem(&w, code, BACK, VERIFIER, &other), OAUTH_REUSED);
	assert_false(lives(&w, g.id));
	code = code_of(&w);
	assert_int_equal(redeem(&w, code, BACK, "wrong", &g), OAUTH_VERIFIER);
	assert_int_equal(redeem(&w, code, BACK, VERIFIER, &g), OAUTH_REUSED);
	assert_int_equal(redeem(&w, code_of(&w), BACK "/", VERIFIER, &g), OAUTH_REDIRECT);
	assert_int_equal(redeem(&w, code_of(&w), NULL, VERIFIER, &g), OAUTH_REDIRECT);
	assert_int_equal(redeem(&w, STR("nothing"), BACK, VERIFIER, &g), OAUTH_UNKNOWN);
	/* a code is another client's */
	struct world x = make(*state);
	code = code_of(&w);
	assert_int_equal(redeem(&x, code, BACK, VERIFIER, &g), OAUTH_UNKNOWN);
	assert_int_equal(redeem(&w, code, BACK, VERIFIER, &g), OAUTH_OK);
	code = code_of(&w);
	db_query(w.t, db_pg(DB_OWNER), "UPDATE oauth_codes SET expires_at = now()");
	assert_int_equal(redeem(&w, code, BACK, VERIFIER, &g), OAUTH_UNKNOWN);
}

static void
refreshes(void **state)
{
	struct world w = make(*state);
	struct grant first, second, third;
	assert_int_equal(redeem(&w, code_of(&w), BACK, VERIFIER, &first), OAUTH_OK);
	struct str token = first.refresh;
	assert_int_equal(exchange(&w, token, &second), OAUTH_OK);
	assert_string_equal(first.id.p, second.id.p);
	assert_int_equal(exchange(&w, token, &third), OAUTH_REUSED);
	assert_false(lives(&w, first.id));
	assert_int_equal(exchange(&w, second.refresh, &third), OAUTH_UNKNOWN);
	/* absolute end: sliding never goes beyond it */
	assert_int_equal(redeem(&w, code_of(&w), BACK, VERIFIER, &first), OAUTH_OK);
	assert_int_equal(db_number(w.t, db_pg(DB_OWNER),
	                           "SELECT count(*) FROM oauth_refresh r JOIN oauth_grants g"
	                           " ON g.id = r.grant_id WHERE r.expires_at > g.expires_at"), 0);
	db_query(w.t, db_pg(DB_OWNER), "UPDATE oauth_grants SET expires_at = now() + interval '1 day'");
	assert_int_equal(exchange(&w, first.refresh, &second), OAUTH_OK);
	assert_int_equal(db_number(w.t, db_pg(DB_OWNER),
	                           arena_printf(w.t->arena, "SELECT count(*) FROM oauth_refresh WHERE"
	                                        " used_at IS NULL AND grant_id = '%.*s' AND expires_at"
	                                        " > now() + interval '25 hours'", STRF(second.id)).p), 0);
}

/* What ends a grant without anybody revoking it. */
static void
ends(void **state)
{
	static const char *const acts[] = {
		"DELETE FROM members",
		"UPDATE users SET disabled_at = now()",
		"UPDATE teams SET deleted_at = now()",
		"UPDATE oauth_clients SET revoked_at = now()",
		"UPDATE users SET password_at = now() + interval '1 s'",
		"UPDATE oauth_grants SET expires_at = now()",
	};
	for (size_t i = 0; i < NELEM(acts); i++) {
		struct world w = make(*state);
		struct grant g, next;
		assert_int_equal(redeem(&w, code_of(&w), BACK, VERIFIER, &g), OAUTH_OK);
		assert_row(lives(&w, g.id), acts[i]);
		db_query(w.t, db_pg(DB_OWNER), acts[i]);
		assert_row(!lives(&w, g.id), acts[i]);
		if (i != 3) /* a revoked client is not asked: it cannot prove itself */
			assert_row(exchange(&w, g.refresh, &next) == OAUTH_UNKNOWN, acts[i]);
	}
}

static void
secrets(void **state)
{
	struct world w = make(*state);
	struct task *t = w.t;
	struct pg *pg = db_pg(DB_APP);
	struct client c;
	bool found;
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, client_authenticate(t, pg, w.client.id, w.secret, &c, &found));
	assert_true(found);
	const struct str bad[] = { STR(""), STR("x"), w.client.id };
	for (size_t i = 0; i < NELEM(bad); i++) {
		assert_ok(t, client_authenticate(t, pg, w.client.id, bad[i], &c, &found));
		assert_false(found);
	}
	/* without a scope nothing of other tables is seen */
	assert_int_equal(db_number(t, pg, "SELECT count(*) FROM oauth_clients"), 0);
	assert_int_equal(db_number(t, pg, "SELECT count(*) FROM oauth_grants"), 0);
	assert_ok(t, pg_commit(t, pg));
	assert_string_equal(db_state(t, pg, "SELECT * FROM oauth_codes"), "42501");
	assert_string_equal(db_state(t, pg, "SELECT * FROM oauth_refresh"), "42501");
}

static void
signing_keys(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_APP);
	struct crypt *ring;
	struct jose_token got;
	struct str a, b, jwks, kid;
	struct signing_key *k;
	size_t n;
	assert_ok(t, crypt_open(t, STR("000102030405060708090a0b0c0d0e0f"
	                               "101112131415161718191a1b1c1d1e1f"), &ring));
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, signing_key_sign(t, pg, ring, "JWT", STR("{\"a\":1}"), &a));
	assert_ok(t, signing_key_verify(t, pg, a, &got));
	assert_str(got.text, "{\"a\":1}");
	assert_int_equal(signing_key_rotate(t, pg, ring, false, &kid), E_CONFLICT);
	task_clear(t);
	db_query(t, pg, "UPDATE signing_keys SET created_at = created_at - interval '1 hour'");
	assert_ok(t, signing_key_rotate(t, pg, ring, false, &kid));
	assert_ok(t, signing_key_sign(t, pg, ring, "JWT", STR("{\"a\":2}"), &b));
	assert_ok(t, signing_key_verify(t, pg, a, &got)); /* the retired one still counts */
	assert_ok(t, signing_key_verify(t, pg, b, &got));
	assert_str(got.kid, kid.p);
	assert_ok(t, signing_key_list(t, pg, &k, &n));
	assert_int_equal(n, 3);
	assert_ok(t, signing_key_jwks(t, pg, ring, &jwks));
	assert_null(strstr(jwks.p, "\"d\""));
	assert_int_equal(db_number(t, pg, "SELECT count(*) FROM signing_keys WHERE state ="
	                                  " 'retired' AND private IS NOT NULL"), 0);
	assert_ok(t, pg_commit(t, pg));
	crypt_close(ring);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(codes), T(refreshes), T(ends), T(secrets),
		T(signing_keys) };
	return DB_RUN(tests);
}
