/* release_export.c - see release_export.h. */
#include "query/release_export.h"

#include <math.h>

#include "base/csv.h"
#include "base/jw.h"

void
release_json(struct buf *b, const struct release_row *r)
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

static const char *const columns[] = { "platform", "version", "build", "first_seen",
	"active_users", "adoption_pct", "sessions", "events", "crashes", "traces",
	"crash_free_users_pct", "crash_free_sessions_pct", "new_crash_groups",
	"regressed_crash_groups", "p95_cold_start_ms", "cold_starts" };

static void
put_csv(struct csv *c, const struct release_row *r)
{
	csv_str(c, r->platform);
	csv_str(c, r->version);
	csv_str(c, r->build);
	csv_time(c, r->first_seen_us);
	csv_f64(c, r->adoption != NULL ? (double)r->users : NAN);
	csv_f64(c, r->adoption_pct);
	csv_i64(c, r->sessions);
	csv_i64(c, r->events);
	csv_i64(c, r->crashes);
	csv_i64(c, r->traces);
	csv_f64(c, r->crash_free_users_pct);
	csv_f64(c, r->crash_free_sessions_pct);
	csv_i64(c, r->new_groups);
	csv_i64(c, r->regressed_groups);
	csv_f64(c, r->p95_cold_start_ms);
	csv_i64(c, r->cold_samples);
	csv_line_end(c);
}

void
releases_file(struct buf *b, enum export_format f, const struct releases_list *list)
{
	struct csv c;

	csv_init(&c, b);
	if (f == EXPORT_CSV)
		csv_head(&c, columns, NELEM(columns));
	for (size_t i = 0; i < list->n; i++) {
		if (f == EXPORT_CSV) {
			put_csv(&c, &list->row[i]);
			continue;
		}
		release_json(b, &list->row[i]);
		buf_putc(b, '\n');
	}
}
