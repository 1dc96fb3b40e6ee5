/* people_file.c - see people_file.h. */
#include "query/people_file.h"

#include "base/csv.h"
#include "base/str.h"

#define PAGE 500

static void
put_person(struct jw *w, const struct person_row *p)
{
	jw_kstr(w, "person_id", p->person_id);
	jw_kstr_or_null(w, "user_id", p->user_id);
	jw_kstr_or_null(w, "anonymous_id", p->anonymous_id);
	jw_ktime(w, "first_seen", p->first_us);
	jw_ktime(w, "last_seen", p->last_us);
	jw_ki64(w, "sessions", p->sessions);
	jw_ki64(w, "events", p->events);
	jw_kbool(w, "more_sessions", p->more);
	origin_json(w, &p->origin);
}

void
person_json(struct buf *b, const struct person_row *p)
{
	struct jw w;

	jw_init(&w, b);
	jw_object_begin(&w);
	put_person(&w, p);
	jw_object_end(&w);
}

static void
put_identity(struct jw *w, const struct person *p)
{
	jw_key(w, "ids");
	jw_array_begin(w);
	for (size_t i = 0; i < p->nids; i++) {
		jw_object_begin(w);
		jw_kstr(w, "kind", p->id[i].kind);
		jw_kstr(w, "id", p->id[i].id);
		jw_kbool(w, "joined", p->id[i].joined);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_key(w, "merged");
	jw_array_begin(w);
	for (size_t i = 0; i < p->nmerges; i++) {
		jw_object_begin(w);
		jw_kstr(w, "person_id", p->merge[i].person_id);
		jw_ktime(w, "merged_at", p->merge[i].at_us);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
put_properties(struct jw *w, const struct person *p)
{
	jw_key(w, "properties");
	jw_object_begin(w);
	for (size_t i = 0; i < p->nproperties; i++) {
		jw_key_str(w, p->property[i].key);
		jw_raw(w, p->property[i].value);
	}
	jw_object_end(w);
	jw_key(w, "changes");
	jw_array_begin(w);
	for (size_t i = 0; i < p->nchanges; i++) {
		const struct person_change *c = &p->change[i];
		jw_object_begin(w);
		jw_kstr(w, "key", c->key);
		jw_kstr(w, "op", c->op);
		if (c->value.n > 0)
			jw_kraw(w, "value", c->value);
		jw_ktime(w, "timestamp", c->ts_us);
		jw_kbool(w, "effect", c->effect);
		jw_kbool(w, "decides", c->decides);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_kbool(w, "changes_cut", p->changes_cut);
}

void
person_json_full(struct jw *w, const struct person *p)
{
	put_person(w, &p->row);
	put_identity(w, p);
	put_properties(w, p);
	jw_key(w, "devices");
	jw_array_begin(w);
	for (size_t i = 0; i < p->ndevices; i++) {
		const struct person_device *d = &p->device[i];
		jw_object_begin(w);
		jw_kstr(w, "device_id", d->device_id);
		jw_kstr_if_any(w, "platform", d->platform);
		jw_kstr_if_any(w, "os_version", d->os_version);
		jw_kstr_if_any(w, "model", d->model);
		jw_kstr_if_any(w, "version_name", d->version);
		jw_ki64(w, "sessions", d->sessions);
		jw_ktime(w, "first_seen", d->first_us);
		jw_ktime(w, "last_seen", d->last_us);
		jw_object_end(w);
	}
	jw_array_end(w);
}

/* --- files --- */

static const char *const columns[] = { "person_id", "user_id", "anonymous_id", "first_seen",
	"last_seen", "sessions", "events", ORIGIN_COLUMNS };

static void
put_csv(struct buf *b, const struct person_row *p)
{
	struct csv c;

	csv_init(&c, b);
	csv_str(&c, p->person_id);
	csv_str(&c, p->user_id);
	csv_str(&c, p->anonymous_id);
	csv_time(&c, p->first_us);
	csv_time(&c, p->last_us);
	csv_i64(&c, p->sessions);
	csv_i64(&c, p->events);
	origin_csv(&c, &p->origin);
	csv_line_end(&c);
}

static enum err
people_page(struct task *t, struct pg *pg, struct export_page *p)
{
	struct people_query q = *(const struct people_query *)p->query;
	struct people_page page;
	q.limit = PAGE;
	q.cursor = p->cursor;
	enum err e = people_list(t, pg, p->env, &q, &page);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < page.n; i++) {
		if (p->format == EXPORT_CSV) {
			put_csv(p->out, &page.row[i]);
			continue;
		}
		person_json(p->out, &page.row[i]);
		buf_putc(p->out, '\n');
	}
	p->next = page.next_cursor;
	return E_OK;
}

const struct export_source export_people = { columns, NELEM(columns), people_page };
