/* link.c - see link.h. */
#include "model/account/link.h"

#include "base/codec.h"
#include "base/crypt.h"
#include "base/passwd.h"
#include "base/str.h"
#include "model/account/password.h"

#define TOKEN_BYTES 32
#define TOKEN_CHARS 43 /* of base64url */

#define USER "id, email, name, theme, verified, system_admin, disabled, two_factor"

static const struct stmt insert_account = { "link_register",
	"SELECT outcome, user_id, email"
	" FROM auth_register($1, $2, $3, $4, $5::bytea, $6::bytea, $7::bool)" };
static const struct stmt verify_again = { "link_verify_again",
	"SELECT user_id, email FROM auth_verify_again($1, $2::bytea)" };
static const struct stmt reset_request = { "link_reset_request",
	"SELECT user_id, email FROM auth_reset_request($1, $2::bytea)" };
static const struct stmt email_taken = { "link_email_taken",
	"SELECT id FROM auth_user_by_email($1)" };
static const struct stmt email_void = { "link_email_void",
	"UPDATE user_tokens SET used_at = now()"
	" WHERE user_id = $1::uuid AND kind = 'email' AND used_at IS NULL" };
static const struct stmt email_insert = { "link_email_insert",
	"INSERT INTO user_tokens (token_hash, user_id, kind, email, expires_at)"
	" VALUES ($1::bytea, $2::uuid, 'email', $3, now() + interval '24 hours')" };
static const struct stmt find = { "link_find",
	"SELECT " USER ", sent_to, has_password, binding_ok"
	" FROM auth_link($1, $2::bytea, $3::bytea)" };
static const struct stmt verify = { "link_verify",
	"SELECT " USER " FROM auth_verify($1::bytea)" };
static const struct stmt reset = { "link_reset",
	"SELECT " USER ", fresh FROM auth_reset($1::bytea, $2)" };
static const struct stmt email_change = { "link_email_change",
	"SELECT outcome, old_email, new_email FROM auth_email_change($1::uuid, $2::bytea)" };
static const struct stmt *const all[] = { &insert_account, &verify_again, &reset_request,
	&email_taken, &email_void, &email_insert, &find, &verify, &reset, &email_change };
const struct stmt_list link_statements = STMT_LIST("link", all);

static const char *const kinds[] = { "verify", "reset", "email" };

static void
bind_digest(struct task *t, struct bind *b, struct str secret)
{
	uint8_t hash[32];
	crypt_sha256(secret, hash);
	bind_bytes(t, b, (struct str){ (const char *)hash, sizeof(hash) });
}

static struct str
token_new(struct task *t)
{
	uint8_t raw[TOKEN_BYTES];
	crypt_random(raw, sizeof(raw));
	return codec_b64url(t->arena, (struct str){ (const char *)raw, sizeof(raw) });
}

static enum err
bad_email(struct task *t)
{
	task_field(t, STR("email"), "This is not a mail address. It looks like ann@example.org.");
	return task_fail(t, E_INVALID, "Please check the marked fields.");
}

static enum err
check_register(struct task *t, const struct link_register *in, struct str *key)
{
	bool name = user_name_ok(t, in->name);
	bool email = user_email_key(t, in->email, key);
	if (!email)
		(void)bad_email(t);
	enum err e = password_check(t, in->password, in->email);
	if (e == E_OK && !(name && email))
		return task_fail(t, E_INVALID, "Please check the marked fields.");
	return e;
}

static enum err
run_register(struct task *t, struct pg *pg, const struct link_register *in, struct str key,
             const char *hash, struct link_sent *out)
{
	struct bind b = { 0 };
	struct rows *r;
	struct str token = token_new(t);
	bind_str(t, &b, str_trim(in->email));
	bind_str(t, &b, key);
	bind_str(t, &b, str_trim(in->name));
	bind_str(t, &b, str_of(hash));
	bind_digest(t, &b, token);
	bind_digest(t, &b, in->browser);
	bind_bool(&b, in->invited_only);
	enum err e = pg_one(t, pg, &insert_account, &b, &r);
	if (e != E_OK)
		return e;
	struct str outcome = row_str(r, 0, 0);
	*out = (struct link_sent){ .user_id = row_str(r, 0, 1), .email = row_str(r, 0, 2) };
	out->outcome = str_is(outcome, "new") ? LINK_NEW :
	    str_is(outcome, "exists") ? LINK_EXISTS : LINK_UNINVITED;
	if (out->outcome == LINK_NEW)
		out->token = token;
	return E_OK;
}

enum err
link_register(struct task *t, struct pg *pg, const struct link_register *in,
              struct link_sent *out)
{
	char hash[PASSWD_TEXT];
	struct str key = STR_NULL;
	enum err e = check_register(t, in, &key);
	if (e == E_OK)
		e = passwd_hash(t, in->password, hash);
	return e == E_OK ? run_register(t, pg, in, key, hash, out) : e;
}

/* A statement of address and new token that gives a row when there is an
 * account to write to. */
