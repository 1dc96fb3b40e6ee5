/* signing_key.c - see signing_key.h. */
#include "model/oauth/signing_key.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/crypt.h"
#include "base/str.h"

static const struct stmt lock = { "signing_key_lock", "SELECT auth_signing_lock()" };
static const struct stmt current = { "signing_key_current",
	"SELECT kid, private, active_at < now() - make_interval(days => 90) FROM signing_keys"
	" WHERE state = 'active'" };
static const struct stmt published = { "signing_key_published",
	"SELECT kid, public FROM signing_keys WHERE trusted AND (state <> 'retired'"
	" OR retired_at > now() - make_interval(secs => 7200)) ORDER BY created_at DESC, kid" };
static const struct stmt insert = { "signing_key_insert",
	"INSERT INTO signing_keys (kid, public, private, state, active_at) VALUES ($1, $2, $3::bytea, $4,"
	" CASE WHEN $4 = 'active' THEN now() END)" };
static const struct stmt next = { "signing_key_next",
	"SELECT kid, created_at > now() - make_interval(secs => 300) FROM signing_keys WHERE state = 'next'" };
static const struct stmt retire = { "signing_key_retire",
	"UPDATE signing_keys SET state = 'retired', retired_at = now(), private = NULL,"
	" trusted = NOT $1::bool WHERE state = 'active'" };
static const struct stmt promote = { "signing_key_promote",
	"UPDATE signing_keys SET state = 'active', active_at = now() WHERE state = 'next' RETURNING kid" };
static const struct stmt sweep = { "signing_key_sweep",
	"DELETE FROM signing_keys WHERE state = 'retired' AND retired_at < now() - make_interval(days => 30)" };
static const struct stmt list = { "signing_key_list",
	"SELECT kid, state, trusted, (extract(epoch from created_at)*1e6)::int8,"
	" (extract(epoch from active_at)*1e6)::int8, (extract(epoch from retired_at)*1e6)::int8"
	" FROM signing_keys ORDER BY created_at DESC, kid" };
static const struct stmt *const all[] = { &lock, &current, &published, &insert, &next, &retire,
	&promote, &sweep, &list };
const struct stmt_list signing_key_statements = STMT_LIST("signing_key", all);

/* Process lifetime: parsing costs more than signing. Replaced when it turns
 * out to be another key's. */
static struct jose_key *own;
static struct jose_set *known;

static struct str
place(struct task *t, struct str kid)
{
	return arena_printf(t->arena, "signing_keys|%.*s|private", STRF(kid));
}

static enum err
make(struct task *t, struct pg *pg, const struct crypt *crypt, const char *state)
{
	struct jose_key *k = jose_key_make();
	struct str kid = arena_str(t->arena, str_of(jose_key_kid(k)));
	struct str private = jose_key_private(t, k);
	struct bind b = { 0 };
	bind_str(t, &b, kid);
	bind_str(t, &b, jose_key_public(t, k));
	bind_bytes(t, &b, crypt_seal(t, crypt, private, place(t, kid)));
	bind_str(t, &b, str_of(state));
	jose_key_close(k);
	crypt_wipe((char *)(uintptr_t)private.p, private.n);
	return pg_run(t, pg, &insert, &b, NULL);
}

static enum err
locked_turn(struct task *t, struct pg *pg, const struct crypt *crypt, bool distrust, struct str *kid)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_bool(&b, distrust);
	enum err e = pg_run(t, pg, &retire, &b, NULL);
	if (e == E_OK)
		e = pg_run(t, pg, &promote, &(struct bind){ 0 }, &r);
	if (e == E_OK && rows_count(r) == 1)
		*kid = row_str(r, 0, 0);
	if (e == E_OK)
		e = pg_run(t, pg, &sweep, &(struct bind){ 0 }, NULL);
	return e == E_OK ? make(t, pg, crypt, "next") : e;
}

/* Under the lock: another process may have done it meanwhile. */
static enum err
settle(struct task *t, struct pg *pg, const struct crypt *crypt, struct rows **r)
{
	struct str kid;
	enum err e = pg_run(t, pg, &lock, &(struct bind){ 0 }, NULL);
	if (e == E_OK)
		e = pg_run(t, pg, &current, &(struct bind){ 0 }, r);
	if (e != E_OK || (rows_count(*r) == 1 && !row_bool(*r, 0, 2)))
		return e;
	if (rows_count(*r) == 1)
		e = locked_turn(t, pg, crypt, false, &kid);
	else if ((e = make(t, pg, crypt, "active")) == E_OK)
		e = make(t, pg, crypt, "next");
	return e != E_OK ? e : pg_one(t, pg, &current, &(struct bind){ 0 }, r);
}

