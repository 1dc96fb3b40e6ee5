/*
 * link.h - query strings that ask the same thing again.
 */
#ifndef TM_QUERY_LINK_H
#define TM_QUERY_LINK_H

#include "base/buf.h"

/* Append "name=value" with '&' before it when b is not empty; the value is
 * percent-encoded (RFC 3986 unreserved and "/:,~" stay). */
void link_param(struct buf *b, const char *name, struct str value);

#endif
