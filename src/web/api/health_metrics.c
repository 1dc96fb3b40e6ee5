/* health_metrics.c - /metrics: OpenMetrics text, on the admin listener only. */
#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "base/str.h"
#include "ingest/reason.h"
#include "query/storage.h"
#include "queue/keys.h"
#include "queue/stream.h"
#include "queue/tally.h"
#include "queue/worker.h"
#include "web/api/api.h"

/* What a family is; OpenMetrics wants the unit when the name ends with one. */
static void
family(struct buf *b, struct str name, const char *type, const char *help)
{
	static const char *const units[] = { "bytes", "seconds", "ms", "us" };
	buf_printf(b, "# TYPE tidemark_%.*s %s\n", STRF(name), type);
	for (size_t i = 0; i < NELEM(units); i++) {
		struct str unit = str_of(units[i]);
		if (name.n > unit.n && str_ends(name, unit) && name.p[name.n - unit.n - 1] == '_')
			buf_printf(b, "# UNIT tidemark_%.*s %s\n", STRF(name), units[i]);
	}
	buf_printf(b, "# HELP tidemark_%.*s %s\n", STRF(name), help);
}

static void
gauge(struct buf *b, const char *name, const char *help, int64_t v)
{
	family(b, str_of(name), "gauge", help);
	buf_printf(b, "tidemark_%s %lld\n", name, (long long)v);
}

/* Counters that the door and the consumers keep, and what they count. The first
 * ones exist from the start, or a rate would miss the first of what is rare. */
struct series {
	const char *name, *help;
};
static const struct series counters[] = {
	{ "ingest_requests", "Requests to the door." },
	{ "ingest_bytes", "Bytes of their bodies." },
	{ "accepted_batches", "Batches that got a 202." },
	{ "accepted_items", "Items in them." },
	{ "rejected_items", "Items of accepted batches that were not taken." },
	{ "request_duplicates", "Items that came twice in one batch." },
	{ "passed_over_items", "Things of other vendors' SDKs that nothing is kept of." },
	{ "ingest_refused", "Requests with a 4xx other than 429." },
	{ "ingest_rate_limited", "Requests with a 429." },
	{ "ingest_unavailable", "Requests with a 503." },
	{ "consumer_transactions", "Transactions of the consumers." },
	{ "consumer_batches", "Batches stored." },
	{ "consumer_rows", "Items stored." },
	{ "consumer_duplicates", "Items that were stored before." },
	{ "consumer_dropped", "Items dropped after they were accepted." },
	{ "consumer_dead", "Items put aside as dead letters." },
	{ "consumer_busy_us", "Time consumers spent storing." },
	{ "webhooks_delivered", "Deliveries of webhooks that were taken." },
	{ "webhooks_refused", "Tries of a delivery that failed." },
	{ "slow_statements", "Statements of pages and consumers that took a second or longer." },
};
/* Figures of the store (sql/0030) and of others, which come with time. */
static const struct series others[] = {
	{ "alarm_firing", "1 while the alarm fires." },
	{ "alarm_value", "What the alarm reads." },
	{ "consumer_lag_ms", "Age of the last batch when it was stored." },
	{ "dead_letters_open", "Dead letters that nobody replayed or dropped." },
	{ "job_last_ms", "How long the last run of the job took." },
	{ "job_last_ok", "1 when the last run of the job ended well." },
	{ "job_last_run_seconds", "Seconds since the last run of the job." },
	{ "mail_oldest_ms", "Age of the oldest mail that waits." },
	{ "mails_failed", "Mails given up." },
	{ "mails_sent", "Mails handed over." },
	{ "mails_refused", "Mails that a mail server did not take." },
	{ "webhooks_waiting", "Deliveries of webhooks that wait." },
};

static const char *
help_of(struct str name)
{
	for (size_t i = 0; i < NELEM(counters); i++)
		if (str_is(name, counters[i].name))
			return counters[i].help;
	for (size_t i = 0; i < NELEM(others); i++)
		if (str_is(name, others[i].name))
			return others[i].help;
	return "A figure without a description.";
}

static void
counter(struct buf *b, struct str name, int64_t v)
{
	if (str_ends(name, STR("_total")))
		name.n -= STR("_total").n;
	family(b, name, "counter", help_of(name));
	buf_printf(b, "tidemark_%.*s_total %lld\n", STRF(name), (long long)v);
}

