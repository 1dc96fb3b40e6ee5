/*
 * erase_tx.h - what the files of an erasure share. Private to jobs/erase*.c
 * and their test.
 *
 * A unit is some requests of one environment and mode that go through the
 * same steps together. Every step is a transaction that holds the
 * environment's lock alone (jobs/rebuild.h), so no consumer sees half of it,
 * and none stores while sums are corrected; between two steps they go on.
 * What a step has done stays done: a run that is cut short is taken up again.
 */
#ifndef TM_JOBS_ERASE_TX_H
#define TM_JOBS_ERASE_TX_H

#include "jobs/job.h"
#include "model/project/privacy.h"

#define ERASE_ROWS 20000 /* of one transaction, about */

struct erase_keys {
	uint8_t master[32];        /* scrub_master_key */
	const struct crypt *crypt; /* seals what a request asks for */
};
enum err erase_keys_open(struct task *t, const struct conf *conf, struct erase_keys *k) MUST_CHECK;
void erase_keys_close(struct erase_keys *k);

struct erase_unit {
	struct job_host *host;
	int32_t environment_id;
	bool pseudonymize, events; /* events: by filter, not by person */
	struct privacy_request *request;
	size_t nrequests;
	int64_t *person; /* numbers that rows were written with */
	size_t npersons;
	const struct erase_keys *keys;
};

/* Rows of one table that went, for the receipt. */
struct erase_counts {
	int64_t events, crashes, traces, sessions, properties, devices, persons, dead_letters,
		crash_groups, client_reports, symbols;
};

/* erase_begin.c: the persons and ids of a request, into it (query/subject.h). */
enum err erase_persons_of(struct task *t, struct pg *pg, const uint8_t master_key[32],
                          int32_t environment_id, struct privacy_request *q) MUST_CHECK;
/* Tombstones, and nobody is known by these ids any more. */
enum err erase_begin(struct task *t, const struct erase_unit *u) MUST_CHECK;

/* erase_rows.c: one chunk of rows, and every sum that counted them. *more: there
 * may be others. In the caller's transaction, under the lock. */
enum err erase_rows(struct task *t, const struct erase_unit *u, struct erase_counts *c,
                    bool *more) MUST_CHECK;
/* Events that such a request asks for and that are still there, of those that
 * had come when it began (erase_rows.c). */
enum err erase_events_left(struct task *t, struct pg *pg, const struct privacy_request *q,
                           int64_t *n) MUST_CHECK;
/* erase_sums.c: corrections from erasure_rows, which is empty afterwards. */
enum err erase_correct(struct task *t, const struct erase_unit *u, struct erase_counts *c) MUST_CHECK;
/* Its parts, for erase_rest.c. all: every session of the unit's persons. */
enum err erase_sessions_settle(struct task *t, const struct erase_unit *u, bool all) MUST_CHECK;
enum err erase_counts(struct task *t, const struct erase_unit *u) MUST_CHECK;
/* erase_rest.c: what hangs on a person besides rows, once no row is left. */
enum err erase_rest(struct task *t, const struct erase_unit *u, struct erase_counts *c) MUST_CHECK;
/* One day's digests that wait to be made again; *more: others do. A
 * transaction of its own. */
enum err erase_digests(struct task *t, struct pg *pg, int32_t environment_id, bool *more) MUST_CHECK;

/* erase_letters.c */
enum err erase_letters(struct task *t, const struct erase_unit *u, struct erase_counts *c) MUST_CHECK;

/* erase_scan.c: the requests whose turn it is to be verified; until: clock_mono_us. */
enum err erase_scan(struct task *t, struct job_host *h, const struct erase_keys *k,
                    int64_t until) MUST_CHECK;

/* erase_names.c: an id in a name. */
struct erase_name {
	const uint8_t *master;
	const struct privacy_request *request;
	struct str table, id;
};
/* In this row, where the table has names: leaf and place are then its new ones;
 * place is empty when the row went. */
enum err erase_name(struct task *t, const struct job_host *h, const struct erase_name *x,
                    int64_t *leaf, struct str *place, bool *changed) MUST_CHECK;
/* Do others go on sending such a name? Then the receipt says so: a count of
 * rows under PRIVACY_KEPT and the table. */
enum err erase_name_kept(struct task *t, struct pg *pg, const struct erase_name *x,
                         bool *is_kept) MUST_CHECK;

/* erase_end.c: receipt and end, in the caller's transaction. found: rows that
 * still hold an id; then it has failed. scan: JSON of what was looked at. */
enum err erase_end(struct task *t, struct pg *pg, const struct erase_keys *k,
                   const struct privacy_request *q, int64_t found, struct str scan) MUST_CHECK;
/* Archives that were made of the unit's persons, off the disk. */
enum err erase_archives(struct task *t, const struct erase_unit *u) MUST_CHECK;
/* An entry of the team's audit about a request; the last of a transaction. */
enum err erase_tell(struct task *t, struct pg *pg, const struct privacy_request *q,
                    const char *action, struct str detail) MUST_CHECK;

extern const struct stmt_list erase_begin_statements, erase_letters_statements,
	erase_scan_statements, erase_names_statements, erase_end_statements;
extern const struct stmt_list erase_rows_statements, erase_sums_statements,
	erase_rest_statements;

#endif
