/* mirror.c - job: the keys in Redis, when Redis has lost them. */
#include "queue/mirror.h"

#include "jobs/job.h"
#include "model/project/key.h"

enum err
job_mirror(struct task *t, struct job_host *h, int64_t *steps)
{
	bool complete;
	enum err e = mirror_is_complete(t, h->redis, &complete);

	if (e != E_OK || complete)
		return e;
	e = pg_begin(t, h->pg, NULL);
	if (e == E_OK)
		e = key_mirror_all(t, h->pg, h->redis);
	e = pg_end(t, h->pg, e);
	*steps = e == E_OK;
	return e;
}
