/* export.c - see export.h. */
#include "ingest/foreign/export.h"

#include "base/scan_write.h"
#include "base/str.h"

static const struct export_name posthog_names[] = {
	{ "uuid", "uuid", false },
	{ "id", "uuid", false },
	{ "event", "event", false },
	{ "distinct_id", "distinct_id", false },
	{ "timestamp", "timestamp", false },
	{ "properties", "properties", true },
	{ "$set", "$set", true },
	{ "set", "$set", true },
	{ "$set_once", "$set_once", true },
	{ "set_once", "$set_once", true },
};

static const struct export_name amplitude_names[] = {
	{ "event_time", "time", false },
	{ "client_event_time", "client_event_time", false },
	{ "$insert_id", "insert_id", false },
	{ "uuid", "insert_id", false },
	{ "version_name", "app_version", false },
	{ "device_model", "device_model", false },
	{ "device_type", "device_model", false },
	{ "ip_address", "ip", false },
};

#define NAMES(list_) .name = (list_), .n = NELEM(list_)

static const struct export table[] = {
	{ "segment", FOREIGN_SEGMENT, .path = "/v1/batch", .head = "{\"batch\":[", .tail = "]}" },
	{ "posthog", FOREIGN_POSTHOG, .csv = true, .path = "/batch/", .head = "{\"batch\":[",
	  .tail = "]}", NAMES(posthog_names), .listed_only = true },
	{ "mixpanel", FOREIGN_MIXPANEL, .wall = true, .path = "/track/", .head = "[", .tail = "]" },
	{ "amplitude", FOREIGN_AMPLITUDE, .path = "/2/httpapi", .head = "{\"events\":[",
	  .tail = "]}", NAMES(amplitude_names) },
};

const struct export *
export_find(struct str source)
{
	for (size_t i = 0; i < NELEM(table); i++)
		if (str_is(source, table[i].source))
			return &table[i];
	return NULL;
}

const char *
export_sources(void)
{
	return "segment, posthog, mixpanel, amplitude";
}

/* --- the record again --- */

static void
copy(struct buf *out, const struct scan *s, uint32_t at)
{
	struct scan_writer w = { .max_depth = SIZE_MAX, .max_keys = SIZE_MAX, .max_key = SIZE_MAX,
	                         .max_string = SIZE_MAX };
	size_t mark = out->n;
	if (scan_write(out, s, at, &w) == SCAN_FINE)
		return;
	out->n = mark; /* a key twice, a number beyond all: refused where it ends up */
	buf_puts(out, "{\"\":0,\"\":0}");
}

static void
put_member(struct buf *out, const struct export_name *as, const struct scan *s, uint32_t key)
{
	struct str text;
	if (as != NULL)
		buf_json(out, str_of(as->to));
	else
		buf_json(out, scan_text(s, key));
	buf_putc(out, ':');
	/* an object that the vendor's database keeps as text */
	if (as != NULL && as->json && scan_string(s, key + 1, &text) && str_starts(text, STR("{")))
		buf_add(out, text);
	else
		copy(out, s, key + 1);
}

static const struct export_name *
name_of(const struct export *x, struct str key)
{
	for (size_t i = 0; i < x->n; i++)
		if (str_is(key, x->name[i].from))
			return &x->name[i];
	return NULL;
}

/* An earlier row of the table, for the same name, that the record has too. */
static bool
is_second(const struct export *x, const struct scan *s, const struct export_name *as)
{
	for (const struct export_name *k = x->name; k < as; k++)
		if (strcmp(k->to, as->to) == 0 && foreign_find(s, s->root, k->from) != 0)
			return true;
	return false;
}

/* "properties.$os" of a flat file: a member of properties. */
static void
put_flat(struct buf *out, const struct scan *s)
{
	struct str prefix = STR("properties.");
	bool some = false;
	if (foreign_find(s, s->root, "properties") != 0)
		return;
	uint32_t end = scan_end(s, s->root);
	for (uint32_t k = scan_first(s, s->root); k < end; k = scan_next(s, k + 1)) {
		struct str key = scan_text(s, k);
		if (!str_starts(key, prefix))
			continue;
		buf_puts(out, some ? "," : ",\"properties\":{");
		some = true;
		buf_json(out, str_slice(key, prefix.n, key.n));
		buf_putc(out, ':');
		copy(out, s, k + 1);
	}
	if (some)
		buf_putc(out, '}');
}

bool
export_body(const struct export *x, const struct scan *s, struct buf *out)
{
	bool some = false;
	if (!scan_is_object(s, s->root))
		return false;
	buf_puts(out, x->head);
	buf_putc(out, '{');
	uint32_t end = scan_end(s, s->root);
	for (uint32_t k = scan_first(s, s->root); k < end; k = scan_next(s, k + 1)) {
		const struct export_name *as = name_of(x, scan_text(s, k));
		if ((as == NULL && x->listed_only) || scan_is_null(s, k + 1) ||
		    (as != NULL && is_second(x, s, as)))
			continue;
		if (some)
			buf_putc(out, ',');
		some = true;
		put_member(out, as, s, k);
	}
	if (x->listed_only && some)
		put_flat(out, s);
	buf_putc(out, '}');
	buf_puts(out, x->tail);
	return true;
}
