/* item.c - see item.h: what all items have; the types are in item_type.c. */
#include "ingest/item.h"

#include <stdarg.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/uuid.h"
#include "ingest/item_type.h"

#define MAX_MEMBERS 64 /* of an item itself */
#define FUTURE_MAX US_PER_DAY
#define LATE (30 * US_PER_DAY)
#define YEAR_2000 INT64_C(946684800000000)

static const struct {
	const char *code, *message;
} warnings[] = {
	{ "timestamp_clamped", "A time more than 24 hours ahead was set to the time of arrival." },
	{ "late", "Items older than 30 days were kept." },
	{ "no_event_id", "Items without event_id got a new one: repeats cannot be told." },
	{ "string_cut", "A string longer than the limit was cut." },
	{ "schema_violation", "Properties are not as the schema of their namespace says." },
	{ "breadcrumbs_cut", "Only the newest breadcrumbs were kept." },
};

void
item_warn(struct item_check *c, const char *code, struct str field)
{
	struct item_result *r = verdict_add(c->task, c->verdict);
	r->index = c->index;
	r->event_id = c->id_text;
	r->result = "warning";
	r->code = code;
	r->field = field;
	for (size_t i = 0; i < NELEM(warnings); i++)
		if (strcmp(warnings[i].code, code) == 0)
			verdict_warn(c->verdict, code, str_of(warnings[i].message));
}

struct str
item_path(struct item_check *c, struct str field)
{
	struct arena *a = c->task->arena;
	if (c->alone)
		return field.n > 0 ? field : STR("body");
	if (field.n == 0)
		return arena_printf(a, "%s.%u", c->adapter->list, c->index);
	return arena_printf(a, "%s.%u.%.*s", c->adapter->list, c->index, STRF(field));
}

bool
item_fail(struct item_check *c, const char *code, struct str field, const char *message)
{
	/* An item is listed once, however much is wrong with it. */
	if (!c->failed) {
		struct item_result *r = verdict_add(c->task, c->verdict);
		r->index = c->index;
		r->event_id = c->id_text;
		r->result = "drop";
		r->code = code;
		r->field = field;
		r->type = c->type_name;
		r->size = scan_size(c->scan, c->at, 1 << 20);
	}
	c->failed = true;
	task_field(c->task, item_path(c, field), "%s", message);
	return false;
}

bool
item_failf(struct item_check *c, const char *code, struct str field, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return item_fail(c, code, field, text);
}

bool
item_required(struct item_check *c, const char *field)
{
	return item_failf(c, "missing_field", str_of(field),
	                  "The %s field is required when type=%.*s.", field, STRF(c->type_name));
}

bool
item_text(struct item_check *c, uint32_t at, const char *field, size_t max, struct str *out)
{
	*out = STR("");
	if (at == 0)
		return true;
	if (!text_read(c->task, c->scan, at, out))
		return item_failf(c, "invalid_type", str_of(field),
		                  "The %s field must be a string.", field);
	if (out->n <= max)
		return true;
	*out = STR("");
	return item_failf(c, "too_long", str_of(field),
	                  "The %s field must not be greater than %zu bytes.", field, max);
}

/* --- JSON parts --- */

static bool
fault(struct item_check *c, enum scan_fault f, struct str field, struct str key)
{
	const struct ingest_limits *l = c->in->limits;
	struct str path = field;
	if (key.n > 0)
		path = arena_printf(c->task->arena, "%.*s.%.*s", STRF(field),
		                    STRF(str_slice(key, 0, 64)));
	switch (f) {
	case SCAN_TOO_DEEP:
		return item_failf(c, "too_deep", path, "The value is nested more than %zu deep.",
		                  l->max_depth);
	case SCAN_TOO_MANY_KEYS:
		return item_failf(c, "too_many_properties", field,
		                  "The object must not have more than %zu properties.",
		                  l->max_properties);
	case SCAN_KEY_TOO_LONG:
		return item_failf(c, "key_too_long", path,
		                  "A property name must not be greater than %zu bytes.",
		                  l->max_key_bytes);
	case SCAN_KEY_TWICE:
		return item_fail(c, "duplicate_key", path, "The key stands there twice.");
	default:
		return item_fail(c, "number_out_of_range", path,
		                 "The number is beyond what can be stored.");
	}
}

struct scan_writer
item_writer(struct item_check *c, enum policy_scope scope)
{
	const struct ingest_limits *l = c->in->limits;
	struct scan_writer w = {
		.max_depth = l->max_depth,
		.max_keys = l->max_properties,
		.max_key = l->max_key_bytes,
		.max_string = l->max_string_bytes,
	};
	c->redact.scope = scope;
	redact_writer(&c->redact, &w);
	return w;
}

