/* release_export.c - see release_export.h. */
#include "query/release_export.h"

#include <math.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/jw.h"
#include "base/num.h"

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

void
releases_file(struct buf *b, enum export_format f, const struct releases_list *list)
{
	if (f == EXPORT_CSV)
		buf_puts(b, "platform,version,build,first_seen,active_users,adoption_pct,"
			"sessions,events,crashes,traces,crash_free_users_pct,"
			"crash_free_sessions_pct,new_crash_groups,regressed_crash_groups,"
			"p95_cold_start_ms,cold_starts\r\n");
	for (size_t i = 0; i < list->n; i++) {
		if (f == EXPORT_CSV) {
			put_csv(b, &list->row[i]);
			continue;
		}
		release_json(b, &list->row[i]);
		buf_putc(b, '\n');
	}
}
