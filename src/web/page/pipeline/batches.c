/* batches.c - accepted batches and missing numbers of a window; one batch. */
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "queue/stream.h"
#include "view/format.h"
#include "web/page/pipeline/pipeline.h"
#include "web/page/rejects.h"

#define SHOWN 100

static const struct explore_page LIST = { "pipeline_batches.tpl", "Batches", "pipeline" };
static const struct explore_page ONE = { "pipeline_batch.tpl", "Batch", "pipeline" };
static const struct explore_page GAPS = { "pipeline_gaps.tpl", "Missing numbers", "pipeline" };

static enum pipeline_outcome
outcome_asked(struct task *t, const struct req *req)
{
	struct str want = req_query(t, req, "outcome");
	int k = 0;
	while (k < PIPELINE_OUTCOMES && !str_is(want, pipeline_words[k].name))
		k++;
	return (enum pipeline_outcome)k;
}

static void
fill_numbers(struct task *t, struct dict *d, const struct pipeline_batch *b)
{
	dict_str(d, "ITEMS", format_count(t, b->items));
	dict_str(d, "STORED", format_count(t, b->inserted));
	dict_str(d, "DUPLICATES", format_count(t, b->duplicates + b->request_duplicates));
	dict_str(d, "REJECTED", format_count(t, b->rejected));
	dict_str(d, "DROPPED", format_count(t, b->dropped));
	dict_str(d, "DEAD", format_count(t, b->dead));
	dict_printf(d, "SDK", "%.*s %.*s", STRF(b->sdk), STRF(b->sdk_version));
	dict_str(d, "SOURCE", b->source);
}

static struct str
batch_url(struct explore *x, struct str id)
{
	struct task *t = x->t;
	return page_encode(t, page_path(x->w, t, arena_cstr(t->arena,
	    arena_printf(t->arena, "pipeline/batches/%.*s", STRF(id)))));
}

static void
fill_tabs(struct explore *x, enum pipeline_outcome here)
{
	struct task *t = x->t;
	for (int k = -1; k <= PIPELINE_DEAD; k++) {
		struct dict *d = dict_row(x->page.body, "TAB");
		dict_set(d, "NAME", k < 0 ? "All" : pipeline_words[k].title);
		dict_str(d, "URL", page_link(t, x->page.path, x->range_q, k < 0 ? STR_NULL :
		    arena_printf(t->arena, "outcome=%s", pipeline_words[k].name), STR_NULL));
		dict_show_if(d, "HERE", (k < 0 && here == PIPELINE_OUTCOMES) || k == (int)here);
	}
}

enum err
page_pipeline_batches(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct explore *x;
	struct pipeline_batches list;
	enum pipeline_outcome outcome = outcome_asked(t, req);
	enum err e = explore_open(w, t, req, res, &LIST, &x);
	if (e != E_OK || x == NULL)
		return e;
	if (outcome < PIPELINE_OUTCOMES)
		x->page.extra = arena_printf(t->arena, "outcome=%s", pipeline_words[outcome].name);
	if ((e = explore_begin(x)) == E_OK)
		e = pipeline_batches(t, w->pg, &x->env, x->range, outcome, x->cursor, SHOWN, &list);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	explore_frame_plain(x, &LIST, true);
	fill_tabs(x, outcome);
	dict_str(x->page.body, "UP_URL", page_link(t, page_path(w, t, "pipeline"), x->range_q,
	    STR_NULL, STR_NULL));
	if (list.n == 0)
		explore_none(x, "batches");
	struct dict *table = list.n > 0 ? dict_row(x->page.body, "LIST") : NULL;
	for (size_t i = 0; i < list.n; i++) {
		struct dict *d = dict_row(table, "ROW");
		dict_str(d, "ID", list.row[i].id);
		dict_str(d, "URL", batch_url(x, list.row[i].id));
		explore_time(x, d, list.row[i].received_us);
		dict_show_if(d, "FAILED", str_is(list.row[i].status, "failed"));
		fill_numbers(t, d, &list.row[i]);
	}
	if (list.n > 0)
		explore_pager(x, table, list.n, "batches", list.next_cursor);
	return page_send(&x->page, res, 200);
}

