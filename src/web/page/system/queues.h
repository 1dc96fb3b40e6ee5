/*
 * queues.h - the queue console's figures, loaded once for the page and the
 * API; and what can be done: pause, resume, run a job.
 */
#ifndef TM_WEB_PAGE_SYSTEM_QUEUES_H
#define TM_WEB_PAGE_SYSTEM_QUEUES_H

#include "model/system/job_run.h"
#include "model/system/minute.h"
#include "queue/pause.h"
#include "queue/stream.h"
#include "queue/worker.h"
#include "web/page/pages.h"

struct queue_range {
	const char *query, *name, *label; /* "1h", "1 hour", "Last hour" */
	int64_t span_us, step_us;
	enum chart_step step;
};
/* The hour when there is none of that name. */
const struct queue_range *queue_range_find(struct str name);

struct queue_console {
	const struct queue_range *range;
	struct str kind;              /* of the series */
	struct stream_stats stats;
	struct pause pause;
	struct workers workers;
	struct stream_consumer *consumer;
	size_t nconsumers;
	struct work_query query;
	struct work_table work;
	struct job_run *job;          /* last runs */
	size_t njobs;
	struct job_run *run;          /* newest runs */
	size_t nruns;
};
/* kind "": ingest, and runs of all jobs. */
enum err queue_console_load(struct web *w, struct task *t, const struct queue_range *range,
                            struct str kind, struct queue_console *c) MUST_CHECK;
/* Sums of a kind over the range; zeros when it did nothing. */
const struct work *queue_console_kind(const struct queue_console *c, struct str kind);

/* queue_acts.c: each with its audit entry. E_INVALID: the reason. */
enum err queue_pause(struct web *w, struct task *t, const struct req *req,
                     struct str reason) MUST_CHECK;
enum err queue_resume(struct web *w, struct task *t, const struct req *req) MUST_CHECK;
/* E_NOT_FOUND: no consumer has told of such a job. */
enum err queue_job_run(struct web *w, struct task *t, const struct req *req,
                       struct str name) MUST_CHECK;

PAGE(page_queues);
PAGE(page_queue_pause);
PAGE(page_queue_resume);
PAGE(page_job_run);

#endif
