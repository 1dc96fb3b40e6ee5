/*
 * rejects.h - the newest refusals of an environment (queue/keys.h,
 * key_of_rejects) as rows of a page: where, why, from which SDK; never a
 * value.
 */
#ifndef TM_WEB_PAGE_REJECTS_H
#define TM_WEB_PAGE_REJECTS_H

#include "web/layout.h"

#define REJECTS_MAX 50

/* {{#REJECTS}}{{#ROW}}{{AGO}} {{PATH}} {{REASON}} {{FIX}} {{TYPE}} {{SIZE}}
 * {{SDK}} {{REQUEST_ID}}, else {{#NO_REJECTS}}. Redis away: the page goes on
 * without the list. */
void rejects_fill(struct page *p, size_t most);
/* A code as a sentence; one that is not ours as it is, with blanks. */
struct str rejects_words(struct task *t, struct str code, bool device);
/* What to do about it, "" = nothing to say. */
struct str rejects_fix(struct str code, bool device);

#endif
