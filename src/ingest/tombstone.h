/*
 * tombstone.h - what stays of an erased person: keyed hashes of their ids, so
 * that late items of theirs can be known without knowing who they were. Pure.
 *
 * HMAC-SHA-256 under the environment's secret (ingest/scrub.h, from the master
 * key; it is never in Redis). A user id hashes alike whether it was kept plain
 * or as "h_…".
 */
#ifndef TM_INGEST_TOMBSTONE_H
#define TM_INGEST_TOMBSTONE_H

#include "base/task.h"

/* Lower-case hex, 64 digits. kind: ID_USER, ID_ANONYMOUS or ID_DEVICE of
 * ingest/identity.h; id as it is kept. Task memory. */
struct str tombstone_hash(struct task *t, const uint8_t secret[32], char kind, struct str id);

#endif
