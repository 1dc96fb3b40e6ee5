/*
 * slug.h - the readable part of a URL made from a name.
 * [a-z0-9] and single dashes, 1 to 40 bytes, no dash at the ends; letters
 * outside ASCII are dropped; an empty result becomes `fallback`.
 */
#ifndef TM_MODEL_SLUG_H
#define TM_MODEL_SLUG_H

#include "base/task.h"

#define SLUG_MAX 40

struct str slug_make(struct task *t, struct str name, const char *fallback);
/* slug, slug-2, slug-3 … (number 1 = as it is), still ≤ SLUG_MAX. */
struct str slug_number(struct task *t, struct str slug, int number);

#endif
