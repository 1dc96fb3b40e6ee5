/* key_acts.c - what the forms of the keys pages do. Each act and its audit
 * entry are one transaction; the key's text travels to the next page sealed. */
#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "http/form.h"
#include "model/project/key.h"
#include "web/once.h"
#include "web/page/field.h"
#include "web/page/project/project.h"
#include "web/trail.h"
#include "web/who.h"

static enum err
begin(struct web *w, struct task *t)
{
	return who_begin(t, w);
}

static enum err
told(struct web *w, struct task *t, const struct req *req, const char *action, struct str id,
     struct str detail)
{
	return trail(w, t, req, action, arena_printf(t->arena, "key:%.*s", STRF(id)), detail);
}

static enum err
back(struct web *w, struct task *t, struct res *res, const char *done)
{
	res_redirect(res, page_link(t, page_path(w, t, "keys"),
	    arena_printf(t->arena, "done=%s", done), STR_NULL, STR_NULL));
	return E_OK;
}

/* The form of a new key; problems are field errors of the task. */
static enum err
read_new(struct web *w, struct task *t, const struct req *req, struct key_form *typed,
         struct key_new *in)
{
	static const struct form_field FIELDS[] = {
		{ .name = "type", .required = true }, { .name = "rate_limit", .max = 12 },
		{ .name = "expires", .required = true }, { .name = "date", .max = 10 },
	};
	struct str v[NELEM(FIELDS)];
	int64_t rate = 0;
	enum err e = form_read(t, req, FIELDS, NELEM(FIELDS), v);
	*typed = (struct key_form){ v[0], v[1], v[2], v[3] };
	*in = (struct key_new){ .environment_id = w->who.env.id, .crypt = w->crypt };
	if (e != E_OK)
		return e;
	if (!key_type_find(v[0], &in->type))
		task_field(t, STR("type"), "Choose what the key is for.");
	if (v[1].n > 0 && !num_range(v[1], 1, KEY_RATE_MAX, &rate))
		task_field(t, STR("rate_limit"), "A number from 1 to 100,000,000.");
	in->rate_limit = (int32_t)rate;
	field_expiry(t, v[2], v[3], &in->expires_us);
	return t->nfields > 0 ? task_fail(t, E_INVALID, "Please check the marked fields.") : E_OK;
}

enum err
page_key_create(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct key_form typed;
	struct key_new in;
	struct key key;
	struct str token;
	enum err e = read_new(w, t, req, &typed, &in);
	if (e == E_INVALID)
		return keys_show(w, t, req, res, &typed, 422);
	if (e == E_OK)
		e = begin(w, t);
	if (e == E_OK)
		e = key_create(t, w->pg, w->redis, &in, &key, &token);
	if (e == E_OK) {
		const struct change detail[] = {
			{ "type", STR_NULL, str_of(key_type_name(in.type)) },
			{ "environment", STR_NULL, w->who.env.name },
			{ "rate_limit", STR_NULL, arena_printf(t->arena, "%d", key.rate_limit) },
			{ "expires", STR_NULL, in.expires_us > 0 ? typed.expires : STR("never") },
		};
		e = told(w, t, req, "key.create", key.id, changes_json(t, detail, NELEM(detail)));
	}
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	once_put(w, t, res, "key", token);
	return back(w, t, res, "made");
}

enum err
page_key_show(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str token, id = req->param[3];
	bool found = false;
	enum err e = begin(w, t);
	if (e == E_OK)
		e = key_reveal(t, w->pg, w->who.env.id, id, w->crypt, &token, &found);
	if (e == E_OK && !found)
		e = task_fail(t, E_NOT_FOUND, "There is no live write key \"%.*s\"", STRF(id));
	if (e == E_OK)
		e = told(w, t, req, "key.show", id, STR_NULL);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	once_put(w, t, res, "key", token);
	return back(w, t, res, "shown");
}

enum err
page_key_rotate(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct key_rotate in = { .id = req->param[3], .crypt = w->crypt };
	struct key old, key;
	struct str token;
	int64_t hours;
	if (!num_range(req_form(t, req, "overlap"), 0, 168, &hours))
		return task_fail(t, E_BAD_PARAM, "The old key ends after 0 to 168 hours.");
	in.overlap_us = hours * US_PER_HOUR;
	enum err e = begin(w, t);
	if (e == E_OK)
		e = key_here(w, t, in.id, &old);
	if (e == E_OK)
		e = key_rotate(t, w->pg, w->redis, &in, &key, &token);
	if (e == E_OK) {
		const struct change detail[] = {
			{ "new", STR_NULL, key.id },
			{ "overlap_hours", STR_NULL, arena_printf(t->arena, "%d", (int)hours) },
		};
		e = told(w, t, req, "key.rotate", old.id, changes_json(t, detail, NELEM(detail)));
	}
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	once_put(w, t, res, "key", token);
	return back(w, t, res, "rotated");
}

static enum err
limit(struct web *w, struct task *t, const struct req *req, struct key *key)
{
	struct str typed = str_trim(req_form(t, req, "rate_limit"));
	int64_t rate = 0;
	enum err e = begin(w, t);
	if (e == E_OK)
		e = key_here(w, t, req->param[3], key);
	if (e == E_OK && key->revoked_us > 0)
		e = task_fail(t, E_CONFLICT, "The key is revoked.");
	if (!num_i64(typed, &rate))
		rate = 0;
	if (e == E_OK)
		e = key_rate_set(t, w->pg, w->redis, key->id, rate);
	if (e == E_OK) {
		const struct change detail[] = {
			{ "rate_limit", arena_printf(t->arena, "%d", key->rate_limit), typed },
		};
		e = told(w, t, req, "key.limit", key->id, changes_json(t, detail, NELEM(detail)));
	}
	return pg_end(t, w->pg, e);
}

enum err
page_key_limit(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct key key;
	enum err e = limit(w, t, req, &key);
	if (e == E_INVALID)
		return key_page(w, t, req, res, &key, 422);
	return e == E_OK ? back(w, t, res, "limited") : e;
}

enum err
page_key_revoke(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct key key;
	enum err e = begin(w, t);
	if (e == E_OK)
		e = key_here(w, t, req->param[3], &key);
	if (e == E_OK)
		e = key_revoke(t, w->pg, w->redis, key.id);
	if (e == E_OK) {
		const struct change detail[] = {
			{ "type", STR_NULL, str_of(key_type_name(key.type)) },
			{ "environment", STR_NULL, w->who.env.name },
		};
		e = told(w, t, req, "key.revoke", key.id, changes_json(t, detail, NELEM(detail)));
	}
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	return back(w, t, res, "revoked");
}