/* The active key's row; made or rotated when it is time. */
static enum err
active_row(struct task *t, struct pg *pg, const struct crypt *crypt, struct rows **r)
{
	enum err e = pg_run(t, pg, &current, &(struct bind){ 0 }, r);
	if (e != E_OK || (rows_count(*r) == 1 && !row_bool(*r, 0, 2)))
		return e;
	return settle(t, pg, crypt, r);
}

enum err
signing_key_sign(struct task *t, struct pg *pg, const struct crypt *crypt, const char *typ,
                 struct str claims, struct str *token)
{
	struct rows *r;
	struct str private;
	enum err e = active_row(t, pg, crypt, &r);
	if (e != E_OK)
		return e;
	struct str kid = row_str(r, 0, 0);
	if (own == NULL || !str_eq(str_of(jose_key_kid(own)), kid)) {
		jose_key_close(own);
		own = NULL;
		e = crypt_unseal(t, crypt, row_bytes(t, r, 0, 1), place(t, kid), &private);
		if (e == E_OK)
			e = jose_key_open(t, private, &own);
	}
	if (e != E_OK)
		return task_fail(t, E_INTERNAL, "the signing key does not open");
	*token = jose_sign(t, own, typ, claims);
	return E_OK;
}

static enum err
published_text(struct task *t, struct pg *pg, struct str *jwks, size_t *n)
{
	struct rows *r;
	struct buf b = BUF_INIT;
	enum err e = pg_run(t, pg, &published, &(struct bind){ 0 }, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	buf_puts(&b, "{\"keys\":[");
	for (size_t i = 0; i < *n; i++) {
		if (i > 0)
			buf_putc(&b, ',');
		buf_add(&b, row_str(r, i, 1));
	}
	buf_puts(&b, "]}");
	*jwks = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return E_OK;
}

static enum err
know(struct task *t, struct pg *pg)
{
	struct str jwks;
	size_t n;
	enum err e = published_text(t, pg, &jwks, &n);
	if (e != E_OK || n == 0)
		return e;
	jose_set_close(known);
	known = NULL;
	return jose_set_open(t, jwks, &known);
}

enum err
signing_key_verify(struct task *t, struct pg *pg, struct str token, struct jose_token *out)
{
	struct str kid = jose_token_kid(t, token);
	enum err e = E_OK;
	if (kid.n == JOSE_KID_TEXT - 1 && (known == NULL || !jose_set_has(known, kid)))
		e = know(t, pg);
	if (e != E_OK)
		return e;
	if (known == NULL)
		return task_fail(t, E_UNAUTHORIZED, "The token's key is unknown.");
	return jose_verify(t, known, token, out);
}

enum err
signing_key_jwks(struct task *t, struct pg *pg, const struct crypt *crypt, struct str *jwks)
{
	struct rows *r;
	size_t n;
	enum err e = active_row(t, pg, crypt, &r);
	return e != E_OK ? e : published_text(t, pg, jwks, &n);
}

enum err
signing_key_rotate(struct task *t, struct pg *pg, const struct crypt *crypt, bool distrust,
                   struct str *kid)
{
	struct rows *r;
	enum err e = active_row(t, pg, crypt, &r);
	if (e == E_OK)
		e = pg_run(t, pg, &lock, &(struct bind){ 0 }, NULL);
	if (e == E_OK)
		e = pg_one(t, pg, &next, &(struct bind){ 0 }, &r);
	if (e != E_OK)
		return e;
	if (!distrust && row_bool(r, 0, 1))
		return task_fail(t, E_CONFLICT, "The next key was published less than %d minutes ago, so"
		                 " services may not know it yet. Wait, or use --distrust when the"
		                 " active key leaked.", SIGNING_CACHE_S / 60);
	return locked_turn(t, pg, crypt, distrust, kid);
}

enum err
signing_key_list(struct task *t, struct pg *pg, struct signing_key **out, size_t *n)
{
	struct rows *r;
	enum err e = pg_run(t, pg, &list, &(struct bind){ 0 }, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n, struct signing_key);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = (struct signing_key){ .kid = row_str(r, i, 0), .state = row_str(r, i, 1),
			.trusted = row_bool(r, i, 2), .created_us = row_time(r, i, 3),
			.active_us = row_time(r, i, 4), .retired_us = row_time(r, i, 5) };
	return E_OK;
}
