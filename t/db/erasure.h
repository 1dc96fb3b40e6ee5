/*
 * erasure.h - for tests of erasures: requests, and the job until none is open.
 */
#ifndef TM_DB_ERASURE_H
#define TM_DB_ERASURE_H

#include "jobs/erase_tx.h"
#include "t/db/gather.h"

extern struct job_host host;
extern struct erase_keys keys;

/* For cmocka's group. */
int erase_start(void **state);

/* A new request of this environment to erase; its id. */
struct str ask(struct task *t, int env, struct privacy_new in);
struct str ask_person(struct task *t, int env, const char *user, const char *anon,
                      const char *mode);
struct privacy_request get(struct task *t, int env, struct str id);
/* Until nothing is open. */
void run_job(struct task *t);
/* Rows that a search for this user id finds. */
int64_t still_found(struct task *t, int env, const char *id);

#endif
