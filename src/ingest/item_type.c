/* item_type.c - the item types; see item_type.h. */
#include "ingest/item_type.h"

#include "base/str.h"
#include "base/utf8.h"

struct item_kind {
	struct str name;
	enum item_type type;
	bool (*check)(struct item_check *c, struct item *out);
};

/* A name is never empty: one that a rule cuts out is masked. */
static bool
redact_name(struct item_check *c, struct item *out)
{
	if (c->in->scrub->policy == NULL)
		return true;
	out->name = item_redact(c, SCOPE_NAME, "name", out->name);
	if (out->name.n == 0)
		out->name = STR("[masked]");
	out->name = utf8_cut(out->name, MAX_NAME_BYTES);
	return true;
}

static bool
check_name(struct item_check *c, struct item *out)
{
	const char *field = c->adapter->name;
	if (!item_text(c, c->pos[F_NAME], field, MAX_NAME_BYTES, &out->name))
		return false;
	out->name = str_trim(out->name);
	return out->name.n > 0 ? redact_name(c, out) : item_required(c, field);
}

/* --- event --- */

/* context of seed 001 without what has a place of its own. */
static bool
check_extra(struct item_check *c, struct item *out)
{
	static const char *const placed[] = { "user_id", "anonymous_id", "device_id",
		                              "session_id" };
	uint32_t block = c->pos[F_CONTEXT];
	if (block == 0)
		return true;
	struct scan_writer w = item_writer(c, SCOPE_PROPERTIES);
	uint32_t end = scan_end(c->scan, block);
	buf_reset(c->scratch);
	buf_putc(c->scratch, '{');
	for (uint32_t k = scan_first(c->scan, block); k < end; k = scan_next(c->scan, k + 1)) {
		struct str key = scan_text(c->scan, k), other;
		bool skip = scan_is_null(c->scan, k + 1);
		for (size_t i = 0; i < NELEM(placed); i++)
			skip = skip || str_is(key, placed[i]);
		if (skip || !redact_member(&c->redact, key, k + 1, &other))
			continue;
		if (key.n > w.max_key)
			return item_fail(c, "key_too_long", STR("context"),
			                 "A key of the context is too long.");
		if (c->scratch->n > 1)
			buf_putc(c->scratch, ',');
		buf_json(c->scratch, key);
		buf_putc(c->scratch, ':');
		struct str text;
		if (other.p != NULL ||
		    (w.change != NULL && scan_string(c->scan, k + 1, &text) &&
		     w.change(w.ctx, key, text, &other)))
			buf_json(c->scratch, other);
		else if (!item_json_add(c, &w, k + 1, STR("context")))
			return false;
	}
	buf_putc(c->scratch, '}');
	if (c->scratch->n > 2)
		out->extra = item_json_end(c, &w, STR("context"));
	return true;
}

static bool
check_event(struct item_check *c, struct item *out)
{
	bool ok = check_name(c, out);
	struct str ns;
	ok &= item_text(c, c->pos[F_NAMESPACE], "namespace", MAX_NAME_BYTES, &ns);
	if (ns.n > 0)
		out->namespace_ = ns;
	ok &= item_properties(c, out);
	return ok && check_extra(c, out);
}

/* --- user properties --- */

static bool
op_fail(struct item_check *c, struct str path, const char *field, const char *message)
{
	path = arena_printf(c->task->arena, "%.*s.%s", STRF(path), field);
	return item_fail(c, "invalid_operation", path, message);
}

