/* history.c - job: what the console shows of the past is folded and pruned. */
#include "jobs/job.h"
#include "model/system/job_run.h"
#include "model/system/minute.h"
#include "model/system/webhook.h"

enum err
job_history(struct task *t, struct job_host *h, int64_t *steps)
{
	int64_t minutes = 0, runs = 0, news = 0;
	enum err e = pg_begin(t, h->pg, NULL);

	if (e == E_OK)
		e = minute_fold(t, h->pg, &minutes);
	if (e == E_OK)
		e = job_run_prune(t, h->pg, &runs);
	if (e == E_OK)
		e = webhook_prune(t, h->pg, &news);
	*steps = minutes + runs + news;
	return pg_end(t, h->pg, e);
}
