/*
 * data.h - pages of what comes in: privacy, the tracking plan, schemas.
 */
#ifndef TM_WEB_PAGE_DATA_H
#define TM_WEB_PAGE_DATA_H

#include "web/page/pages.h"

/* privacy.c, privacy_save.c */
PAGE(page_privacy);
PAGE(page_privacy_save);
PAGE(page_privacy_preview); /* renders; saves nothing */
PAGE(page_privacy_accept);  /* one proposal becomes a rule */

/* tracking.c, tracking_event.c; ?event=NAME: one event */
PAGE(page_tracking);
PAGE(page_tracking_save); /* owner, description and status of an event */
PAGE(page_tracking_csv);
PAGE(page_tracking_ndjson);
/* schema.c: ?namespace=NAME[&event=NAME] */
PAGE(page_schema);
PAGE(page_schema_save);

/* What the form of an event sent (p NULL = what is stored); p->name says which. */
struct tracking_edit;
enum err tracking_event_show(struct web *w, struct task *t, const struct req *req, struct res *res,
                         const struct tracking_edit *typed, int status) MUST_CHECK;
enum err tracking_list_show(struct web *w, struct task *t, const struct req *req, struct res *res,
                        const struct tracking_edit *typed, int status) MUST_CHECK;
/* "name=" + encoded, for links. */
struct str data_query(struct task *t, const char *name, struct str value);
/* {{#STATUSES}}: the states an event can have, the chosen one HERE. */
void tracking_statuses(struct dict *d, struct str chosen);
/* What is wrong with an event, in words; "" = nothing. */
struct tracking_event;
struct str tracking_problems(struct task *t, const struct tracking_event *e);

/* The rules as typed (p NULL = what is stored); preview: show what they would
 * change. */
enum err privacy_show(struct web *w, struct task *t, const struct req *req, struct res *res,
                      struct str typed, bool preview, int status) MUST_CHECK;
/* Field errors "rules.LINE" as one of the form's field `rules`. */
void privacy_lines(struct task *t);

#endif
