/*
 * routes_print.h - a route table as JSON lines: `tidemark-web --routes`. The
 * tests of isolation and abuse are generated from it.
 */
#ifndef TM_WEB_ROUTES_PRINT_H
#define TM_WEB_ROUTES_PRINT_H

#include "http/route.h"

/* perm_name: of a row's .perm; NULL = leave it out. E_IO. */
enum err routes_print(struct task *t, const struct route *table, size_t n,
                      const char *(*perm_name)(unsigned perm)) MUST_CHECK;

#endif
