/*
 * release_contexts.h - which release a context belongs to; only
 * query/release*.c use it.
 */
#ifndef TM_QUERY_RELEASE_CONTEXTS_H
#define TM_QUERY_RELEASE_CONTEXTS_H

#include "query/releases.h"

struct release_contexts {
	int64_t *context_no;       /* ascending */
	size_t *release;           /* place in row */
	size_t n;
	struct release_row *row;   /* every release ever seen, in order */
	size_t nrows;
};
enum err release_contexts_load(struct task *t, struct pg *pg, int32_t environment_id,
                               struct release_contexts *out) MUST_CHECK;
/* Place of the release of a context; nrows when it is not known. */
size_t release_of(const struct release_contexts *c, int64_t context_no);
/* The contexts of a release. */
int64_t *release_context_list(struct task *t, const struct release_contexts *c, size_t release,
                              size_t *n);
/* Of the dimension "release" of rollups: the parts by the byte 0x1f. */
struct str release_name(struct task *t, const struct release_row *r);
bool release_is(const struct release_row *a, struct str platform, struct str version,
                struct str build);

#endif