/* {"code": n} as rows. */
static void
fill_codes(struct task *t, struct dict *body, const char *outcome, struct str json)
{
	const struct json *all, *value;
	struct str code;
	if (json_parse(t, json, &all) != E_OK) {
		task_clear(t);
		return;
	}
	for (void *it = NULL; json_next(all, &it, &code, &value);) {
		struct dict *d = dict_row(body, "CODE_ROW");
		dict_set(d, "OUTCOME", outcome);
		dict_str(d, "WORDS", rejects_words(t, code, false));
		dict_str(d, "CODE", code);
		dict_str(d, "N", format_count(t, json_i64(value, 0)));
		if (rejects_fix(code, false).n > 0)
			dict_str(dict_row(d, "HINT"), "FIX", rejects_fix(code, false));
	}
}

/* Foreign, unknown, no id at all: one answer. */
static enum err
no_batch(struct task *t)
{
	task_clear(t);
	return task_fail(t, E_NOT_FOUND, "There is no such batch.");
}

enum err
page_pipeline_batch(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct explore *x;
	struct str id = req->param[3], stream_id;
	struct pipeline_batch b = { 0 };
	int64_t ms;
	enum err e = explore_open(w, t, req, NULL, &ONE, &x);
	if (e != E_OK)
		return e;
	if (!batch_id_parse(t, id, &stream_id, &ms) || ms < 0 || ms > INT64_C(4102444800000))
		return no_batch(t);
	if ((e = explore_begin(x)) == E_OK)
		e = pipeline_batch(t, w->pg, &x->env, id, ms, &b);
	e = pg_end(t, w->pg, e);
	if (e == E_NOT_FOUND)
		return no_batch(t);
	if (e != E_OK)
		return e;
	explore_frame_plain(x, &ONE, false);
	struct dict *d = x->page.body;
	dict_str(d, "ID", b.id);
	dict_str(d, "UP_URL", page_path(w, t, "pipeline/batches"));
	fill_numbers(t, d, &b);
	explore_time(x, d, b.received_us);
	dict_str(d, "AFTER", format_ms(t, (double)(b.stored_us - b.received_us) / 1000, false));
	dict_show_if(d, "FAILED", str_is(b.status, "failed"));
	dict_str(d, "SCHEMA", b.schema_version.n > 0 ? b.schema_version : STR("\xe2\x80\x93"));
	dict_str(d, "REQUEST_ID", b.request_id.n > 0 ? b.request_id : STR("\xe2\x80\x93"));
	dict_str(d, "KEY", b.key_name.n > 0 ? b.key_name : STR("\xe2\x80\x93"));
	fill_codes(t, d, "rejected", b.rejected_by);
	fill_codes(t, d, "dropped", b.dropped_by);
	if (b.rejected + b.dropped == 0)
		dict_show(d, "CLEAN");
	return page_send(&x->page, res, 200);
}

enum err
page_pipeline_gaps(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct explore *x;
	struct pipeline_gap *gap = NULL;
	size_t n = 0;
	enum err e = explore_open(w, t, req, res, &GAPS, &x);
	if (e != E_OK || x == NULL)
		return e;
	if ((e = explore_begin(x)) == E_OK)
		e = pipeline_gaps(t, w->pg, &x->env, x->range, &gap, &n);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	explore_frame_plain(x, &GAPS, true);
	dict_str(x->page.body, "UP_URL", page_link(t, page_path(w, t, "pipeline"), x->range_q,
	    STR_NULL, STR_NULL));
	struct dict *table = n > 0 ? dict_row(x->page.body, "LIST") : NULL;
	if (n == 0)
		dict_show(x->page.body, "CLEAN");
	for (size_t i = 0; i < n; i++) {
		struct dict *d = dict_row(table, "ROW");
		dict_str(d, "INSTALL", gap[i].install);
		if (gap[i].lo == gap[i].hi)
			dict_printf(d, "NUMBERS", "%lld", (long long)gap[i].lo);
		else
			dict_printf(d, "NUMBERS", "%lld\xe2\x80\x93%lld", (long long)gap[i].lo,
			    (long long)gap[i].hi);
		dict_str(d, "N", format_count(t, gap[i].hi - gap[i].lo + 1));
		dict_str(d, "EXPLAINED", format_count(t, gap[i].explained));
		dict_show_if(d, "OPEN", gap[i].opened_us > t->now_us - US_PER_DAY);
		explore_time(x, d, gap[i].opened_us);
	}
	return page_send(&x->page, res, 200);
}