static bool
check_op(struct item_check *c, uint32_t at, size_t i, struct scan_writer *w)
{
	static const char *const ops[] = { "set", "set_once", "increment", "unset" };
	struct arena *a = c->task->arena;
	struct str path = arena_printf(a, "operations.%zu", i), op, key;
	double number;
	uint32_t op_at = 0, key_at = 0, value = 0;
	if (!scan_is_object(c->scan, at))
		return item_fail(c, "invalid_operation", path, "The operation must be an object.");
	op_at = scan_find(c->scan, at, STR("op"));
	key_at = scan_find(c->scan, at, STR("key"));
	value = scan_find(c->scan, at, STR("value"));
	if (op_at == 0 || !scan_string(c->scan, op_at, &op))
		return op_fail(c, path, "op", "The op field is required.");
	bool known = false;
	for (size_t k = 0; k < NELEM(ops); k++)
		known = known || str_is(op, ops[k]);
	if (!known)
		return op_fail(c, path, "op", "The selected op is invalid.");
	if (key_at == 0 || !scan_string(c->scan, key_at, &key) || key.n == 0 ||
	    key.n > w->max_key)
		return op_fail(c, path, "key", "The key field must be a string within the limit.");
	bool needs_value = !str_is(op, "unset");
	if (needs_value && value == 0)
		return op_fail(c, path, "value", "The value field is required.");
	if (str_is(op, "increment") && !scan_double(c->scan, value, &number))
		return op_fail(c, path, "value", "The value field must be a number.");
	struct str other = STR_NULL;
	if (!redact_member(&c->redact, key, value, &other))
		return true;
	buf_puts(c->scratch, c->scratch->n > 1 ? ",{\"op\":" : "{\"op\":");
	buf_json(c->scratch, op);
	buf_puts(c->scratch, ",\"key\":");
	buf_json(c->scratch, key);
	if (needs_value) {
		struct str text;
		buf_puts(c->scratch, ",\"value\":");
		if (other.p != NULL ||
		    (w->change != NULL && scan_string(c->scan, value, &text) &&
		     w->change(w->ctx, key, text, &other)))
			buf_json(c->scratch, other);
		else if (!item_json_add(c, w, value, path))
			return false;
	}
	buf_putc(c->scratch, '}');
	return true;
}

static bool
check_user_properties(struct item_check *c, struct item *out)
{
	uint32_t list = c->pos[F_OPERATIONS];
	if (list == 0)
		return item_required(c, "operations");
	if (!scan_is_array(c->scan, list))
		return item_fail(c, "invalid_type", STR("operations"),
		                 "The operations field must be an array.");
	size_t n = scan_count(c->scan, list), i = 0;
	if (n == 0 || n > MAX_OPERATIONS)
		return item_failf(c, "invalid_operation", STR("operations"),
		                  "The operations field must have between 1 and %d items.",
		                  MAX_OPERATIONS);
	struct scan_writer w = item_writer(c, SCOPE_USER);
	uint32_t end = scan_end(c->scan, list);
	buf_reset(c->scratch);
	buf_putc(c->scratch, '[');
	for (uint32_t k = scan_first(c->scan, list); k < end; k = scan_next(c->scan, k))
		if (!check_op(c, k, i++, &w))
			return false;
	buf_putc(c->scratch, ']');
	out->operations = item_json_end(c, &w, STR("operations"));
	return true;
}

/* --- identity --- */

static bool
check_identify(struct item_check *c, struct item *out)
{
	if (c->batch->identities[out->identity].user_id.n == 0)
		return item_required(c, "user_id");
	return item_properties(c, out);
}

static bool
check_alias(struct item_check *c, struct item *out)
{
	const struct identity *d = &c->batch->identities[out->identity];
	struct str id;
	if (!item_text(c, c->pos[F_ALIAS], "alias", MAX_PERSON_ID_BYTES, &id))
		return false;
	if (id.n == 0)
		return item_required(c, "alias");
	if (d->user_id.n == 0 && d->anonymous_id.n == 0)
		return item_required(c, "user_id");
	out->alias_id = scrub_user_id(c->task, c->in->scrub, id);
	return true;
}

/* --- trace --- */

