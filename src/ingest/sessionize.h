/*
 * sessionize.h - split the items of one device (else one person) that came
 * without a session id into sessions. Pure.
 *
 * Two items belong together when at most `idle` lies between them and the
 * session they would share spans at most `cap`. Existing sessions are passed
 * in, so late items extend, reopen or bridge them: of two bridged sessions
 * the earlier stays (DATA "Sessions"). Without a cap the result does not
 * depend on the order of arrival.
 */
#ifndef TM_INGEST_SESSIONIZE_H
#define TM_INGEST_SESSIONIZE_H

#include "base/arena.h"

struct span {
	int64_t no;       /* session_no; 0 = made here */
	int64_t start_us; /* first and last item */
	int64_t end_us;
	int into;         /* index of the span that took this one in; -1 = none */
};

struct sessionize {
	struct span *span; /* stable indexes; existing ones first */
	size_t n;
	int *order; /* live spans by start */
	size_t norder;
};

/* Existing spans in any order, not overlapping; room for `more` new ones. */
void sessionize_init(struct sessionize *s, struct arena *a, const struct span *have,
                     size_t nhave, size_t more);
/*
 * Place one item; call in order of ts for one gather. Returns the index of
 * its span at this moment: ask sessionize_final() when all are placed.
 */
int sessionize_add(struct sessionize *s, int64_t ts_us, int64_t idle_us, int64_t cap_us);
/* The span that holds what was put into span i. */
int sessionize_final(const struct sessionize *s, int i);

#endif
