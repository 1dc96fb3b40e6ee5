/* grant.c - see grant.h. */
#include "model/oauth/grant.h"

#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"
#include "base/token.h"
#include "base/uuid.h"
#include "model/account/token.h"

#define SLIDING "make_interval(days => 30)"
#define ABSOLUTE "make_interval(days => 90)"
#define FIRST "make_interval(days => 7)"
#define OUTCOME "SELECT outcome, grant_id, user_id, team_id, array_to_string(scopes, ',') FROM "

static const struct stmt code_create = { "oauth_code_create",
	"INSERT INTO oauth_codes (code_hash, client_id, user_id, team_id, scopes, redirect_uri, given,"
	" challenge) VALUES ($1::bytea, $2, $3::uuid, $4::uuid, string_to_array($5, ','), $6, $7::bool, $8)" };
static const struct stmt code_redeem = { "oauth_code_redeem",
	OUTCOME "auth_oauth_code_redeem($1::bytea, $2, $3, $4, " ABSOLUTE ", $5::bytea, " SLIDING ")" };
static const struct stmt client_grant = { "oauth_grant_client",
	"SELECT auth_oauth_grant($1, NULL, $2::uuid, string_to_array($3, ','),"
	" make_interval(secs => 3600), NULL, NULL, NULL)" };
static const struct stmt first_grant = { "oauth_grant_first",
	"SELECT auth_oauth_grant(NULL, $1::uuid, NULL, '{admin}', make_interval(days => 30), $2::bytea,"
	" $3::bytea, " FIRST ")" };
static const struct stmt refresh_redeem = { "oauth_refresh_redeem",
	OUTCOME "auth_oauth_refresh($1::bytea, $2, $3::bytea, $4::bytea,"
	" CASE WHEN $2::text IS NULL THEN " FIRST " ELSE " SLIDING " END)" };
static const struct stmt refresh_find = { "oauth_refresh_find",
	"SELECT grant_id, client_id, user_id, team_id, array_to_string(scopes, ','), live, expires_us,"
	" created_us FROM auth_oauth_refresh_find($1::bytea)" };
static const struct stmt access = { "oauth_access",
	"SELECT client_id, user_id, team_id, array_to_string(scopes, ','), role, verified, email,"
	" factor_owed FROM auth_oauth_access($1::uuid, $2, $3::uuid)" };
static const struct stmt revoke = { "oauth_grant_revoke",
	"SELECT auth_oauth_revoke($1::uuid, $2)" };
static const struct stmt apps = { "oauth_grant_apps",
	"SELECT g.client_id, c.name, t.name, array_to_string((SELECT array_agg(DISTINCT s) FROM"
	" oauth_grants x, unnest(x.scopes) s WHERE x.user_id = $1::uuid AND x.client_id = g.client_id"
	" AND x.revoked_at IS NULL AND x.expires_at > now()), ','),"
	" (extract(epoch from min(g.created_at))*1e6)::int8, (extract(epoch from max(g.used_at))*1e6)::int8,"
	" count(*) FROM oauth_grants g LEFT JOIN oauth_clients c ON c.id = g.client_id"
	" LEFT JOIN teams t ON t.id = c.team_id"
	" WHERE g.user_id = $1::uuid AND g.revoked_at IS NULL AND g.expires_at > now()"
	" GROUP BY g.client_id, c.name, t.name ORDER BY g.client_id IS NULL, c.name, g.client_id" };
static const struct stmt revoke_app = { "oauth_grant_revoke_app",
	"UPDATE oauth_grants SET revoked_at = now(), reason = 'user' WHERE user_id = $1::uuid"
	" AND client_id IS NOT DISTINCT FROM $2 AND revoked_at IS NULL AND expires_at > now()" };
static const struct stmt revoke_member = { "oauth_grant_revoke_member",
	"UPDATE oauth_grants SET revoked_at = now(), reason = 'member' WHERE team_id = $1::uuid"
	" AND user_id = $2::uuid AND revoked_at IS NULL" };
static const struct stmt *const all[] = { &code_create, &code_redeem, &client_grant, &first_grant,
	&refresh_redeem, &refresh_find, &access, &revoke, &apps, &revoke_app, &revoke_member };
const struct stmt_list grant_statements = STMT_LIST("oauth_grant", all);

static void
bind_digest(struct task *t, struct bind *b, struct str secret)
{
	uint8_t hash[32];
	if (secret.n == 0) {
		bind_null(b);
		return;
	}
	crypt_sha256(secret, hash);
	bind_bytes(t, b, (struct str){ (const char *)hash, sizeof(hash) });
}

static struct str
refresh_new(struct task *t)
{
	char text[TOKEN_TEXT];
	size_t n = token_new(TOKEN_REFRESH, text);
	return arena_str(t->arena, (struct str){ text, n });
}

