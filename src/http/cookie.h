/*
 * cookie.h - the Cookie header (RFC 6265 section 5.4).
 */
#ifndef TM_HTTP_COOKIE_H
#define TM_HTTP_COOKIE_H

#include "base/base.h"

/* Value of the first cookie of that name; p NULL when absent. Borrowed. */
struct str cookie_find(struct str header, const char *name);
/* Names and values that may be set: RFC 6265 token / cookie-octet. */
bool cookie_is_name(struct str s);
bool cookie_is_value(struct str s);

#endif
