/*
 * subject.h - whom a privacy request is about: from the ids that it names to
 * person numbers, their other ids and devices, and how many rows are theirs.
 * The same for a preview, the job that erases and the one that exports.
 *
 * Rows are counted in the tables, also those that reading hides already.
 */
#ifndef TM_QUERY_SUBJECT_H
#define TM_QUERY_SUBJECT_H

#include "model/project/privacy.h"

/* Into q: persons, devices, ids. hashed: q's user id as it is kept where user
 * ids are hashed (ingest/scrub.h); not looked at without a user id. */
enum err subject_find(struct task *t, struct pg *pg, int32_t environment_id, struct str hashed,
                      struct privacy_request *q) MUST_CHECK;
/* Rows of the persons of n requests by table, into each q->counts. */
enum err subject_count(struct task *t, struct pg *pg, int32_t environment_id,
                       struct privacy_request *q, size_t n) MUST_CHECK;

extern const struct stmt_list subject_statements;

#endif
