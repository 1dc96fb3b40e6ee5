/* pipeline.c - the balance of a window: sent = stored + … + unaccounted. */
#include "web/page/pipeline/pipeline.h"

#include "base/str.h"
#include "view/format.h"
#include "web/file.h"
#include "web/page/rejects.h"
#include "web/trail.h"

static const struct explore_page AS = { "pipeline.tpl", "Pipeline", "pipeline" };

/* A row of the balance: its definition, a sentence, where the rows behind the
 * number are (NULL = nowhere), and how it looks when there are any. */
static const struct line {
	const char *slug, *says, *rows, *state;
} LINES[PIPELINE_OUTCOMES] = {
	[PIPELINE_STORED] = { "pipeline-stored", "kept, and counted everywhere", "batches", "" },
	[PIPELINE_DUPLICATE] = { "pipeline-duplicate", "sent again; an event id counts once",
		"batches", "" },
	[PIPELINE_REJECTED] = { "pipeline-rejected", "malformed or over a limit; the SDK was told",
		"batches", "warn" },
	[PIPELINE_DROPPED] = { "pipeline-dropped", "by a rule: quota, retention, erasure",
		"batches", "warn" },
	[PIPELINE_DEAD] = { "pipeline-dead", "accepted, refused by the store, kept aside",
		"batches", "crash" },
	[PIPELINE_REPORTED] = { "pipeline-reported", "thrown away on the device, as the SDK says",
		NULL, "" },
	[PIPELINE_OPEN] = { "pipeline-open", "a later number is here; missing for less than a day",
		"gaps", "" },
	[PIPELINE_MISSING] = { "pipeline-unaccounted", "missing for longer, and nobody says why",
		"gaps", "crash" },
};

static struct str
rows_url(struct explore *x, const char *page, const char *outcome)
{
	struct task *t = x->t;
	char leaf[64];
	snprintf(leaf, sizeof(leaf), "pipeline/%s", page);
	return page_link(t, page_path(x->w, t, leaf), x->range_q,
	    outcome != NULL ? arena_printf(t->arena, "outcome=%s", outcome) : STR_NULL, STR_NULL);
}

