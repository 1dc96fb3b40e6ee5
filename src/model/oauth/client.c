/* client.c - see client.h. */
#include "model/oauth/client.h"

#include "base/crypt.h"
#include "base/str.h"
#include "base/token.h"
#include "base/utf8.h"
#include "model/oauth/redirect.h"

#define LIVE " (SELECT count(*) FROM oauth_grants g WHERE g.client_id = c.id" \
	" AND g.revoked_at IS NULL AND g.expires_at > now())"
#define COLUMNS " c.id, c.team_id, c.name, c.secret_hint, array_to_string(c.redirect_uris, ' ')," \
	" array_to_string(c.grants, ','), array_to_string(c.scopes, ','), c.secret_hash IS NULL," \
	" coalesce(u.email, ''), (extract(epoch from c.created_at)*1e6)::int8," \
	" (extract(epoch from c.secret_at)*1e6)::int8, (extract(epoch from c.revoked_at)*1e6)::int8,"

static const struct stmt insert = { "oauth_client_insert",
	"INSERT INTO oauth_clients (id, team_id, name, secret_hash, secret_hint, redirect_uris, grants,"
	" scopes, created_by) VALUES ($1, $2::uuid, $3, $4::bytea, $5, $6::text[], string_to_array($7, ','),"
	" string_to_array($8, ','), $9::uuid) RETURNING (extract(epoch from created_at)*1e6)::int8" };
static const struct stmt list = { "oauth_client_list",
	"SELECT" COLUMNS LIVE " FROM oauth_clients c LEFT JOIN users u ON u.id = c.created_by"
	" WHERE $1 = '' OR c.team_id::text = $1"
	" ORDER BY c.revoked_at IS NOT NULL, c.created_at DESC, c.id" };
static const struct stmt get = { "oauth_client_get",
	"SELECT" COLUMNS LIVE " FROM oauth_clients c LEFT JOIN users u ON u.id = c.created_by"
	" WHERE ($1 = '' OR c.team_id::text = $1) AND c.id = $2" };
static const struct stmt rotate = { "oauth_client_rotate",
	"UPDATE oauth_clients SET secret_hash = $3::bytea, secret_hint = $4, secret_at = now()"
	" WHERE team_id = $1::uuid AND id = $2 AND revoked_at IS NULL AND secret_hash IS NOT NULL" };
static const struct stmt revoke = { "oauth_client_revoke",
	"UPDATE oauth_clients SET revoked_at = coalesce(revoked_at, now())"
	" WHERE ($1 = '' OR team_id::text = $1) AND id = $2 RETURNING team_id" };
static const struct stmt revoke_grants = { "oauth_client_revoke_grants",
	"UPDATE oauth_grants SET revoked_at = now(), reason = 'client'"
	" WHERE client_id = $1 AND revoked_at IS NULL AND expires_at > now()" };
static const struct stmt load = { "oauth_client_load",
	"SELECT id, team_id, name, array_to_string(redirect_uris, ' '), array_to_string(grants, ','),"
	" array_to_string(scopes, ','), secret_hash, team_name, team_slug FROM auth_oauth_client($1)" };
static const struct stmt *const all[] = { &insert, &list, &get, &rotate, &revoke, &revoke_grants,
	&load };
const struct stmt_list client_statements = STMT_LIST("oauth_client", all);

static const struct {
	const char *name;
	unsigned bit;
} grants[] = { { "authorization_code", CLIENT_CODE }, { "client_credentials", CLIENT_CREDENTIALS } };

unsigned
client_grant_find(struct str name)
{
	for (size_t i = 0; i < NELEM(grants); i++)
		if (str_is(name, grants[i].name))
			return grants[i].bit;
	return 0;
}

struct str
client_grants_format(unsigned set)
{
	return str_of(set == CLIENT_CODE ? grants[0].name : set == CLIENT_CREDENTIALS ?
	              grants[1].name : "authorization_code,client_credentials");
}

static unsigned
grants_of(struct str text)
{
	unsigned set = 0;
	while (text.p != NULL)
		set |= client_grant_find(str_cut(&text, ','));
	return set;
}

/* A name this version does not know gives nothing. */
static unsigned
scopes_of(struct str text)
{
	unsigned set = 0;
	while (text.p != NULL)
		set |= scope_find(str_cut(&text, ','));
	return set;
}