static bool
is_metric_name(struct str s)
{
	if (s.n == 0 || s.n > 64)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '_' && (s.p[i] < 'a' || s.p[i] > 'z') &&
		    (s.p[i] < '0' || s.p[i] > '9'))
			return false;
	return s.p[0] < '0' || s.p[0] > '9';
}

static void
put_zeros(struct buf *b, const struct reply *r)
{
	for (size_t c = 0; c < NELEM(counters); c++) {
		struct str name = str_of(counters[c].name);
		bool there = false;
		for (size_t i = 0; i + 1 < r->n && !there; i += 2) {
			struct str s = r->item[i].s;
			if (str_ends(s, STR("_total")))
				s.n -= STR("_total").n;
			there = str_eq(s, name);
		}
		if (!there)
			counter(b, name, 0);
	}
}

/* All that is counted; *_ms are gauges. */
static enum err
put_counters(struct web *w, struct task *t, struct buf *b)
{
	struct str argv[] = { STR("HGETALL"), STR(KEY_METRICS) };
	struct reply r;
	enum err e = redis_run(t, w->redis, NELEM(argv), argv, &r);

	if (e != E_OK)
		return e;
	for (size_t i = 0; r.type == REPLY_ARRAY && i + 1 < r.n; i += 2) {
		struct str name = r.item[i].s;
		int64_t v;
		if (!is_metric_name(name) || !num_i64(r.item[i + 1].s, &v))
			continue;
		if (str_ends(name, STR("_ms")))
			gauge(b, arena_cstr(t->arena, name), help_of(name), v);
		else
			counter(b, name, v);
	}
	put_zeros(b, &r);
	return E_OK;
}

static const struct stmt figures = { "system_figures",
	"SELECT name, label, value FROM system_figures()" };
/* Sums that every role may read. Connections are those of the whole server, as
 * its limit is; the rest is of this database. */
static const struct stmt postgres = { "health_postgres",
	"SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname IS NOT NULL),"
	" current_setting('max_connections')::int8"
	" - current_setting('superuser_reserved_connections')::int8,"
	" pg_database_size(datid), xact_commit, xact_rollback, deadlocks, temp_bytes,"
	" blks_read, blks_hit FROM pg_stat_database WHERE datname = current_database()" };
static const struct stmt *const statements[] = { &figures, &postgres };
const struct stmt_list health_statements = STMT_LIST("health", statements);

/* Our own slugs, but a label is quoted all the same. */
static void
sample(struct buf *b, const char *name, const char *label, struct str value, double v)
{
	buf_printf(b, "tidemark_%s", name);
	if (value.n > 0) {
		buf_printf(b, "{%s=\"", label);
		for (size_t i = 0; i < value.n; i++)
			if (value.p[i] != '"' && value.p[i] != '\\' && value.p[i] >= ' ')
				buf_putc(b, value.p[i]);
		buf_puts(b, "\"}");
	}
	buf_printf(b, " %.17g\n", v);
}

/* Jobs, alarms, dead letters: sums that the store knows (sql/0030). */
static enum err
put_figures(struct web *w, struct task *t, struct buf *b)
{
	struct rows *r;
	struct str last = STR("");
	enum err e = pg_run(t, w->pg, &figures, NULL, &r);

	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		struct str name = row_str(r, i, 0);
		if (!str_eq(name, last))
			family(b, name, "gauge", help_of(name));
		last = name;
		sample(b, arena_cstr(t->arena, name), str_starts(name, STR("job")) ? "job" : "alarm",
			row_str(r, i, 1), row_f64(r, i, 2));
	}
	return e;
}

/* Processes by kind. */
static const char *const KINDS[] = { "consumer", "ingest", "web" };
struct by_kind {
	int64_t v[NELEM(KINDS)];
};

static void
put_kinds(struct buf *b, const char *name, const char *help, const struct by_kind *x)
{
	family(b, str_of(name), "gauge", help);
	for (size_t k = 0; k < NELEM(KINDS); k++)
		if (x->v[k] >= 0)
			sample(b, name, "kind", str_of(KINDS[k]), (double)x->v[k]);
}

