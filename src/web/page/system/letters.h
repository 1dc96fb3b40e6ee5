/*
 * letters.h - dead letters on pages and in the API: the filter of a request,
 * and the acts with their audit entries.
 */
#ifndef TM_WEB_PAGE_SYSTEM_LETTERS_H
#define TM_WEB_PAGE_SYSTEM_LETTERS_H

#include "model/system/dead_letter.h"
#include "ingest/batch.h"
#include "web/page/pages.h"

#define LETTERS_AT_ONCE 1000 /* of one bulk act */

/* Ages that the filter offers: "15m", "1h" … older than that. */
struct letter_age {
	const char *query, *name;
	int64_t us;
};
extern const struct letter_age letter_ages[];
extern const size_t nletter_ages;

/* environment, reason, age, state, before; from the query, or a form's
 * fields. E_BAD_PARAM. */
enum err letters_filter(struct task *t, const struct req *req, bool form,
                        struct dead_filter *f) MUST_CHECK;

/* Replay or drop one. mend: the JSON to replay instead; "" = as kept.
 * *batch_id: of a replay. E_CONFLICT: it is resolved already. */
struct letter_act {
	int64_t id;
	bool drop;
	struct str mend;
};
enum err letter_do(struct web *w, struct task *t, const struct req *req,
                   const struct letter_act *act, struct str *batch_id) MUST_CHECK;
/* All open ones that f matches, at most LETTERS_AT_ONCE. */
enum err letters_do(struct web *w, struct task *t, const struct req *req,
                    const struct dead_filter *f, bool drop, int64_t *done) MUST_CHECK;

PAGE(page_letters);
PAGE(page_letters_preview);
PAGE(page_letters_act);
PAGE(page_letter);
PAGE(page_letter_replay);
PAGE(page_letter_mend);
PAGE(page_letter_drop);

#endif
