/* res.c - see res.h. */
#include "http/res.h"

#include <stdarg.h>
#include <strings.h>

#include "base/jw.h"
#include "base/str.h"
#include "base/utf8.h"
#include "http/cookie.h"

#define BODY_KEEP ((size_t)256 * 1024)

void
res_init(struct res *r, struct task *t)
{
	memset(r, 0, sizeof(*r));
	r->task = t;
	r->status = 200;
}

void
res_reset(struct res *r)
{
	struct buf body = r->body;
	if (body.size > BODY_KEEP)
		buf_release(&body);
	buf_reset(&body);
	res_init(r, r->task);
	r->body = body;
}

/* Bytes of a field value, RFC 9110 section 5.5, without the obsolete fold. */
static bool
is_header_value(struct str s)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	size_t i = 0;
	for (uint64_t v; i + sizeof(v) <= s.n; i += sizeof(v)) { /* most have none of them */
		memcpy(&v, s.p + i, sizeof(v));
		uint64_t del = v ^ (ones * 0x7F);
		if ((((v - ones * 0x20) & ~v) | ((del - ones) & ~del)) & high)
			break;
	}
	for (; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if ((c < 0x20 && c != '\t') || c == 0x7F)
			return false;
	}
	return true;
}

static bool
same_name(const char *a, const char *b)
{
	return ((a[0] ^ b[0]) | 0x20) == 0x20 && strcasecmp(a, b) == 0;
}

struct str
res_header_find(const struct res *r, const char *name)
{
	for (size_t i = 0; i < r->nheaders; i++) {
		if (same_name(r->header[i].name, name))
			return r->header[i].value;
	}
	return STR_NULL;
}

void
res_header(struct res *r, const char *name, struct str value)
{
	ASSERT(is_header_value(value));
	value = arena_str(r->task->arena, value);
	if (!same_name(name, "Set-Cookie")) {
		for (size_t i = 0; i < r->nheaders; i++) {
			if (same_name(r->header[i].name, name)) {
				r->header[i].value = value;
				return;
			}
		}
	}
	ASSERT(r->nheaders < RES_HEADERS_MAX);
	r->header[r->nheaders].name = name;
	r->header[r->nheaders].value = value;
	r->nheaders++;
}

void
res_headerf(struct res *r, const char *name, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ASSERT(n >= 0 && (size_t)n < sizeof(text));
	res_header(r, name, (struct str){ text, (size_t)n });
}

void
res_cookie(struct res *r, const char *name, struct str value, int max_age_s, bool secure)
{
	char age[32] = "";
	ASSERT(cookie_is_name(str_of(name)) && cookie_is_value(value));
	if (max_age_s >= 0)
		snprintf(age, sizeof(age), "; Max-Age=%d", max_age_s);
	res_headerf(r, "Set-Cookie", "%s=%.*s; Path=/; HttpOnly; SameSite=Lax%s%s", name,
	            STRF(value), age, secure ? "; Secure" : "");
}

/* Blanks, control bytes, quotes and bytes above ASCII become %XX; "%" and the
 * other URL characters stay, since the caller has built a URL. */
static void
put_url(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c <= ' ' || c >= 0x7F || strchr("\"<>\\^`{|}", c) != NULL)
			buf_printf(b, "%%%02X", c);
		else
			buf_putc(b, (char)c);
	}
}

void
res_redirect(struct res *r, struct str path)
{
	/* "//host" and "/\host" leave the site in browsers. */
	if (path.n == 0 || path.p[0] != '/' ||
	    (path.n > 1 && (path.p[1] == '/' || path.p[1] == '\\')))
		path = STR("/");
	struct buf b = BUF_INIT;
	put_url(&b, path);
	r->status = 303;
	buf_reset(&r->body);
	res_header(r, "Location", buf_str(&b));
	buf_release(&b);
}

void
res_json(struct res *r, int status)
{
	r->status = status;
	res_header(r, "Content-Type", STR("application/json; charset=utf-8"));
}

static bool
seen_before(const struct task *t, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (str_eq(t->fields[k].path, t->fields[i].path))
			return true;
	}
	return false;
}

static void
put_details(struct jw *w, const struct task *t)
{
	jw_object_begin(w);
	for (size_t i = 0; i < t->nfields; i++) {
		if (seen_before(t, i))
			continue;
		jw_key_str(w, utf8_clean(t->arena, t->fields[i].path));
		jw_array_begin(w);
		for (size_t k = i; k < t->nfields; k++) {
			if (str_eq(t->fields[k].path, t->fields[i].path))
				jw_str(w, utf8_clean(t->arena, t->fields[k].message));
		}
		jw_array_end(w);
	}
	jw_object_end(w);
}

void
res_error_json(struct res *r, struct task *t, enum err e)
{
	struct jw w;
	if (t->err != E_OK)
		e = t->err;
	int status = err_status(e);
	struct str message = str_of(err_message(e));
	/* What went wrong inside is for the log, not for the caller. */
	if (status < 500 && t->detail[0] != '\0')
		message = utf8_clean(t->arena, str_of(t->detail));

	res_json(r, status);
	r->more = NULL;
	buf_reset(&r->body);
	if (status == 401 && res_header_find(r, "WWW-Authenticate").p == NULL)
		res_header(r, "WWW-Authenticate", STR("Bearer realm=\"tidemark\""));
	if ((status == 503 || status == 504) && res_header_find(r, "Retry-After").p == NULL)
		res_header(r, "Retry-After", STR("5"));
	jw_init(&w, &r->body);
	jw_object_begin(&w);
	jw_kstr(&w, "error", str_of(err_slug(e)));
	jw_kstr(&w, "message", message);
	jw_key(&w, "details");
	put_details(&w, t);
	jw_kstr(&w, "request_id", str_of(t->request_id));
	jw_object_end(&w);
}
