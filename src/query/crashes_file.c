/* crashes_file.c - see crashes_file.h. */
#include "query/crashes_file.h"

#include "base/csv.h"
#include "base/jw.h"
#include "base/str.h"

void
crash_row_json(struct buf *b, const struct crash_row *row)
{
	struct jw w;

	jw_init(&w, b);
	jw_object_begin(&w);
	jw_kstr(&w, "group_id", row->group_id);
	jw_kstr(&w, "title", row->title);
	jw_kstr(&w, "culprit", row->culprit);
	jw_kstr(&w, "status", row->status);
	jw_ki64(&w, "crashes", row->crashes);
	jw_ki64(&w, "users", row->users);
	jw_ktime(&w, "first_seen", row->first_seen_us);
	jw_ktime(&w, "last_seen", row->last_seen_us);
	jw_kstr_or_null(&w, "first_release", row->first_release);
	jw_kstr_or_null(&w, "last_release", row->last_release);
	jw_kstr_or_null(&w, "assignee", row->assignee);
	jw_object_end(&w);
}

static const char *const columns[] = { "group_id", "title", "culprit", "status", "crashes",
	"users", "first_seen", "last_seen", "first_release", "last_release", "assignee" };

static void
put_csv(struct csv *c, const struct crash_row *row)
{
	csv_str(c, row->group_id);
	csv_str(c, row->title);
	csv_str(c, row->culprit);
	csv_str(c, row->status);
	csv_i64(c, row->crashes);
	csv_i64(c, row->users);
	csv_time(c, row->first_seen_us);
	csv_time(c, row->last_seen_us);
	csv_str(c, row->first_release);
	csv_str(c, row->last_release);
	csv_str(c, row->assignee);
	csv_line_end(c);
}

void
crashes_file(struct buf *b, enum export_format f, const struct crashes_page *page)
{
	struct csv c;

	csv_init(&c, b);
	if (f == EXPORT_CSV)
		csv_head(&c, columns, NELEM(columns));
	for (size_t i = 0; i < page->n; i++) {
		if (f == EXPORT_CSV) {
			put_csv(&c, &page->row[i]);
			continue;
		}
		crash_row_json(b, &page->row[i]);
		buf_putc(b, '\n');
	}
}

void
crash_sample_json(struct buf *b, const struct crash_sample *s)
{
	struct jw w;

	jw_init(&w, b);
	jw_object_begin(&w);
	jw_kstr(&w, "event_id", s->event_id);
	jw_ktime(&w, "timestamp", s->ts_us);
	jw_ktime(&w, "received_at", s->received_us);
	jw_kbool(&w, "fatal", s->fatal);
	jw_key(&w, "exception");
	jw_object_begin(&w);
	jw_kstr(&w, "type", s->type);
	jw_kstr(&w, "message", s->message);
	jw_kstr(&w, "stacktrace", s->stack);
	jw_object_end(&w);
	jw_kstr_or_null(&w, "person_id", s->person_id);
	jw_kstr_or_null(&w, "user_id", s->user_id);
	jw_kstr_or_null(&w, "anonymous_id", s->anonymous_id);
	jw_kstr_or_null(&w, "session_id", s->session_id);
	origin_json(&w, &s->origin);
	jw_kraw(&w, "breadcrumbs", s->breadcrumbs.n > 0 ? s->breadcrumbs : STR("[]"));
	jw_kraw(&w, "properties", s->properties.n > 0 ? s->properties : STR("{}"));
	jw_object_end(&w);
}
