/* partition.c - job: partitions ready before rows need them. */
#include "jobs/job.h"

#include "base/clock.h"

static const struct stmt class_list = { "partition_class_list",
	"SELECT DISTINCT c FROM environments, unnest(event_classes || crash_classes"
	" || trace_classes) AS c ORDER BY c" };
static const struct stmt class_prepare = { "partition_class_prepare",
	"SELECT partition_prepare($1)" };
static const struct stmt batches_ahead = { "partition_batches_ahead",
	"SELECT batches_ensure(now()), batches_ensure(now() + interval '1 month')" };
static const struct stmt *const statements[] = { &class_list, &class_prepare, &batches_ahead };
const struct stmt_list job_partition_statements = STMT_LIST("partition", statements);

enum err
job_partition(struct task *t, struct job_host *h, int64_t *steps)
{
	struct rows *r;
	enum err e = pg_run(t, h->pg, &class_list, &(struct bind){ 0 }, &r);

	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		struct bind b = { 0 };

		bind_i64(t, &b, row_i64(r, i, 0));
		e = pg_run(t, h->pg, &class_prepare, &b, NULL);
		*steps += e == E_OK;
	}
	return e == E_OK ? pg_run(t, h->pg, &batches_ahead, &(struct bind){ 0 }, NULL) : e;
}
