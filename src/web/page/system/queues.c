/* queues.c - the queue page: what waits, how fast it goes, who works. */
#include "web/page/system/queues.h"

#include <math.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/url.h"
#include "view/format.h"
#include "web/page/system/system.h"
#include "web/who.h"

static const struct queue_range RANGES[] = {
	{ "1h", "1 hour", "Last hour", US_PER_HOUR, US_PER_MIN, STEP_MINUTE },
	{ "24h", "24 hours", "Last 24 hours", 24 * US_PER_HOUR, 15 * US_PER_MIN, STEP_MINUTE },
	{ "7d", "7 days", "Last 7 days", 7 * US_PER_DAY, 2 * US_PER_HOUR, STEP_HOUR },
};
#define RANGE_DEFAULT 0
#define RUNS_SHOWN 20

const struct queue_range *
queue_range_find(struct str name)
{
	for (size_t i = 0; i < NELEM(RANGES); i++)
		if (str_is(name, RANGES[i].query))
			return &RANGES[i];
	return &RANGES[RANGE_DEFAULT];
}

enum err
queue_console_load(struct web *w, struct task *t, const struct queue_range *range, struct str kind,
                   struct queue_console *c)
{
	int64_t end = (t->now_us / range->step_us + 1) * range->step_us;
	*c = (struct queue_console){ .range = range, .kind = kind.n > 0 ? kind : STR(WORK_INGEST) };
	c->query = (struct work_query){ end - range->span_us, end, range->step_us, c->kind };
	enum err e = stream_stats(t, w->redis, &c->stats);
	if (e == E_OK)
		e = pause_get(t, w->redis, &c->pause);
	if (e == E_OK)
		e = worker_list(t, w->redis, &c->workers);
	if (e == E_OK && stream_consumers(t, w->redis, &c->consumer, &c->nconsumers) != E_OK)
		task_clear(t); /* no group yet: nobody has read */
	if (e == E_OK)
		e = who_begin(t, w);
	if (e == E_OK)
		e = minute_read(t, w->pg, &c->query, &c->work);
	if (e == E_OK)
		e = job_last(t, w->pg, &c->job, &c->njobs);
	if (e == E_OK)
		e = job_run_list(t, w->pg, kind.n > 0 && !str_is(kind, WORK_INGEST) ? kind : STR(""),
		    RUNS_SHOWN, &c->run, &c->nruns);
	return pg_end(t, w->pg, e);
}

const struct work *
queue_console_kind(const struct queue_console *c, struct str kind)
{
	static const struct work NONE;
	for (size_t i = 0; i < c->work.nkinds; i++)
		if (str_eq(c->work.kind[i].kind, kind))
			return &c->work.kind[i];
	return &NONE;
}

/* --- the page ---------------------------------------------------------------- */

struct show {
	struct page *page;
	struct task *t;
	const struct queue_console *c;
};

static struct str
ms_text(struct task *t, const struct work *w, double p)
{
	double ms = hist_percentile(w->hist, HIST_BUCKETS, p);
	return format_ms(t, ms, isnan(ms));
}

static void
tile(const struct show *s, const char *name, struct str value, struct str more, const char *class)
{
	struct dict *d = dict_row(s->page->body, "KEY");
	dict_set(d, "NAME", name);
	dict_str(d, "VALUE", value);
	dict_str(d, "MORE", more);
	dict_set(d, "CLASS", class);
}

static void
fill_tiles(const struct show *s)
{
	struct task *t = s->t;
	const struct stream_stats *q = &s->c->stats;
	const struct work *in = queue_console_kind(s->c, STR(WORK_INGEST));
	double minutes = (double)s->c->range->span_us / (double)US_PER_MIN;
	tile(s, "Waiting", format_count(t, q->entries), arena_printf(t->arena,
	    "batches, %.*s items, %.*s", STRF(format_count(t, q->items)),
	    STRF(format_bytes(t, q->bytes))), q->full ? "bad" : "flat");
	tile(s, "Oldest", format_ms(t, (double)q->oldest_age_ms, q->entries == 0), arena_printf(t->arena,
	    "at most %.*s", STRF(format_ms(t, (double)in->lag_max_ms, false))), "flat");
	tile(s, "Items a minute", format_count(t, llround((double)in->items / minutes)),
	    arena_printf(t->arena, "%.*s in %.*s batches", STRF(format_count(t, in->items)),
	    STRF(format_count(t, in->batches))), "flat");
	tile(s, "Runtime p95", ms_text(t, in, 0.95), arena_printf(t->arena, "p50 %.*s, a transaction",
	    STRF(ms_text(t, in, 0.5))), "flat");
	tile(s, "Failures", format_count(t, in->failures), arena_printf(t->arena,
	    "%.*s retries, %.*s dead letters", STRF(format_count(t, in->retries)),
	    STRF(format_count(t, in->dead))), in->failures > 0 ? "bad" : "flat");
}

