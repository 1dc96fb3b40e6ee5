/* identity.c - see identity.h. */
#include "model/account/identity.h"

#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"
#include "base/utf8.h"

#define NAME_MAX_CHARS 80
#define TOKEN_BYTES 32

static const struct stmt find = { "identity_find",
	"SELECT id, email, name, theme, verified, system_admin, disabled, two_factor"
	" FROM auth_identity($1, $2)" };
static const struct stmt used = { "identity_used",
	"SELECT auth_identity_used($1, $2, $3, $4)" };
static const struct stmt create = { "identity_create",
	"SELECT auth_identity_create($1, $2, $3, $4, $5, $6, $7::bool, $8::bool, $9::bytea, $10::bytea)" };
static const struct stmt claim = { "identity_claim",
	"SELECT auth_identity_claim($1::uuid, $2, $3, $4, $5, $6, $7)" };
static const struct stmt link = { "identity_link",
	"INSERT INTO user_identities (provider, subject, user_id, email, login)"
	" VALUES ($1, $2, $5::uuid, $3, $4) ON CONFLICT (provider, subject) DO NOTHING" };
/* one unlink of a user at a time */
static const struct stmt lock = { "identity_lock",
	"SELECT password_hash IS NOT NULL FROM users WHERE id = $1::uuid FOR UPDATE" };
static const struct stmt others = { "identity_others",
	"SELECT count(*) FILTER (WHERE NOT (provider = $2 AND subject = $3)),"
	" count(*) FILTER (WHERE provider = $2 AND subject = $3)"
	" FROM user_identities WHERE user_id = $1::uuid" };
static const struct stmt unlink_one = { "identity_unlink",
	"DELETE FROM user_identities WHERE user_id = $1::uuid AND provider = $2 AND subject = $3" };
static const struct stmt list = { "identity_list",
	"SELECT provider, subject, email, login, (extract(epoch from created_at)*1e6)::int8,"
	" coalesce((extract(epoch from last_used_at)*1e6)::int8, 0)"
	" FROM user_identities WHERE user_id = $1::uuid ORDER BY created_at, provider, subject" };
static const struct stmt *const all[] = { &find, &used, &create, &claim, &link, &lock, &others,
	&unlink_one, &list };
const struct stmt_list identity_statements = STMT_LIST("identity", all);

enum err
identity_find(struct task *t, struct pg *pg, struct str provider, struct str subject,
              struct user *out, bool *found)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, provider);
	bind_str(t, &b, subject);
	enum err e = pg_run(t, pg, &find, &b, &r);
	if (e != E_OK)
		return e;
	*found = rows_count(r) == 1;
	if (*found)
		*out = (struct user){
			.id = row_str(r, 0, 0), .email = row_str(r, 0, 1),
			.name = row_str(r, 0, 2), .theme = row_str(r, 0, 3),
			.verified = row_bool(r, 0, 4), .system_admin = row_bool(r, 0, 5),
			.disabled = row_bool(r, 0, 6), .two_factor = row_bool(r, 0, 7),
		};
	return E_OK;
}

static void
bind_identity(struct task *t, struct bind *b, const struct identity *in)
{
	bind_str(t, b, in->provider);
	bind_str(t, b, in->subject);
	bind_str(t, b, in->email);
	bind_str(t, b, in->login);
}

enum err
identity_used(struct task *t, struct pg *pg, const struct identity *in)
{
	struct bind b = { 0 };
	bind_identity(t, &b, in);
	return pg_run(t, pg, &used, &b, NULL);
}

/* What a provider calls the person; "" when it cannot be a name here. */
static struct str
name_of(const struct identity_new *in)
{
	struct str name = str_trim(in->name);
	bool good = name.n > 0 && utf8_is_name(name) && utf8_count(name) <= NAME_MAX_CHARS;
	return good ? name : STR("");
}

static void
bind_hash(struct task *t, struct bind *b, struct str secret)
{
	uint8_t hash[32];
	crypt_sha256(secret, hash);
	bind_bytes(t, b, (struct str){ (const char *)hash, sizeof hash });
}

