/* letter.c - one dead letter: what it holds, why it died, what was done, and
 * the form that mends it. */
#include "base/clock.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/num.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ingest/letter.h"
#include "view/format.h"
#include "web/page/field.h"
#include "web/page/system/letters.h"
#include "web/page/system/system.h"
#include "web/who.h"

#define HEX_SHOWN 256 /* bytes of a letter that nothing can read */
#define OTHERS_MAX 10

struct one {
	struct dead_letter d;
	struct dead_place *place;
	size_t nplaces;
	struct batch batch;
	struct str json;  /* "" = cannot be read */
};

static enum err
load(struct web *w, struct task *t, const struct req *req, struct one *o)
{
	int64_t id, env;
	if (!num_range(req->param[0], 1, INT64_MAX, &id))
		return task_fail(t, E_NOT_FOUND, "There is no such dead letter.");
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = dead_letter_get(t, w->pg, id, &o->d);
	env = o->d.environment_id;
	if (e == E_OK)
		e = dead_letter_places(t, w->pg, &env, 1, &o->place, &o->nplaces);
	return e; /* the transaction goes on: the history asks the ledger */
}

static void
fill_facts(struct page *p, const struct one *o)
{
	struct task *t = p->t;
	const struct dead_letter *d = &o->d;
	struct dict *b = p->body;
	bool open = str_is(d->state, "open");
	dict_i64(b, "ID", d->id);
	dict_str(b, "STATE", d->state);
	dict_set(b, "CLASS", open ? "crash" : "flat");
	dict_str(b, "REASON", d->reason);
	dict_str(b, "DETAIL", d->detail.n > 0 ? d->detail : STR("\xe2\x80\x93"));
	dict_str(b, "SQLSTATE", d->sqlstate.n > 0 ? d->sqlstate : STR("\xe2\x80\x93"));
	dict_str(b, "EVENT_ID", d->event_id.n > 0 ? d->event_id : STR("\xe2\x80\x93"));
	dict_str(b, "BATCH_ID", d->batch_id);
	dict_i64(b, "ITEM", d->item);
	dict_str(b, "DIED", arena_printf(t->arena, "%.*s UTC", STRF(format_time(t, d->created_us, 0))));
	if (o->nplaces > 0)
		dict_printf(b, "PLACE", "%.*s / %.*s / %.*s", STRF(o->place[0].team),
		    STRF(o->place[0].project), STRF(o->place[0].name));
	else
		dict_printf(b, "PLACE", "environment %d, which is gone", d->environment_id);
}

/* One line of the history; a replay with what became of it. */
static enum err
fill_act(struct web *w, struct page *p, const struct one *o, const struct json *act)
{
	struct task *t = p->t;
	struct str batch = json_get_str(act, "batch_id"), what = json_get_str(act, "act");
	struct str at = json_get_str(act, "at"), outcome = STR("");
	int64_t us = 0;
	enum err e = E_OK;
	struct dict *d = dict_row(p->body, "ACT");
	if (!clock_parse(at, true, &us))
		us = 0;
	if (batch.n > 0)
		e = dead_letter_outcome(t, w->pg, o->d.environment_id, batch, us, &outcome);
	if (e != E_OK)
		return e;
	dict_str(d, "AT", us > 0 ? format_time(t, us, 0) : at);
	dict_str(d, "WHAT", str_is(what, "fixed") ? STR("mended and replayed") : what);
	dict_str(d, "BY", json_get_str(act, "by"));
	if (batch.n > 0) {
		struct dict *x = dict_row(d, "BATCH");
		dict_str(x, "ID", batch);
		dict_str(x, "OUTCOME", outcome);
		dict_set(x, "CLASS", str_is(outcome, "stored") || str_is(outcome, "duplicate") ?
		    "ok" : str_is(outcome, "failed") ? "crash" : "warn");
	}
	return E_OK;
}

