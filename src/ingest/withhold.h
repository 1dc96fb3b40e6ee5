/*
 * withhold.h - take items out of a checked batch by policy: the month's quota
 * is used up, or their SDK is told to stop. Pure.
 *
 * Each one becomes a "drop" result with the code, and is counted under it in
 * the batch's rejects, from where the ledger knows.
 */
#ifndef TM_INGEST_WITHHOLD_H
#define TM_INGEST_WITHHOLD_H

#include "ingest/envelope.h"
#include "queue/accept.h"

/* The codes; the ledger counts them as dropped, not as rejected. */
#define WITHHOLD_QUOTA "quota_exceeded"
#define WITHHOLD_SDK "sdk_disabled"
bool withhold_is_code(struct str code);

/* What a batch holds that counts for the quota: events, crashes, traces. */
uint32_t withhold_metered(const struct batch *b);
/* What it holds at most; client reports always get in: they tell of losses. */
enum quota_rank withhold_rank(const struct batch *b);
/* Take out what has a lower rank than `least`. */
void withhold(struct task *t, struct batch *b, struct verdict *v, enum quota_rank least,
              const char *code);
/* Is the SDK in the newline-separated list ("*" = every one)? */
bool withhold_sdk(struct str list, struct str sdk);

#endif
