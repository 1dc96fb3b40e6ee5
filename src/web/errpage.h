/*
 * errpage.h - every failure as a page: what happened, the request id, a way
 * on. A missing session becomes a redirect to the sign-in page.
 */
#ifndef TM_WEB_ERRPAGE_H
#define TM_WEB_ERRPAGE_H

#include "http/req.h"
#include "http/res.h"
#include "web/web.h"

/* An error_page of web/dispatch. */
void errpage(struct web *w, struct task *t, const struct req *req, struct res *res, enum err e);

#endif
