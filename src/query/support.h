/*
 * support.h - what somebody who helps needs to know, as one JSON object: of an
 * environment (settings, keys by state, what became of items, refusals by
 * path and reason) and of the server (versions, configuration, queue, workers,
 * jobs, alarms).
 *
 * Redacted by construction: every value is picked one by one, nothing is
 * copied whole. No payloads, no keys or parts of them, no mail addresses, no
 * ids or names of persons or users, no names that senders chose (of
 * properties, SDKs, events); of the configuration numbers and switches, and of
 * texts only whether they are set.
 */
#ifndef TM_QUERY_SUPPORT_H
#define TM_QUERY_SUPPORT_H

#include "base/buf.h"
#include "base/conf.h"
#include "queue/redis.h"
#include "store/pg.h"

struct support {
	const struct conf *conf;
	struct redis *redis;
	int32_t environment_id; /* 0: none; else the transaction's scope has it */
	bool server;            /* for system administrators and the owner role */
};
/* Inside a transaction. What Redis does not answer is null. */
enum err support_bundle(struct task *t, struct pg *pg, const struct support *s,
                        struct buf *out) MUST_CHECK;
/* A refusal's path without what the sender named: "events.3.properties.*". */
struct str support_path(struct task *t, struct str path);

extern const struct stmt_list support_statements;

#endif
