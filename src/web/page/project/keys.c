/* keys.c - the keys of an environment, and one key with what can be done. */
#include "base/clock.h"
#include "base/str.h"
#include "base/token.h"
#include "model/project/key.h"
#include "model/team/perm.h"
#include "view/format.h"
#include "web/once.h"
#include "web/page/field.h"
#include "web/page/project/project.h"
#include "web/who.h"

static const struct {
	const char *slug, *kind, *text;
} DONE[] = {
	{ "made", "good", "The key is made and live." },
	{ "shown", "warn", "The key is shown below, this once. The audit log has an entry." },
	{ "rotated", "good", "The new key is live. The list says when the old one ends." },
	{ "limited", "good", "The new rate limit is in force." },
	{ "revoked", "good", "The key is revoked: the next request with it is refused." },
};

static void
note_done(struct page *p)
{
	struct str done = req_query(p->t, p->req, "done");
	for (size_t i = 0; i < NELEM(DONE); i++)
		if (str_is(done, DONE[i].slug))
			page_note(p, DONE[i].kind, DONE[i].text);
}

static bool
can(const struct web *w, enum perm perm)
{
	return perm_has(role_find(w->who.team.role), perm);
}

static struct str
key_url(const struct web *w, struct task *t, struct str id, const char *act)
{
	return page_path(w, t, arena_printf(t->arena, "keys/%.*s%s", STRF(id), act).p);
}

static struct str
key_text(struct task *t, const struct key *k)
{
	return arena_printf(t->arena, "%s\xe2\x80\xa6%.*s",
	    k->type == KEY_WRITE ? TOKEN_WRITE_KEY : TOKEN_READ_KEY, STRF(k->hint));
}

static struct str
ends(struct task *t, const struct key *k)
{
	if (k->revoked_us > 0)
		return format_ago(t, k->revoked_us, t->now_us);
	return k->expires_us > 0 ? format_ago(t, k->expires_us, t->now_us) : STR("never");
}

/* State of a key in words; true when it works. */
static bool
fill_key(struct page *p, struct dict *d, const struct key *k)
{
	struct task *t = p->t;
	bool revoked = k->revoked_us > 0;
	bool expired = !revoked && k->expires_us > 0 && k->expires_us <= t->now_us;
	bool ending = !revoked && !expired && k->expires_us > 0;
	dict_str(d, "TOKEN", key_text(t, k));
	dict_set(d, "TYPE", k->type == KEY_WRITE ? "Write" : "Read");
	dict_set(d, "STATE", revoked || expired ? "plain" : ending ? "warn" : "ok");
	dict_set(d, "WORD", revoked ? "revoked" : expired ? "expired" : ending ? "ending" : "live");
	dict_str(d, "RATE", format_count(t, k->rate_limit));
	dict_str(d, "MADE", format_ago(t, k->created_us, t->now_us));
	dict_str(d, "USED", k->last_seen_us > 0 ? format_ago(t, k->last_seen_us, t->now_us) :
	                                          STR("not yet"));
	dict_str(d, "ENDS", ends(t, k));
	return !revoked && !expired;
}

static void
fill_list(struct page *p, const struct key *k, size_t n)
{
	struct web *w = p->w;
	struct dict *table = n > 0 ? dict_row(p->body, "KEYS") : NULL;
	dict_show_if(p->body, "NO_KEYS", n == 0);
	/* newest first */
	for (size_t i = n; i-- > 0;) {
		struct dict *d = dict_row(table, "ROW");
		bool live = fill_key(p, d, &k[i]);
		dict_show_if(d, "DIM", !live);
		if (live && k[i].type == KEY_WRITE && can(w, PERM_KEY_SHOW)) {
			struct dict *show = dict_row(d, "SHOW");
			dict_str(show, "URL", key_url(w, p->t, k[i].id, "/show"));
			dict_str(show, "KEY", key_text(p->t, &k[i]));
			page_csrf(p, show);
		}
		if (live && can(w, PERM_KEY_EDIT)) {
			struct dict *edit = dict_row(d, "EDIT");
			dict_str(edit, "URL", key_url(w, p->t, k[i].id, ""));
			dict_str(edit, "KEY", key_text(p->t, &k[i]));
		}
	}
}

