/* erase_rows.c - a chunk of the rows that go: out of their tables into
 * erasure_rows, from which erase_sums.c corrects what counted them. */
#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "ingest/batch.h"
#include "jobs/erase_tx.h"
#include "query/erasable.h"

/* $1 environment, $2 persons, $3 rows of each at most. MATERIALIZED: else the
 * end of each person's chunk is looked for once for every partition. */
#define OF_PERSONS(table, columns, values)                                                 \
	"WITH k AS MATERIALIZED (SELECT p.no, coalesce((SELECT ts FROM " table                 \
	"  WHERE environment_id = $1"                                                          \
	"  AND person_no = p.no ORDER BY ts OFFSET $3 LIMIT 1), 'infinity') AS hi"            \
	"  FROM unnest($2::int4[]) AS p (no)),"                                              \
	" gone AS (DELETE FROM " table " e USING k WHERE e.environment_id = $1"              \
	"  AND e.person_no = k.no AND e.ts <= k.hi RETURNING e.*)"                            \
	" INSERT INTO erasure_rows (environment_id, kind, ts, event_id, person_no, device_no," \
	" context_no, session_no, " columns ")"                                               \
	" SELECT $1, " values " FROM gone"
#define HEAD "ts, event_id, person_no, device_no, context_no, session_no, "

static const struct stmt take[] = {
	{ "erase_take_events", OF_PERSONS("events", "name", "1, " HEAD "name") },
	{ "erase_take_crashes", OF_PERSONS("crashes", "group_no, fatal, symbols_key",
	                                   "5, " HEAD "group_no, fatal, symbols_key") },
	{ "erase_take_traces", OF_PERSONS("traces", "name", "6, " HEAD "name") },
};
static const struct stmt *const statements[] = { &take[0], &take[1], &take[2] };
const struct stmt_list erase_rows_statements = STMT_LIST("erase_rows", statements);

static enum err
persons_take(struct task *t, const struct erase_unit *u, int64_t n[3], int64_t *cap)
{
	enum err e = E_OK;

	*cap = ERASE_ROWS / (int64_t)(u->npersons + 1) + 1;
	for (size_t i = 0; e == E_OK && u->npersons > 0 && i < NELEM(take); i++) {
		struct bind b = { 0 };
		struct rows *r;

		bind_i64(t, &b, u->environment_id);
		bind_i64_array(t, &b, u->person, u->npersons);
		bind_i64(t, &b, *cap);
		e = pg_run(t, u->host->pg, &take[i], &b, &r);
		n[i] = e == E_OK ? rows_affected(r) : 0;
	}
	return e;
}

static struct erasable
asked(const struct erase_unit *u, const struct filters *f)
{
	const struct privacy_subject *s = &u->request[0].subject;

	return (struct erasable){ u->environment_id, s->from_us, s->to_us, s->come_by_us, f };
}

/* The newest of a chunk of the oldest; n = 0 when none is left. */
static enum err
edge_find(struct task *t, const struct erase_unit *u, const struct erasable *x, struct rows **r)
{
	struct sqlb *q = sqlb_new(t);

	sqlb_add(q, "SELECT x.ts::text, x.event_id::text FROM (SELECT e.ts, e.event_id");
	erasable_where(q, x);
	sqlb_add(q, " ORDER BY e.ts, e.event_id LIMIT ");
	sqlb_i64(q, ERASE_ROWS / 4);
	sqlb_add(q, ") x ORDER BY x.ts DESC, x.event_id DESC LIMIT 1");
	return sqlb_run(t, u->host->pg, q, r);
}

/* By name, property, time: events only. */
static enum err
events_take(struct task *t, const struct erase_unit *u, int64_t *n)
{
	struct privacy_subject *s = &u->request[0].subject;
	struct filters f;
	struct rows *edge, *r;
	struct sqlb *q;
	enum err e = filters_parse(t, s->filter, s->nfilters, &f);
	struct erasable x = asked(u, &f);

	*n = 0;
	if (e == E_OK)
		e = edge_find(t, u, &x, &edge);
	if (e != E_OK || rows_count(edge) == 0)
		return e;
	q = sqlb_new(t);
	sqlb_add(q, "WITH gone AS (DELETE");
	erasable_where(q, &x);
	sqlb_add(q, " AND (e.ts, e.event_id) <= (");
	sqlb_str(q, row_str(edge, 0, 0));
	sqlb_add(q, "::timestamptz, ");
	sqlb_str(q, row_str(edge, 0, 1));
	sqlb_add(q, "::uuid) RETURNING e.*) INSERT INTO erasure_rows (environment_id, kind, ts,"
	            " event_id, person_no, device_no, context_no, session_no, name) SELECT"
	            " environment_id, 1, " HEAD "name FROM gone");
	e = sqlb_run(t, u->host->pg, q, &r);
	*n = e == E_OK ? rows_affected(r) : 0;
	return e;
}

/* What came while it began may be stored after its last pass: only what was in
 * the queue before its mark is waited for. */
static int64_t
come_by(const struct privacy_request *q)
{
	struct str rest = q->queue_mark;
	int64_t ms = 0, us;

	if (!num_i64(str_cut(&rest, '-'), &ms) || ms == 0)
		return q->subject.come_by_us; /* nothing was ever queued */
	us = ms * US_PER_MS - 1;
	return q->subject.come_by_us != 0 && q->subject.come_by_us < us ? q->subject.come_by_us : us;
}

enum err
erase_events_left(struct task *t, struct pg *pg, const struct privacy_request *q, int64_t *n)
{
	const struct privacy_subject *s = &q->subject;
	struct filters f;
	struct erasable x = { q->environment_id, s->from_us, s->to_us, come_by(q), &f };
	struct sqlb *count = sqlb_new(t);
	struct rows *r;
	enum err e = filters_parse(t, s->filter, s->nfilters, &f);

	if (e != E_OK)
		return e;
	sqlb_add(count, "SELECT count(*)");
	erasable_where(count, &x);
	e = sqlb_run(t, pg, count, &r);
	*n = e == E_OK ? row_i64(r, 0, 0) : 0;
	return e;
}

enum err
erase_rows(struct task *t, const struct erase_unit *u, struct erase_counts *c, bool *more)
{
	int64_t n[3] = { 0 }, cap = 0;
	enum err e;

	if (u->events) {
		e = events_take(t, u, &n[0]);
		*more = n[0] > 0;
	} else {
		e = persons_take(t, u, n, &cap);
		*more = n[0] > cap || n[1] > cap || n[2] > cap;
	}
	c->events += n[0];
	c->crashes += n[1];
	c->traces += n[2];
	return e == E_OK && n[0] + n[1] + n[2] > 0 ? erase_correct(t, u, c) : e;
}
