/* events_rows.c - the explorer's list; see explorer.h. */
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "query/export.h"
#include "view/format.h"
#include "web/page/explorer.h"

#define PREVIEW_BYTES 120
#define PREVIEW_VALUE 40
#define PROPS_SHOWN 32
#define FILTERABLE 200 /* longest value that can become a filter */

static struct str
filter_link(struct explorer *x, const char *key, struct str value)
{
	struct str more = page_filter(x->t, key, "eq", value);
	struct str f = x->filter_q.n > 0 ? arena_printf(x->t->arena, "%.*s&%.*s",
	    STRF(x->filter_q), STRF(more)) : more;
	return page_link(x->t, x->page->path, x->range_q, f, STR_NULL);
}

/* This page with another row open; "" = none. */
static struct str
open_link(struct explorer *x, struct str key)
{
	struct str cursor = x->cursor.n > 0 ? arena_printf(x->t->arena, "cursor=%.*s",
	    STRF(x->cursor)) : STR_NULL;
	struct str url = page_link(x->t, x->page->path, x->range_q, x->filter_q, cursor);
	if (key.n == 0)
		return url;
	return arena_printf(x->t->arena, "%.*s&open=%.*s#open", STRF(url), STRF(key));
}

struct pair_row {
	const char *name, *key; /* key NULL = no filter */
	struct str value;
	bool mono;
};

static void
fill_pair(struct explorer *x, struct dict *list, const struct pair_row *pair)
{
	struct dict *p = dict_row(list, "PAIR");
	dict_set(p, "NAME", pair->name);
	dict_str(p, "VALUE", pair->value);
	dict_set(p, "CLASS", pair->mono ? "mono" : "text");
	if (pair->key != NULL)
		dict_str(dict_row(p, "LINK"), "URL", filter_link(x, pair->key, pair->value));
}

static void
fill_pairs(struct explorer *x, struct dict *d, const struct event_row *e)
{
	int32_t off = zone_offset(x->range->zone, e->ts_us);
	int32_t got = zone_offset(x->range->zone, e->received_us);
	const struct pair_row PAIRS[] = {
		{ "Happened", NULL, format_time(x->t, e->ts_us, off), false },
		{ "Received", NULL, format_time(x->t, e->received_us, got), false },
		{ "Event id", NULL, e->event_id, true },
		{ "Name", "name", e->name, true },
		{ "Namespace", "namespace", e->namespace_, true },
		{ "User", "user", e->user_id, true },
		{ "Anonymous", "anonymous", e->anonymous_id, true },
		{ "Session", "session", e->session_id, true },
		{ "Device", "device", e->origin.device_id, true },
		{ "Platform", "platform", e->origin.platform, false },
		{ "System", "os_version", e->origin.os_version, false },
		{ "Model", "model", e->origin.model, false },
		{ "Version", "version", e->origin.version, true },
		{ "Build", "build", e->origin.build, true },
		{ "Country", "country", e->origin.country, false },
		{ "Locale", "locale", e->origin.locale, false },
	};
	for (size_t i = 0; i < NELEM(PAIRS); i++)
		if (PAIRS[i].value.n > 0)
			fill_pair(x, d, &PAIRS[i]);
}

/* A scalar as people write it; p NULL for an object, an array or null. */
static struct str
scalar(struct task *t, const struct json *j)
{
	enum json_type type = json_type(j);
	if (type == JSON_STR)
		return json_str(j, STR_NULL);
	if (type != JSON_BOOL && type != JSON_INT && type != JSON_REAL)
		return STR_NULL;
	struct buf b = BUF_INIT;
	json_write(&b, j);
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

/* May "prop.<key>:eq:<value>" be written so that it is read back? */
static bool
filterable(struct str key, struct str value)
{
	if (key.n == 0 || value.n == 0 || value.n > FILTERABLE)
		return false;
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] == ':' || key.p[i] == '.')
			return false;
	return true;
}

