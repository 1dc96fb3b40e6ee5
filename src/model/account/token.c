/* token.c - see token.h. */
#include "model/account/token.h"

#include "base/crypt.h"
#include "base/str.h"
#include "base/token.h"
#include "base/utf8.h"
#include "base/uuid.h"

#define NAME_MAX_CHARS 80

const struct scope_info scope_table[] = {
	{ "events:write", SCOPE_EVENTS_WRITE, PERM_KEY_EDIT, "Send events." },
	{ "events:read", SCOPE_EVENTS_READ, PERM_READ, "Read single events with their properties." },
	{ "metrics:read", SCOPE_METRICS_READ, PERM_READ, "Read sums: users, sessions, events, crashes." },
	{ "projects:read", SCOPE_PROJECTS_READ, PERM_READ, "List projects and environments." },
	{ "projects:write", SCOPE_PROJECTS_WRITE, PERM_PROJECT_EDIT, "Create projects." },
	{ "dashboards:read", SCOPE_DASHBOARDS_READ, PERM_READ, "Read dashboards." },
	{ "dashboards:write", SCOPE_DASHBOARDS_WRITE, PERM_SAVE, "Create and change dashboards." },
	{ "persons:read", SCOPE_PERSONS_READ, PERM_READ, "Read persons and what is known of them." },
	{ "persons:erase", SCOPE_PERSONS_ERASE, PERM_PERSON_ERASE, "Erase persons for good." },
	{ "admin", SCOPE_ADMIN, PERM_MEMBER_EDIT, "Everything that your role may do." },
};
const size_t nscopes = NELEM(scope_table);
#define NSCOPES NELEM(scope_table)

static const struct stmt insert = { "token_insert",
	"INSERT INTO access_tokens (user_id, team_id, name, token_hash, token_hint, scopes, expires_at)"
	" SELECT m.user_id, m.team_id, $3, $4::bytea, $5, $6::text[], $7::timestamptz"
	" FROM members m WHERE m.user_id = $1::uuid AND m.team_id = $2::uuid"
	" RETURNING id, (extract(epoch from created_at)*1e6)::int8" };
static const struct stmt check = { "token_check",
	"SELECT token_id, user_id, team_id, array_to_string(scopes, ','), role, factor_owed"
	" FROM auth_token($1::bytea)" };
static const struct stmt list = { "token_list",
	"SELECT k.id, k.name, k.token_hint, k.user_id, u.email, k.team_id,"
	" array_to_string(k.scopes, ','), (extract(epoch from k.created_at)*1e6)::int8,"
	" (extract(epoch from k.expires_at)*1e6)::int8, (extract(epoch from k.revoked_at)*1e6)::int8,"
	" (extract(epoch from k.last_used_at)*1e6)::int8"
	" FROM access_tokens k JOIN users u ON u.id = k.user_id"
	" WHERE $1 = '' OR k.team_id::text = $1 ORDER BY k.created_at, k.id" };
static const struct stmt revoke = { "token_revoke",
	"UPDATE access_tokens SET revoked_at = coalesce(revoked_at, now())"
	" WHERE ($1 = '' OR team_id::text = $1) AND id = $2::uuid RETURNING team_id" };
static const struct stmt *const all[] = { &insert, &check, &list, &revoke };
const struct stmt_list token_statements = STMT_LIST("token", all);

unsigned
scope_find(struct str name)
{
	for (size_t i = 0; i < NSCOPES; i++) {
		if (str_is(name, scope_table[i].name))
			return scope_table[i].bit;
	}
	return 0;
}

unsigned
scope_within(unsigned set, enum role role)
{
	unsigned can = 0;
	if ((set & SCOPE_ADMIN) != 0)
		set = ~0u;
	for (size_t i = 0; i < NSCOPES; i++)
		if (perm_has(role, scope_table[i].perm))
			can |= scope_table[i].bit;
	return set & can;
}

enum err
scope_parse(struct task *t, struct str text, char sep, unsigned *set)
{
	*set = 0;
	while (text.p != NULL) {
		struct str name = str_trim(str_cut(&text, sep));
		unsigned bit = scope_find(name);
		if (bit == 0 && name.n > 0)
			return task_fail(t, E_BAD_PARAM, "There is no scope \"%.*s\"; there are: %.*s",
				STRF(name), STRF(scope_format(t, ~0u, ' ')));
		*set |= bit;
	}
	if (*set == 0)
		return task_fail(t, E_BAD_PARAM, "At least one scope is needed");
	return E_OK;
}

struct str
scope_format(struct task *t, unsigned set, char sep)
{
	char out[256];
	size_t n = 0;
	for (size_t i = 0; i < NSCOPES; i++) {
		if ((set & scope_table[i].bit) == 0)
			continue;
		if (n > 0)
			out[n++] = sep;
		memcpy(out + n, scope_table[i].name, strlen(scope_table[i].name));
		n += strlen(scope_table[i].name);
	}
	return arena_str(t->arena, (struct str){ out, n });
}

