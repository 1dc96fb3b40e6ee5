/*
 * mail.h - sends the mails that are due (model/account/mail, mail/carrier).
 *
 * Each mail is one transaction: lock its row (others pass over it), hand it
 * over, mark it, commit. So no two processes send one mail; but a process
 * that is killed after the hand-over and before the commit sends it again,
 * with the same Message-ID.
 *
 * Handing over may take a minute, so the consumer does it in a child process
 * that lives while mails are due. `--mail-only` does it in the process itself
 * (the sandbox of the other consumers has no network), `--no-mail` leaves it
 * to that one.
 */
#ifndef TM_JOBS_MAIL_H
#define TM_JOBS_MAIL_H

#include "base/conf.h"
#include "queue/redis.h"
#include "store/pg.h"

struct carrier;
struct crypt;

struct mail_host {
	struct pg *pg;
	struct redis *redis;
	const struct crypt *crypt;
	struct carrier *carrier;
};

/* Send what is due, until nothing is left, the process is to stop, or
 * nothing can be sent now (E_UNAVAILABLE). t is used up; *sent counts. */
enum err mail_send_due(struct task *t, struct mail_host *h, int64_t *sent) MUST_CHECK;

struct mailer;
/* E_CONFIG: MAIL_*, MASTER_KEY. Process-lifetime, owned. */
enum err mailer_new(struct task *t, const struct conf *conf, struct mailer **out) MUST_CHECK;
void mailer_free(struct mailer *m);
/* A turn of the consumer's loop, often: look every half second whether mails
 * are due, and start the child. Never fails; t is used up. */
void mailer_turn(struct mailer *m, struct task *t, struct pg *pg, struct redis *redis);
/* The whole life of `--mail-only`. */
void mailer_run(struct mailer *m);

#endif
