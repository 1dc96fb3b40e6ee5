/*
 * otlp_log.c - log records to events and crashes.
 *
 * A record with exception.* attributes, or the event device.crash, is a
 * crash; session.start and session.end are those of our sessions; all others
 * are events, named by their event name, else by a body of one short line,
 * else "log". Records have no ids: the bytes of resource and record are one,
 * and how many of the same stand before it in the request.
 */
#include "base/buf.h"
#include "base/crypt.h"
#include "base/map.h"
#include "base/scan_write.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ingest/foreign/otlp.h"
#include "ingest/limits.h"

#define FATAL 21 /* severity numbers from here on */
/* Part of what makes an id: never to be changed. An attribute that the door
 * takes is less deep. */
#define ID_DEPTH 128

struct logs {
	struct foreign_out *o;
	struct map seen;                      /* digest -> how many */
	const struct otlp_resource *resource; /* whose digest is: */
	char digest[CRYPT_SHA256_HEX];
	size_t n;
};

static void
digest(struct foreign_out *o, uint32_t at, struct str before, char out[CRYPT_SHA256_HEX])
{
	struct buf b = BUF_INIT;
	buf_add(&b, before);
	if (at != 0)
		scan_write_sent(&b, o->scan, at, ID_DEPTH);
	crypt_sha256_hex(buf_str(&b), out);
	buf_release(&b);
}

static struct str
make_id(struct logs *l, const struct otlp_source *from, uint32_t at)
{
	struct arena *a = l->o->task->arena;
	char hex[CRYPT_SHA256_HEX];
	if (l->resource != from->resource) {
		l->resource = from->resource;
		digest(l->o, l->resource->at, STR(""), l->digest);
	}
	digest(l->o, at, str_of(l->digest), hex);
	struct str id = arena_str(a, str_of(hex));
	uint64_t before = (*map_put(&l->seen, id, NULL))++;
	return before == 0 ? id : arena_printf(a, "%.*s-%llu", STRF(id), (unsigned long long)before);
}

static struct str
severity_of(struct foreign_out *o, uint32_t at)
{
	static const char *const words[] = { "trace", "debug", "info", "warn", "error", "fatal" };
	uint64_t n = otlp_number(o->scan, foreign_find(o->scan, at, "severityNumber"));
	struct str text = foreign_member(o->task, o->scan, at, "severityText");
	return text.n > 0 || n == 0 || n > 24 ? text : str_of(words[(n - 1) / 4]);
}

/* A body that can be a name. */
static struct str
name_of(struct str event, struct str body)
{
	body = str_trim(body);
	if (event.n > 0)
		return utf8_cut(event, MAX_NAME_BYTES);
	return body.n > 0 && body.n <= MAX_NAME_BYTES && utf8_is_line(body) ? body : STR("log");
}

struct record {
	struct foreign_head head;
	const struct otlp_source *from;
	uint32_t at, attributes, body;
	struct str event, text; /* its name; its body, when that is text */
	struct str trace_id, span_id, severity;
	uint64_t level;
};

static void
read_record(struct logs *l, const struct otlp_source *from, uint32_t at, struct record *r)
{
	struct foreign_out *o = l->o;
	const struct scan *s = o->scan;
	struct task *t = o->task;
	uint32_t when = foreign_find(s, at, "timeUnixNano");
	if (otlp_number(s, when) == 0)
		when = foreign_find(s, at, "observedTimeUnixNano");
	*r = (struct record){
		.head = { .at = at, .id = make_id(l, from, at), .unit = FOREIGN_NS,
		          .time = otlp_number(s, when) != 0 ? when : 0 },
		.from = from,
		.at = at,
		.attributes = otlp_list(s, at, "attributes"),
		.body = foreign_find(s, at, "body"),
		.event = str_trim(foreign_member(t, s, at, "eventName")),
		.trace_id = foreign_member(t, s, at, "traceId"),
		.span_id = foreign_member(t, s, at, "spanId"),
		.severity = severity_of(o, at),
		.level = otlp_number(s, foreign_find(s, at, "severityNumber")),
	};
	if (r->event.n == 0)
		r->event = str_trim(otlp_attribute_text(t, s, r->attributes, "event.name"));
	r->text = foreign_member(t, s, r->body, "stringValue");
	otlp_head(o, from, r->attributes, &r->head);
}

static void
put_props(struct foreign_out *o, const struct record *r)
{
	struct otlp_props p = { .o = o, .from = r->from, .own = r->attributes, .skip = "event.name",
		.dropped = otlp_number(o->scan, foreign_find(o->scan, r->at, "droppedAttributesCount")) };
	otlp_props_begin(&p, "props");
	otlp_fact(&p, "severity", r->severity);
	otlp_fact(&p, "trace_id", r->trace_id);
	otlp_fact(&p, "span_id", r->span_id);
	otlp_fact(&p, "scope", r->from->scope);
	if (r->body != 0 && otlp_is_free(&p, "body")) {
		tape_key(o->w, "body");
		otlp_any(o, r->body);
	}
	otlp_props_end(&p);
}

static void
put_crash(struct foreign_out *o, const struct record *r)
{
	struct otlp_exception e = {
		.from = r->from, .attributes = r->attributes, .head = r->head, .part = "exception",
		.fatal = r->level >= FATAL || str_is(r->event, "device.crash"), .message = r->text,
		.trace_id = r->trace_id, .span_id = r->span_id, .severity = r->severity,
	};
	otlp_exception(o, &e);
}

static void
put_record(void *ctx, const struct otlp_source *from, uint32_t at)
{
	static const struct {
		const char *event, *type;
	} sessions[] = { { "session.start", "session_start" }, { "session.end", "session_end" } };
	struct logs *l = ctx;
	struct foreign_out *o = l->o;
	struct record r;
	const char *type = "event";
	read_record(l, from, at, &r);
	l->n++;
	if (otlp_is_exception(o->scan, r.attributes) || str_is(r.event, "device.crash")) {
		put_crash(o, &r);
		return;
	}
	for (size_t i = 0; i < NELEM(sessions); i++)
		if (str_is(r.event, sessions[i].event) && r.head.session.n > 0)
			type = sessions[i].type;
	foreign_item(o, &r.head, type, "log");
	if (strcmp(type, "event") == 0)
		tape_kstr(o->w, "name", name_of(r.event, r.text));
	put_props(o, &r);
	foreign_end(o);
}

enum err
otlp_logs(struct foreign_out *o)
{
	struct logs l = { .o = o };
	const struct otlp_walk w = { "resourceLogs", "scopeLogs", "logRecords", put_record, &l };
	map_init(&l.seen, o->task->arena, 64);
	enum err e = otlp_walk(o, &w);
	o->messages = l.n;
	return e;
}