static enum err
request(struct task *t, struct pg *pg, const struct stmt *s, struct str email,
        struct link_sent *out)
{
	struct bind b = { 0 };
	struct rows *r;
	struct str key, token = token_new(t);
	*out = (struct link_sent){ .outcome = LINK_UNINVITED, .email = str_trim(email) };
	if (!user_email_key(t, email, &key))
		return bad_email(t);
	bind_str(t, &b, key);
	bind_digest(t, &b, token);
	enum err e = pg_run(t, pg, s, &b, &r);
	if (e == E_OK && rows_count(r) == 1)
		*out = (struct link_sent){ .outcome = LINK_NEW, .user_id = row_str(r, 0, 0),
			.email = row_str(r, 0, 1), .token = token };
	return e;
}

enum err
link_verify_again(struct task *t, struct pg *pg, struct str email, struct link_sent *out)
{
	return request(t, pg, &verify_again, email, out);
}

enum err
link_reset_request(struct task *t, struct pg *pg, struct str email, struct link_sent *out)
{
	return request(t, pg, &reset_request, email, out);
}

enum err
link_email_request(struct task *t, struct pg *pg, struct str user_id, struct str email,
                   struct link_sent *out)
{
	struct bind taken = { 0 }, old = { 0 }, b = { 0 };
	struct rows *r;
	struct str key, token = token_new(t);
	if (!user_email_key(t, email, &key))
		return bad_email(t);
	bind_str(t, &taken, key);
	bind_str(t, &old, user_id);
	bind_digest(t, &b, token);
	bind_str(t, &b, user_id);
	bind_str(t, &b, str_trim(email));
	enum err e = pg_run(t, pg, &email_taken, &taken, &r);
	if (e != E_OK)
		return e;
	*out = (struct link_sent){ .user_id = user_id, .email = str_trim(email) };
	if (rows_count(r) > 0 && !str_eq(row_str(r, 0, 0), user_id)) {
		out->outcome = LINK_EXISTS;
		return E_OK;
	}
	out->token = token;
	e = pg_run(t, pg, &email_void, &old, NULL);
	return e == E_OK ? pg_run(t, pg, &email_insert, &b, NULL) : e;
}

static void
fill(const struct rows *r, struct user *out)
{
	*out = (struct user){
		.id = row_str(r, 0, 0), .email = row_str(r, 0, 1), .name = row_str(r, 0, 2),
		.theme = row_str(r, 0, 3), .verified = row_bool(r, 0, 4),
		.system_admin = row_bool(r, 0, 5), .disabled = row_bool(r, 0, 6),
		.two_factor = row_bool(r, 0, 7),
	};
}

enum err
link_find(struct task *t, struct pg *pg, enum link_kind kind, struct str token,
          struct str browser, struct link *out, bool *found)
{
	struct bind b = { 0 };
	struct rows *r;
	*found = false;
	if (token.n != TOKEN_CHARS)
		return E_OK;
	bind_str(t, &b, str_of(kinds[kind]));
	bind_digest(t, &b, token);
	bind_digest(t, &b, browser);
	enum err e = pg_run(t, pg, &find, &b, &r);
	if (e != E_OK || rows_count(r) != 1)
		return e;
	*found = true;
	fill(r, &out->user);
	out->email = row_str(r, 0, 8);
	out->has_password = row_bool(r, 0, 9);
	out->same_browser = browser.n > 0 && row_bool(r, 0, 10);
	return E_OK;
}

static enum err
spent(struct task *t)
{
	return task_fail(t, E_NOT_FOUND, "This link was used already, or it is too old.");
}

enum err
link_verify(struct task *t, struct pg *pg, struct str token, struct user *out)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_digest(t, &b, token);
	enum err e = pg_run(t, pg, &verify, &b, &r);
	if (e != E_OK)
		return e;
	if (rows_count(r) != 1)
		return spent(t);
	fill(r, out);
	return E_OK;
}

enum err
link_reset(struct task *t, struct pg *pg, struct str token, struct str password,
           struct user *out, bool *fresh)
{
	struct link link;
	struct rows *r;
	bool found;
	char hash[PASSWD_TEXT];
	enum err e = link_find(t, pg, LINK_RESET, token, STR_NULL, &link, &found);
	if (e == E_OK && !found)
		return spent(t);
	if (e == E_OK)
		e = password_check(t, password, link.user.email);
	if (e == E_OK)
		e = passwd_hash(t, password, hash);
	if (e != E_OK)
		return e;
	struct bind b = { 0 };
	bind_digest(t, &b, token);
	bind_str(t, &b, str_of(hash));
	e = pg_run(t, pg, &reset, &b, &r);
	if (e != E_OK)
		return e;
	if (rows_count(r) != 1)
		return spent(t);
	fill(r, out);
	*fresh = row_bool(r, 0, 8);
	return E_OK;
}

enum err
link_email_change(struct task *t, struct pg *pg, struct str user_id, struct str token,
                  struct str *old, struct str *email)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, user_id);
	bind_digest(t, &b, token);
	enum err e = pg_run(t, pg, &email_change, &b, &r);
	if (e != E_OK)
		return e;
	if (rows_count(r) != 1)
		return spent(t);
	*old = row_str(r, 0, 1);
	*email = row_str(r, 0, 2);
	if (!str_is(row_str(r, 0, 0), "done"))
		return task_fail(t, E_CONFLICT, "This address cannot be used.");
	return E_OK;
}