/* Top-level properties, each a filter at hand. */
static void
fill_props(struct explorer *x, struct dict *d, struct str properties)
{
	const struct json *j, *value;
	struct task *t = x->t;
	struct str key;
	size_t n = 0;
	if (json_parse(t, properties, &j) != E_OK) {
		task_clear(t);
		return;
	}
	for (void *it = NULL; n < PROPS_SHOWN && json_next(j, &it, &key, &value);) {
		struct str text = scalar(t, value);
		if (text.n == 0)
			continue;
		bool link = filterable(key, text);
		struct pair_row pair = { arena_cstr(t->arena, key),
			link ? arena_cstr(t->arena, arena_printf(t->arena, "prop.%.*s",
			    STRF(key))) : NULL, text, true };
		fill_pair(x, d, &pair);
		n++;
	}
}

struct str
explorer_preview(struct task *t, struct str properties)
{
	const struct json *j, *value;
	struct buf b = BUF_INIT;
	struct str key;
	if (properties.n <= 2 || json_parse(t, properties, &j) != E_OK) {
		task_clear(t);
		return STR_NULL;
	}
	for (void *it = NULL; b.n < PREVIEW_BYTES && json_next(j, &it, &key, &value);) {
		struct str text = scalar(t, value), cut = utf8_cut(text, PREVIEW_VALUE);
		if (text.p == NULL)
			cut = json_type(value) == JSON_ARRAY ? STR("[\xe2\x80\xa6]") :
			    json_type(value) == JSON_OBJECT ? STR("{\xe2\x80\xa6}") : STR("null");
		buf_printf(&b, "%s%.*s=%.*s%s", b.n > 0 ? " " : "", STRF(utf8_cut(key, PREVIEW_VALUE)),
		    STRF(cut), cut.n < text.n ? "\xe2\x80\xa6" : "");
	}
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

static void
fill_open(struct explorer *x, struct dict *row, const struct event_row *e)
{
	struct dict *d = dict_row(row, "OPEN");
	struct buf json = BUF_INIT;
	event_json(&json, e);
	dict_str(d, "JSON", json_pretty(x->t, buf_str(&json)));
	dict_str(d, "CLOSE_URL", open_link(x, STR_NULL));
	fill_pairs(x, d, e);
	fill_props(x, d, e->properties);
	buf_release(&json);
}

static void
fill_row(struct explorer *x, struct dict *list, const struct event_row *e, int this_year)
{
	struct task *t = x->t;
	struct dict *d = dict_row(list, "EVENT");
	int32_t off = zone_offset(x->range->zone, e->ts_us);
	bool open = x->open.n > 0 && (e == x->apart || str_eq(e->key, x->open));
	dict_str(d, "URL", open_link(x, e->key));
	dict_str(d, "ISO", format_iso(t, e->ts_us, off));
	dict_str(d, "TIME", format_time_row(t, e->ts_us, off, this_year));
	dict_str(d, "NAME", e->name);
	dict_str(d, "PERSON", e->user_id.n > 0 ? e->user_id :
	    e->anonymous_id.n > 0 ? e->anonymous_id : e->origin.device_id);
	dict_str(d, "VERSION", e->origin.version);
	dict_str(d, "PLATFORM", e->origin.platform);
	dict_str(d, "PREVIEW", explorer_preview(t, e->properties));
	dict_show_if(d, "HERE", open);
	if (open)
		fill_open(x, d, e);
}

void
explorer_rows(struct explorer *x)
{
	struct task *t = x->t;
	int this_year, m, day;
	if (x->list.n == 0 && x->apart == NULL)
		return;
	struct dict *list = dict_row(x->page->body, "LIST");
	clock_civil(zone_day(x->range->zone, t->now_us), &this_year, &m, &day);
	dict_str(list, "ZONE", zone_name(x->range->zone));
	if (x->apart != NULL)
		fill_row(x, list, x->apart, this_year);
	for (size_t i = 0; i < x->list.n; i++)
		fill_row(x, list, &x->list.row[i], this_year);
	dict_printf(list, "SHOWN", "%zu %s on this page", x->list.n,
	    x->list.n == 1 ? "event" : "events");
	if (x->cursor.n > 0)
		dict_str(dict_row(list, "FIRST"), "URL", page_link(t, x->page->path, x->range_q,
		    x->filter_q, STR_NULL));
	if (x->list.next_cursor.p != NULL)
		dict_str(dict_row(list, "NEXT"), "URL", page_link(t, x->page->path, x->range_q,
		    x->filter_q, arena_printf(t->arena, "cursor=%.*s",
		        STRF(x->list.next_cursor))));
}
