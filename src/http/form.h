/*
 * form.h - a body of application/x-www-form-urlencoded fields against a table
 * of what is expected: one place for lengths and required fields.
 */
#ifndef TM_HTTP_FORM_H
#define TM_HTTP_FORM_H

#include "http/req.h"

struct form_field {
	const char *name;
	size_t max;       /* bytes; 0 = 200 */
	bool required;    /* not empty after trimming */
	bool raw;         /* keep blanks at both ends (passwords) */
	bool lines;       /* may hold line breaks (text areas) */
};

/*
 * Read each field of the table into out[i] (task memory; "" when absent).
 * Problems become field errors of the task, and E_INVALID is returned.
 * E_MEDIA_TYPE when the body is no form.
 */
enum err form_read(struct task *t, const struct req *req, const struct form_field *fields,
                   size_t n, struct str *out) MUST_CHECK;
/* Message of the field's first error; p NULL when it has none. */
struct str form_error(const struct task *t, const char *name);

#endif
