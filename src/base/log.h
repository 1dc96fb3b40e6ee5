/*
 * log.h - one logfmt line per event, to stderr.
 *
 *   ts=2026-02-23T09:45:12.120Z level=info prog=tidemark-web msg=request id=…
 *
 * Values with blanks, quotes, '=' or control bytes are quoted and escaped, so
 * that one event is always one line. In a line longer than LOG_LINE the value
 * that does not fit is cut, and what comes behind it is left out: it still
 * reads back. Never log payloads, keys, tokens or mail addresses.
 */
#ifndef TM_BASE_LOG_H
#define TM_BASE_LOG_H

#include "base/base.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

#define LOG_LINE 2048

/* A line under construction; the caller's stack. */
struct log {
	char line[LOG_LINE];
	size_t n;
	bool off; /* below the level: everything is a no-op */
};

/* program: prog= of every line; static storage. Lines below level are not
 * written. Before this call: prog=tidemark, level info. */
void log_open(const char *program, enum log_level level);
/* "debug" "info" "warn" "error"; false when it is none of these. */
bool log_level_parse(struct str s, enum log_level *out);

void log_begin(struct log *l, enum log_level level, const char *msg);
void log_str(struct log *l, const char *key, struct str value);
void log_i64(struct log *l, const char *key, int64_t value);
/* Write the line with one write(2). */
void log_end(struct log *l);

/* Short form: msg=… detail="…". */
void log_msg(enum log_level level, const char *msg, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
