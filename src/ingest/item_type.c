/* item_type.c - the item types; see item_type.h. */
#include "ingest/item_type.h"

#include "base/str.h"
#include "base/utf8.h"

struct item_kind {
	struct str name;
	enum item_type type;
	bool (*check)(struct item_check *c, struct item *out);
};

static bool
required(struct item_check *c, const char *field)
{
	return item_failf(c, "missing_field", str_of(field),
	                  "The %s field is required when type=%.*s.", field, STRF(c->type_name));
}

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

/* Fields that several types share. */
static bool
check_name(struct item_check *c, struct item *out)
{
	const char *field = c->adapter->name;
	if (!item_text(c, c->pos[F_NAME], field, MAX_NAME_BYTES, &out->name))
		return false;
	out->name = str_trim(out->name);
	return out->name.n > 0 ? redact_name(c, out) : required(c, field);
}

static bool
check_properties(struct item_check *c, struct item *out)
{
	const char *field = c->adapter->version != NULL && c->adapter->epoch_ms ? "props" :
	                                                                          "properties";
	return item_object(c, c->pos[F_PROPERTIES], field,
	                   out->type == ITEM_IDENTIFY ? SCOPE_USER : SCOPE_PROPERTIES,
	                   &out->properties);
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
	ok &= check_properties(c, out);
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
		return required(c, "operations");
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
		return required(c, "user_id");
	return check_properties(c, out);
}

static bool
check_alias(struct item_check *c, struct item *out)
{
	const struct identity *d = &c->batch->identities[out->identity];
	struct str id;
	if (!item_text(c, c->pos[F_ALIAS], "alias", MAX_PERSON_ID_BYTES, &id))
		return false;
	if (id.n == 0)
		return required(c, "alias");
	if (d->user_id.n == 0 && d->anonymous_id.n == 0)
		return required(c, "user_id");
	out->alias_id = scrub_user_id(c->task, c->in->scrub, id);
	return true;
}

/* --- crash --- */

/* One frame object as a line: "function (file:line)". */
static void
frame_text(struct item_check *c, struct buf *b, uint32_t at)
{
	static const char *const where[] = { "file", "filename", "module", "package" };
	struct str fn = STR("?"), file;
	int64_t line;
	uint32_t p = scan_find(c->scan, at, STR("function"));
	if (p != 0)
		(void)scan_string(c->scan, p, &fn);
	buf_add(b, fn);
	for (size_t i = 0; i < NELEM(where); i++) {
		p = scan_find(c->scan, at, str_of(where[i]));
		if (p == 0 || !scan_string(c->scan, p, &file))
			continue;
		buf_puts(b, " (");
		buf_add(b, file);
		p = scan_find(c->scan, at, STR("line"));
		if (p == 0)
			p = scan_find(c->scan, at, STR("lineno"));
		if (p != 0 && scan_int(c->scan, p, &line)) {
			buf_putc(b, ':');
			buf_i64(b, line);
		}
		buf_putc(b, ')');
		return;
	}
}

/* Text, or a list of lines or of frames. */
static bool
check_stack(struct item_check *c, uint32_t at, struct str *out)
{
	*out = STR("");
	if (at == 0 || scan_is_null(c->scan, at))
		return true;
	if (scan_string(c->scan, at, out)) {
		*out = item_redact(c, SCOPE_EXCEPTION, "stacktrace", *out);
		return true;
	}
	if (!scan_is_array(c->scan, at))
		return item_fail(c, "invalid_type", STR("exception.stacktrace"),
		                 "The exception.stacktrace field must be a string or an array.");
	uint32_t end = scan_end(c->scan, at);
	buf_reset(c->scratch);
	for (uint32_t k = scan_first(c->scan, at); k < end; k = scan_next(c->scan, k)) {
		struct str line;
		if (scan_string(c->scan, k, &line))
			buf_add(c->scratch, line);
		else if (scan_is_object(c->scan, k) &&
		         scan_count(c->scan, k) <= c->in->limits->max_properties)
			frame_text(c, c->scratch, k);
		buf_putc(c->scratch, '\n');
	}
	*out = item_redact(c, SCOPE_EXCEPTION, "stacktrace",
	                   arena_str(c->task->arena, buf_str(c->scratch)));
	return true;
}

static bool
cut_text(struct item_check *c, uint32_t at, const char *field, size_t max, struct str *out)
{
	struct str name = str_of(field);
	*out = STR("");
	if (at == 0 || scan_is_null(c->scan, at))
		return true;
	if (!text_read(c->task, c->scan, at, out))
		return item_failf(c, "invalid_type", name, "The %s field must be a string.", field);
	if (str_is(name, "exception.message")) /* whole, before it is cut */
		*out = item_redact(c, SCOPE_EXCEPTION, "message", *out);
	if (out->n > max) {
		*out = utf8_cut(*out, max);
		item_warn(c, "string_cut", name);
	}
	return true;
}