struct str
item_redact(struct item_check *c, enum policy_scope scope, const char *key, struct str text)
{
	if (c->in->scrub->policy == NULL)
		return text;
	c->redact.scope = scope;
	return redact_text(&c->redact, str_of(key), text);
}

bool
item_json_add(struct item_check *c, struct scan_writer *w, uint32_t at, struct str field)
{
	enum scan_fault f = scan_write(c->scratch, c->scan, at, w);
	return f == SCAN_FINE || fault(c, f, field, w->key);
}

struct str
item_json_end(struct item_check *c, const struct scan_writer *w, struct str field)
{
	if (w->cut)
		item_warn(c, "string_cut", field);
	struct str s = buf_str(c->scratch);
	char *p = arena_raw(c->task->arena, s.n + 1);
	memcpy(p, s.p, s.n + 1);
	return (struct str){ p, s.n };
}

bool
item_object(struct item_check *c, uint32_t at, const char *field, enum policy_scope scope,
            struct str *out)
{
	struct str name = str_of(field);
	*out = STR("");
	if (at == 0)
		return true;
	if (!scan_is_object(c->scan, at)) {
		/* An empty PHP or Lua table arrives as []. */
		if (scan_is_array(c->scan, at) && scan_count(c->scan, at) == 0)
			return true;
		return item_failf(c, "invalid_type", name, "The %s field must be an object.",
		                  field);
	}
	if (scan_count(c->scan, at) == 0)
		return true;
	struct scan_writer w = item_writer(c, scope);
	buf_reset(c->scratch);
	if (!item_json_add(c, &w, at, name))
		return false;
	*out = item_json_end(c, &w, name);
	return true;
}

bool
item_properties(struct item_check *c, struct item *out)
{
	const char *field = c->adapter->version != NULL && c->adapter->epoch_ms ? "props" :
	                                                                          "properties";
	return item_object(c, c->pos[F_PROPERTIES], field,
	                   out->type == ITEM_IDENTIFY ? SCOPE_USER : SCOPE_PROPERTIES,
	                   &out->properties);
}

/* --- what every item has --- */

static bool
check_id(struct item_check *c, struct item *out)
{
	const struct intake *in = c->in;
	struct str id;
	if (!item_text(c, c->pos[F_ID], c->adapter->only_events ? "id" : "event_id",
	               MAX_ID_BYTES, &id))
		return false;
	c->id_text = id;
	if (id.n > 0) {
		if (uuid_parse(id, out->event_id))
			return true;
		uuid_v5_env(in->environment_id, id, out->event_id);
		out->original_id = id;
		return true;
	}
	if (in->idempotency_key.n > 0) {
		struct str name = arena_printf(c->task->arena, "%.*s#%u",
		                               STRF(in->idempotency_key), c->index);
		uuid_v5_env(in->environment_id, name, out->event_id);
	} else {
		uuid_v7(in->received_us, out->event_id);
	}
	c->id_text = uuid_str(c->task->arena, out->event_id);
	if (in->idempotency_key.n == 0)
		item_warn(c, "no_event_id", STR("event_id"));
	return true;
}

static bool
check_time(struct item_check *c, struct item *out)
{
	struct str name = c->adapter->epoch_ms && !c->adapter->only_events ? STR("ts") :
	                                                                     STR("timestamp");
	if (c->pos[F_TIME] == 0) {
		out->ts_us = c->in->received_us;
		if (c->adapter->only_events)
			return true;
		return item_failf(c, "missing_field", name, "The %.*s field is required.",
		                  STRF(name));
	}
	if (!time_read(c->adapter, c->scan, c->pos[F_TIME], &out->ts_us))
		return item_failf(c, "invalid_timestamp", name,
		                  "The %.*s field must be a valid RFC 3339 date-time.", STRF(name));
	out->ts_us += c->offset_us;
	return true;
}

/* False: an event that its namespace's schema refuses. */
static bool
schema_policy(struct item_check *c, const struct item *it)
{
	struct schema_fault f[SCHEMA_FAULTS_MAX];
	if (c->in->schemas == NULL || it->type != ITEM_EVENT)
		return true;
	const struct schema_entry *e = schema_set_find(c->in->schemas, it->namespace_, it->name);
	if (e == NULL)
		return true;
	uint32_t at = c->pos[F_PROPERTIES];
	if (at != 0 && !scan_is_object(c->scan, at))
		at = 0; /* an empty list stands for an empty object */
	size_t n = schema_check(c->task, e->schema, c->scan, at, "properties", f);
	for (size_t i = 0; i < n; i++) {
		if (e->mode == SCHEMA_WARN)
			item_warn(c, "schema_violation", f[i].path);
		else
			item_fail(c, "schema_violation", f[i].path, arena_cstr(c->task->arena, f[i].message));
	}
	return n == 0 || e->mode == SCHEMA_WARN;
}

