/* item_crash.c - the item type crash: exception, stack, breadcrumbs and the
 * client's own fingerprint; see item_type.h. */
#include "base/str.h"
#include "base/utf8.h"
#include "ingest/item_type.h"

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
		return item_required(c, "exception");
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
		return item_required(c, "exception.type");
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

bool
item_crash(struct item_check *c, struct item *out)
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
	return ok && item_properties(c, out);
}
