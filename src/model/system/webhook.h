/*
 * webhook.h - news to other servers, signed: where it goes, and every delivery.
 *
 * Standard Webhooks (standardwebhooks.com): headers webhook-id,
 * webhook-timestamp and webhook-signature, "v1," + Base64 of
 * HMAC-SHA-256(secret, id.timestamp.body); while a secret is rotated both
 * sign, separated by a blank. Secrets are "whsec_" + Base64 of 24 bytes, sealed
 * in the row, shown once.
 *
 * A webhook belongs to the system or to one team; who sees it is row-level
 * security's business (sql/0030). Events are queued in the transaction of the
 * act they tell of and sent by the process that sends mails (jobs/webhook).
 */
#ifndef TM_MODEL_WEBHOOK_H
#define TM_MODEL_WEBHOOK_H

#include "store/pg.h"

struct crypt;

#define WEBHOOK_OVERLAP_US (24 * INT64_C(3600000000))
#define WEBHOOK_KEEP_DAYS 30
#define WEBHOOK_TRIES 12     /* over about a day, then given up */
#define WEBHOOK_URL_MAX 500

struct webhook {
	struct str id, url, name;
	struct str team_id;          /* "" = of the system */
	int64_t created_us, disabled_us, old_until_us; /* 0 = not */
	struct str disabled_why;
	int64_t waiting, failed;     /* deliveries; failed: in the last day */
};

struct webhook_new {
	struct str team_id;          /* "" = of the system */
	struct str url, name;
	struct str user_id;          /* who makes it */
};
/* *secret: shown once. E_INVALID with field errors "url", "name". loopback: as
 * TIDEMARK_WEBHOOK_LOOPBACK. */
enum err webhook_create(struct task *t, struct pg *pg, const struct crypt *c,
                        const struct webhook_new *in, bool loopback, struct str *id,
                        struct str *secret) MUST_CHECK;
/* team_id "": those of the system. By age. */
enum err webhook_list(struct task *t, struct pg *pg, struct str team_id, struct webhook **out,
                      size_t *n) MUST_CHECK;
enum err webhook_get(struct task *t, struct pg *pg, struct str id, struct webhook *out) MUST_CHECK;
/* A new secret; the old one signs too for WEBHOOK_OVERLAP_US. */
enum err webhook_rotate(struct task *t, struct pg *pg, const struct crypt *c, struct str id,
                        struct str *secret) MUST_CHECK;
enum err webhook_enable(struct task *t, struct pg *pg, struct str id, bool on,
                        struct str why) MUST_CHECK;
enum err webhook_delete(struct task *t, struct pg *pg, struct str id) MUST_CHECK;

/* Queue an event for every enabled webhook of the team ("": of the system);
 * body: JSON, sent to the byte. */
enum err webhook_emit(struct task *t, struct pg *pg, struct str team_id, const char *event,
                      struct str body) MUST_CHECK;
/* For one webhook alone: a test. */
enum err webhook_emit_one(struct task *t, struct pg *pg, struct str id, const char *event,
                          struct str body) MUST_CHECK;

struct webhook_delivery {
	struct str id, event, body, error;
	struct str webhook_id, url;
	int64_t created_us, next_us, delivered_us, failed_us; /* 0 = not */
	int64_t attempts, status, ms;
	/* webhook_take only */
	struct str secret, secret_old; /* raw; old "" = none */
};
/* Newest first. */
enum err webhook_deliveries(struct task *t, struct pg *pg, struct str webhook_id, int64_t limit,
                            struct webhook_delivery **out, size_t *n) MUST_CHECK;
/* Due now, and not given up any more. */
enum err webhook_retry(struct task *t, struct pg *pg, struct str webhook_id,
                       struct str delivery_id) MUST_CHECK;

/* --- the sender (consumer role) --- */
enum err webhook_is_due(struct task *t, struct pg *pg, bool *due) MUST_CHECK;
/* Lock and open the delivery that has waited longest; as mail_take. One of a
 * webhook at a time: what another sender is at keeps those after it, so that
 * they arrive in their order unless one has to be tried again. */
enum err webhook_take(struct task *t, struct pg *pg, const struct crypt *c,
                      struct webhook_delivery *out, bool *found) MUST_CHECK;
struct webhook_result {
	int64_t status; /* HTTP; 0 = none came */
	int64_t ms;
	struct str error;
	bool permanent; /* no sense in trying again */
};
/* 2xx: delivered. 410: the webhook is switched off. Else the next try after
 * 5 s, doubled up to 3 h. */
enum err webhook_done(struct task *t, struct pg *pg, const struct webhook_delivery *d,
                      const struct webhook_result *r) MUST_CHECK;
enum err webhook_prune(struct task *t, struct pg *pg, int64_t *n) MUST_CHECK;

/* Pure: "v1,…" of one secret. */
struct str webhook_sign(struct task *t, struct str secret, struct str id, int64_t at_s,
                        struct str body);

extern const struct stmt_list webhook_statements;

#endif
