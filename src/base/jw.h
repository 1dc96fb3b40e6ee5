/*
 * jw.h - write JSON into a buf. Commas are its own business; nesting is
 * checked (ASSERT), at most JW_DEPTH deep. Text must be valid UTF-8.
 *
 *   struct jw w;
 *   jw_init(&w, &res->body);
 *   jw_object_begin(&w);
 *   jw_key(&w, "id"); jw_str(&w, id);
 *   jw_object_end(&w);
 */
#ifndef TM_BASE_JW_H
#define TM_BASE_JW_H

#include "base/buf.h"

#define JW_DEPTH 32

struct jw {
	struct buf *b; /* borrowed */
	int depth;
	bool some[JW_DEPTH + 1]; /* this level holds something already */
	bool key;                /* a key waits for its value */
};

/* Begin at the end of b (which may hold other text). */
void jw_init(struct jw *w, struct buf *b);
void jw_object_begin(struct jw *w);
void jw_object_end(struct jw *w);
void jw_array_begin(struct jw *w);
void jw_array_end(struct jw *w);

void jw_key(struct jw *w, const char *key);
void jw_key_str(struct jw *w, struct str key);
void jw_str(struct jw *w, struct str s);
/* null when s is empty. */
void jw_str_or_null(struct jw *w, struct str s);
void jw_i64(struct jw *w, int64_t v);
/* Shortest text that reads back the same; null when not finite. */
void jw_f64(struct jw *w, double v);
/* Rounded to `digits` (0-6) decimals: 12.5, 3, 0.07. */
void jw_round(struct jw *w, double v, int digits);
void jw_bool(struct jw *w, bool v);
void jw_null(struct jw *w);
/* RFC 3339 with ms; null when us is INT64_MIN. */
void jw_time(struct jw *w, int64_t us);
/* A complete JSON value already written; "" writes null. */
void jw_raw(struct jw *w, struct str json);
/* The buffer, for exactly one value that the caller writes itself. */
struct buf *jw_value(struct jw *w);

/* Key and value in one; _if_any: neither when s is empty. */
void jw_kstr(struct jw *w, const char *key, struct str s);
void jw_kstr_or_null(struct jw *w, const char *key, struct str s);
void jw_kstr_if_any(struct jw *w, const char *key, struct str s);
void jw_ki64(struct jw *w, const char *key, int64_t v);
void jw_kf64(struct jw *w, const char *key, double v);
void jw_kbool(struct jw *w, const char *key, bool v);
void jw_ktime(struct jw *w, const char *key, int64_t us);
void jw_kraw(struct jw *w, const char *key, struct str json);

#endif