static unsigned
scopes_of(struct str text)
{
	unsigned set = 0;
	while (text.p != NULL)
		set |= scope_find(str_cut(&text, ','));
	return set;
}

/* RFC 7636 4.6: BASE64URL(SHA256(verifier)). */
static struct str
challenge_of(struct task *t, struct str verifier)
{
	uint8_t hash[32];
	crypt_sha256(verifier, hash);
	return codec_b64url(t->arena, (struct str){ (const char *)hash, sizeof(hash) });
}

/* A row of the redeeming functions; none is "unknown". */
static void
read_outcome(const struct rows *r, struct grant *out, enum oauth_outcome *outcome)
{
	static const char *const name[] = { [OAUTH_OK] = "ok", [OAUTH_UNKNOWN] = "unknown",
		[OAUTH_REUSED] = "reused", [OAUTH_REDIRECT] = "redirect",
		[OAUTH_VERIFIER] = "verifier", [OAUTH_GONE] = "gone" };
	*outcome = OAUTH_UNKNOWN;
	if (rows_count(r) != 1)
		return;
	for (size_t i = 0; i < NELEM(name); i++)
		if (str_is(row_str(r, 0, 0), name[i]))
			*outcome = (enum oauth_outcome)i;
	out->id = row_str(r, 0, 1);
	out->user_id = row_str(r, 0, 2);
	out->team_id = row_str(r, 0, 3);
	out->scopes = scopes_of(row_str(r, 0, 4));
}

enum err
grant_code_create(struct task *t, struct pg *pg, const struct grant_code *in, struct str *code)
{
	uint8_t raw[32];
	struct bind b = { 0 };
	crypt_random(raw, sizeof(raw));
	*code = codec_b64url(t->arena, (struct str){ (const char *)raw, sizeof(raw) });
	bind_digest(t, &b, *code);
	bind_str(t, &b, in->client_id);
	bind_str(t, &b, in->user_id);
	bind_str(t, &b, in->team_id);
	bind_str(t, &b, scope_format(t, in->scopes, ','));
	bind_str(t, &b, in->redirect_uri);
	bind_bool(&b, in->given);
	bind_str(t, &b, in->challenge);
	return pg_run(t, pg, &code_create, &b, NULL);
}

enum err
grant_code_redeem(struct task *t, struct pg *pg, const struct grant_redeem *in,
                  struct grant *out, enum oauth_outcome *outcome)
{
	struct bind b = { 0 };
	struct rows *r;
	*out = (struct grant){ .client_id = in->client_id, .refresh = refresh_new(t) };
	bind_digest(t, &b, in->code);
	bind_str(t, &b, in->client_id);
	if (in->redirect_uri.p != NULL)
		bind_str(t, &b, in->redirect_uri);
	else
		bind_null(&b);
	bind_str(t, &b, challenge_of(t, in->verifier));
	bind_digest(t, &b, out->refresh);
	enum err e = pg_run(t, pg, &code_redeem, &b, &r);
	if (e == E_OK)
		read_outcome(r, out, outcome);
	return e;
}

static enum err
made(struct task *t, const struct rows *r, struct grant *out)
{
	if (row_is_null(r, 0, 0))
		return task_fail(t, E_NOT_FOUND, "The team or the user is gone.");
	out->id = row_str(r, 0, 0);
	return E_OK;
}

enum err
grant_client(struct task *t, struct pg *pg, struct str client_id, struct str team_id,
             unsigned scopes, struct grant *out)
{
	struct bind b = { 0 };
	struct rows *r;
	*out = (struct grant){ .client_id = client_id, .team_id = team_id, .scopes = scopes };
	bind_str(t, &b, client_id);
	bind_str(t, &b, team_id);
	bind_str(t, &b, scope_format(t, scopes, ','));
	enum err e = pg_one(t, pg, &client_grant, &b, &r);
	return e != E_OK ? e : made(t, r, out);
}

/* What stands for an access token in oauth_refresh; no refresh token has the
 * digest of such a text. */
static struct str
bearer_text(struct task *t, struct str jti)
{
	return jti.n == 0 ? STR("") : arena_printf(t->arena, "jti:%.*s", STRF(jti));
}

enum err
grant_first(struct task *t, struct pg *pg, struct str user_id, struct str jti, struct grant *out)
{
	struct bind b = { 0 };
	struct rows *r;
	*out = (struct grant){ .user_id = user_id, .scopes = SCOPE_ADMIN, .refresh = refresh_new(t) };
	bind_str(t, &b, user_id);
	bind_digest(t, &b, out->refresh);
	bind_digest(t, &b, bearer_text(t, jti));
	enum err e = pg_one(t, pg, &first_grant, &b, &r);
	return e != E_OK ? e : made(t, r, out);
}

