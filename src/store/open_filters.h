/*
 * open_filters.h - tests only (--enable-crash-points): with
 * TM_OPEN_FILTERS in the environment every comparison of team_id,
 * project_id, environment_id or user_id with a parameter is made true when a
 * statement is prepared. What is still hidden then is hidden by row-level
 * security alone (t/e2e/72-second-wall.py).
 */
#ifndef TM_STORE_OPEN_FILTERS_H
#define TM_STORE_OPEN_FILTERS_H

#include "base/buf.h"

#ifdef CRASH_POINTS
bool open_filters_on(void);
/* Appends the rewritten text and a NUL. */
void open_filters(struct buf *out, struct str sql);
#else
#define open_filters_on() false
#define open_filters(out, sql) ((void)0)
#endif

#endif
