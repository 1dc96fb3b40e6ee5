/*
 * multipart.h - a body of multipart/form-data (RFC 7578): forms with files.
 * Pure: the parts are borrowed from the body.
 *
 * Strict where browsers agree: a boundary of at most 70 characters, header
 * lines of at most 1 KiB, one Content-Disposition with a quoted name, at most
 * `max` parts, the closing delimiter present. A file's own name and type are
 * words of the sender and prove nothing.
 */
#ifndef TM_HTTP_MULTIPART_H
#define TM_HTTP_MULTIPART_H

#include "http/req.h"

#define MULTIPART_PARTS_MAX 16

struct multipart_part {
	struct str name;
	struct str filename;  /* as sent; p NULL when it is no file */
	struct str type;      /* as sent; p NULL when absent */
	struct str body;
};

/* The boundary parameter of a Content-Type; false when it is another type or
 * has none. */
bool multipart_boundary(struct str content_type, struct str *boundary);
/* *n ≤ max parts. E_BAD_REQUEST when malformed. */
enum err multipart_parse(struct task *t, struct str boundary, struct str body,
                         struct multipart_part *part, size_t max, size_t *n) MUST_CHECK;
/* First part of this name in a request's body; false when there is none, or
 * the body is malformed or of another type. */
bool multipart_find(struct task *t, const struct req *req, const char *name,
                    struct multipart_part *out);

#endif
