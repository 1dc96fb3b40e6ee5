/*
 * pattern.h - regular expressions of strangers (RE2 inside): the time is
 * linear in the text, whatever the expression, and memory is bounded.
 *
 * RE2's syntax without look-around and back references; letters with case.
 */
#ifndef TM_BASE_PATTERN_H
#define TM_BASE_PATTERN_H

#include "base/arena.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PATTERN_BYTES_MAX 200
#define PATTERN_WHY 120

struct pattern;

/* Compile; freed when the arena is reset. NULL: not a pattern, too long, or
 * too large once compiled; why[PATTERN_WHY] then says what is wrong. */
struct pattern *pattern_new(struct arena *a, struct str text, char *why);
/* Matches anywhere? */
bool pattern_has(const struct pattern *p, struct str s);
/* First match at or after `from`: [*begin, *end). An empty match is none. */
bool pattern_find(const struct pattern *p, struct str s, size_t from, size_t *begin, size_t *end);

#ifdef __cplusplus
}
#endif
#endif