static bool
check_exception(struct item_check *c, struct item *out)
{
	const struct scan *s = c->scan;
	uint32_t e = c->pos[F_EXCEPTION];
	if (e == 0)
		return required(c, "exception");
	if (!scan_is_object(s, e) || scan_count(s, e) > c->in->limits->max_properties)
		return item_fail(c, "invalid_type", STR("exception"),
		                 "The exception field must be an object.");
	uint32_t message = scan_find(s, e, STR("message"));
	bool ok = cut_text(c, scan_find(s, e, STR("type")), "exception.type", MAX_NAME_BYTES,
	                   &out->exception_type);
	ok &= cut_text(c, message, "exception.message", MAX_MESSAGE_BYTES,
	               &out->exception_message);
	ok &= check_stack(c, scan_find(s, e, STR("stacktrace")), &out->stacktrace);
	/* a message that a rule has taken was sent all the same */
	if (ok && out->exception_type.n == 0 && out->exception_message.n == 0 &&
	    (message == 0 || scan_size(s, message, 8) <= 2))
		return required(c, "exception.type");
	return ok;
}

static bool
check_breadcrumbs(struct item_check *c, struct item *out)
{
	uint32_t list = c->pos[F_BREADCRUMBS];
	if (list == 0)
		return true;
	if (!scan_is_array(c->scan, list))
		return item_fail(c, "invalid_type", STR("breadcrumbs"),
		                 "The breadcrumbs field must be an array.");
	size_t n = scan_count(c->scan, list), skip = n > MAX_BREADCRUMBS ? n - MAX_BREADCRUMBS : 0;
	if (skip > 0)
		item_warn(c, "breadcrumbs_cut", STR("breadcrumbs"));
	struct scan_writer w = item_writer(c, SCOPE_BREADCRUMBS);
	uint32_t end = scan_end(c->scan, list);
	buf_reset(c->scratch);
	buf_putc(c->scratch, '[');
	for (uint32_t k = scan_first(c->scan, list); k < end; k = scan_next(c->scan, k)) {
		if (skip > 0) {
			skip--;
			continue;
		}
		if (c->scratch->n > 1)
			buf_putc(c->scratch, ',');
		if (!item_json_add(c, &w, k, STR("breadcrumbs")))
			return false;
	}
	buf_putc(c->scratch, ']');
	if (c->scratch->n > 2)
		out->breadcrumbs = item_json_end(c, &w, STR("breadcrumbs"));
	return true;
}

/* The client's own: text, or a list of parts. */
static bool
check_fingerprint(struct item_check *c, struct item *out)
{
	uint32_t at = c->pos[F_FINGERPRINT];
	struct buf *b = c->scratch;
	if (at == 0 || !scan_is_array(c->scan, at)) {
		bool ok = item_text(c, at, "fingerprint", MAX_NAME_BYTES, &out->fingerprint);
		out->fingerprint = item_redact(c, SCOPE_EXCEPTION, "fingerprint", out->fingerprint);
		return ok;
	}
	uint32_t end = scan_end(c->scan, at);
	buf_reset(b);
	for (uint32_t k = scan_first(c->scan, at); k < end; k = scan_next(c->scan, k)) {
		struct str part;
		if (!text_read(c->task, c->scan, k, &part))
			return item_fail(c, "invalid_type", STR("fingerprint"),
			                 "The fingerprint field must be a string.");
		if (b->n > 0)
			buf_putc(b, ':');
		buf_add(b, part);
	}
	struct str whole = arena_str(c->task->arena, buf_str(b));
	out->fingerprint = utf8_cut(item_redact(c, SCOPE_EXCEPTION, "fingerprint", whole),
	                            MAX_NAME_BYTES);
	return true;
}

static bool
check_crash(struct item_check *c, struct item *out)
{
	uint32_t fatal = c->pos[F_FATAL];
	bool ok = check_exception(c, out);
	out->fatal = true;
	if (fatal != 0) {
		enum scan_type kind = scan_kind(c->scan, fatal);
		out->fatal = kind == SCAN_TRUE;
		if (kind != SCAN_TRUE && kind != SCAN_FALSE)
			ok = item_fail(c, "invalid_type", STR("fatal"),
			               "The fatal field must be true or false.");
	}
	ok &= check_fingerprint(c, out);
	ok &= check_breadcrumbs(c, out);
	return ok && check_properties(c, out);
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
		return required(c, "trace");
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
		ok = out->name.n > 0 ? redact_name(c, out) : required(c, "trace.name");
	ok &= item_text(c, id, "trace.trace_id", MAX_ID_BYTES, &out->trace_id);
	if (duration == 0)
		ok = required(c, "trace.duration_ms");
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
		return required(c, "session_id");
	return check_properties(c, out);
}

static const struct item_kind kinds[] = {
	{ { "event", 5 }, ITEM_EVENT, check_event },
	{ { "user_properties", 15 }, ITEM_USER_PROPERTIES, check_user_properties },
	{ { "identify", 8 }, ITEM_IDENTIFY, check_identify },
	{ { "alias", 5 }, ITEM_ALIAS, check_alias },
	{ { "crash", 5 }, ITEM_CRASH, check_crash },
	{ { "trace", 5 }, ITEM_TRACE, check_trace },
	{ { "session_start", 13 }, ITEM_SESSION_START, check_session },
	{ { "session_end", 11 }, ITEM_SESSION_END, check_session },
	{ { "client_report", 13 }, ITEM_CLIENT_REPORT, check_properties },
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
