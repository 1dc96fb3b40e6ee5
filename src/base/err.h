/*
 * err.h - the one error enum. Rows live in err.def.
 *
 * Fallible functions return enum err; detail goes to the task (base/task.h).
 * Three classes are never mixed: the caller's fault (4xx), the world's fault
 * (retry or 5xx), our bug (ASSERT).
 */
#ifndef TM_BASE_ERR_H
#define TM_BASE_ERR_H

#include "base/base.h"

enum err {
#define E(name, slug, status, exit, message) E_##name,
#include "base/err.def"
#undef E
	E_COUNT
};

/* Public slug, e.g. "not_found". Static storage. */
const char *err_slug(enum err e);
/* Default human sentence. Static storage. */
const char *err_message(enum err e);
/* HTTP status of a reply that reports e. */
int err_status(enum err e);
/* sysexits(3) code of a command that ends with e. */
int err_exit(enum err e);

#endif
