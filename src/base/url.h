/*
 * url.h - percent-encoding and query strings (RFC 3986, WHATWG form rules).
 */
#ifndef TM_BASE_URL_H
#define TM_BASE_URL_H

#include "base/arena.h"
#include "base/buf.h"

/* Decode %XX, and '+' as blank when plus is set. False when a '%' is not
 * followed by two hexadecimal digits. Borrows s when nothing is encoded.
 * The result may hold any byte: check it (utf8_is_line and the like). */
bool url_decode(struct arena *a, struct str s, bool plus, struct str *out) MUST_CHECK;
/* Append s; all but RFC 3986 "unreserved" characters become %XX. */
void url_encode(struct buf *b, struct str s);
/* The same, keeping '/' (a path). */
void url_encode_path(struct buf *b, struct str s);
/*
 * Take the next name=value off the front of *rest (a query or form body),
 * still encoded. Empty parts are skipped; without '=' value.p is NULL.
 * False at the end.
 */
bool url_next(struct str *rest, struct str *name, struct str *value);
/* First value of name, decoded ('+' = blank, bad UTF-8 and control bytes but
 * \t \r \n repaired or dropped) into a; p NULL when absent or malformed. */
struct str url_query(struct arena *a, struct str query, const char *name);
/* All its values, at most max; returns how many. */
size_t url_query_all(struct arena *a, struct str query, const char *name,
                     struct str *out, size_t max);

#endif