static struct str
share_svg(struct task *t, double share)
{
	struct buf b = BUF_INIT;
	chart_share(&b, share);
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

static void
fill_balance(struct explore *x, struct dict *body, const struct pipeline *p)
{
	struct task *t = x->t;
	int64_t sent = pipeline_sent(&p->all);
	dict_str(body, "SENT", format_count(t, sent));
	for (int k = 0; k < PIPELINE_OUTCOMES; k++) {
		const struct line *line = &LINES[k];
		int64_t n = p->all.n[k];
		double share = sent > 0 ? (double)n / (double)sent : 0;
		struct dict *d = dict_row(body, "OUTCOME");
		dict_set(d, "NAME", pipeline_words[k].title);
		dict_set(d, "SLUG", line->slug);
		dict_set(d, "SAYS", line->says);
		dict_str(d, "SHARE", format_percent(t, 100 * share, sent == 0));
		dict_str(d, "BAR_SVG", share_svg(t, share));
		dict_set(d, "STATE", n > 0 ? line->state : "");
		if (n > 0 && line->rows != NULL)
			dict_str(dict_row(d, "LINK"), "URL",
			    rows_url(x, line->rows, pipeline_words[k].name));
		else
			dict_show(d, "PLAIN");
		dict_str(d, "N", format_count(t, n));
	}
	dict_printf(body, "REQUESTS", "%.*s accepted %s", STRF(format_count(t, p->all.requests)),
	    p->all.requests == 1 ? "request" : "requests");
	dict_str(body, "REFUSED", format_count(t, p->all.refused));
	dict_str(body, "REJECTS_URL", page_path(x->w, t, "pipeline/rejects"));
}

/* The one sentence that somebody came for. */
static void
fill_says(struct explore *x, struct dict *body, const struct pipeline *p)
{
	struct task *t = x->t;
	int64_t sent = pipeline_sent(&p->all), missing = p->all.n[PIPELINE_MISSING];
	struct str share = format_percent(t,
	    100.0 * (double)(p->all.n[PIPELINE_STORED]) / (double)(sent > 0 ? sent : 1), false);
	if (missing > 0)
		dict_printf(body, "SAYS", "%.*s of what was sent is stored; %.*s %s "
		    "unaccounted for.", STRF(share), STRF(format_count(t, missing)),
		    missing == 1 ? "item is" : "items are");
	else
		dict_printf(body, "SAYS", "%.*s of what was sent is stored; nothing is "
		    "unaccounted for.", STRF(share));
}

static void
fill_reasons(struct explore *x, struct dict *body, const struct pipeline *p)
{
	struct task *t = x->t;
	struct dict *table = p->nreasons > 0 ? dict_row(body, "REASONS") : NULL;
	for (size_t i = 0; i < p->nreasons; i++) {
		const struct pipeline_reason *r = &p->reason[i];
		struct dict *d = dict_row(table, "ROW");
		bool refused = strcmp(r->outcome, "refused") == 0;
		bool device = strcmp(r->outcome, "reported") == 0;
		dict_set(d, "OUTCOME", r->outcome);
		dict_str(d, "WORDS", rejects_words(t, r->code, device));
		dict_str(d, "CODE", r->code);
		if (rejects_fix(r->code, device).n > 0)
			dict_str(dict_row(d, "HINT"), "FIX", rejects_fix(r->code, device));
		dict_str(d, "N", refused ? arena_printf(t->arena, "%.*s %s",
		    STRF(format_count(t, r->requests)), r->requests == 1 ? "request" : "requests") :
		    format_count(t, r->items));
	}
}

static void
fill_senders(struct explore *x, struct dict *body, const char *marker,
             const struct pipeline_sender *s, size_t n, const char *unknown)
{
	static const int column[] = { PIPELINE_STORED, PIPELINE_DUPLICATE, PIPELINE_REJECTED,
		PIPELINE_DROPPED, PIPELINE_REPORTED };
	static const char *const name[] = { "STORED", "DUPLICATE", "REJECTED", "DROPPED",
		"REPORTED" };
	struct task *t = x->t;
	struct dict *table = n > 0 ? dict_row(body, marker) : NULL;
	for (size_t i = 0; i < n; i++) {
		struct dict *d = dict_row(table, "ROW");
		dict_str(d, "NAME", s[i].name.n > 0 ? s[i].name : str_of(unknown));
		dict_str(d, "VERSION", s[i].version);
		for (size_t k = 0; k < NELEM(column); k++)
			dict_str(d, name[k], format_count(t, s[i].sum.n[column[k]]));
		dict_str(d, "REFUSED", format_count(t, s[i].sum.refused));
	}
}

static void
fill_chart(struct explore *x, struct dict *body, const struct pipeline *p)
{
	struct task *t = x->t;
	struct chart c = { .id = STR("chart-sent"), .noun = STR("items sent") };
	size_t n = x->range->now.n;
	double *sent = tarray(t, n + 1, double), *stored = tarray(t, n + 1, double);
	double *lost = tarray(t, n + 1, double);
	figure_axis(t, x->range, &c);
	for (size_t i = 0; i < n; i++) {
		const struct pipeline_balance *b = &p->bucket[i];
		sent[i] = (double)pipeline_sent(b);
		stored[i] = (double)b->n[PIPELINE_STORED];
		lost[i] = (double)b->n[PIPELINE_MISSING];
	}
	c.title = STR("Items sent");
	c.value = sent;
	c.also[0] = stored;
	c.also_name[0] = STR("stored");
	c.also[1] = lost;
	c.also_name[1] = STR("unaccounted");
	figure_fill(t, body, &(struct figure){ .marker = "FIGURE", .kind = "line",
	    .chart = &c, .now = STR("sent"),
	    .url = figure_links(t, x->range, page_path(x->w, t, "pipeline/batches"), STR_NULL) });
}

/* The balance of the request's window. */
static enum err
load(struct web *w, struct task *t, const struct req *req, struct res *res,
     struct explore **x, struct pipeline *p, const char *file)
{
	enum err e = explore_open(w, t, req, res, &AS, x);
	if (e != E_OK || *x == NULL)
		return e;
	if ((e = explore_begin(*x)) == E_OK)
		e = pipeline_load(t, w->pg, &(*x)->env, (*x)->range, p);
	if (e == E_OK && file != NULL)
		e = trail_export(w, t, req, file);
	return pg_end(t, w->pg, e);
}

enum err
page_pipeline(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct explore *x;
	struct pipeline p = { 0 };
	enum err e = load(w, t, req, res, &x, &p, NULL);
	if (e != E_OK || x == NULL)
		return e;
	explore_frame_plain(x, &AS, true);
	explore_curl(x, "pipeline", STR_NULL);
	explore_export(x, "pipeline");
	if (pipeline_sent(&p.all) == 0 && p.all.refused == 0) {
		explore_none(x, "items");
	} else {
		struct dict *d = dict_row(x->page.body, "BALANCE");
		fill_says(x, d, &p);
		fill_balance(x, d, &p);
		fill_chart(x, d, &p);
		fill_reasons(x, d, &p);
		fill_senders(x, d, "SDKS", p.sdk, p.nsdks, "no X-SDK header");
		fill_senders(x, d, "KEYS", p.key, p.nkeys, "not by a key");
	}
	dict_str(x->page.body, "MS", format_ms(t, p.meta.query_ms, false));
	dict_str(x->page.body, "RANGE", range_describe(t, x->range));
	return page_send(&x->page, res, 200);
}

static enum err
send_file(struct web *w, struct task *t, const struct req *req, struct res *res,
          enum export_format f)
{
	struct explore *x;
	struct pipeline p = { 0 };
	enum err e = load(w, t, req, res, &x, &p, file_ending(f));
	if (e != E_OK || x == NULL)
		return e;
	file_head(res, f, STR("pipeline"));
	pipeline_file(&res->body, f, x->range, &p);
	return E_OK;
}

enum err
page_pipeline_csv(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send_file(w, t, req, res, EXPORT_CSV);
}

enum err
page_pipeline_ndjson(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send_file(w, t, req, res, EXPORT_NDJSON);
}
