/*
 * overview_tables.h - the overview's lists: top events, versions, platforms,
 * countries, crash groups, releases. Only query/overview.c calls it.
 */
#ifndef TM_QUERY_OVERVIEW_TABLES_H
#define TM_QUERY_OVERVIEW_TABLES_H

#include "query/overview.h"
#include "query/side.h"

/* samples: cold starts in the window; versions get their own p95 while these
 * are few enough to read. */
enum err overview_tables(struct task *t, struct pg *pg, const struct plan *p,
                         const struct side *side, int64_t samples,
                         struct overview *out) MUST_CHECK;
/* What a context says, by its number. */
struct context_row {
	int32_t context_no;
	struct str version, platform, country;
	int64_t first_seen_us;
};
struct context_list {
	struct context_row *row; /* ascending */
	size_t n;
};
/* Crash groups of the window, and the fatal persons of each version. */
enum err overview_crashes(struct task *t, struct pg *pg, const struct plan *p,
                          const struct side *side, const struct context_list *contexts,
                          struct overview *out) MUST_CHECK;
enum err contexts_load(struct task *t, struct pg *pg, int32_t environment_id,
                       struct context_list *out) MUST_CHECK;
/* NULL when unknown. */
const struct context_row *context_find(const struct context_list *l, int32_t context_no);

extern const struct stmt_list overview_statements;
extern const struct stmt_list overview_tables_statements;
extern const struct stmt_list overview_crashes_statements;

#endif