static struct str
range_part(struct task *t, const struct queue_range *r)
{
	return arena_printf(t->arena, "range=%s", r->query);
}

static struct str
kind_part(struct task *t, struct str kind)
{
	return arena_printf(t->arena, "kind=%.*s", STRF(kind));
}

static void
fill_ranges(const struct show *s)
{
	for (size_t i = 0; i < NELEM(RANGES); i++) {
		struct dict *d = dict_row(s->page->body, "RANGE");
		dict_set(d, "NAME", RANGES[i].name);
		dict_str(d, "URL", page_link(s->t, STR("/system/queues"), range_part(s->t, &RANGES[i]),
		    kind_part(s->t, s->c->kind), STR_NULL));
		dict_show_if(d, "HERE", &RANGES[i] == s->c->range);
	}
}

static void
axis(const struct show *s, struct chart *c)
{
	const struct work_query *q = &s->c->query;
	int64_t *at = tarray(s->t, s->c->work.nbuckets + 1, int64_t);
	for (size_t i = 0; i < s->c->work.nbuckets; i++)
		at[i] = q->from_us + (int64_t)i * q->step_us;
	c->n = s->c->work.nbuckets;
	c->at_us = at;
	c->step = s->c->range->step;
	c->unfinished = true;
}

/* What the kind did: items of ingest, runs of a job. */
static void
fill_throughput(const struct show *s)
{
	struct task *t = s->t;
	bool ingest = str_is(s->c->kind, WORK_INGEST);
	double *v = tarray(t, s->c->work.nbuckets + 1, double);
	struct chart c = { .id = STR("chart-work"), .unit = UNIT_COUNT,
		.noun = ingest ? STR("items") : STR("runs") };
	axis(s, &c);
	for (size_t i = 0; i < c.n; i++)
		v[i] = (double)(ingest ? s->c->work.bucket[i].items : s->c->work.bucket[i].runs);
	c.value = v;
	c.title = ingest ? STR("Items stored") : arena_printf(t->arena, "Runs of %.*s",
	    STRF(s->c->kind));
	figure_fill(t, s->page->body, &(struct figure){ .marker = "WORK", .kind = "bars", .chart = &c,
		.now = c.noun });
}

static void
fill_runtime(const struct show *s)
{
	struct task *t = s->t;
	size_t n = s->c->work.nbuckets;
	double *p95 = tarray(t, n + 1, double);
	struct chart c = { .id = STR("chart-runtime"), .unit = UNIT_MS, .noun = STR("runtime, p95"),
		.title = STR("Runtime, p95") };
	axis(s, &c);
	for (size_t i = 0; i < n; i++)
		p95[i] = hist_percentile(s->c->work.bucket[i].hist, HIST_BUCKETS, 0.95);
	c.value = p95;
	figure_fill(t, s->page->body, &(struct figure){ .marker = "RUNTIME", .kind = "bars",
		.chart = &c, .now = STR("p95") });
}

static struct str
ago(struct task *t, int64_t us)
{
	return us > 0 ? format_ago(t, us, t->now_us) : STR("\xe2\x80\x93");
}

