/*
 * release_active.h - who was active on each release of a window, in all and
 * by bucket; only query/releases.c uses it. Whole local days come from the
 * rollups by release (sql/0026_explorers.sql), also under filters that say which
 * releases; ragged ends, shorter windows and other filters on the app or the
 * device from hours (query/activity.h), all else from rows.
 */
#ifndef TM_QUERY_RELEASE_ACTIVE_H
#define TM_QUERY_RELEASE_ACTIVE_H

#include "query/release_contexts.h"
#include "query/side.h"

/* Two ragged ends of days, each with two of quarter-hours. */
#define RELEASE_EDGES 4

/* Distinct persons of one release or one platform. */
struct active {
	int64_t users;
	int64_t *bucket;    /* range.now.n; NULL = none at all */
};

struct release_active {
	struct active *release;     /* as contexts.row */
	struct active *platform;    /* of contexts.row[i]'s platform, at its first row */
	struct span edge[RELEASE_EDGES]; /* the rest, for which they were not */
	size_t nedges;
	/* Known: no trace lies outside (both 0: there is none). */
	bool traces_known;
	int64_t traces_from_us, traces_to_us;
	int64_t scanned;            /* raw rows read */
	bool late;                  /* took too long: nothing is known */
};

/* Adds to events, crashes, traces and sessions of c->row. */
enum err release_active(struct task *t, struct pg *pg, const struct query_env *env,
                        const struct range *range, const struct filters *filters,
                        struct release_contexts *c, struct release_active *out) MUST_CHECK;

#endif
