/* deadline.c - savepoint, local time-out, and back. */
#include "query/deadline.h"

enum err
deadline_run(struct task *t, struct pg *pg, const struct sqlb *q, int ms,
             struct rows **out, bool *late)
{
	char begin[80];
	enum err e;

	*late = false;
	*out = NULL;
	snprintf(begin, sizeof(begin), "SAVEPOINT query; SET LOCAL statement_timeout = %d", ms);
	e = pg_script(t, pg, begin);
	if (e != E_OK)
		return e;
	e = sqlb_run(t, pg, q, out);
	if (e == E_OK)
		return pg_script(t, pg, "SET LOCAL statement_timeout TO DEFAULT; RELEASE SAVEPOINT query");
	if (e != E_TIMEOUT)
		return e;
	*late = true;
	*out = NULL;
	task_clear(t);
	return pg_script(t, pg, "ROLLBACK TO SAVEPOINT query; RELEASE SAVEPOINT query");
}
