/*
 * carrier.h - how a finished message leaves: to a mail server (libcurl, SMTP)
 * or into the outbox folder. Blocking, bounded by time-outs: 10 s to connect,
 * 60 s in all.
 *
 * smtp:// demands STARTTLS before anything is said, unless tls is off;
 * smtps:// is TLS from the start. The certificate is always checked. No other
 * protocol, no redirect, no proxy.
 */
#ifndef TM_MAIL_CARRIER_H
#define TM_MAIL_CARRIER_H

#include "base/task.h"

struct conf;
struct carrier;

/* From the MAIL_* and OUTBOX_DIR keys, which are borrowed. E_CONFIG: the
 * address or the sender cannot be used. Owned. */
enum err carrier_open(struct task *t, const struct conf *conf, struct carrier **out) MUST_CHECK;
void carrier_close(struct carrier *c);
/* "outbox: /var/lib/tidemark/outbox", "smtp://mail.example.com:587" */
struct str carrier_describe(struct task *t, const struct carrier *c);

/* What became of a hand-over that failed. */
struct carrier_failure {
	bool permanent; /* the server refuses this recipient or message for good */
	bool transport; /* nothing can be sent now: no connection, no TLS, no login */
};
/*
 * Hand over one message. id: unique word, names the file of the outbox.
 * E_UNAVAILABLE with a sentence when it was not taken (*f says how), E_IO for
 * the outbox.
 */
struct envelope {
	struct str id, to, message;
};
enum err carrier_send(struct task *t, struct carrier *c, const struct envelope *e,
                      struct carrier_failure *f) MUST_CHECK;

#endif
