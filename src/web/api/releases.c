/* releases.c - GET /api/v1/projects/{project_id}/releases. */
#include <math.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/num.h"
#include "base/str.h"
#include "query/releases.h"
#include "web/api/api.h"
#include "web/trail.h"

#define LIMIT 1000

static void
put_row(struct buf *b, const struct release_row *r)
{
	struct jw j;
	bool users = r->adoption != NULL;

	jw_init(&j, b);
	jw_object_begin(&j);
	jw_kstr(&j, "platform", r->platform);
	jw_key(&j, "version");
	jw_str_or_null(&j, r->version);
	jw_key(&j, "build");
	jw_str_or_null(&j, r->build);
	jw_kbool(&j, "newest", r->newest);
	jw_ktime(&j, "first_seen", r->first_seen_us);
	jw_key(&j, "active_users");
	jw_f64(&j, users ? (double)r->users : NAN);
	jw_kf64(&j, "adoption_pct", r->adoption_pct);
	jw_ki64(&j, "sessions", r->sessions);
	jw_ki64(&j, "events", r->events);
	jw_ki64(&j, "crashes", r->crashes);
	jw_ki64(&j, "traces", r->traces);
	jw_kf64(&j, "crash_free_users_pct", r->crash_free_users_pct);
	jw_kf64(&j, "crash_free_sessions_pct", r->crash_free_sessions_pct);
	jw_ki64(&j, "new_crash_groups", r->new_groups);
	jw_ki64(&j, "regressed_crash_groups", r->regressed_groups);
	jw_kf64(&j, "p95_cold_start_ms", r->p95_cold_start_ms);
	jw_ki64(&j, "cold_starts", r->cold_samples);
	jw_object_end(&j);
}

static void
put_number(struct buf *b, double v)
{
	char text[NUM_TEXT];

	buf_putc(b, ',');
	if (!isnan(v))
		buf_add(b, (struct str){ text, num_format(v, text) });
}

static void
put_csv(struct buf *b, const struct release_row *r)
{
	char at[CLOCK_TEXT];
	size_t n = clock_format(r->first_seen_us, at);

	codec_csv(b, r->platform, true);
	buf_putc(b, ',');
	codec_csv(b, r->version, true);
	buf_putc(b, ',');
	codec_csv(b, r->build, true);
	buf_putc(b, ',');
	buf_add(b, (struct str){ at, n });
	put_number(b, r->adoption != NULL ? (double)r->users : NAN);
	put_number(b, r->adoption_pct);
	put_number(b, (double)r->sessions);
	put_number(b, (double)r->events);
	put_number(b, (double)r->crashes);
	put_number(b, (double)r->traces);
	put_number(b, r->crash_free_users_pct);
	put_number(b, r->crash_free_sessions_pct);
	put_number(b, (double)r->new_groups);
	put_number(b, (double)r->regressed_groups);
	put_number(b, r->p95_cold_start_ms);
	put_number(b, (double)r->cold_samples);
	buf_puts(b, "\r\n");
}

static void
put_file(struct res *res, bool csv, const struct releases_list *list)
{
	res_header(res, "Content-Type", csv ? STR("text/csv; charset=utf-8; header=present") :
		STR("application/x-ndjson"));
	res_header(res, "Content-Disposition", csv ? STR("attachment; filename=\"releases.csv\"") :
		STR("attachment; filename=\"releases.ndjson\""));
	if (csv)
		buf_puts(&res->body, "platform,version,build,first_seen,active_users,adoption_pct,"
			"sessions,events,crashes,traces,crash_free_users_pct,"
			"crash_free_sessions_pct,new_crash_groups,regressed_crash_groups,"
			"p95_cold_start_ms,cold_starts\r\n");
	for (size_t i = 0; i < list->n; i++) {
		if (csv) {
			put_csv(&res->body, &list->row[i]);
			continue;
		}
		put_row(&res->body, &list->row[i]);
		buf_putc(&res->body, '\n');
	}
}

enum err
api_releases(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const known[] = { "from", "to", "range", "env", "tz", "f", "limit",
		"cursor", "format" };
	struct api_window a;
	struct releases_list list;
	struct str format = req_query(t, req, "format");
	bool csv = str_is(format, "csv"), file = csv || str_is(format, "ndjson");
	int64_t limit = LIMIT;
	struct jw j;
	enum err e = api_environment(w, t, req);

	if (e == E_OK)
		e = api_known(t, req, known, NELEM(known));
	if (e == E_OK)
		e = api_limit(t, req, LIMIT, LIMIT, &limit);
	if (e == E_OK && req_query(t, req, "cursor").n > 0)
		e = task_fail(t, E_BAD_CURSOR, "%s", err_message(E_BAD_CURSOR));
	if (e == E_OK && !file && format.n > 0 && !str_is(format, "json")) {
		task_field(t, STR("format"), "is one of json, csv, ndjson");
		e = task_fail(t, E_BAD_PARAM, "format: is one of json, csv, ndjson");
	}
	if (e == E_OK)
		e = trail_read(w, t, req);
	if (e == E_OK)
		e = api_window_open(w, t, req, false, &a);
	if (e != E_OK)
		return e;
	e = releases_list(t, w->pg, &a.env, &a.range, &a.filters, &list);
	if (e == E_OK && file)
		e = trail_export(w, t, req, csv ? "csv" : "ndjson");
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	if (file) {
		put_file(res, csv, &list);
		return E_OK;
	}
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_key(&j, "releases");
	jw_array_begin(&j);
	for (size_t i = 0; i < list.n && i < (size_t)limit; i++) {
		if (i > 0)
			buf_putc(&res->body, ',');
		put_row(&res->body, &list.row[i]);
	}
	jw_array_end(&j);
	jw_key(&j, "next_cursor");
	jw_null(&j);
	api_metadata(&j, &list.meta);
	jw_object_end(&j);
	return E_OK;
}
