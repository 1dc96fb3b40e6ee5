/*
 * snippets.h - code that sends one event, for the onboarding page. In the
 * text @URL@, @HOST@ (without scheme), @KEY@ and @ENV@ stand for the real values. Each snippet uses
 * only what the language brings and the published HTTP interface, so that it
 * works before any SDK is installed.
 */
#ifndef TM_WEB_PAGE_SNIPPETS_H
#define TM_WEB_PAGE_SNIPPETS_H

#include "base/task.h"

struct snippet {
	const char *id, *name, *hint, *text;
};
extern const struct snippet snippets[];
extern const size_t nsnippets;

struct str snippet_fill(struct task *t, const struct snippet *s, const char *url, struct str key,
                        struct str env);

#endif
