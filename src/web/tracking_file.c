/* tracking_file.c - see tracking_file.h. */
#include "web/tracking_file.h"

#include "base/clock.h"
#include "base/codec.h"
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
csv_time(struct buf *b, int64_t us)
{
	char at[CLOCK_TEXT];
	buf_putc(b, ',');
	if (us > 0)
		buf_add(b, (struct str){ at, clock_format(us, at) });
}

static void
csv_list(struct buf *b, const struct str_list *l)
{
	struct buf one = BUF_INIT;
	for (size_t i = 0; i < l->n; i++) {
		if (i > 0)
			buf_puts(&one, "; ");
		buf_add(&one, l->item[i]);
	}
	buf_putc(b, ',');
	codec_csv(b, buf_str(&one), true);
	buf_release(&one);
}

static void
tracking_csv(struct buf *b, const struct tracking_event *e)
{
	const struct str text[] = { e->status, e->owner, e->description };
	const int64_t number[] = { e->events, e->properties, e->conflicts, e->sampled, e->violations };
	codec_csv(b, e->name, true);
	for (size_t i = 0; i < NELEM(text); i++) {
		buf_putc(b, ',');
		codec_csv(b, text[i], true);
	}
	csv_list(b, &e->namespaces);
	csv_list(b, &e->releases);
	csv_time(b, e->first_seen_us);
	csv_time(b, e->last_seen_us);
	for (size_t i = 0; i < NELEM(number); i++)
		buf_printf(b, ",%lld", (long long)number[i]);
	buf_puts(b, "\r\n");
}

void
tracking_file(struct res *res, enum export_format f, const struct tracking_event *e, size_t n)
{
	file_head(res, f, STR("tracking-plan"));
	if (f == EXPORT_CSV)
		buf_puts(&res->body, "name,status,owner,description,namespaces,releases,first_seen,"
		    "last_seen,events_30d,properties,type_conflicts,sampled,schema_violations\r\n");
	for (size_t i = 0; i < n; i++) {
		if (f == EXPORT_CSV) {
			tracking_csv(&res->body, &e[i]);
			continue;
		}
		tracking_json(&res->body, &e[i]);
		buf_putc(&res->body, '\n');
	}
}
