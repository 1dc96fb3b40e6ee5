/*
 * bound.h - how much may wait in the queue before the door says 503.
 * Refused at the bound, resumed at 80 % of it (hysteresis), so that the door
 * does not flap. 0 = no bound.
 */
#ifndef TM_QUEUE_BOUND_H
#define TM_QUEUE_BOUND_H

#include "base/base.h"

/* Bytes an entry is charged beyond its wire. */
#define STREAM_ENTRY_OVERHEAD 128

/* What stored idempotent replies may take, unless told otherwise. */
#define IDEM_BYTES (INT64_C(48) << 20)

struct queue_bound {
	int64_t max_bytes; /* TIDEMARK_QUEUE_MAX_BYTES */
	int64_t max_items; /* TIDEMARK_QUEUE_MAX_ITEMS */
	int64_t idem_bytes; /* TIDEMARK_IDEMPOTENCY_BYTES; 0 = IDEM_BYTES */
};

#endif
