/* erasable.c - see erasable.h. */
#include "query/erasable.h"

#include "base/str.h"

void
erasable_where(struct sqlb *q, const struct erasable *x)
{
	sqlb_add(q, " FROM events e WHERE e.environment_id = ");
	sqlb_i64(q, x->environment_id);
	sqlb_add(q, " AND e.ts >= ");
	sqlb_time(q, x->from_us);
	sqlb_add(q, " AND e.ts < ");
	sqlb_time(q, x->to_us);
	if (x->come_by_us != 0) {
		sqlb_add(q, " AND e.received_at <= ");
		sqlb_time(q, x->come_by_us);
	}
	filters_sql(q, x->filters, FILTER_EVENTS);
}

enum err
erasable_sum(struct task *t, struct pg *pg, const struct erasable *x, struct erasable_sum *out)
{
	struct sqlb *q = sqlb_new(t);
	struct rows *r;

	*out = (struct erasable_sum){ 0 };
	sqlb_add(q, "SELECT count(*), count(DISTINCT e.person_no),"
	            " count(DISTINCT (e.ts AT TIME ZONE"
	            " (SELECT v.timezone FROM environments v WHERE v.id = $1))::date)");
	erasable_where(q, x);
	enum err e = sqlb_run(t, pg, q, &r);

	if (e != E_OK)
		return e;
	out->events = row_i64(r, 0, 0);
	out->persons = row_i64(r, 0, 1);
	out->days = row_i64(r, 0, 2);
	q = sqlb_new(t);
	sqlb_add(q, "SELECT e.name, e.properties::text, (extract(epoch FROM e.ts)*1e6)::int8");
	erasable_where(q, x);
	sqlb_add(q, " ORDER BY e.ts DESC, e.event_id LIMIT ");
	sqlb_i64(q, ERASABLE_SAMPLE);
	e = sqlb_run(t, pg, q, &r);
	out->nsample = e == E_OK ? rows_count(r) : 0;
	for (size_t i = 0; i < out->nsample; i++) {
		out->sample[i].name = row_str(r, i, 0);
		out->sample[i].properties = row_str(r, i, 1);
		out->sample[i].ts_us = row_time(r, i, 2);
	}
	return e;
}
