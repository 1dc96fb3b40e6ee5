/* foreign.c - the table, and what all protocols read alike; see foreign.h. */
#include "ingest/foreign/foreign.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/num.h"
#include "base/str.h"
#include "base/url.h"
#include "ingest/item.h"

static const struct foreign *const table[FOREIGN_END] = {
	[FOREIGN_APTABASE] = &foreign_aptabase,
	[FOREIGN_OTLP_TRACES] = &foreign_otlp_traces,
	[FOREIGN_OTLP_LOGS] = &foreign_otlp_logs,
	[FOREIGN_OTLP_METRICS] = &foreign_otlp_metrics,
	[FOREIGN_SEGMENT] = &foreign_segment,
	[FOREIGN_SEGMENT_SETTINGS] = &foreign_segment_settings,
	[FOREIGN_AMPLITUDE] = &foreign_amplitude,
	[FOREIGN_MIXPANEL] = &foreign_mixpanel,
	[FOREIGN_POSTHOG] = &foreign_posthog,
	[FOREIGN_POSTHOG_FLAGS] = &foreign_posthog_flags,
	[FOREIGN_POSTHOG_NONE] = &foreign_posthog_none,
	[FOREIGN_POSTHOG_CONFIG] = &foreign_posthog_config,
	[FOREIGN_SENTRY] = &foreign_sentry,
};

const struct foreign *
foreign_row(enum foreign_id id)
{
	return id < FOREIGN_END ? table[id] : NULL;
}

/* --- the body --- */

/* By its first bytes: clients send gzip as text, as a form, or as nothing. */
static enum err
unpack(struct foreign_request *r, struct str *body)
{
	static const struct {
		struct str magic;
		const char *encoding;
	} kinds[] = {
		{ { "\x1f\x8b", 2 }, "gzip" },
		{ { "\x28\xb5\x2f\xfd", 4 }, "zstd" },
	};
	for (size_t i = 0; i < NELEM(kinds); i++)
		if (str_starts(*body, kinds[i].magic))
			return inflate_body(r->task, str_of(kinds[i].encoding), *body, &r->limits,
			                    body);
	return E_OK;
}

static bool
is_json(struct str body)
{
	body = str_trim(body);
	return body.n > 0 && (body.p[0] == '{' || body.p[0] == '[');
}

/* data= of a form: JSON, or Base64 of it, whose '+' some leave unescaped. */
static enum err
read_data(struct foreign_request *r)
{
	struct arena *a = r->task->arena;
	struct str data = url_query(a, r->form, "data"), raw;
	if (data.n == 0)
		return task_fail(r->task, E_BAD_JSON, "The body is neither JSON nor a form with data.");
	if (is_json(data)) {
		r->body = data;
		return E_OK;
	}
	char *p = arena_cstr(a, data);
	for (size_t i = 0; i < data.n; i++)
		if (p[i] == ' ')
			p[i] = '+';
	if (!codec_unb64(a, (struct str){ p, data.n }, &raw))
		return task_fail(r->task, E_BAD_JSON, "The field data is no Base64.");
	r->body = raw;
	return unpack(r, &r->body);
}

enum err
foreign_read(const struct foreign *f, struct foreign_request *r)
{
	if (r->read)
		return E_OK;
	r->body = r->req->body;
	r->form = STR("");
	enum err e = unpack(r, &r->body);
	if (e == E_OK && !f->raw) {
		if (r->req->method == M_GET || r->req->method == M_HEAD)
			r->form = r->req->query;
		else if (!is_json(r->body))
			r->form = r->body;
		if (r->form.n > 0)
			e = read_data(r);
		if (e == E_OK)
			e = scan_parse(r->task, r->scan, r->body);
	}
	r->read = e == E_OK;
	return e;
}

/* --- the key --- */

/* Bearer KEY, or Basic with the key as its name (else as its password). */
static struct str
authorization(const struct foreign_request *r)
{
	struct str rest = req_header(r->req, "authorization"), scheme, pair;
	if (rest.n == 0)
		return STR_NULL;
	scheme = str_cut(&rest, ' ');
	if (rest.p == NULL)
		return STR_NULL;
	rest = str_trim(rest);
	if (str_ieq(scheme, STR("bearer")))
		return rest;
	if (!str_ieq(scheme, STR("basic")) || !codec_unb64(r->task->arena, rest, &pair))
		return STR_NULL;
	struct str name = str_cut(&pair, ':');
	return name.n > 0 ? name : pair;
}

/* A credential of ours, of whatever kind: others may stand in the same place,
 * such as the name of a service account. */
static bool
is_ours(struct str key)
{
	return str_starts(key, STR("tm_"));
}

enum err
foreign_key(const struct foreign *f, struct foreign_request *r, struct str *key)
{
	*key = authorization(r);
	if (!is_ours(*key) && f->find_key != NULL)
		*key = f->find_key(r);
	if (is_ours(*key) || f->body_key == NULL)
		return E_OK;
	enum err e = foreign_read(f, r);
	if (e == E_OK)
		*key = arena_str(r->task->arena, f->body_key(r));
	return e;
}

/* --- reading --- */

struct str
foreign_string(struct task *t, const struct scan *s, uint32_t at)
{
	struct str text;
	return at != 0 && text_read(t, s, at, &text) ? text : STR("");
}

/* Seconds reach 1e11 in the year 5138, milliseconds did in 1973. */
static double
scale(double v, enum foreign_unit unit)
{
	if (unit == FOREIGN_MS || (unit == FOREIGN_S_OR_MS && (v > 1e11 || v < -1e11)))
		return 1e3;
	if (unit == FOREIGN_NS)
		return 1e-3;
	return 1e6;
}

/* As num_f64, and most are integers: of nanoseconds too the nearest double. */
static bool
read_number(struct str text, double *v)
{
	int64_t i;
	if (text.n == 0 || text.p[0] < '1' || text.p[0] > '9' || !num_i64(text, &i))
		return num_f64(text, v);
	*v = (double)i;
	return true;
}

bool
foreign_time(const struct scan *s, uint32_t at, enum foreign_unit unit, int64_t *us)
{
	struct str text;
	double v;
	if (at == 0)
		return false;
	if (scan_string(s, at, &text)) {
		if (clock_parse(text, true, us))
			return true;
		if (!read_number(text, &v))
			return false;
	} else if (!scan_double(s, at, &v)) {
		return false;
	}
	v *= scale(v, unit);
	if (!(v > -1e17 && v < 1e18))
		return false;
	*us = (int64_t)(v < 0 ? v - 0.5 : v + 0.5);
	return true;
}

struct str
foreign_platform(struct task *t, struct str os_name)
{
	static const struct {
		struct str says, is;
	} names[] = {
		{ { "Android", 7 }, { "android", 7 } }, { { "iOS", 3 }, { "ios", 3 } },
		{ { "iPadOS", 6 }, { "ios", 3 } },      { { "iPhone OS", 9 }, { "ios", 3 } },
		{ { "Mac OS X", 8 }, { "macos", 5 } },  { { "Mac OS", 6 }, { "macos", 5 } },
		{ { "darwin", 6 }, { "macos", 5 } },    { { "win32", 5 }, { "windows", 7 } },
	};
	for (size_t i = 0; i < NELEM(names); i++)
		if (str_ieq(os_name, names[i].says))
			return names[i].is;
	char *p = arena_cstr(t->arena, os_name);
	for (size_t i = 0; i < os_name.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] - 'A' + 'a');
	return (struct str){ p, os_name.n };
}
