/* context_set.c - see context_set.h. */
#include "query/context_set.h"

#include "base/str.h"

enum err
context_set_load(struct task *t, struct pg *pg, int32_t environment_id,
              const struct filters *filters, struct persons *out)
{
	struct sqlb *q = sqlb_new(t);
	struct rows *r;

	*out = (struct persons){ 0 };
	sqlb_add(q, "SELECT e.context_no FROM contexts e WHERE e.environment_id = ");
	sqlb_i64(q, environment_id);
	filters_sql(q, filters, FILTER_SESSIONS);
	enum err e = sqlb_run(t, pg, q, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		persons_add(t, out, (int32_t)row_i64(r, i, 0));
	return e;
}