/* After all else is known to be well-formed: may an item of that time stay? */
static enum item_verdict
time_policy(struct item_check *c, struct item *out)
{
	const struct intake *in = c->in;
	int64_t now = in->received_us;
	if (out->ts_us > now + FUTURE_MAX) {
		out->ts_us = now;
		item_warn(c, "timestamp_clamped", STR("timestamp"));
	}
	if (out->ts_us < YEAR_2000) {
		item_fail(c, "timestamp_out_of_range", STR("timestamp"),
		          "The time lies before the year 2000.");
		return ITEM_DROPPED;
	}
	if (in->retention_days > 0 && out->ts_us < now - in->retention_days * US_PER_DAY) {
		item_fail(c, "beyond_retention", STR("timestamp"),
		          "The item is older than what this environment keeps.");
		return ITEM_DROPPED;
	}
	if (out->ts_us < now - LATE && !c->batch->historical)
		item_warn(c, "late", STR("timestamp"));
	return ITEM_TAKEN;
}

/* The item's own value, else its context block's. */
static uint32_t
own(const struct item_check *c, enum item_field f)
{
	return c->pos[f] != 0 ? c->pos[f] : c->ctx[f];
}

static bool
check_identity(struct item_check *c, struct item *out)
{
	uint32_t user = own(c, F_USER_ID), anon = own(c, F_ANONYMOUS_ID);
	uint32_t device = own(c, F_DEVICE_ID);
	if (device == 0 && c->pos[F_DEVICE] != 0 && scan_is_object(c->scan, c->pos[F_DEVICE]))
		device = scan_find(c->scan, c->pos[F_DEVICE], STR("id"));
	if (user == 0 && anon == 0 && device == 0)
		return true;
	struct identity d = c->batch->identities[0];
	struct str s;
	if (user != 0) {
		if (!item_text(c, user, "user_id", MAX_PERSON_ID_BYTES, &s))
			return false;
		d.user_id = scrub_user_id(c->task, c->in->scrub, s);
	}
	if (anon != 0 && !item_text(c, anon, "anonymous_id", MAX_PERSON_ID_BYTES, &d.anonymous_id))
		return false;
	if (device != 0 && !item_text(c, device, "device_id", MAX_PERSON_ID_BYTES, &d.device_id))
		return false;
	int i = identity_index(c->task, c->batch, &d);
	if (i < 0)
		return item_fail(c, "too_many_identities", STR("user_id"),
		                 "The batch names too many people.");
	out->identity = (uint16_t)i;
	return true;
}

static bool
check_common(struct item_check *c, struct item *out)
{
	bool ok = check_time(c, out);
	ok &= item_text(c, own(c, F_SESSION), "session_id", MAX_ID_BYTES, &out->session_id);
	ok &= check_identity(c, out);
	if (c->pos[F_SEQ] != 0 &&
	    (!scan_int(c->scan, c->pos[F_SEQ], &out->seq) || out->seq < 0))
		ok = item_fail(c, "invalid_type", STR("seq"),
		               "The seq field must be an integer of at least 0.");
	return ok;
}

/* "app_state": "background" among the properties or attributes? */
static bool
state_says(const struct item_check *c)
{
	const struct scan *s = c->scan;
	uint32_t at = c->pos[F_PROPERTIES];
	struct str state;
	if (c->pos[F_TRACE] != 0 && scan_is_object(s, c->pos[F_TRACE]))
		at = scan_find(s, c->pos[F_TRACE], STR("attributes"));
	if (at == 0 || !scan_is_object(s, at))
		return false;
	at = scan_find(s, at, STR("app_state"));
	return at != 0 && scan_string(s, at, &state) && str_is(state, "background");
}

/* What the item itself says; else its app_state. It is kept as the property
 * app_state, by which readers leave the time out. */
static bool
check_background(struct item_check *c, struct item *out)
{
	uint32_t at = c->pos[F_BACKGROUND];
	if (at == 0) {
		out->background = state_says(c);
		return true;
	}
	enum scan_type kind = scan_kind(c->scan, at);
	if (kind != SCAN_TRUE && kind != SCAN_FALSE)
		return item_fail(c, "invalid_type", STR("background"),
		                 "The background field must be true or false.");
	out->background = kind == SCAN_TRUE;
	bool kept = out->type == ITEM_EVENT || out->type == ITEM_CRASH || out->type == ITEM_TRACE;
	if (!out->background || !kept || state_says(c))
		return true;
	/* last, so that it wins over another word */
	struct str rest = out->properties;
	out->properties = rest.n <= 2 ? STR("{\"app_state\":\"background\"}") :
	    arena_printf(c->task->arena, "%.*s,\"app_state\":\"background\"}",
	        STRF(str_slice(rest, 0, rest.n - 1)));
	return true;
}