static enum err
put_workers(struct web *w, struct task *t, struct buf *b)
{
	struct workers x;
	struct by_kind n = { 0 }, pss = { 0 }, done = { 0 }, age;
	enum err e = worker_list(t, w->redis, &x);

	if (e != E_OK)
		return e;
	for (size_t k = 0; k < NELEM(KINDS); k++) {
		age.v[k] = -1; /* none runs: no age */
		for (size_t i = 0; i < x.n; i++) {
			const struct worker *p = &x.row[i];
			int64_t old = (t->now_us - p->started_us) / US_PER_S;
			if (!str_is(p->kind, KINDS[k]))
				continue;
			n.v[k]++;
			pss.v[k] += p->pss_bytes;
			done.v[k] += p->done;
			if (age.v[k] < 0 || old < age.v[k])
				age.v[k] = old > 0 ? old : 0;
		}
	}
	put_kinds(b, "workers", "Processes that run.", &n);
	put_kinds(b, "worker_pss_bytes", "Memory of the processes, shared pages in part.", &pss);
	put_kinds(b, "worker_done", "Requests answered, items stored, by the processes that run now.",
	    &done);
	put_kinds(b, "worker_youngest_seconds",
	    "Age of the process that was started last: a small one again and again is a crash loop.",
	    &age);
	gauge(b, "consumers_lost", "Consumers that ended without a word.", (int64_t)x.lost_consumers);
	return E_OK;
}

/* Cumulative, as Prometheus wants it. */
static enum err
put_spreads(struct web *w, struct task *t, struct buf *b)
{
	for (int of = 0; of < SPREADS; of++) {
		const struct spread_row *row = &spread_rows[of];
		struct spread s;
		enum err e = spread_read(t, w->redis, (enum spread_of)of, &s);
		int64_t n = 0;
		if (e != E_OK)
			return e;
		family(b, str_of(row->name), "histogram", row->help);
		for (size_t i = 0; i < SPREAD_BOUNDS && row->bound[i] > 0; i++) {
			n += s.count[i];
			buf_printf(b, "tidemark_%s_bucket{le=\"%lld.0\"} %lld\n", row->name,
			    (long long)row->bound[i], (long long)n);
		}
		n += s.count[SPREAD_BOUNDS];
		buf_printf(b, "tidemark_%s_bucket{le=\"+Inf\"} %lld\n", row->name, (long long)n);
		buf_printf(b, "tidemark_%s_count %lld\n", row->name, (long long)n);
		buf_printf(b, "tidemark_%s_sum %lld\n", row->name, (long long)s.sum);
	}
	return E_OK;
}

static void
put_reason(struct buf *b, bool request, struct str code, int64_t n)
{
	buf_printf(b, "tidemark_%s_total{reason=\"%.*s\"} %lld\n",
	    request ? "refused_requests_by_reason" : "rejected_items_by_reason", STRF(code),
	    (long long)n);
}

/* Requests are turned away by an error, items by anything else; what came
 * twice was not refused. */
static bool
is_of(const char *code, bool request)
{
	bool error = false;
	for (int e = 0; e < E_COUNT && !error; e++)
		error = strcmp(code, err_slug((enum err)e)) == 0;
	return request ? error : !error && strcmp(code, "request") != 0 && strcmp(code, "stored") != 0;
}

/* Reasons of the table are there from the start, others once they were one. */
static void
put_kind(struct buf *b, bool request, const struct reason_total *x, size_t n)
{
	size_t nreasons;
	const struct reason *reason = reason_list(false, &nreasons);
	for (size_t i = 0; i < nreasons; i++) {
		bool counted = false;
		for (size_t k = 0; k < n; k++)
			counted |= x[k].request == request && str_is(x[k].code, reason[i].code);
		if (!counted && is_of(reason[i].code, request))
			put_reason(b, request, str_of(reason[i].code), 0);
	}
	for (size_t k = 0; k < n; k++)
		if (x[k].request == request && is_metric_name(x[k].code))
			put_reason(b, request, x[k].code, x[k].n);
}

