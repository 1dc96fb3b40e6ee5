/*
 * export.h - rows of a list as a file: CSV (RFC 4180, header line; a cell
 * that a spreadsheet would run as a formula gets a leading ') or NDJSON (one
 * object of the API a line).
 */
#ifndef TM_QUERY_EXPORT_H
#define TM_QUERY_EXPORT_H

#include "query/events.h"

enum export_format { EXPORT_NONE /* no file */, EXPORT_CSV, EXPORT_NDJSON };

/* The API's event object, without a line end. */
void event_json(struct buf *b, const struct event_row *e);
void export_row(struct buf *b, enum export_format f, const struct event_row *e);

/*
 * A running export: pages of 1,000 rows by cursor, each in a short
 * transaction of its own, so that no snapshot is held while a slow reader
 * drinks. Lives in task memory.
 */
struct export;

/* One page of a list: rows from `cursor` on into out, `next` (p NULL = the
 * end) in the memory of the task. query: of the source. */
struct export_page {
	const struct query_env *env;
	const void *query;
	enum export_format format;
	struct str cursor, next;
	struct buf *out;
};
struct export_source {
	const char *const *columns; /* head line of CSV */
	size_t ncolumns;
	enum err (*page)(struct task *t, struct pg *pg, struct export_page *p);
};
extern const struct export_source export_events;  /* query: events_query */
/* query: task memory, as the source wants it. */
struct export *export_open(struct task *t, struct pg *pg, const struct pg_scope *scope,
                           const struct query_env *env, const struct export_page *first,
                           const struct export_source *source);
/* The same of events. */
struct export *export_new(struct task *t, struct pg *pg, const struct pg_scope *scope,
                          const struct query_env *env, const struct events_query *q,
                          enum export_format f);
/* Append the next chunk; *done when it was the last. A failure in the middle
 * ends the file with a line that says so (the status line is long gone). */
enum err export_next(struct export *x, struct buf *b, bool *done) MUST_CHECK;

#endif