bool
scope_allows(unsigned set, struct str name)
{
	unsigned bit = scope_find(name);
	return bit != 0 && ((set & bit) != 0 || (set & SCOPE_ADMIN) != 0);
}

static void
bind_secret(struct task *t, struct bind *b, struct str secret)
{
	uint8_t hash[32];
	crypt_sha256(secret, hash);
	bind_bytes(t, b, (struct str){ (const char *)hash, sizeof(hash) });
}

static size_t
scope_names(unsigned set, struct str out[NSCOPES])
{
	size_t n = 0;
	for (size_t i = 0; i < NSCOPES; i++) {
		if ((set & scope_table[i].bit) != 0)
			out[n++] = str_of(scope_table[i].name);
	}
	return n;
}

enum err
token_create(struct task *t, struct pg *pg, const struct token_new *in, struct token *out,
             struct str *secret)
{
	struct str name = str_trim(in->name), names[NSCOPES];
	if (name.n > 0 && (!utf8_is_name(name) || utf8_count(name) > NAME_MAX_CHARS))
		return task_fail(t, E_INVALID, "A name has at most %d characters", NAME_MAX_CHARS);
	char text[TOKEN_TEXT];
	size_t n = token_new(TOKEN_PERSONAL, text);
	*secret = arena_str(t->arena, (struct str){ text, n });
	struct str hint = str_slice(*secret, n - 4, n);
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, in->user_id);
	bind_str(t, &b, in->team_id);
	bind_str(t, &b, name);
	bind_secret(t, &b, *secret);
	bind_str(t, &b, hint);
	bind_str_array(t, &b, names, scope_names(in->scopes, names));
	if (in->expires_us != 0)
		bind_time(t, &b, in->expires_us);
	else
		bind_null(&b);
	enum err e = pg_run(t, pg, &insert, &b, &r);
	if (e != E_OK)
		return e;
	if (rows_count(r) != 1)
		return task_fail(t, E_FORBIDDEN, "The user is not a member of the team");
	*out = (struct token){
		.id = row_str(r, 0, 0), .name = name, .hint = hint, .user_id = in->user_id,
		.team_id = in->team_id, .scopes = in->scopes, .created_us = row_time(r, 0, 1),
		.expires_us = in->expires_us,
	};
	return E_OK;
}

/* Scopes of a row; a name this version does not know gives nothing. */
static unsigned
row_scopes(struct str text)
{
	unsigned set = 0;
	while (text.p != NULL)
		set |= scope_find(str_cut(&text, ','));
	return set;
}

enum err
token_check(struct task *t, struct pg *pg, struct str secret, struct token *out, bool *found)
{
	struct bind b = { 0 };
	struct rows *r;
	*found = false;
	if (!token_is(secret, TOKEN_PERSONAL))
		return E_OK;
	bind_secret(t, &b, secret);
	enum err e = pg_run(t, pg, &check, &b, &r);
	if (e != E_OK || rows_count(r) != 1)
		return e;
	enum role role = role_find(row_str(r, 0, 4));
	*found = true;
	*out = (struct token){
		.id = row_str(r, 0, 0), .user_id = row_str(r, 0, 1), .team_id = row_str(r, 0, 2),
		.scopes = scope_within(row_scopes(row_str(r, 0, 3)), role), .role = role,
		.factor_owed = row_bool(r, 0, 5),
	};
	return E_OK;
}

enum err
token_list(struct task *t, struct pg *pg, struct str team_id, struct token **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, team_id);
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n, struct token);
	for (size_t i = 0; i < *n; i++) {
		(*out)[i] = (struct token){
			.id = row_str(r, i, 0), .name = row_str(r, i, 1), .hint = row_str(r, i, 2),
			.user_id = row_str(r, i, 3), .user_email = row_str(r, i, 4),
			.team_id = row_str(r, i, 5), .scopes = row_scopes(row_str(r, i, 6)),
			.created_us = row_time(r, i, 7), .expires_us = row_time(r, i, 8),
			.revoked_us = row_time(r, i, 9), .last_used_us = row_time(r, i, 10),
		};
	}
	return E_OK;
}

enum err
token_revoke(struct task *t, struct pg *pg, struct str team_id, struct str id,
             struct str *owner)
{
	uint8_t raw[16];
	struct rows *r = NULL;
	if (uuid_parse(id, raw)) {
		struct bind b = { 0 };
		bind_str(t, &b, team_id);
		bind_str(t, &b, id);
		enum err e = pg_run(t, pg, &revoke, &b, &r);
		if (e != E_OK)
			return e;
	}
	if (r == NULL || rows_count(r) != 1)
		return task_fail(t, E_NOT_FOUND, "There is no token %.*s%s", STRF(id),
		                 team_id.n > 0 ? " in this team" : "");
	*owner = row_str(r, 0, 0);
	return E_OK;
}