static bool
check_size(struct item_check *c, const struct item *it)
{
	const struct ingest_limits *l = c->in->limits;
	/* another vendor's trace brings as many spans as its SDK likes */
	bool large = it->type == ITEM_CRASH ||
	             (it->type == ITEM_TRACE && c->adapter == &adapter_foreign);
	size_t max = large ? l->max_crash_bytes : l->max_event_bytes;
	if (!c->measure || scan_size(c->scan, c->at, max) <= max)
		return true;
	return item_failf(c, "event_too_large", STR(""),
	                  "The item must not be greater than %zu bytes.", max);
}

static bool
open_item(struct item_check *c)
{
	struct str key;
	c->pos[F_SEQ] = 0;
	if (!scan_is_object(c->scan, c->at))
		return item_fail(c, "invalid_type", STR(""), "The item must be an object.");
	if (!key_map_collect(c->adapter->item, c->scan, c->at, MAX_MEMBERS, c->pos, F_END, &key))
		return key.n == 0 ?
		    item_fail(c, "too_many_properties", STR(""), "The item has too many keys.") :
		    item_fail(c, "duplicate_key", str_slice(key, 0, 64),
		              "The key stands there twice.");
	memset(c->ctx, 0, sizeof(c->ctx));
	uint32_t block = c->pos[F_CONTEXT];
	if (block == 0)
		return true;
	if (!scan_is_object(c->scan, block))
		return item_fail(c, "invalid_type", STR("context"),
		                 "The context field must be an object.");
	if (!key_map_collect(c->adapter->item_context, c->scan, block, MAX_MEMBERS, c->ctx, F_END,
	                     &key))
		return item_fail(c, "duplicate_key", STR("context"),
		                 "The context has a key twice, or too many.");
	return true;
}

/* An item that is refused is told about its refusal only. */
static enum item_verdict
refuse(struct item_check *c, size_t nresults, size_t nwarnings)
{
	struct verdict *v = c->verdict;
	size_t to = nresults;
	int64_t seq = -1;
	if (c->pos[F_SEQ] != 0 && scan_int(c->scan, c->pos[F_SEQ], &seq))
		batch_lose(c->task, c->batch, seq);
	for (size_t i = nresults; i < v->nresults; i++)
		if (v->results[i].result[0] == 'd')
			v->results[to++] = v->results[i];
	v->nresults = to;
	v->nwarnings = nwarnings;
	return ITEM_MALFORMED;
}

/* What no rule of the shape refuses may still be dropped. */
static enum item_verdict
policy(struct item_check *c, struct item *out)
{
	if (c->redact.refused) {
		item_fail(c, "pii_policy", STR(""), "A privacy rule of this environment drops the item.");
		return ITEM_DROPPED;
	}
	return schema_policy(c, out) ? time_policy(c, out) : ITEM_DROPPED;
}

enum item_verdict
item_check(struct item_check *c, uint32_t at, uint32_t index, struct item *out)
{
	size_t nresults = c->verdict->nresults, nwarnings = c->verdict->nwarnings;
	c->at = at;
	c->index = index;
	c->failed = false;
	c->redact.index = index;
	c->redact.refused = c->blocks_refused;
	c->type_name = STR("");
	c->id_text = STR("");
	*out = (struct item){ .index = index, .seq = -1, .namespace_ = STR("product") };
	if (!open_item(c))
		return refuse(c, nresults, nwarnings);
	if (!c->adapter->only_events && c->pos[F_ID] != 0)
		(void)scan_string(c->scan, c->pos[F_ID], &c->id_text);
	/* first of all: the items after it may refer to it */
	bool ok = item_context(c, out);
	if (!item_type_read(c, out) || !check_size(c, out))
		return refuse(c, nresults, nwarnings);
	ok &= check_id(c, out);
	ok &= check_common(c, out);
	ok &= item_type_check(c, out);
	ok = ok && check_background(c, out);
	if (!ok || c->failed)
		return refuse(c, nresults, nwarnings);
	enum item_verdict verdict = policy(c, out);
	if (verdict != ITEM_TAKEN)
		batch_lose(c->task, c->batch, out->seq);
	return verdict;
}