static void
fill_kind(const struct show *s, struct dict *list, struct str name, const struct job_run *last)
{
	struct task *t = s->t;
	const struct work *k = queue_console_kind(s->c, name);
	struct dict *d = dict_row(list, "ROW");
	dict_str(d, "NAME", name);
	dict_str(d, "URL", page_link(t, STR("/system/queues"), range_part(t, s->c->range),
	    kind_part(t, name), STR_NULL));
	dict_show_if(d, "HERE", str_eq(name, s->c->kind));
	dict_str(d, "RUNS", format_count(t, k->runs));
	dict_str(d, "ITEMS", format_count(t, k->items));
	dict_str(d, "P50", ms_text(t, k, 0.5));
	dict_str(d, "P95", ms_text(t, k, 0.95));
	dict_str(d, "FAILURES", format_count(t, k->failures));
	dict_show_if(d, "BAD", k->failures > 0);
	if (last == NULL) {
		dict_show(d, "ALWAYS");
		return;
	}
	struct dict *j = dict_row(d, "JOB");
	int64_t next = last->ended_us + last->period_s * US_PER_S;
	dict_str(j, "LAST", ago(t, last->ended_us));
	dict_str(j, "NEXT", last->period_s == 0 ? STR("\xe2\x80\x93") : next <= t->now_us ?
	    STR("now") : format_ago(t, next, t->now_us));
	if (!last->ok)
		dict_str(dict_row(j, "FAILED"), "ERROR", last->error);
	dict_str(j, "NAME", name);
	dict_str(j, "RUN_URL", arena_printf(t->arena, "/system/jobs/%.*s/run", STRF(name)));
	page_csrf(s->page, j);
}

static void
fill_kinds(const struct show *s)
{
	fill_kind(s, s->page->body, STR(WORK_INGEST), NULL);
	for (size_t i = 0; i < s->c->njobs; i++)
		fill_kind(s, s->page->body, s->c->job[i].job, &s->c->job[i]);
}

static int64_t
pending_of(const struct queue_console *c, struct str name)
{
	for (size_t i = 0; i < c->nconsumers; i++)
		if (str_eq(c->consumer[i].name, name))
			return c->consumer[i].pending;
	return 0;
}

static void
fill_worker(const struct show *s, struct dict *list, const struct worker *w)
{
	struct task *t = s->t;
	struct dict *d = dict_row(list, "WORKER");
	bool consumer = str_is(w->kind, "consumer");
	dict_str(d, "NAME", w->name);
	dict_i64(d, "PID", w->pid);
	dict_str(d, "PSS", format_bytes(t, w->pss_bytes));
	dict_str(d, "UP", format_ms(t, (double)(t->now_us - w->started_us) / US_PER_MS, false));
	dict_str(d, "DONE", format_count(t, w->done));
	dict_str(d, "PENDING", consumer ? format_count(t, pending_of(s->c, w->name)) :
	                                  STR("\xe2\x80\x93"));
	dict_str(d, "NOW", w->now.n > 0 ? w->now : STR("waiting"));
	dict_str(d, "SEEN", ago(t, w->seen_us));
}

/* Consumers that hold batches and are gone: others take them over. */
static void
fill_gone(const struct show *s)
{
	int64_t held = 0, names = 0;
	for (size_t i = 0; i < s->c->nconsumers; i++) {
		bool lives = false;
		for (size_t k = 0; k < s->c->workers.n; k++)
			lives = lives || str_eq(s->c->workers.row[k].name, s->c->consumer[i].name);
		if (lives || s->c->consumer[i].pending == 0)
			continue;
		held += s->c->consumer[i].pending;
		names++;
	}
	if (names > 0)
		dict_printf(dict_row(s->page->body, "GONE"), "TEXT", "%lld %s gone and still %s"
		    " %lld %s; another takes them over.", (long long)names,
		    names == 1 ? "consumer is" : "consumers are", names == 1 ? "holds" : "hold",
		    (long long)held, held == 1 ? "batch" : "batches");
}

/* Processes of one kind: their sum, and each of them behind it. */
static void
fill_pool(const struct show *s, const struct worker *first, size_t n)
{
	struct task *t = s->t;
	struct dict *d = dict_row(s->page->body, "POOL");
	struct worker sum = { .started_us = first->started_us };
	for (size_t i = 0; i < n; i++) {
		sum.pss_bytes += first[i].pss_bytes;
		sum.done += first[i].done;
		if (first[i].started_us < sum.started_us)
			sum.started_us = first[i].started_us;
		fill_worker(s, d, &first[i]);
	}
	dict_str(d, "KIND", first->kind);
	dict_show_if(d, "OPEN", str_is(first->kind, "consumer"));
	dict_printf(d, "SAYS", "%zu %s, %.*s, up for %.*s, %.*s %s", n,
	    n == 1 ? "process" : "processes", STRF(format_bytes(t, sum.pss_bytes)),
	    STRF(format_ms(t, (double)(t->now_us - sum.started_us) / US_PER_MS, false)),
	    STRF(format_count(t, sum.done)),
	    str_is(first->kind, "consumer") ? "items stored" : sum.done == 1 ?
	    "request answered" : "requests answered");
}

