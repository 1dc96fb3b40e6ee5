/*
 * field.h - fields of forms in templates: the value that was typed, and what
 * is wrong with it beside it.
 */
#ifndef TM_WEB_PAGE_FIELD_H
#define TM_WEB_PAGE_FIELD_H

#include "base/task.h"
#include "view/view.h"

/* {{MARK}} is the value; {{#MARK_BAD}} with {{TEXT}} when the task has an
 * error of the field `name`, and {{#FIRST}} in it for the first one of all. */
void field_fill(struct task *t, struct dict *d, const char *mark, const char *name,
                struct str value);

struct option {
	const char *value, *name;
};
/* One {{#section}} an option: {{VALUE}}, {{NAME}}, {{#HERE}} for the chosen. */
void field_options(struct dict *d, const char *section, const struct option *list, size_t n,
                   struct str chosen);

/* How long something is valid: "never", a number of days, or "date" with a
 * calendar date (its whole day, UTC). */
extern const struct option field_expiries[];
extern const size_t nfield_expiries;
/* *us: 0 = never. Else a field error of "expires" or "date". */
void field_expiry(struct task *t, struct str choice, struct str date, int64_t *us);

/* An audit detail: {"name":"to"}, {"name":{"from":…,"to":…}} when from is
 * given; what did not change is left out. "" when nothing did. */
struct change {
	const char *name;
	struct str from, to; /* from.p NULL = there was nothing */
};
struct str changes_json(struct task *t, const struct change *list, size_t n);

#endif
