/*
 * mail.h - mails waiting to be sent: the rows of the table `mails`.
 *
 * Recipient and message are sealed (crypt, bound to "mails|<id>|sealed") and
 * removed when the mail was handed over; a row shows only its kind, its times
 * and its failures. Inside the caller's transaction. The app puts mails in
 * and never sees one again; the consumer takes them; tidemarkctl lists them.
 */
#ifndef TM_MODEL_MAIL_H
#define TM_MODEL_MAIL_H

#include "store/pg.h"

struct crypt;

#define MAIL_GIVE_UP_HOURS 48
#define MAIL_KEEP_DAYS 30

struct mail_new {
	struct str id;      /* uuid text, chosen by the caller: it is in the Message-ID */
	struct str kind;    /* "verify" */
	struct str to;      /* address, one line */
	struct str message; /* RFC 5322 */
};
/* App role. */
enum err mail_put(struct task *t, struct pg *pg, const struct crypt *c,
                  const struct mail_new *in) MUST_CHECK;

struct mail {
	struct str id, kind, error;
	struct str to, message; /* mail_take only */
	int64_t created_us, next_us, sent_us, failed_us; /* 0 = not */
	int64_t attempts;
};

/* Is one due? Cheap: a look at a partial index. */
enum err mail_is_due(struct task *t, struct pg *pg, bool *due) MUST_CHECK;
/*
 * Lock and open the mail that has waited longest; the row stays locked until
 * the transaction ends, and rows that others hold are passed over. *found
 * false: none. One that cannot be opened with the present keys is marked as
 * given up and passed over.
 */
enum err mail_take(struct task *t, struct pg *pg, const struct crypt *c, struct mail *out,
                   bool *found) MUST_CHECK;
/* It was handed over: its content is removed. */
enum err mail_sent(struct task *t, struct pg *pg, struct str id) MUST_CHECK;
/*
 * It was not. Next try after 10 s, doubled at each attempt up to an hour;
 * given up when `permanent`, or 48 hours after it was written.
 */
enum err mail_not_sent(struct task *t, struct pg *pg, struct str id, struct str error,
                       bool permanent) MUST_CHECK;
/* Rows that ended more than 30 days ago; *n = how many. */
enum err mail_prune(struct task *t, struct pg *pg, int64_t *n) MUST_CHECK;

struct mail_counts {
	int64_t waiting, failed; /* given up and kept */
	int64_t oldest_us;       /* creation of the oldest waiting one, 0 = none */
	int64_t refused;         /* given up in the last hour, since one was sent */
};
enum err mail_count(struct task *t, struct pg *pg, struct mail_counts *out) MUST_CHECK;
/* Newest first; all: those sent and given up too. */
enum err mail_list(struct task *t, struct pg *pg, bool all, int64_t limit, struct mail **out,
                   size_t *n) MUST_CHECK;
/* Due now, and not given up any more. id "": every one that is not sent and
 * still has its content. */
enum err mail_retry(struct task *t, struct pg *pg, struct str id, int64_t *n) MUST_CHECK;

extern const struct stmt_list mail_statements;

#endif
