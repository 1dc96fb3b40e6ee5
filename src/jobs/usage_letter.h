/*
 * usage_letter.h - the mail that tells a team's owners and admins of a limit.
 */
#ifndef TM_JOBS_USAGE_LETTER_H
#define TM_JOBS_USAGE_LETTER_H

#include "jobs/job.h"
#include "model/team/usage.h"

/* Into the queue of mails, in the running transaction; one to each of them.
 * *n: how many. */
enum err usage_letter_put(struct task *t, struct job_host *h, const struct usage_state *s,
                          const struct usage_warning *w, int64_t *n) MUST_CHECK;
/* Subject and text of it. Task memory; pure. */
void usage_letter_text(struct task *t, const struct usage_state *s,
                       const struct usage_warning *w, struct str site, struct str *subject,
                       struct str *text);

#endif