static struct str_list
redirects_of(struct task *t, struct str text)
{
	struct str_list l = { tarray(t, REDIRECTS_MAX, struct str), 0 };
	while (text.p != NULL && text.n > 0 && l.n < REDIRECTS_MAX)
		l.item[l.n++] = str_cut(&text, ' ');
	return l;
}

enum err
client_check(struct task *t, const struct client_new *in)
{
	struct str name = str_trim(in->name);
	if (name.n == 0 || !utf8_is_name(name) || utf8_count(name) > CLIENT_NAME_MAX)
		task_field(t, STR("name"), "A name has 1 to %d characters.", CLIENT_NAME_MAX);
	if (in->grants == 0)
		task_field(t, STR("grants"), "Choose how the app signs in.");
	if (in->public_ && (in->grants & CLIENT_CREDENTIALS) != 0)
		task_field(t, STR("grants"), "A client without a secret cannot act for itself.");
	if (in->scopes == 0)
		task_field(t, STR("scopes"), "Choose at least one thing it may do.");
	if ((in->grants & CLIENT_CODE) != 0 && in->redirects.n == 0)
		task_field(t, STR("redirect_uris"), "Give at least one address to return to.");
	if (in->redirects.n > REDIRECTS_MAX)
		task_field(t, STR("redirect_uris"), "At most %d addresses.", REDIRECTS_MAX);
	for (size_t i = 0; i < in->redirects.n; i++) {
		const char *why = redirect_fault(in->redirects.item[i]);
		if (why != NULL)
			task_field(t, STR("redirect_uris"), "%.*s: %s",
			           STRF(str_slice(in->redirects.item[i], 0, 60)), why);
	}
	return t->nfields > 0 ? task_fail(t, E_INVALID, "%.*s", STRF(t->fields[0].message)) : E_OK;
}

static void
bind_digest(struct task *t, struct bind *b, struct str secret)
{
	uint8_t hash[32];
	crypt_sha256(secret, hash);
	bind_bytes(t, b, (struct str){ (const char *)hash, sizeof(hash) });
}

static struct str
new_text(struct task *t, const char *prefix)
{
	char text[TOKEN_TEXT];
	size_t n = token_new(prefix, text);
	return arena_str(t->arena, (struct str){ text, n });
}

static struct str
hint_of(struct str secret)
{
	return secret.n > 4 ? str_slice(secret, secret.n - 4, secret.n) : STR("");
}

enum err
client_create(struct task *t, struct pg *pg, const struct client_new *in, struct client *out,
              struct str *secret)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e = client_check(t, in);
	if (e != E_OK)
		return e;
	*secret = in->public_ ? STR("") : new_text(t, TOKEN_CLIENT_SECRET);
	*out = (struct client){ .id = new_text(t, CLIENT_PREFIX), .team_id = in->team_id,
		.name = str_trim(in->name), .hint = hint_of(*secret), .redirects = in->redirects,
		.grants = in->grants, .scopes = in->scopes, .public_ = in->public_ };
	bind_str(t, &b, out->id);
	bind_str(t, &b, in->team_id);
	bind_str(t, &b, out->name);
	if (in->public_)
		bind_null(&b);
	else
		bind_digest(t, &b, *secret);
	bind_str(t, &b, out->hint);
	bind_str_array(t, &b, in->redirects.item, in->redirects.n);
	bind_str(t, &b, client_grants_format(in->grants));
	bind_str(t, &b, scope_format(t, in->scopes, ','));
	bind_str_or_null(t, &b, in->user_id);
	if ((e = pg_one(t, pg, &insert, &b, &r)) == E_OK)
		out->created_us = out->secret_us = row_time(r, 0, 0);
	return e;
}

static struct client
client_row(struct task *t, const struct rows *r, size_t i)
{
	return (struct client){
		.id = row_str(r, i, 0), .team_id = row_str(r, i, 1), .name = row_str(r, i, 2),
		.hint = row_str(r, i, 3), .redirects = redirects_of(t, row_str(r, i, 4)),
		.grants = grants_of(row_str(r, i, 5)), .scopes = scopes_of(row_str(r, i, 6)),
		.public_ = row_bool(r, i, 7), .created_by = row_str(r, i, 8),
		.created_us = row_time(r, i, 9), .secret_us = row_time(r, i, 10),
		.revoked_us = row_time(r, i, 11), .live = row_i64(r, i, 12),
	};
}

