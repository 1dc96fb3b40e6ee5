/* deadline.c - savepoint, local time-out, and back. */
#include "query/deadline.h"

static enum err
run(struct task *t, struct pg *pg, const struct sqlb *q, int ms, bool binary,
    struct rows **out, bool *late)
{
	char begin[120];
	enum err e;

	*late = false;
	*out = NULL;
	/* rows in hand are grouped in memory, not on disk */
	snprintf(begin, sizeof(begin), "SAVEPOINT query; SET LOCAL work_mem = '16MB';"
	         " SET LOCAL statement_timeout = %d", ms);
	e = pg_script(t, pg, begin);
	if (e != E_OK)
		return e;
	e = binary ? pg_run_sql_binary(t, pg, sqlb_text(q), &q->bind, out) :
	    sqlb_run(t, pg, q, out);
	if (e == E_OK)
		return pg_script(t, pg, "SET LOCAL statement_timeout TO DEFAULT;"
			" SET LOCAL work_mem TO DEFAULT; RELEASE SAVEPOINT query");
	if (e != E_TIMEOUT)
		return e;
	*late = true;
	*out = NULL;
	task_clear(t);
	return pg_script(t, pg, "ROLLBACK TO SAVEPOINT query; RELEASE SAVEPOINT query");
}

enum err
deadline_run(struct task *t, struct pg *pg, const struct sqlb *q, int ms,
             struct rows **out, bool *late)
{
	return run(t, pg, q, ms, false, out, late);
}

enum err
deadline_run_binary(struct task *t, struct pg *pg, const struct sqlb *q, int ms,
                    struct rows **out, bool *late)
{
	return run(t, pg, q, ms, true, out, late);
}