static enum err
fill_history(struct web *w, struct page *p, const struct one *o)
{
	const struct json *list = NULL;
	enum err e = json_parse(p->t, o->d.history, &list);
	struct dict *first = dict_row(p->body, "ACT");
	dict_str(first, "AT", format_time(p->t, o->d.created_us, 0));
	dict_str(first, "WHAT", arena_printf(p->t->arena, "died after %lld %s",
	    (long long)o->d.deliveries, o->d.deliveries == 1 ? "delivery" : "deliveries"));
	dict_set(first, "BY", "the consumer");
	for (size_t i = 0; e == E_OK && i < json_count(list); i++)
		e = fill_act(w, p, o, json_at(list, i));
	return e;
}

static void
fill_problems(struct page *p)
{
	struct task *t = p->t;
	if (t->err == E_OK)
		return;
	struct dict *d = dict_row(p->body, "PROBLEMS");
	dict_str(d, "TEXT", str_of(t->detail));
	for (size_t i = 0; i < t->nfields; i++) {
		struct dict *f = dict_row(d, "FIELD");
		dict_str(f, "PATH", t->fields[i].path);
		dict_str(f, "TEXT", t->fields[i].message);
	}
}

static void
fill_body(struct page *p, const struct one *o, struct str typed)
{
	struct task *t = p->t;
	bool open = str_is(o->d.state, "open");
	if (o->json.n == 0) {
		struct dict *d = dict_row(p->body, "BYTES");
		dict_str(d, "HEX", codec_hex_str(t->arena, str_slice(o->d.wire, 0, HEX_SHOWN)));
		dict_str(d, "SIZE", format_bytes(t, (int64_t)o->d.wire.n));
	} else if (open) {
		struct dict *d = dict_row(p->body, "MEND");
		page_csrf(p, d);
		dict_i64(d, "ID", o->d.id);
		dict_str(d, "JSON", typed.n > 0 ? typed : json_pretty(t, o->json));
		dict_show_if(d, "BAD", t->err != E_OK);
	} else {
		dict_str(dict_row(p->body, "READ"), "JSON", json_pretty(t, o->json));
	}
	if (open) {
		struct dict *d = dict_row(p->body, "OPEN");
		page_csrf(p, d);
		dict_i64(d, "ID", o->d.id);
	}
}

static void
note_done(struct page *p)
{
	struct str done = req_query(p->t, p->req, "done");
	if (str_is(done, "replayed"))
		page_note(p, "good", "It is in the queue again; below stands what becomes of it.");
	else if (str_is(done, "dropped"))
		page_note(p, "good", "It is dropped, and its bytes are deleted.");
}

/* typed: what was sent to be mended, with the task's failure. */
static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res, struct str typed,
     int status)
{
	struct task kept = *t; /* the failure that the form shows */
	struct page p = page_framed(w, t, req, "system_letter.tpl", "Dead letter");
	struct one o = { 0 };
	task_clear(t);
	enum err e = load(w, t, req, &o);
	if (e == E_OK && o.d.wire.n > 0 && letter_open(t, o.d.wire, &o.batch, &o.json) != E_OK) {
		task_clear(t);
		o.json = STR("");
	}
	if (e == E_OK)
		e = fill_history(w, &p, &o);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_system(&p, "dead-letters");
	note_done(&p);
	fill_facts(&p, &o);
	t->err = kept.err;
	memcpy(t->detail, kept.detail, sizeof(t->detail));
	t->fields = kept.fields;
	t->nfields = kept.nfields;
	fill_problems(&p);
	fill_body(&p, &o, typed);
	dict_show_if(p.body, "NOTHING", o.d.wire.n == 0);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_letter(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return show(w, t, req, res, STR(""), 200);
}

enum err
page_letter_mend(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct letter_act act = { .mend = str_trim(req_form(t, req, "item")) };
	struct str batch_id;
	if (!num_range(req->param[0], 1, INT64_MAX, &act.id))
		return task_fail(t, E_NOT_FOUND, "There is no such dead letter.");
	if (act.mend.n == 0)
		return task_fail(t, E_BAD_PARAM, "The item is missing.");
	enum err e = letter_do(w, t, req, &act, &batch_id);
	if (e == E_INVALID || e == E_BAD_JSON)
		return show(w, t, req, res, utf8_clean(t->arena, act.mend), 422);
	if (e == E_OK)
		res_redirect(res, arena_printf(t->arena, "/system/dead-letters/%lld?done=replayed",
		    (long long)act.id));
	return e;
}
