/* user.c - see user.h. */
#include "model/account/user.h"

#include "base/passwd.h"
#include "base/str.h"
#include "base/utf8.h"
#include "model/account/password.h"

#define EMAIL_MAX 254
#define NAME_MAX_CHARS 80

#define COLUMNS "id, email, name, theme, verified_at IS NOT NULL, system_admin," \
	" disabled_at IS NOT NULL, (extract(epoch from created_at)*1e6)::int8"

static const struct stmt insert = { "user_insert",
	"INSERT INTO users (email, email_key, name, password_hash, verified_at, system_admin)"
	" VALUES ($1, $2, $3, $4, CASE WHEN $5::bool THEN now() END, $6::bool)"
	" ON CONFLICT (email_key) DO NOTHING RETURNING " COLUMNS };
static const struct stmt by_email = { "user_by_email",
	"SELECT id, email, name, theme, verified, system_admin, disabled, 0, password_hash,"
	" two_factor FROM auth_user_by_email($1)" };
static const struct stmt list = { "user_list",
	"SELECT " COLUMNS " FROM users ORDER BY email_key" };
static const struct stmt password_set = { "user_password_set",
	"UPDATE users SET password_hash = $2, password_at = now() WHERE id = $1::uuid" };
static const struct stmt links_void = { "user_links_void",
	"UPDATE user_tokens SET used_at = now() WHERE user_id = $1::uuid AND used_at IS NULL" };
static const struct stmt get = { "user_get",
	"SELECT " COLUMNS " FROM users WHERE id = $1::uuid" };
static const struct stmt verify = { "user_verify",
	"UPDATE users SET verified_at = coalesce(verified_at, now()), verified_email = email"
	" WHERE id = $1::uuid" };
static const struct stmt name_set = { "user_name_set",
	"UPDATE users SET name = $2 WHERE id = $1::uuid" };
static const struct stmt holdings = { "user_holdings",
	"SELECT jsonb_pretty(auth_user_holdings($1::uuid))" };
static const struct stmt delete = { "user_delete",
	"SELECT auth_user_delete($1::uuid)" };
static const struct stmt sessions_end = { "user_sessions_end",
	"DELETE FROM user_sessions WHERE user_id = $1::uuid" };
static const struct stmt theme_set = { "user_theme_set",
	"UPDATE users SET theme = $2 WHERE id = $1::uuid" };
static const struct stmt *const all[] = { &insert, &by_email, &list, &password_set, &links_void, &sessions_end, &theme_set, &get, &verify,
	&name_set, &holdings, &delete };
const struct stmt_list user_statements = STMT_LIST("user", all);

bool
user_email_key(struct task *t, struct str email, struct str *key)
{
	email = str_trim(email);
	ptrdiff_t at = str_index(email, '@');
	if (at <= 0 || (size_t)at + 1 >= email.n || email.n > EMAIL_MAX || !utf8_is_name(email))
		return false;
	struct str domain = str_slice(email, (size_t)at + 1, email.n);
	if (str_index(domain, '@') >= 0 || str_index(email, ' ') >= 0)
		return false;
	char *low = arena_cstr(t->arena, email);
	for (size_t i = 0; i < email.n; i++) {
		if (low[i] >= 'A' && low[i] <= 'Z')
			low[i] = (char)(low[i] - 'A' + 'a');
	}
	*key = (struct str){ low, email.n };
	return true;
}

static void
fill(const struct rows *r, size_t i, struct user *out)
{
	*out = (struct user){
		.id = row_str(r, i, 0), .email = row_str(r, i, 1), .name = row_str(r, i, 2),
		.theme = row_str(r, i, 3), .verified = row_bool(r, i, 4),
		.system_admin = row_bool(r, i, 5), .disabled = row_bool(r, i, 6),
		.created_us = row_time(r, i, 7),
	};
}

enum err
user_create(struct task *t, struct pg *pg, const struct user_new *in, struct user *out)
{
	struct str key, name = str_trim(in->name);
	char hash[PASSWD_TEXT];
	if (!user_email_key(t, in->email, &key)) {
		task_field(t, STR("email"), "This is not a mail address.");
		return task_fail(t, E_INVALID, "\"%.*s\" is not a mail address", STRF(in->email));
	}
	if (name.n > 0 && (!utf8_is_name(name) || utf8_count(name) > NAME_MAX_CHARS))
		return task_fail(t, E_INVALID, "A name has at most %d characters", NAME_MAX_CHARS);
	enum err e = password_check(t, in->password, in->email);
	if (e == E_OK)
		e = passwd_hash(t, in->password, hash);
	if (e != E_OK)
		return e;
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, str_trim(in->email));
	bind_str(t, &b, key);
	bind_str(t, &b, name);
	bind_str(t, &b, str_of(hash));
	bind_bool(&b, in->verified);
	bind_bool(&b, in->system_admin);
	e = pg_run(t, pg, &insert, &b, &r);
	if (e != E_OK)
		return e;
	if (rows_count(r) == 0)
		return task_fail(t, E_CONFLICT, "There is a user with the address %.*s already",
		                 STRF(key));
	fill(r, 0, out);
	return E_OK;
}

