/*
 * openapi.h - the description of the API (OpenAPI 3.1): the file that is
 * installed with the static files, read once in a process. t/style/openapi
 * compares it with the route tables.
 */
#ifndef TM_WEB_OPENAPI_H
#define TM_WEB_OPENAPI_H

#include "base/task.h"
#include "web/web.h"

/* *text lives as long as the process. E_IO: it cannot be read. */
enum err openapi_text(struct web *w, struct task *t, struct str *text) MUST_CHECK;

#endif
