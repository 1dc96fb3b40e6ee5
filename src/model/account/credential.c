/* credential.c - see credential.h. */
#include "model/account/credential.h"

#include "base/passwd.h"
#include "base/str.h"

#define EMAIL_MAX 254

static const struct stmt by_email = { "credential_by_email",
	"SELECT id, email, name, theme, verified, system_admin, disabled, password_hash, two_factor"
	" FROM auth_user_by_email($1)" };
static const struct stmt by_id = { "credential_by_id",
	"SELECT password_hash FROM users WHERE id = $1::uuid" };
static const struct stmt accept = { "credential_accept",
	"SELECT auth_password_accept($1::uuid, $2, $3)" };
static const struct stmt confirmed = { "credential_confirmed",
	"UPDATE user_sessions SET confirmed_at = now() WHERE id = $1::uuid" };
static const struct stmt *const all[] = { &by_email, &by_id, &accept, &confirmed };
const struct stmt_list credential_statements = STMT_LIST("credential", all);

static void
add_budgets(struct task *t, struct credential *c, struct str key, bool known_device)
{
	struct throttle *th = &c->throttle;
	*th = (struct throttle){ 0 };
	if (known_device) {
		throttle_add(t, th, "login-device", c->device,
		    (struct throttle_rule){ .max = 5, .window_s = 900, .clear = true });
		return;
	}
	throttle_add(t, th, "login-pair",
	    arena_printf(t->arena, "%.*s %.*s", STRF(c->remote_addr), STRF(key)),
	    (struct throttle_rule){ .max = 5, .window_s = 900, .clear = true });
	throttle_add(t, th, "login-address", c->remote_addr,
	    (struct throttle_rule){ .max = 100, .window_s = 3600 });
	throttle_add(t, th, "login-account", key,
	    (struct throttle_rule){ .max = 10, .window_s = 900 });
}

/* The user's row, and the try counted: one short transaction, no argon2. */
static enum err
look_up(struct task *t, struct pg *pg, struct credential *c, struct rows **r)
{
	struct str key;
	struct bind b = { 0 };
	if (!user_email_key(t, c->email, &key))
		key = arena_str(t->arena, str_slice(c->email, 0, EMAIL_MAX));
	bind_str(t, &b, key);
	enum err e = pg_begin(t, pg, &(struct pg_scope){ 0 });
	if (e == E_OK)
		e = pg_run(t, pg, &by_email, &b, r);
	if (e == E_OK) {
		bool device = c->device.n > 0 && rows_count(*r) == 1 &&
		    str_eq(row_str(*r, 0, 0), c->device_user);
		add_budgets(t, c, key, device);
		e = throttle_take_in(t, pg, &c->throttle);
	}
	return pg_end(t, pg, e);
}

static enum err
wrong(struct task *t)
{
	return task_fail(t, E_UNAUTHORIZED, "Mail address or password is not right.");
}

enum err
credential_check(struct task *t, struct pg *pg, struct credential *c, struct user *out)
{
	char fresh[PASSWD_TEXT];
	struct rows *r = NULL;
	ASSERT(!pg_in_tx(pg));
	enum err e = look_up(t, pg, c, &r);
	if (e != E_OK)
		return e;
	bool known = rows_count(r) == 1 && !row_is_null(r, 0, 7);
	c->user_id = known ? row_str(r, 0, 0) : STR_NULL;
	c->hash = known ? row_str(r, 0, 7) : STR_NULL;
	if (!known)
		passwd_dummy(c->password);
	if (!known || !passwd_verify(c->password, c->hash) || row_bool(r, 0, 6))
		return wrong(t);
	*out = (struct user){
		.id = row_str(r, 0, 0), .email = row_str(r, 0, 1), .name = row_str(r, 0, 2),
		.theme = row_str(r, 0, 3), .verified = row_bool(r, 0, 4),
		.system_admin = row_bool(r, 0, 5), .two_factor = row_bool(r, 0, 8),
	};
	c->fresh = STR_NULL;
	if (passwd_needs_rehash(c->hash)) {
		if ((e = passwd_hash(t, c->password, fresh)) != E_OK)
			return e;
		c->fresh = arena_str(t->arena, str_of(fresh));
	}
	return E_OK;
}

enum err
credential_accept(struct task *t, struct pg *pg, const struct credential *c,
                  const struct user *user)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, user->id);
	bind_str(t, &b, c->hash);
	bind_str_or_null(t, &b, c->fresh);
	enum err e = pg_one(t, pg, &accept, &b, &r);
	if (e == E_OK && !row_bool(r, 0, 0))
		return wrong(t);
	return e == E_OK ? throttle_done(t, pg, &c->throttle) : e;
}

/* Count the try and read the hash; "" when the account has no password. */
static enum err
look_up_own(struct task *t, struct pg *pg, struct str user_id, struct throttle *th,
            struct str *hash)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, user_id);
	enum err e = pg_begin(t, pg, &(struct pg_scope){ .user_id = user_id });
	if (e == E_OK)
		e = throttle_take_in(t, pg, th);
	if (e == E_OK)
		e = pg_one(t, pg, &by_id, &b, &r);
	if (e == E_OK)
		*hash = row_str(r, 0, 0);
	return pg_end(t, pg, e);
}

enum err
credential_again(struct task *t, struct pg *pg, struct str user_id, struct str password,
                 int *wait_s)
{
	struct throttle th = { 0 };
	struct str hash = STR_NULL;
	ASSERT(!pg_in_tx(pg));
	throttle_add(t, &th, "confirm", user_id,
	    (struct throttle_rule){ .max = 5, .window_s = 900, .clear = true });
	enum err e = look_up_own(t, pg, user_id, &th, &hash);
	*wait_s = th.wait_s;
	if (e != E_OK)
		return e;
	if (hash.n == 0 || !passwd_verify(password, hash))
		return task_fail(t, E_UNAUTHORIZED, "That is not your password.");
	e = pg_begin(t, pg, &(struct pg_scope){ .user_id = user_id });
	if (e == E_OK)
		e = throttle_done(t, pg, &th);
	return pg_end(t, pg, e);
}

enum err
credential_confirmed(struct task *t, struct pg *pg, struct str session_id)
{
	struct bind b = { 0 };
	bind_str(t, &b, session_id);
	return pg_run(t, pg, &confirmed, &b, NULL);
}