enum err
client_list(struct task *t, struct pg *pg, struct str team_id, struct client **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, team_id);
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n, struct client);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = client_row(t, r, i);
	return E_OK;
}

static enum err
no_client(struct task *t)
{
	return task_fail(t, E_NOT_FOUND, "There is no such client.");
}

static struct bind
bind_two(struct task *t, struct str a, struct str b)
{
	struct bind out = { 0 };
	bind_str(t, &out, a);
	bind_str(t, &out, b);
	return out;
}

enum err
client_get(struct task *t, struct pg *pg, struct str team_id, struct str id, struct client *out)
{
	struct rows *r;
	struct bind b = bind_two(t, team_id, id);
	enum err e = pg_run(t, pg, &get, &b, &r);
	if (e != E_OK)
		return e;
	if (rows_count(r) != 1)
		return no_client(t);
	*out = client_row(t, r, 0);
	return E_OK;
}

enum err
client_rotate(struct task *t, struct pg *pg, struct str team_id, struct str id,
              struct str *secret)
{
	struct rows *r;
	struct bind b = bind_two(t, team_id, id);
	*secret = new_text(t, TOKEN_CLIENT_SECRET);
	bind_digest(t, &b, *secret);
	bind_str(t, &b, hint_of(*secret));
	enum err e = pg_run(t, pg, &rotate, &b, &r);
	return e != E_OK ? e : rows_affected(r) == 1 ? E_OK : no_client(t);
}

enum err
client_revoke(struct task *t, struct pg *pg, struct str team_id, struct str id,
              struct str *owner, int64_t *n)
{
	struct rows *r;
	struct bind b = bind_two(t, team_id, id), g = { 0 };
	enum err e = pg_run(t, pg, &revoke, &b, &r);
	if (e != E_OK)
		return e;
	if (rows_count(r) != 1)
		return no_client(t);
	*owner = row_str(r, 0, 0);
	bind_str(t, &g, id);
	if ((e = pg_run(t, pg, &revoke_grants, &g, &r)) == E_OK)
		*n = rows_affected(r);
	return e;
}

/* *digest: of the secret, "" for a public client. */
static enum err
load_with(struct task *t, struct pg *pg, struct str id, struct client *out, struct str *digest,
          bool *found)
{
	struct bind b = { 0 };
	struct rows *r;
	*found = false;
	if (!token_is(id, CLIENT_PREFIX))
		return E_OK;
	bind_str(t, &b, id);
	enum err e = pg_run(t, pg, &load, &b, &r);
	if (e != E_OK || rows_count(r) != 1)
		return e;
	*found = true;
	*digest = row_is_null(r, 0, 6) ? STR("") : row_bytes(t, r, 0, 6);
	*out = (struct client){
		.id = row_str(r, 0, 0), .team_id = row_str(r, 0, 1), .name = row_str(r, 0, 2),
		.redirects = redirects_of(t, row_str(r, 0, 3)), .grants = grants_of(row_str(r, 0, 4)),
		.scopes = scopes_of(row_str(r, 0, 5)), .public_ = row_is_null(r, 0, 6),
		.team_name = row_str(r, 0, 7), .team_slug = row_str(r, 0, 8),
	};
	return E_OK;
}

enum err
client_load(struct task *t, struct pg *pg, struct str id, struct client *out, bool *found)
{
	struct str digest;
	return load_with(t, pg, id, out, &digest, found);
}

enum err
client_authenticate(struct task *t, struct pg *pg, struct str id, struct str secret,
                    struct client *out, bool *found)
{
	struct str digest = STR("");
	uint8_t hash[32];
	enum err e = load_with(t, pg, id, out, &digest, found);
	if (e != E_OK || !*found)
		return e;
	crypt_sha256(secret, hash);
	*found = out->public_ ? secret.n == 0 :
	                        crypt_equal(digest, (struct str){ (const char *)hash, 32 });
	return E_OK;
}

bool
client_redirect(const struct client *c, struct str asked, struct str *uri)
{
	if (asked.n == 0) {
		if (c->redirects.n != 1)
			return false;
		*uri = c->redirects.item[0];
		return true;
	}
	if (asked.n > REDIRECT_MAX)
		return false;
	*uri = asked;
	for (size_t i = 0; i < c->redirects.n; i++)
		if (redirect_matches(c->redirects.item[i], asked))
			return true;
	return false;
}
