/*
 * sessions_file.h - sessions and timelines in the API's words: JSON objects,
 * and the list as a file (export.h).
 */
#ifndef TM_QUERY_SESSIONS_FILE_H
#define TM_QUERY_SESSIONS_FILE_H

#include "base/jw.h"
#include "query/export.h"
#include "query/timeline.h"

/* A session of a list, without a line end. */
void session_json(struct buf *b, const struct session_row *s);
/* With foreground_ms (null when the timeline is cut or no longer kept) and
 * the timeline. */
void session_json_full(struct buf *b, const struct session_row *s, const struct timeline *line);
/* "timeline": [ … ] */
void timeline_json(struct jw *w, const struct timeline *line);

extern const struct export_source export_sessions; /* query: sessions_query */

#endif
