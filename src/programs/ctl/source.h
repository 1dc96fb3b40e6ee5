/*
 * source.h - lines of a file, a pipe or stdin; gzip, zstd and ZIP are seen by
 * their first bytes and undone on the way; the members of a ZIP file follow
 * each other and may be gzip or zstd themselves. Memory stays small whatever
 * the size of the file.
 */
#ifndef TM_PROGRAMS_SOURCE_H
#define TM_PROGRAMS_SOURCE_H

#include "base/task.h"

struct source;

/* path "-" = stdin. E_IO, E_NOT_FOUND. Owned: source_close. */
enum err source_open(struct task *t, struct str path, struct source **out) MUST_CHECK;
void source_close(struct source *s);
/*
 * The next line without its end, borrowed until the next call; *end true
 * after the last. A line over `max` bytes comes cut, with *cut true.
 */
enum err source_line(struct task *t, struct source *s, size_t max, struct str *line,
                     bool *cut, bool *end) MUST_CHECK;
/* Some of what comes next, without taking it: at least a byte, or *end. Borrowed
 * until the next call; source_skip() takes n bytes of it. */
enum err source_peek(struct task *t, struct source *s, struct str *bytes, bool *end) MUST_CHECK;
void source_skip(struct source *s, size_t n);
/* Bytes of the file read so far, and its size (0 = unknown: a pipe). */
int64_t source_position(const struct source *s);
int64_t source_size(const struct source *s);

#endif
