/*
 * sourcemap.h - source maps (ECMA-426, version 3): positions of a bundle back
 * to those of its sources. Index maps (sections) too. Pure.
 *
 * One pass over the mappings answers all questions. Of several segments the
 * last one at or before the column on the same line counts.
 */
#ifndef TM_SYMBOLS_SOURCEMAP_H
#define TM_SYMBOLS_SOURCEMAP_H

#include "ingest/stack.h"

struct sourcemap_place {
	int64_t line, column;  /* asked for: both from 1 */
	bool found;
	struct str source, name; /* name of the token there, "" = not said */
	int64_t source_line, source_column; /* from 1 */
};

/* Is it such a map? *why: the reason when not. *bundle: the script it is for,
 * "" = not said (raw text of the file). */
bool sourcemap_check(struct task *t, struct str map, struct str *bundle, const char **why);
/* Fills the answers; task memory. False: the map is broken somewhere. */
bool sourcemap_look(struct task *t, struct str map, struct sourcemap_place *at, size_t n);
/*
 * Frames of bundle (the last part of a frame's place) in `in`, replaced; the
 * others stay. A short function name gives way to the name at the place that
 * called it. Returns how many frames were found.
 */
size_t sourcemap_apply(struct task *t, struct str map, struct str bundle,
                       const struct stack *in, struct stack *out);
/* "main.4f3a.js" of "https://shop.example/static/main.4f3a.js?v=2". */
struct str sourcemap_bundle(struct str place);

#endif