static bool
check_trace(struct item_check *c, struct item *out)
{
	const struct scan *s = c->scan;
	uint32_t t = c->pos[F_TRACE], id = c->pos[F_TRACE_ID], name = c->pos[F_NAME];
	uint32_t duration = c->pos[F_DURATION], attributes = c->pos[F_PROPERTIES];
	uint32_t spans = c->pos[F_SPANS];
	if (t == 0 && duration == 0)
		return item_required(c, "trace");
	if (t != 0) {
		if (!scan_is_object(s, t) || scan_count(s, t) > c->in->limits->max_properties)
			return item_fail(c, "invalid_type", STR("trace"),
			                 "The trace field must be an object.");
		id = scan_find(s, t, STR("trace_id"));
		name = scan_find(s, t, STR("name"));
		duration = scan_find(s, t, STR("duration_ms"));
		attributes = scan_find(s, t, STR("attributes"));
		spans = scan_find(s, t, STR("spans"));
	}
	bool ok = item_text(c, name, "trace.name", MAX_NAME_BYTES, &out->name);
	if (ok)
		ok = out->name.n > 0 ? redact_name(c, out) : item_required(c, "trace.name");
	ok &= item_text(c, id, "trace.trace_id", MAX_ID_BYTES, &out->trace_id);
	if (duration == 0)
		ok = item_required(c, "trace.duration_ms");
	else if (!scan_double(s, duration, &out->duration_ms) || out->duration_ms < 0 ||
	         out->duration_ms > 1e12)
		ok = item_fail(c, "invalid_type", STR("trace.duration_ms"),
		               "The trace.duration_ms field must be a number of at least 0.");
	ok &= item_object(c, attributes, "trace.attributes", SCOPE_ATTRIBUTES, &out->properties);
	if (ok && spans != 0 && scan_is_array(s, spans)) {
		struct scan_writer w = item_writer(c, SCOPE_ATTRIBUTES);
		buf_reset(c->scratch);
		buf_puts(c->scratch, "{\"spans\":");
		if (!item_json_add(c, &w, spans, STR("trace.spans")))
			return false;
		buf_putc(c->scratch, '}');
		out->extra = item_json_end(c, &w, STR("trace.spans"));
	}
	return ok;
}

/* --- sessions, client report --- */

static bool
check_session(struct item_check *c, struct item *out)
{
	if (out->session_id.n == 0)
		return item_required(c, "session_id");
	return item_properties(c, out);
}

static const struct item_kind kinds[] = {
	{ { "event", 5 }, ITEM_EVENT, check_event },
	{ { "user_properties", 15 }, ITEM_USER_PROPERTIES, check_user_properties },
	{ { "identify", 8 }, ITEM_IDENTIFY, check_identify },
	{ { "alias", 5 }, ITEM_ALIAS, check_alias },
	{ { "crash", 5 }, ITEM_CRASH, item_crash },
	{ { "trace", 5 }, ITEM_TRACE, check_trace },
	{ { "session_start", 13 }, ITEM_SESSION_START, check_session },
	{ { "session_end", 11 }, ITEM_SESSION_END, check_session },
	{ { "client_report", 13 }, ITEM_CLIENT_REPORT, item_properties },
};

/* A translator's verdict (ingest/foreign). */
static bool
refused(struct item_check *c)
{
	static const struct {
		const char *code, *message;
	} whys[] = {
		{ "not_mapped", "This call has no counterpart here." },
		{ "erase_by_request", "A write key cannot erase; open a privacy request." },
	};
	struct str code = STR("");
	(void)scan_string(c->scan, c->pos[F_REFUSE], &code);
	size_t i = NELEM(whys) - 1;
	while (i > 0 && !str_is(code, whys[i].code))
		i--;
	c->type_name = utf8_cut(c->type_name, 32);
	return item_fail(c, whys[i].code, STR("type"), whys[i].message);
}

bool
item_type_read(struct item_check *c, struct item *out)
{
	if (c->adapter->only_events) {
		c->type_name = STR("event");
		out->type = ITEM_EVENT;
		return true;
	}
	uint32_t at = c->pos[F_TYPE];
	if (at == 0)
		return item_fail(c, "missing_field", STR("type"), "The type field is required.");
	if (!scan_string(c->scan, at, &c->type_name))
		return item_fail(c, "invalid_type", STR("type"),
		                 "The type field must be a string.");
	if (c->pos[F_REFUSE] != 0)
		return refused(c);
	for (size_t i = 0; i < NELEM(kinds); i++) {
		if (c->type_name.n != kinds[i].name.n ||
		    memcmp(c->type_name.p, kinds[i].name.p, kinds[i].name.n) != 0)
			continue;
		out->type = kinds[i].type;
		return true;
	}
	c->type_name = str_slice(c->type_name, 0, 32);
	return item_fail(c, "unknown_type", STR("type"), "The selected type is invalid.");
}

bool
item_type_check(struct item_check *c, struct item *out)
{
	for (size_t i = 0; i < NELEM(kinds); i++)
		if (kinds[i].type == out->type)
			return kinds[i].check(c, out);
	return false;
}
