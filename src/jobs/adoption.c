/* adoption.c - job: signals of the adoption ledger end after ADOPTION_DAYS, and
 * closed days become sums. */
#include "base/conf.h"
#include "jobs/job.h"
#include "model/team/adoption.h"

/* In transactions of some thousand rows each. */
static enum err
prune(struct task *t, struct job_host *h, int64_t *steps)
{
	int64_t gone = 1;
	enum err e = E_OK;
	while (e == E_OK && gone > 0) {
		e = pg_begin(t, h->pg, NULL);
		if (e == E_OK)
			e = adoption_prune(t, h->pg, conf_int(h->conf, CONF_ADOPTION_DAYS), &gone);
		e = pg_end(t, h->pg, e);
		*steps += e == E_OK ? gone : 0;
	}
	return e;
}

/* After the prune: a day that lost rows is summed again. */
enum err
job_adoption(struct task *t, struct job_host *h, int64_t *steps)
{
	int64_t days = 0;
	enum err e = prune(t, h, steps);
	if (e != E_OK)
		return e;
	e = pg_begin(t, h->pg, NULL);
	if (e == E_OK)
		e = adoption_fold(t, h->pg, &days);
	e = pg_end(t, h->pg, e);
	*steps += e == E_OK ? days : 0;
	return e;
}