static void
fill_workers(const struct show *s)
{
	const struct workers *x = &s->c->workers;
	for (size_t i = 0, n; i < x->n; i += n) {
		for (n = 1; i + n < x->n && str_eq(x->row[i + n].kind, x->row[i].kind);)
			n++;
		fill_pool(s, &x->row[i], n);
	}
	dict_show_if(s->page->body, "NO_WORKERS", s->c->workers.n == 0);
	fill_gone(s);
	if (s->c->workers.lost_consumers > 0)
		dict_printf(dict_row(s->page->body, "LOST"), "TEXT",
		    "%zu %s ended without a word in the last ten minutes.",
		    s->c->workers.lost_consumers,
		    s->c->workers.lost_consumers == 1 ? "consumer" : "consumers");
}

static void
fill_runs(const struct show *s)
{
	struct task *t = s->t;
	struct dict *list = s->c->nruns > 0 ? dict_row(s->page->body, "RUNS") : NULL;
	dict_show_if(s->page->body, "NO_RUNS", s->c->nruns == 0);
	for (size_t i = 0; i < s->c->nruns; i++) {
		const struct job_run *r = &s->c->run[i];
		struct dict *d = dict_row(list, "ROW");
		dict_str(d, "NAME", r->job);
		dict_str(d, "ISO", format_iso(t, r->began_us, 0));
		dict_str(d, "TIME", format_time(t, r->began_us, 0));
		dict_str(d, "MS", format_ms(t, (double)r->ms, false));
		dict_str(d, "STEPS", format_count(t, r->steps));
		dict_str(d, "CONSUMER", r->consumer);
		dict_set(d, "CLASS", r->ok ? "ok" : "crash");
		dict_set(d, "WORD", r->ok ? "done" : "failed");
		dict_show_if(d, "ASKED", r->asked);
		if (!r->ok)
			dict_str(dict_row(d, "ERROR"), "TEXT", r->error);
	}
}

static void
fill_pause(const struct show *s)
{
	struct task *t = s->t;
	const struct pause *p = &s->c->pause;
	struct dict *d = dict_row(s->page->body, p->on ? "PAUSED" : "RUNNING");
	page_csrf(s->page, d);
	if (!p->on)
		return;
	dict_str(d, "SINCE", p->at_us > 0 ? ago(t, p->at_us) : STR("some time ago"));
	dict_str(d, "BY", p->by.n > 0 ? p->by : STR("somebody"));
	dict_str(d, "REASON", p->reason.n > 0 ? p->reason : STR("no reason was given"));
}

static void
note_done(struct page *p)
{
	static const struct {
		const char *query, *text;
	} DONE[] = {
		{ "paused", "The consumers finish what they hold and read no more." },
		{ "resumed", "The consumers read again." },
		{ "asked", "A consumer runs it within a second; reload to see what became of it." },
	};
	struct str done = req_query(p->t, p->req, "done");
	for (size_t i = 0; i < NELEM(DONE); i++)
		if (str_is(done, DONE[i].query))
			page_note(p, "good", DONE[i].text);
}

enum err
page_queues(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "system_queues.tpl", "Queue");
	struct queue_console *c = talloc(t, struct queue_console);
	struct str kind = str_slice(req_query(t, req, "kind"), 0, 64);
	enum err e = queue_console_load(w, t, queue_range_find(req_query(t, req, "range")), kind, c);
	if (e != E_OK)
		return e;
	const struct show s = { &p, t, c };
	page_system(&p, "queues");
	note_done(&p);
	fill_pause(&s);
	fill_ranges(&s);
	fill_tiles(&s);
	dict_set(p.body, "RANGE_NAME", c->range->label);
	fill_throughput(&s);
	fill_runtime(&s);
	fill_kinds(&s);
	fill_workers(&s);
	fill_runs(&s);
	return page_send(&p, res, 200);
}