static enum err
exchange(struct task *t, struct pg *pg, struct str client_id, struct str old, struct str jti,
         struct grant *out, enum oauth_outcome *outcome)
{
	struct bind b = { 0 };
	struct rows *r;
	*out = (struct grant){ .client_id = client_id, .refresh = refresh_new(t) };
	bind_digest(t, &b, old);
	bind_str_or_null(t, &b, client_id);
	bind_digest(t, &b, out->refresh);
	bind_digest(t, &b, bearer_text(t, jti));
	enum err e = pg_run(t, pg, &refresh_redeem, &b, &r);
	if (e == E_OK)
		read_outcome(r, out, outcome);
	return e;
}

enum err
grant_refresh(struct task *t, struct pg *pg, struct str client_id, struct str refresh,
              struct str jti, struct grant *out, enum oauth_outcome *outcome)
{
	*outcome = OAUTH_UNKNOWN;
	if (!token_is(refresh, TOKEN_REFRESH))
		return E_OK;
	return exchange(t, pg, client_id, refresh, jti, out, outcome);
}

enum err
grant_refresh_bearer(struct task *t, struct pg *pg, struct str old_jti, struct str jti,
                     struct grant *out, enum oauth_outcome *outcome)
{
	*outcome = OAUTH_UNKNOWN;
	if (old_jti.n == 0)
		return E_OK;
	return exchange(t, pg, STR(""), bearer_text(t, old_jti), jti, out, outcome);
}

enum err
grant_refresh_find(struct task *t, struct pg *pg, struct str refresh, struct grant_token *out,
                   bool *found)
{
	struct bind b = { 0 };
	struct rows *r;
	*found = false;
	if (!token_is(refresh, TOKEN_REFRESH))
		return E_OK;
	bind_digest(t, &b, refresh);
	enum err e = pg_run(t, pg, &refresh_find, &b, &r);
	if (e != E_OK || rows_count(r) != 1)
		return e;
	*found = true;
	*out = (struct grant_token){
		.grant = { .id = row_str(r, 0, 0), .client_id = row_str(r, 0, 1),
		           .user_id = row_str(r, 0, 2), .team_id = row_str(r, 0, 3),
		           .scopes = scopes_of(row_str(r, 0, 4)) },
		.live = row_bool(r, 0, 5), .expires_us = row_i64(r, 0, 6),
		.created_us = row_i64(r, 0, 7),
	};
	return E_OK;
}

enum err
grant_access(struct task *t, struct pg *pg, struct str grant_id, struct str kid,
             struct str project_id, struct grant *out, bool *found)
{
	struct bind b = { 0 };
	struct rows *r;
	uint8_t raw[16];
	*found = false;
	if (!uuid_parse(grant_id, raw))
		return E_OK;
	bind_str(t, &b, grant_id);
	bind_str_or_null(t, &b, kid);
	bind_str_or_null(t, &b, uuid_parse(project_id, raw) ? project_id : STR(""));
	enum err e = pg_run(t, pg, &access, &b, &r);
	if (e != E_OK || rows_count(r) != 1)
		return e;
	*found = true;
	*out = (struct grant){ .id = grant_id, .client_id = row_str(r, 0, 0),
		.user_id = row_str(r, 0, 1), .team_id = row_str(r, 0, 2),
		.scopes = scopes_of(row_str(r, 0, 3)), .role = row_str(r, 0, 4),
		.verified = row_bool(r, 0, 5), .email = row_str(r, 0, 6),
		.factor_owed = row_bool(r, 0, 7) };
	return E_OK;
}

enum err
grant_revoke(struct task *t, struct pg *pg, struct str grant_id, const char *reason)
{
	struct bind b = { 0 };
	bind_str(t, &b, grant_id);
	bind_str(t, &b, str_of(reason));
	return pg_run(t, pg, &revoke, &b, NULL);
}

enum err
grant_apps(struct task *t, struct pg *pg, struct str user_id, struct grant_app **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, user_id);
	enum err e = pg_run(t, pg, &apps, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n, struct grant_app);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = (struct grant_app){ .client_id = row_str(r, i, 0), .name = row_str(r, i, 1),
			.team_name = row_str(r, i, 2), .scopes = scopes_of(row_str(r, i, 3)),
			.since_us = row_i64(r, i, 4), .used_us = row_i64(r, i, 5), .n = row_i64(r, i, 6) };
	return E_OK;
}

enum err
grant_revoke_app(struct task *t, struct pg *pg, struct str user_id, struct str client_id,
                 int64_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, user_id);
	bind_str_or_null(t, &b, client_id);
	enum err e = pg_run(t, pg, &revoke_app, &b, &r);
	if (e == E_OK)
		*n = rows_affected(r);
	return e;
}

enum err
oauth_grants_revoke_member(struct task *t, struct pg *pg, struct str team_id, struct str user_id)
{
	struct bind b = { 0 };
	bind_str(t, &b, team_id);
	bind_str(t, &b, user_id);
	return pg_run(t, pg, &revoke_member, &b, NULL);
}
