/* req.c - look-ups in a request; see req.h. */
#include "http/req.h"

#include "base/str.h"
#include "base/url.h"
#include "base/utf8.h"
#include "http/cookie.h"
#include "http/multipart.h"

struct str
req_header(const struct req *r, const char *lower_name)
{
	for (size_t i = 0; i < r->nheaders; i++) {
		if (str_is(r->headers[i].name, lower_name))
			return r->headers[i].value;
	}
	return STR_NULL;
}

bool
req_header_dup(const struct req *r, const char *lower_name)
{
	size_t n = 0;
	for (size_t i = 0; i < r->nheaders; i++)
		n += str_is(r->headers[i].name, lower_name);
	return n > 1;
}

struct str
req_query(struct task *t, const struct req *r, const char *name)
{
	return url_query(t->arena, r->query, name);
}

size_t
req_query_all(struct task *t, const struct req *r, const char *name, struct str *out, size_t max)
{
	return url_query_all(t->arena, r->query, name, out, max);
}

static struct str
form_body(const struct req *r)
{
	if (!str_is(r->content_type, "application/x-www-form-urlencoded"))
		return STR_NULL;
	return r->body;
}

struct str
req_form(struct task *t, const struct req *r, const char *name)
{
	struct multipart_part part;
	if (!str_is(r->content_type, "multipart/form-data"))
		return url_query(t->arena, form_body(r), name);
	if (!multipart_find(t, r, name, &part) || part.filename.p != NULL)
		return STR_NULL;
	return utf8_clean(t->arena, part.body);
}

size_t
req_form_all(struct task *t, const struct req *r, const char *name, struct str *out, size_t max)
{
	return url_query_all(t->arena, form_body(r), name, out, max);
}

struct str
req_cookie(const struct req *r, const char *name)
{
	return cookie_find(req_header(r, "cookie"), name);
}
