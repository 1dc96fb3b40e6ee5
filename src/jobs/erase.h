/*
 * erase.h - job: requests to erase, from the first lock to the receipt.
 *
 *   received   waits for not_before
 *   rows       tombstones are set, ids are gone: nothing more is stored under
 *              the old numbers; rows go chunk by chunk, each with its sums
 *   digests    durations of the days concerned are counted again
 *   queue      until what was accepted before is stored, and so dropped
 *   scan       every table, Redis and file is searched for the ids; what others'
 *              rows say of them is taken out, and the search begins again
 *   done       receipt, signed; what was asked for is forgotten
 *
 * Runs some seconds a call, some requests of an environment together; stopped
 * half way, the next call goes on there. Told in the team's audit at the
 * start and the end.
 */
#ifndef TM_JOBS_ERASE_H
#define TM_JOBS_ERASE_H

#include "jobs/job.h"

enum err job_erase(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;

/* job: what is known of a person into TIDEMARK_EXPORT_DIR (archive.c). */
enum err job_archive(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;

/* What a search of an environment found, nothing changed: for tidemarkctl. */
struct erase_look {
	struct str place; /* table, "redis" or "files" */
	int64_t rows, found;
};
struct privacy_subject;
enum err erase_look(struct task *t, struct job_host *h, int32_t environment_id,
                    const struct privacy_subject *s, struct erase_look **out,
                    size_t *n) MUST_CHECK;

/* Long or mixed enough to be searched for in everybody's rows. */
bool erase_is_telling(struct str id);

extern const struct stmt_list job_erase_statements, job_archive_statements;

#endif