static void
fill_form(struct page *p, const struct key_form *typed)
{
	static const struct option TYPES[] = {
		{ "write", "Write: sends data, safe inside an app" },
		{ "read", "Read: fetches numbers and events, a secret" },
	};
	struct dict *d = dict_row(p->body, "FORM");
	page_csrf(p, d);
	dict_str(d, "URL", page_path(p->w, p->t, "keys"));
	field_options(d, "TYPES", TYPES, NELEM(TYPES), typed->type);
	field_options(d, "EXPIRES", field_expiries, nfield_expiries, typed->expires);
	field_fill(p->t, d, "RATE", "rate_limit", typed->rate);
	field_fill(p->t, d, "DATE", "date", typed->date);
}

/* The secret that a form before this page made or asked for. */
static void
fill_secret(struct page *p, struct res *res)
{
	struct str token;
	if (!once_take(p->w, p->t, p->req, res, "key", &token))
		return;
	bool read = str_starts(token, str_of(TOKEN_READ_KEY));
	struct dict *d = dict_row(p->body, "SECRET");
	dict_set(d, "NAME", read ? "Read key" : "Write key");
	dict_str(d, "VALUE", token);
	dict_set(d, "HINT", read ?
	    "Copy it now: it is kept as a digest only and cannot be shown again. It reads this "
	    "environment's numbers and events, so keep it on servers." :
	    "A write key can only send. It is safe inside an app.");
	dict_set(d, "CLASS", read ? "warn" : "good");
}

enum err
keys_show(struct web *w, struct task *t, const struct req *req, struct res *res,
          const struct key_form *typed, int status)
{
	struct page p = page_framed(w, t, req, "keys.tpl", "Keys");
	struct key *k = NULL;
	size_t n = 0;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = key_list(t, w->pg, w->who.env.id, &k, &n);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_project(&p, "keys");
	note_done(&p);
	fill_secret(&p, res);
	fill_list(&p, k, n);
	dict_str(p.body, "ONBOARDING_URL", page_path(w, t, "onboarding"));
	if (can(w, PERM_KEY_EDIT))
		fill_form(&p, typed);
	else
		dict_show(p.body, "ASK");
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_keys(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	const struct key_form fresh = { STR("write"), STR("10000"), STR("never"), STR("") };
	return keys_show(w, t, req, res, &fresh, 200);
}

enum err
key_here(struct web *w, struct task *t, struct str id, struct key *out)
{
	enum err e = key_get(t, w->pg, id, out);
	if (e == E_OK && out->environment_id != w->who.env.id)
		return task_fail(t, E_NOT_FOUND, "There is no key \"%.*s\"", STRF(id));
	return e;
}

enum err
key_page(struct web *w, struct task *t, const struct req *req, struct res *res,
         const struct key *k, int status)
{
	static const struct option OVERLAPS[] = {
		{ "0", "Now" }, { "1", "In 1 hour" }, { "24", "In 24 hours" }, { "168", "In 7 days" },
	};
	struct page p = page_framed(w, t, req, "key.tpl", "Key");
	page_project(&p, "keys");
	page_csrf(&p, p.body);
	bool live = fill_key(&p, p.body, k);
	dict_str(p.body, "KEYS_URL", page_path(w, t, "keys"));
	dict_str(p.body, "ID", k->id);
	if (live) {
		struct dict *d = dict_row(p.body, "LIVE");
		struct str rate = arena_printf(t->arena, "%d", k->rate_limit);
		page_csrf(&p, d);
		dict_str(d, "ROTATE_URL", key_url(w, t, k->id, "/rotate"));
		dict_str(d, "LIMIT_URL", key_url(w, t, k->id, "/limit"));
		dict_str(d, "REVOKE_URL", key_url(w, t, k->id, "/revoke"));
		dict_show(d, k->type == KEY_WRITE ? "IS_WRITE" : "IS_READ");
		field_options(d, "OVERLAPS", OVERLAPS, NELEM(OVERLAPS), STR("24"));
		field_fill(t, d, "LIMIT", "rate_limit",
		    status == 200 ? rate : req_form(t, req, "rate_limit"));
	} else {
		dict_show(p.body, "OVER");
	}
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_key(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct key k;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = key_here(w, t, req->param[3], &k);
	e = pg_end(t, w->pg, e);
	return e == E_OK ? key_page(w, t, req, res, &k, 200) : e;
}
