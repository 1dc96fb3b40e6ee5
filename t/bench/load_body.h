/*
 * load_body.h - batches for the load generator: written once, then patched
 * in place (ids, user, session, time), so that making one costs a memcpy.
 */
#ifndef TM_BENCH_LOAD_BODY_H
#define TM_BENCH_LOAD_BODY_H

#include <stddef.h>
#include <stdint.h>

struct body; /* one per thread */

/* events per batch; seed makes the ids of this thread its own; heap, owned.
 * v4 = random ids, else version 7 (time first). */
struct body *body_new(unsigned events, uint64_t seed, int v4);
void body_free(struct body *b);
/* The next batch: new ids, another user. Borrowed until the next call. */
const char *body_next(struct body *b, size_t *n);

#endif
