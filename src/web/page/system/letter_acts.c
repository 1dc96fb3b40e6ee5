/* letter_acts.c - replaying, mending and dropping dead letters: see letters.h. */
#include "base/conf.h"
#include "base/jw.h"
#include "base/num.h"
#include "base/str.h"
#include "ingest/letter.h"
#include "web/page/system/letters.h"
#include "web/milestone.h"
#include "web/page/system/system.h"
#include "web/trail.h"
#include "web/who.h"

static struct queue_bound
bound_of(const struct web *w)
{
	return (struct queue_bound){
		.max_bytes = conf_int(w->conf, CONF_QUEUE_MAX_BYTES),
		.max_items = conf_int(w->conf, CONF_QUEUE_MAX_ITEMS),
	};
}

/* The environment's rules, for the door's checks. E_CONFLICT: it is gone. */
static enum err
rules_of(struct web *w, struct task *t, int32_t environment_id, struct letter_rules *out)
{
	struct dead_place *p = NULL;
	int64_t id = environment_id;
	size_t n = 0;
	enum err e = dead_letter_places(t, w->pg, &id, 1, &p, &n);
	if (e == E_OK && n == 0)
		e = task_fail(t, E_CONFLICT, LETTER_HOMELESS);
	if (e != E_OK)
		return e;
	return letter_rules_read(t, w->redis, w->conf, &(struct letter_place){
		.scrub = { p[0].pii_mode, p[0].pii_keys, p[0].ip_mode, p[0].user_id_mode,
			environment_id }, .retention_days = p[0].retention_days }, out);
}

static enum err
mend(struct web *w, struct task *t, const struct letter_act *in, struct str *wire)
{
	struct letter_rules rules;
	struct dead_letter d;
	struct batch b;
	struct str json;
	enum err e = dead_letter_get(t, w->pg, in->id, &d);
	if (e == E_OK)
		e = letter_open(t, d.wire, &b, &json);
	if (e == E_DATA) {
		task_clear(t);
		return task_fail(t, E_CONFLICT, LETTER_UNREADABLE);
	}
	if (e == E_OK)
		e = rules_of(w, t, d.environment_id, &rules);
	return e == E_OK ? letter_mend(t, &rules, &b, in->mend, wire) : e;
}

/* {"reason":…}: why it died; never what it holds. */
static const char *
action_of(const struct letter_act *in)
{
	return in->drop ? "dead_letter.drop" : in->mend.n > 0 ? "dead_letter.mend" :
	                                                        "dead_letter.replay";
}

/* A replay is an operation of the letter's team (web/milestone.h). */
static enum err
replayed(struct web *w, struct task *t, const struct req *req, int32_t environment_id)
{
	return milestone_operation(w, t, req, &(struct operation){ .type = "replay",
		.area = "queue", .environment_id = environment_id });
}

/* The same of many: once an environment. They are looked at before the act. */
static enum err
replayed_all(struct web *w, struct task *t, const struct req *req, const struct dead_filter *f)
{
	struct dead_letter *d = NULL;
	size_t n = 0;
	enum err e = dead_letter_list(t, w->pg, f, LETTERS_AT_ONCE, &d, &n);
	for (size_t i = 0; e == E_OK && i < n; i++) {
		size_t k = 0;
		while (k < i && d[k].environment_id != d[i].environment_id)
			k++;
		if (k == i)
			e = replayed(w, t, req, d[i].environment_id);
	}
	return e;
}

static enum err
act_in_tx(struct web *w, struct task *t, const struct req *req, const struct letter_act *in,
          struct str *batch_id)
{
	const struct queue_bound bound = bound_of(w);
	struct dead_act act = { .redis = w->redis, .bound = &bound, .by = system_actor(w),
		.drop = in->drop };
	struct dead_letter d = { 0 };
	bool done = false;
	enum err e = in->mend.n > 0 ? mend(w, t, in, &act.wire) : E_OK;
	if (e == E_OK)
		e = dead_letter_act(t, w->pg, in->id, &act, &done, batch_id);
	if (e == E_OK && !done)
		e = task_fail(t, E_CONFLICT, LETTER_RESOLVED);
	if (e == E_OK && !in->drop)
		e = dead_letter_get(t, w->pg, in->id, &d);
	if (e == E_OK && !in->drop)
		e = replayed(w, t, req, d.environment_id);
	if (e == E_OK)
		e = trail(w, t, req, action_of(in), arena_printf(t->arena, "dead-letter:%lld",
		    (long long)in->id), STR_NULL);
	return e;
}

enum err
letter_do(struct web *w, struct task *t, const struct req *req, const struct letter_act *in,
          struct str *batch_id)
{
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = act_in_tx(w, t, req, in, batch_id);
	return pg_end(t, w->pg, e);
}

enum err
letters_do(struct web *w, struct task *t, const struct req *req, const struct dead_filter *f,
           bool drop, int64_t *done)
{
	const struct queue_bound bound = bound_of(w);
	const struct dead_act act = { .redis = w->redis, .bound = &bound, .by = system_actor(w),
		.drop = drop };
	enum err e = who_begin(t, w);
	if (e == E_OK && !drop)
		e = replayed_all(w, t, req, f);
	if (e == E_OK)
		e = dead_letter_act_all(t, w->pg, f, &act, LETTERS_AT_ONCE, done);
	if (e == E_OK && *done > 0)
		e = trail(w, t, req, drop ? "dead_letter.drop" : "dead_letter.replay",
		    arena_printf(t->arena, "dead-letters:%lld", (long long)*done), STR_NULL);
	return pg_end(t, w->pg, e);
}

/* --- forms ------------------------------------------------------------------- */

static enum err
id_of(struct task *t, const struct req *req, int64_t *id)
{
	if (num_range(req->param[0], 1, INT64_MAX, id))
		return E_OK;
	return task_fail(t, E_NOT_FOUND, "There is no such dead letter.");
}

static enum err
act_form(struct web *w, struct task *t, const struct req *req, struct res *res,
         struct letter_act act, const char *done)
{
	struct str batch_id;
	enum err e = id_of(t, req, &act.id);
	if (e == E_OK)
		e = letter_do(w, t, req, &act, &batch_id);
	if (e == E_OK)
		res_redirect(res, arena_printf(t->arena, "/system/dead-letters/%lld?done=%s",
		    (long long)act.id, done));
	return e;
}

enum err
page_letter_replay(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return act_form(w, t, req, res, (struct letter_act){ .drop = false }, "replayed");
}

enum err
page_letter_drop(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return act_form(w, t, req, res, (struct letter_act){ .drop = true }, "dropped");
}

enum err
page_letters_act(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct dead_filter f;
	bool drop = str_is(req_form(t, req, "act"), "drop");
	int64_t done = 0, until;
	enum err e = letters_filter(t, req, true, &f);
	/* what came after the preview was not in its count */
	if (e == E_OK && num_range(req_form(t, req, "until"), 1, INT64_MAX - 1, &until))
		f.before = until + 1;
	if (e == E_OK)
		e = letters_do(w, t, req, &f, drop, &done);
	if (e == E_OK)
		res_redirect(res, arena_printf(t->arena, "/system/dead-letters?done=%s&n=%lld",
		    drop ? "dropped" : "replayed", (long long)done));
	return e;
}