/* The user's row with the password hash; *r has 0 or 1 rows. */
static enum err
load(struct task *t, struct pg *pg, struct str key, struct rows **r)
{
	struct bind b = { 0 };
	bind_str(t, &b, key);
	return pg_run(t, pg, &by_email, &b, r);
}

enum err
user_find_by_email(struct task *t, struct pg *pg, struct str email, struct user *out,
                   bool *found)
{
	struct str key;
	struct rows *r;
	*found = false;
	if (!user_email_key(t, email, &key))
		return E_OK;
	enum err e = load(t, pg, key, &r);
	if (e != E_OK)
		return e;
	*found = rows_count(r) == 1;
	if (*found) {
		fill(r, 0, out);
		out->two_factor = row_bool(r, 0, 9);
	}
	return E_OK;
}

enum err
user_get_by_email(struct task *t, struct pg *pg, struct str email, struct user *out)
{
	bool found;
	enum err e = user_find_by_email(t, pg, email, out, &found);
	if (e == E_OK && !found)
		return task_fail(t, E_NOT_FOUND, "There is no user \"%.*s\"", STRF(email));
	return e;
}

enum err
user_list(struct task *t, struct pg *pg, struct user **out, size_t *n)
{
	struct rows *r;
	enum err e = pg_run(t, pg, &list, NULL, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n, struct user);
	for (size_t i = 0; i < *n; i++)
		fill(r, i, &(*out)[i]);
	return E_OK;
}

enum err
user_get(struct task *t, struct pg *pg, struct str user_id, struct user *out)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, user_id);
	enum err e = pg_run(t, pg, &get, &b, &r);
	if (e == E_OK && rows_count(r) != 1)
		return task_fail(t, E_NOT_FOUND, "There is no such user");
	if (e == E_OK)
		fill(r, 0, out);
	return e;
}

enum err
user_password_set(struct task *t, struct pg *pg, struct str user_id, struct str password)
{
	char hash[PASSWD_TEXT];
	struct user u;
	enum err e = user_get(t, pg, user_id, &u);
	if (e == E_OK)
		e = password_check(t, password, u.email);
	if (e == E_OK)
		e = passwd_hash(t, password, hash);
	if (e != E_OK)
		return e;
	struct bind b = { 0 }, id = { 0 };
	bind_str(t, &b, user_id);
	bind_str(t, &b, str_of(hash));
	bind_str(t, &id, user_id);
	e = pg_run(t, pg, &password_set, &b, NULL);
	if (e == E_OK)
		e = pg_run(t, pg, &links_void, &id, NULL);
	return e == E_OK ? pg_run(t, pg, &sessions_end, &id, NULL) : e;
}

/* A statement whose only parameter is the user. */
static enum err
run_for(struct task *t, struct pg *pg, const struct stmt *s, struct str user_id,
        struct rows **r)
{
	struct bind b = { 0 };
	bind_str(t, &b, user_id);
	return pg_run(t, pg, s, &b, r);
}

enum err
user_verify(struct task *t, struct pg *pg, struct str user_id)
{
	return run_for(t, pg, &verify, user_id, NULL);
}

bool
user_name_ok(struct task *t, struct str name)
{
	if (utf8_is_name(name) && utf8_count(name) <= NAME_MAX_CHARS)
		return true;
	task_field(t, STR("name"), "Use at most %d characters, on one line.", NAME_MAX_CHARS);
	return false;
}

enum err
user_name_set(struct task *t, struct pg *pg, struct str user_id, struct str name)
{
	struct bind b = { 0 };
	name = str_trim(name);
	if (!user_name_ok(t, name))
		return task_fail(t, E_INVALID, "A name has at most %d characters", NAME_MAX_CHARS);
	bind_str(t, &b, user_id);
	bind_str(t, &b, name);
	return pg_run(t, pg, &name_set, &b, NULL);
}

enum err
user_holdings(struct task *t, struct pg *pg, struct str user_id, struct str *json)
{
	struct rows *r;
	enum err e = run_for(t, pg, &holdings, user_id, &r);
	if (e == E_OK && (rows_count(r) != 1 || row_is_null(r, 0, 0)))
		return task_fail(t, E_NOT_FOUND, "There is no such user");
	if (e == E_OK)
		*json = row_str(r, 0, 0);
	return e;
}

enum err
user_delete(struct task *t, struct pg *pg, struct str user_id)
{
	struct rows *r;
	enum err e = run_for(t, pg, &delete, user_id, &r);
	if (e == E_OK && (rows_count(r) != 1 || !row_bool(r, 0, 0)))
		return task_fail(t, E_CONFLICT, "A team would be left without an owner.");
	return e;
}

enum err
user_theme_set(struct task *t, struct pg *pg, struct str user_id, struct str theme)
{
	if (!str_is(theme, "system") && !str_is(theme, "light") && !str_is(theme, "dark"))
		return task_fail(t, E_BAD_PARAM, "A theme is system, light or dark");
	struct bind b = { 0 };
	bind_str(t, &b, user_id);
	bind_str(t, &b, theme);
	return pg_run(t, pg, &theme_set, &b, NULL);
}
