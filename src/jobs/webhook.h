/*
 * webhook.h - sends the webhook deliveries that are due, as jobs/mail does
 * with mails: each is one transaction, in the process that has a network.
 */
#ifndef TM_JOBS_WEBHOOK_H
#define TM_JOBS_WEBHOOK_H

#include "base/conf.h"
#include "jobs/mail.h"

/* Until nothing is due or the process is to stop. t is used up. */
enum err webhook_send_due(struct task *t, struct mail_host *h, const struct conf *conf,
                          int64_t *sent) MUST_CHECK;

#endif