static enum err
put_reasons(struct web *w, struct task *t, struct buf *b)
{
	struct reason_total *x = NULL;
	size_t n = 0;
	enum err e = reasons_read(t, w->redis, &x, &n);
	if (e != E_OK)
		return e;
	family(b, STR("rejected_items_by_reason"), "counter",
	    "Items that the door did not take, by reason.");
	put_kind(b, false, x, n);
	family(b, STR("refused_requests_by_reason"), "counter",
	    "Requests that were turned away, by reason.");
	put_kind(b, true, x, n);
	return E_OK;
}

static enum err
put_postgres(struct web *w, struct task *t, struct buf *b)
{
	static const struct {
		const char *name, *type, *help;
	} COLUMNS[] = {
		{ "postgresql_connections", "gauge", "Connections to PostgreSQL, of everybody." },
		{ "postgresql_connections_max", "gauge", "Connections that PostgreSQL takes." },
		{ "postgresql_database_bytes", "gauge", "Size of the database." },
		{ "postgresql_commits", "counter", "Transactions that were committed." },
		{ "postgresql_rollbacks", "counter", "Transactions that were rolled back." },
		{ "postgresql_deadlocks", "counter", "Deadlocks." },
		{ "postgresql_temp_bytes", "counter", "Bytes of temporary files." },
		{ "postgresql_blocks_read", "counter", "Blocks read from disk." },
		{ "postgresql_blocks_hit", "counter", "Blocks found in memory." },
	};
	struct rows *r;
	enum err e = pg_one(t, w->pg, &postgres, NULL, &r);
	for (size_t i = 0; e == E_OK && i < NELEM(COLUMNS); i++) {
		family(b, str_of(COLUMNS[i].name), COLUMNS[i].type, COLUMNS[i].help);
		buf_printf(b, "tidemark_%s%s %lld\n", COLUMNS[i].name,
		    COLUMNS[i].type[0] == 'c' ? "_total" : "", (long long)row_i64(r, 0, (int)i));
	}
	return e;
}

/* When the jobs that must not be missed last ended well. */
static void
put_jobs(struct web *w, struct task *t, struct buf *b)
{
	struct storage_job j;

	if (storage_job(t, w->pg, &j) == E_OK) {
		gauge(b, "retention_last_run_timestamp_seconds",
		    "Last run of the retention job, in Unix time.", j.at_us / US_PER_S);
		gauge(b, "retention_last_success_timestamp_seconds",
		    "The last one that ended well, in Unix time.", j.ok_us / US_PER_S);
	}
	task_clear(t);
}

enum err
health_metrics(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct stream_stats s;
	struct buf *b = &res->body;
	enum err e;

	if (!req->admin)
		return task_fail(t, E_NOT_FOUND, "There is nothing at this address.");
	res_header(res, "Content-Type",
		STR("application/openmetrics-text; version=1.0.0; charset=utf-8"));
	bool up = pg_connect(t, w->pg) == E_OK;
	gauge(b, "store_up", "PostgreSQL answers.", up);
	task_clear(t);
	if (up)
		put_jobs(w, t, b);
	e = stream_stats(t, w->redis, &s);
	gauge(b, "queue_up", "Redis answers.", e == E_OK);
	if (e == E_OK) {
		gauge(b, "queue_batches", "Accepted batches not yet stored.", s.entries);
		gauge(b, "queue_pending", "Batches that a consumer holds.", s.pending);
		gauge(b, "queue_items", "Items not yet stored.", s.items);
		gauge(b, "queue_bytes", "Bytes not yet stored.", s.bytes);
		gauge(b, "queue_oldest_ms", "Age of the oldest batch.", s.oldest_age_ms);
		gauge(b, "queue_full", "Ingest answers 503.", s.full);
		gauge(b, "queue_paused", "Consumers are paused.", s.paused);
		e = put_counters(w, t, b);
		if (e == E_OK)
			e = put_workers(w, t, b);
		if (e == E_OK)
			e = put_spreads(w, t, b);
		if (e == E_OK)
			e = put_reasons(w, t, b);
	}
	if (e != E_OK)
		log_msg(LOG_WARN, "metrics", "%s", t->detail);
	task_clear(t);
	e = put_figures(w, t, b);
	if (e == E_OK)
		e = put_postgres(w, t, b);
	if (e != E_OK)
		log_msg(LOG_WARN, "metrics", "%s", t->detail);
	task_clear(t);
	buf_puts(b, "# EOF\n");
	return E_OK;
}
