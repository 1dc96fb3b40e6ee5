/*
 * alarms.h - alarms and webhooks on pages, and their acts for page and API.
 */
#ifndef TM_WEB_PAGE_SYSTEM_ALARMS_H
#define TM_WEB_PAGE_SYSTEM_ALARMS_H

#include "model/system/alarm.h"
#include "web/page/pages.h"

/* alarms.c. hours 0 ends the silence. E_NOT_FOUND, E_INVALID. */
enum err alarms_silence(struct web *w, struct task *t, const struct req *req, struct str name,
                        int64_t hours) MUST_CHECK;
/* E_NOT_FOUND, E_CONFLICT, E_INVALID (note). */
enum err alarms_acknowledge(struct web *w, struct task *t, const struct req *req, struct str event,
                            struct str note) MUST_CHECK;

PAGE(page_alarms);
PAGE(page_alarm_silence);
PAGE(page_alarm_acknowledge);
/* webhooks.c */
PAGE(page_webhooks);
PAGE(page_webhooks_post);
PAGE(page_webhook);
PAGE(page_webhook_rotate);
PAGE(page_webhook_test);
PAGE(page_webhook_switch);
PAGE(page_webhook_delete);
PAGE(page_webhook_retry);

#endif