enum err
identity_create(struct task *t, struct pg *pg, const struct identity_new *in, struct user *out,
                struct str *token)
{
	struct bind b = { 0 };
	struct rows *r;
	struct str key;
	uint8_t raw[TOKEN_BYTES];
	bool found;
	if (!user_email_key(t, in->identity.email, &key))
		return task_fail(t, E_INVALID, "This is not a mail address.");
	crypt_random(raw, sizeof raw);
	*token = codec_b64url(t->arena, (struct str){ (const char *)raw, sizeof raw });
	bind_identity(t, &b, &in->identity);
	bind_str(t, &b, key);
	bind_str(t, &b, name_of(in));
	bind_bool(&b, in->verified);
	bind_bool(&b, in->invited_only);
	bind_hash(t, &b, *token);
	bind_hash(t, &b, in->browser);
	enum err e = pg_one(t, pg, &create, &b, &r);
	if (e != E_OK)
		return e;
	if (in->verified)
		*token = STR("");
	if (str_is(row_str(r, 0, 0), "exists"))
		return task_fail(t, E_CONFLICT, "There is an account with this address already.");
	if (str_is(row_str(r, 0, 0), "uninvited"))
		return task_fail(t, E_FORBIDDEN, "Only invited addresses may register here.");
	return identity_find(t, pg, in->identity.provider, in->identity.subject, out, &found);
}

enum err
identity_claim(struct task *t, struct pg *pg, struct str user_id, const struct identity_new *in,
               struct user *out)
{
	struct bind b = { 0 };
	struct rows *r;
	struct str key;
	bool found;
	ASSERT(in->verified);
	if (!user_email_key(t, in->identity.email, &key))
		return task_fail(t, E_INVALID, "This is not a mail address.");
	bind_str(t, &b, user_id);
	bind_identity(t, &b, &in->identity);
	bind_str(t, &b, key);
	bind_str(t, &b, name_of(in));
	enum err e = pg_one(t, pg, &claim, &b, &r);
	if (e == E_OK && !row_bool(r, 0, 0))
		return task_fail(t, E_CONFLICT, "The account was verified meanwhile.");
	if (e == E_OK)
		e = identity_find(t, pg, in->identity.provider, in->identity.subject, out, &found);
	return e;
}

enum err
identity_link(struct task *t, struct pg *pg, struct str user_id, const struct identity *in,
              bool *added)
{
	struct bind b = { 0 };
	struct rows *r;
	struct user owner = { 0 };
	bool found = false;
	bind_identity(t, &b, in);
	bind_str(t, &b, user_id);
	enum err e = pg_run(t, pg, &link, &b, &r);
	if (e != E_OK)
		return e;
	*added = rows_affected(r) == 1;
	if (*added)
		return E_OK;
	e = identity_find(t, pg, in->provider, in->subject, &owner, &found);
	if (e == E_OK && (!found || !str_eq(owner.id, user_id)))
		return task_fail(t, E_CONFLICT, "It is linked to another account.");
	return e;
}

static void
bind_one(struct task *t, struct bind *b, struct str user_id, struct str provider,
         struct str subject)
{
	bind_str(t, b, user_id);
	bind_str(t, b, provider);
	bind_str(t, b, subject);
}

enum err
identity_unlink(struct task *t, struct pg *pg, struct str user_id, struct str provider,
                struct str subject)
{
	struct bind id = { 0 }, b = { 0 };
	struct rows *user, *r;
	bind_str(t, &id, user_id);
	bind_one(t, &b, user_id, provider, subject);
	enum err e = pg_one(t, pg, &lock, &id, &user);
	if (e == E_OK)
		e = pg_one(t, pg, &others, &b, &r);
	if (e != E_OK)
		return e;
	if (row_i64(r, 0, 1) == 0)
		return task_fail(t, E_NOT_FOUND, "This account is not linked.");
	if (!row_bool(user, 0, 0) && row_i64(r, 0, 0) == 0)
		return task_fail(t, E_CONFLICT, "This is the only way to sign in to your"
		                 " account. Set a password first.");
	return pg_run(t, pg, &unlink_one, &b, NULL);
}

enum err
identity_list(struct task *t, struct pg *pg, struct str user_id, struct identity **out,
              size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, user_id);
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n, struct identity);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = (struct identity){
			.provider = row_str(r, i, 0), .subject = row_str(r, i, 1),
			.email = row_str(r, i, 2), .login = row_str(r, i, 3),
			.created_us = row_i64(r, i, 4), .used_us = row_i64(r, i, 5),
		};
	return E_OK;
}
