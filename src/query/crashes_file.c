/* crashes_file.c - crash groups and crashes as JSON and CSV. */
#include "base/clock.h"
#include "base/codec.h"
#include "base/jw.h"
#include "base/str.h"
#include "query/crash_group.h"

static void
key_or_null(struct jw *w, const char *key, struct str s)
{
	jw_key(w, key);
	jw_str_or_null(w, s);
}

static void
key_if_any(struct jw *w, const char *key, struct str s)
{
	if (s.n > 0)
		jw_kstr(w, key, s);
}

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
	key_or_null(&w, "first_release", row->first_release);
	key_or_null(&w, "last_release", row->last_release);
	key_or_null(&w, "assignee", row->assignee);
	jw_object_end(&w);
}

static const char *const columns[] = { "group_id", "title", "culprit", "status", "crashes",
	"users", "first_seen", "last_seen", "first_release", "last_release", "assignee" };

void
crash_csv_header(struct buf *b)
{
	for (size_t i = 0; i < NELEM(columns); i++) {
		codec_csv(b, str_of(columns[i]), true);
		buf_puts(b, i + 1 == NELEM(columns) ? "\r\n" : ",");
	}
}

void
crash_csv_row(struct buf *b, const struct crash_row *row)
{
	char first[CLOCK_TEXT], last[CLOCK_TEXT], crashes[24], users[24];
	size_t nfirst = clock_format(row->first_seen_us, first);
	size_t nlast = clock_format(row->last_seen_us, last);

	(void)snprintf(crashes, sizeof(crashes), "%lld", (long long)row->crashes);
	(void)snprintf(users, sizeof(users), "%lld", (long long)row->users);
	const struct str cell[NELEM(columns)] = { row->group_id, row->title, row->culprit,
		row->status, str_of(crashes), str_of(users), { first, nfirst }, { last, nlast },
		row->first_release, row->last_release, row->assignee };
	for (size_t i = 0; i < NELEM(columns); i++) {
		codec_csv(b, cell[i], true);
		buf_puts(b, i + 1 == NELEM(columns) ? "\r\n" : ",");
	}
}

static void
put_places(struct jw *w, const struct crash_sample *s)
{
	jw_key(w, "device");
	jw_object_begin(w);
	key_if_any(w, "device_id", s->device_id);
	key_if_any(w, "platform", s->platform);
	key_if_any(w, "os_version", s->os_version);
	key_if_any(w, "model", s->model);
	key_if_any(w, "locale", s->locale);
	key_if_any(w, "country", s->country);
	jw_object_end(w);
	jw_key(w, "app");
	jw_object_begin(w);
	key_if_any(w, "bundle_id", s->bundle_id);
	key_if_any(w, "version_name", s->version);
	key_if_any(w, "build_number", s->build);
	jw_object_end(w);
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
	key_or_null(&w, "person_id", s->person_id);
	key_or_null(&w, "user_id", s->user_id);
	key_or_null(&w, "anonymous_id", s->anonymous_id);
	key_or_null(&w, "session_id", s->session_id);
	put_places(&w, s);
	jw_kraw(&w, "breadcrumbs", s->breadcrumbs.n > 0 ? s->breadcrumbs : STR("[]"));
	jw_kraw(&w, "properties", s->properties.n > 0 ? s->properties : STR("{}"));
	jw_object_end(&w);
}
