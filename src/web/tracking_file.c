/* tracking_file.c - see tracking_file.h. */
#include "web/tracking_file.h"

#include "base/clock.h"
#include "base/csv.h"
#include "base/jw.h"
#include "web/file.h"

static void
list(struct jw *j, const char *key, const struct str_list *l)
{
	jw_key(j, key);
	jw_array_begin(j);
	for (size_t i = 0; i < l->n; i++)
		jw_str(j, l->item[i]);
	jw_array_end(j);
}

static void
time_or_null(struct jw *j, const char *key, int64_t us)
{
	jw_key(j, key);
	jw_time(j, us > 0 ? us : INT64_MIN);
}

void
tracking_json(struct buf *b, const struct tracking_event *e)
{
	struct jw j;
	jw_init(&j, b);
	jw_object_begin(&j);
	jw_kstr(&j, "name", e->name);
	jw_kstr(&j, "status", e->status);
	jw_kstr(&j, "owner", e->owner);
	jw_kstr(&j, "description", e->description);
	list(&j, "namespaces", &e->namespaces);
	list(&j, "releases", &e->releases);
	jw_ki64(&j, "events_30d", e->events);
	time_or_null(&j, "first_seen", e->first_seen_us);
	time_or_null(&j, "last_seen", e->last_seen_us);
	jw_ki64(&j, "properties", e->properties);
	jw_ki64(&j, "type_conflicts", e->conflicts);
	jw_ki64(&j, "sampled", e->sampled);
	jw_ki64(&j, "schema_violations", e->violations);
	jw_object_end(&j);
}

static void
put_list(struct csv *c, const struct str_list *l)
{
	struct buf one = BUF_INIT;
	for (size_t i = 0; i < l->n; i++) {
		if (i > 0)
			buf_puts(&one, "; ");
		buf_add(&one, l->item[i]);
	}
	csv_str(c, buf_str(&one));
	buf_release(&one);
}

static void
put_time(struct csv *c, int64_t us)
{
	csv_time(c, us > 0 ? us : INT64_MIN);
}

static void
tracking_csv(struct csv *c, const struct tracking_event *e)
{
	csv_str(c, e->name);
	csv_str(c, e->status);
	csv_str(c, e->owner);
	csv_str(c, e->description);
	put_list(c, &e->namespaces);
	put_list(c, &e->releases);
	put_time(c, e->first_seen_us);
	put_time(c, e->last_seen_us);
	csv_i64(c, e->events);
	csv_i64(c, e->properties);
	csv_i64(c, e->conflicts);
	csv_i64(c, e->sampled);
	csv_i64(c, e->violations);
	csv_line_end(c);
}

void
tracking_file(struct res *res, enum export_format f, const struct tracking_event *e, size_t n)
{
	static const char *const columns[] = { "name", "status", "owner", "description", "namespaces",
		"releases", "first_seen", "last_seen", "events_30d", "properties", "type_conflicts",
		"sampled", "schema_violations" };
	struct csv c;
	file_head(res, f, STR("tracking-plan"));
	csv_init(&c, &res->body);
	if (f == EXPORT_CSV)
		csv_head(&c, columns, NELEM(columns));
	for (size_t i = 0; i < n; i++) {
		if (f == EXPORT_CSV) {
			tracking_csv(&c, &e[i]);
			continue;
		}
		tracking_json(&res->body, &e[i]);
		buf_putc(&res->body, '\n');
	}
}
