/* sessions_file.c - sessions as JSON, CSV and NDJSON; timelines as JSON. */
#include "base/csv.h"
#include "base/str.h"
#include "query/sessions.h"
#include "query/sessions_file.h"

#define PAGE 1000

static void
put_session(struct jw *w, const struct session_row *s)
{
	jw_kstr(w, "session_id", s->session_id);
	jw_ktime(w, "started_at", s->started_us);
	jw_ktime(w, "ended_at", s->ended_us);
	jw_ki64(w, "duration_ms", s->duration_ms);
	jw_kbool(w, "over_cap", s->over_cap);
	jw_kbool(w, "ended", s->ended);
	jw_kbool(w, "inferred", s->inferred);
	jw_ki64(w, "events", s->events);
	jw_ki64(w, "crashes", s->crashes);
	jw_ki64(w, "fatal_crashes", s->fatal_crashes);
	jw_ki64(w, "traces", s->traces);
	jw_kstr_or_null(w, "entry_name", s->entry_name);
	jw_kstr_or_null(w, "person_id", s->person_id);
	jw_kstr_or_null(w, "user_id", s->user_id);
	jw_kstr_or_null(w, "anonymous_id", s->anonymous_id);
	origin_json(w, &s->origin);
}

void
session_json(struct buf *b, const struct session_row *s)
{
	struct jw w;

	jw_init(&w, b);
	jw_object_begin(&w);
	put_session(&w, s);
	jw_object_end(&w);
}

static void
put_item(struct jw *w, const struct timeline_row *r)
{
	bool json = r->kind != TIMELINE_BREADCRUMB && r->detail.n > 0;

	jw_object_begin(w);
	jw_kstr(w, "kind", str_of(timeline_kind_name(r->kind)));
	jw_key(w, "timestamp");
	if (r->timed)
		jw_time(w, r->ts_us);
	else
		jw_null(w);
	jw_key(w, "seq");
	if (r->seq >= 0)
		jw_i64(w, r->seq);
	else
		jw_null(w);
	jw_kstr(w, "id", r->id);
	jw_kstr(w, "name", r->name);
	if (r->kind == TIMELINE_TRACE) {
		jw_key(w, "duration_ms");
		jw_round(w, r->duration_ms, 3);
	}
	if (r->kind == TIMELINE_CRASH) {
		jw_kbool(w, "fatal", r->fatal);
		jw_kstr_or_null(w, "group_id", r->group_id);
	}
	if (r->kind == TIMELINE_PROPERTY)
		jw_kstr(w, "op", r->sort);
	if (r->kind == TIMELINE_BREADCRUMB)
		jw_kstr_if_any(w, "type", r->sort);
	if (r->background)
		jw_kbool(w, "background", true);
	jw_kstr_if_any(w, "session", r->session_key);
	if (json)
		jw_kraw(w, r->kind == TIMELINE_PROPERTY ? "value" :
		    r->kind == TIMELINE_TRACE ? "attributes" :
		    r->kind == TIMELINE_CRASH ? "message" : "properties", r->detail);
	jw_object_end(w);
}

void
timeline_json(struct jw *w, const struct timeline *line)
{
	jw_key(w, "timeline");
	jw_array_begin(w);
	for (size_t i = 0; i < line->n; i++)
		put_item(w, &line->row[i]);
	jw_array_end(w);
}

void
session_json_full(struct buf *b, const struct session_row *s, const struct timeline *line)
{
	struct jw w;

	jw_init(&w, b);
	jw_object_begin(&w);
	put_session(&w, s);
	jw_key(&w, "foreground_ms");
	if (line->cut || line->n == 0)
		jw_null(&w);
	else
		jw_i64(&w, line->foreground_ms);
	timeline_json(&w, line);
	jw_kbool(&w, "timeline_cut", line->cut);
	jw_object_end(&w);
}

/* --- files --- */

static const char *const columns[] = { "session_id", "started_at", "ended_at", "duration_ms",
	"over_cap", "ended", "inferred", "events", "crashes", "fatal_crashes", "traces",
	"entry_name", "person_id", "user_id", "anonymous_id", ORIGIN_COLUMNS };

static void
put_csv(struct buf *b, const struct session_row *s)
{
	struct csv c;

	csv_init(&c, b);
	csv_str(&c, s->session_id);
	csv_time(&c, s->started_us);
	csv_time(&c, s->ended_us);
	csv_i64(&c, s->duration_ms);
	csv_bool(&c, s->over_cap);
	csv_bool(&c, s->ended);
	csv_bool(&c, s->inferred);
	csv_i64(&c, s->events);
	csv_i64(&c, s->crashes);
	csv_i64(&c, s->fatal_crashes);
	csv_i64(&c, s->traces);
	csv_str(&c, s->entry_name);
	csv_str(&c, s->person_id);
	csv_str(&c, s->user_id);
	csv_str(&c, s->anonymous_id);
	origin_csv(&c, &s->origin);
	csv_line_end(&c);
}

static enum err
sessions_page(struct task *t, struct pg *pg, struct export_page *p)
{
	struct sessions_query q = *(const struct sessions_query *)p->query;
	struct sessions_page page;
	q.limit = PAGE;
	q.cursor = p->cursor;
	enum err e = sessions_list(t, pg, p->env, &q, &page);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < page.n; i++) {
		if (p->format == EXPORT_CSV) {
			put_csv(p->out, &page.row[i]);
			continue;
		}
		session_json(p->out, &page.row[i]);
		buf_putc(p->out, '\n');
	}
	p->next = page.next_cursor;
	return E_OK;
}

const struct export_source export_sessions = { columns, NELEM(columns), sessions_page };
