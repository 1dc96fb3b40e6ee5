/*
 * otlp_trace.c - spans to traces.
 *
 * The spans of one request make trees. A span whose parent is not in the
 * request is the top of one and becomes a trace item; what is below it goes
 * along as its spans. So a child that comes apart from its parent (an exporter
 * sends what has ended, and children end first), and the part of a trace that
 * another service has begun, are trace items of their own, with the trace_id
 * of the whole and the attribute parent_span_id. Nothing waits for anything,
 * nothing is lost, and the same request gives the same items.
 *
 * A span event named exception becomes a crash, never a fatal one: the
 * process lived on and sent the span.
 */
#include "base/map.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ingest/adapt.h"
#include "ingest/foreign/otlp.h"
#include "ingest/limits.h"

/* Bytes of spans, as sent, that go along with one trace; a child beyond them
 * is a trace item of its own. What is written is shorter than what was sent. */
#define TRACE_BYTES (128u << 10)
#define EVENTS_MAX 32 /* of one span */
#define LINKS_MAX 16

enum visit { NEW, OPEN, DONE };

/* A span's members. */
enum span {
	S_TRACE = 1, S_ID, S_PARENT, S_NAME, S_KIND, S_START, S_FINISH, S_ATTRIBUTES, S_STATUS,
	S_EVENTS, S_LINKS, S_DROPPED, S_END
};
static const struct key_name members[] = {
	{ "traceId", S_TRACE }, { "spanId", S_ID }, { "parentSpanId", S_PARENT },
	{ "name", S_NAME }, { "kind", S_KIND }, { "startTimeUnixNano", S_START },
	{ "endTimeUnixNano", S_FINISH }, { "attributes", S_ATTRIBUTES },
	{ "status", S_STATUS }, { "events", S_EVENTS }, { "links", S_LINKS },
	{ "droppedAttributesCount", S_DROPPED },
};
static struct key_map map = { .rows = members, .n = NELEM(members) };

struct node {
	uint32_t at;
	uint32_t pos[S_END]; /* 0 = not sent */
	const struct otlp_source *from;
	struct str trace, id, key, parent; /* key: trace and span id */
	uint32_t up;        /* node + 1 of its parent in this request, 0 = none */
	uint32_t top;       /* node of its trace item, itself for a top */
	uint32_t next;      /* node + 1 of the next span of the same item */
	uint32_t first, last; /* of a top: its spans, node + 1 */
	size_t bytes;       /* of a top: of its spans */
	enum visit visit;
	bool repeated;      /* the same span stands in the request before */
};

struct forest {
	struct foreign_out *o;
	struct node *node;
	size_t n, cap;
};

static void
collect(void *ctx, const struct otlp_source *from, uint32_t at)
{
	struct forest *f = ctx;
	struct task *t = f->o->task;
	const struct scan *s = f->o->scan;
	f->node = arena_grow(t->arena, f->node, f->n, &f->cap, sizeof(*f->node));
	struct node *n = &f->node[f->n++];
	*n = (struct node){ .at = at, .from = from };
	(void)key_map_pick(&map, s, at, n->pos, S_END, NULL);
	n->trace = foreign_string(t, s, n->pos[S_TRACE]);
	n->id = foreign_string(t, s, n->pos[S_ID]);
	n->parent = foreign_string(t, s, n->pos[S_PARENT]);
	if (n->id.n > 0)
		n->key = arena_join(t->arena, n->trace, STR("-"), n->id);
}

/* Who is whose parent. */
static void
join(struct forest *f)
{
	struct arena *a = f->o->task->arena;
	struct map where;
	bool added;
	map_init(&where, a, f->n);
	for (size_t i = 0; i < f->n; i++) {
		struct node *n = &f->node[i];
		if (n->key.n == 0)
			continue;
		uint64_t *place = map_put(&where, n->key, &added);
		n->repeated = !added;
		if (added)
			*place = i + 1;
	}
	for (size_t i = 0; i < f->n; i++) {
		struct node *n = &f->node[i];
		if (n->parent.n == 0)
			continue;
		struct str key = arena_join(a, n->trace, STR("-"), n->parent);
		uint64_t *place = map_find(&where, key);
		n->up = place != NULL ? (uint32_t)*place : 0;
	}
}

/* The top of the tree that i is in, remembered for all on the way. A circle
 * of parents is cut where it closes. */
static void
climb(struct forest *f, size_t i)
{
	size_t at = i, before = i, top;
	while (f->node[at].visit == NEW && f->node[at].up != 0) {
		f->node[at].visit = OPEN;
		before = at;
		at = f->node[at].up - 1;
	}
	if (f->node[at].visit == OPEN) {
		f->node[before].up = 0;
		at = before;
	}
	top = f->node[at].visit == DONE ? f->node[at].top : at;
	for (at = i; f->node[at].visit != DONE; at = f->node[at].up - 1) {
		f->node[at].visit = DONE;
		f->node[at].top = (uint32_t)top;
		if (f->node[at].up == 0)
			break;
	}
}

static void
gather(struct forest *f)
{
	for (size_t i = 0; i < f->n; i++)
		climb(f, i);
	for (size_t i = 0; i < f->n; i++) {
		struct node *n = &f->node[i], *top = &f->node[n->top];
		if (n->top == i || n->repeated)
			continue;
		size_t size = scan_size(f->o->scan, n->at, TRACE_BYTES);
		if (top->bytes + size > TRACE_BYTES) {
			n->top = (uint32_t)i;
			continue;
		}
		top->bytes += size;
		if (top->last != 0)
			f->node[top->last - 1].next = (uint32_t)i + 1;
		else
			top->first = (uint32_t)i + 1;
		top->last = (uint32_t)i + 1;
	}
}

/* --- what a span says --- */

static const char *
kind_of(const struct scan *s, const struct node *n)
{
	static const char *const kinds[] = { "", "internal", "server", "client", "producer",
	                                     "consumer" };
	uint64_t kind = otlp_number(s, n->pos[S_KIND]);
	return kind < NELEM(kinds) ? kinds[kind] : "";
}

static const char *
status_of(const struct scan *s, const struct node *n)
{
	uint64_t code = otlp_number(s, foreign_find(s, n->pos[S_STATUS], "code"));
	return code == 2 ? "error" : code == 1 ? "ok" : "";
}

static struct str
name_of(struct foreign_out *o, const struct node *n)
{
	struct str name = str_trim(foreign_string(o->task, o->scan, n->pos[S_NAME]));
	return name.n > 0 ? utf8_cut(name, MAX_NAME_BYTES) : STR("unnamed");
}

static uint64_t
start_of(const struct scan *s, const struct node *n)
{
	return otlp_number(s, n->pos[S_START]);
}

/* A list of a span; 0 = none. */
static uint32_t
list_of(const struct scan *s, const struct node *n, enum span member)
{
	uint32_t at = n->pos[member];
	return at != 0 && scan_is_array(s, at) ? at : 0;
}

static double
ms_between(uint64_t from, uint64_t to)
{
	return to >= from ? (double)(to - from) / 1e6 : -((double)(from - to) / 1e6);
}

/* Nothing without an end: the door then says what is missing. */
static void
put_duration(struct foreign_out *o, const struct node *n)
{
	uint64_t end = otlp_number(o->scan, n->pos[S_FINISH]);
	if (end == 0)
		return;
	tape_key(o->w, "duration_ms");
	tape_round(o->w, ms_between(start_of(o->scan, n), end), 6);
}

static bool
is_exception(struct foreign_out *o, uint32_t event)
{
	return str_is(foreign_member(o->task, o->scan, event, "name"), "exception");
}

/* The attributes alone, of a span inside its trace or of an event. */
static void
put_attributes(struct foreign_out *o, uint32_t list, uint32_t dropped)
{
	struct otlp_props p = { .o = o, .own = list, .dropped = otlp_number(o->scan, dropped) };
	if (p.own == 0 || scan_count(o->scan, p.own) == 0)
		return;
	otlp_props_begin(&p, "attributes");
	otlp_props_end(&p);
}

/* Events but exceptions; start: what their times are counted from. */
static void
put_events(struct foreign_out *o, const struct node *of, uint64_t start)
{
	const struct scan *s = o->scan;
	uint32_t list = list_of(s, of, S_EVENTS);
	size_t n = 0;
	if (list == 0)
		return;
	for (uint32_t k = scan_first(s, list); k < scan_end(s, list) && n < EVENTS_MAX;
	     k = scan_next(s, k)) {
		if (is_exception(o, k))
			continue;
		if (n++ == 0) {
			tape_key(o->w, "events");
			tape_array_begin(o->w);
		}
		tape_object_begin(o->w);
		tape_kstr(o->w, "name", foreign_member(o->task, s, k, "name"));
		tape_key(o->w, "at_ms");
		tape_round(o->w, ms_between(start, otlp_number(s, foreign_find(s, k, "timeUnixNano"))), 3);
		put_attributes(o, otlp_list(s, k, "attributes"),
		               foreign_find(s, k, "droppedAttributesCount"));
		tape_object_end(o->w);
	}
	if (n > 0)
		tape_array_end(o->w);
}

static void
put_links(struct foreign_out *o, const struct node *of)
{
	const struct scan *s = o->scan;
	uint32_t list = list_of(s, of, S_LINKS);
	size_t n = 0;
	if (list == 0 || scan_count(s, list) == 0)
		return;
	tape_key(o->w, "links");
	tape_array_begin(o->w);
	for (uint32_t k = scan_first(s, list); k < scan_end(s, list) && n < LINKS_MAX;
	     k = scan_next(s, k), n++) {
		tape_object_begin(o->w);
		foreign_text(o, "trace_id", foreign_member(o->task, s, k, "traceId"));
		foreign_text(o, "span_id", foreign_member(o->task, s, k, "spanId"));
		tape_object_end(o->w);
	}
	tape_array_end(o->w);
}

/* --- items --- */

static void
put_span(struct foreign_out *o, const struct node *n, const struct node *top)
{
	const struct scan *s = o->scan;
	uint64_t start = start_of(s, n);
	tape_object_begin(o->w);
	foreign_text(o, "id", n->id);
	foreign_text(o, "parent_id", n->parent);
	tape_kstr(o->w, "name", name_of(o, n));
	tape_key(o->w, "start_ms");
	tape_round(o->w, ms_between(start_of(s, top), start), 3);
	put_duration(o, n);
	foreign_text(o, "kind", str_of(kind_of(s, n)));
	foreign_text(o, "status", str_of(status_of(s, n)));
	if (n->from->resource != top->from->resource)
		foreign_text(o, "service", n->from->resource->places.value[OTLP_APP]);
	put_attributes(o, list_of(s, n, S_ATTRIBUTES), n->pos[S_DROPPED]);
	put_events(o, n, start);
	put_links(o, n);
	tape_object_end(o->w);
}

static void
put_spans(struct forest *f, const struct node *top)
{
	struct foreign_out *o = f->o;
	if (top->first == 0)
		return;
	tape_key(o->w, "spans");
	tape_array_begin(o->w);
	for (uint32_t i = top->first; i != 0; i = f->node[i - 1].next)
		put_span(o, &f->node[i - 1], top);
	tape_array_end(o->w);
}

/* Our names in props must not meet the sender's: put_events and put_links
 * write members too, hence the look-up before them. */
static void
put_facts(struct foreign_out *o, const struct node *n, uint32_t attributes)
{
	const struct scan *s = o->scan;
	struct otlp_props p = { .o = o, .from = n->from, .own = attributes,
		.dropped = otlp_number(s, n->pos[S_DROPPED]) };
	otlp_props_begin(&p, "props");
	otlp_fact(&p, "span_id", n->id);
	otlp_fact(&p, "parent_span_id", n->parent);
	otlp_fact(&p, "span_kind", str_of(kind_of(s, n)));
	otlp_fact(&p, "span_status", str_of(status_of(s, n)));
	otlp_fact(&p, "span_status_message",
	          foreign_member(o->task, s, n->pos[S_STATUS], "message"));
	otlp_fact(&p, "scope", n->from->scope);
	if (otlp_is_free(&p, "events"))
		put_events(o, n, start_of(s, n));
	if (otlp_is_free(&p, "links"))
		put_links(o, n);
	otlp_props_end(&p);
}

static void
put_trace(struct forest *f, const struct node *n)
{
	struct foreign_out *o = f->o;
	const struct scan *s = o->scan;
	uint32_t attributes = list_of(s, n, S_ATTRIBUTES);
	struct foreign_head h = { .at = n->at, .id = n->key,
		.time = n->pos[S_START], .unit = FOREIGN_NS };
	otlp_head(o, n->from, attributes, &h);
	foreign_item(o, &h, "trace", "");
	tape_kstr(o->w, "name", name_of(o, n));
	foreign_text(o, "trace_id", n->trace);
	put_duration(o, n);
	put_facts(o, n, attributes);
	put_spans(f, n);
	foreign_end(o);
}

/* Each exception that the span recorded. */
static void
put_crashes(struct foreign_out *o, const struct node *n)
{
	const struct scan *s = o->scan;
	uint32_t list = list_of(s, n, S_EVENTS), around = list_of(s, n, S_ATTRIBUTES);
	size_t i = 0;
	if (list == 0)
		return;
	for (uint32_t k = scan_first(s, list); k < scan_end(s, list) && i < EVENTS_MAX;
	     k = scan_next(s, k)) {
		if (!is_exception(o, k))
			continue;
		struct otlp_exception e = {
			.from = n->from, .attributes = otlp_list(s, k, "attributes"), .around = around,
			.head = { .at = k, .time = foreign_find(s, k, "timeUnixNano"),
			          .unit = FOREIGN_NS },
			.part = "exception", .trace_id = n->trace, .span_id = n->id,
			.name = name_of(o, n),
		};
		e.head.id = arena_printf(o->task->arena, "%.*s-%zu", STRF(n->key), i++);
		otlp_head(o, n->from, around, &e.head);
		otlp_exception(o, &e);
	}
}

enum err
otlp_traces(struct foreign_out *o)
{
	struct forest f = { .o = o };
	const struct otlp_walk w = { "resourceSpans", "scopeSpans", "spans", collect, &f };
	enum err e = otlp_walk(o, &w);
	if (e != E_OK)
		return e;
	join(&f);
	gather(&f);
	for (size_t i = 0; i < f.n; i++) {
		if (f.node[i].top == i)
			put_trace(&f, &f.node[i]);
		if (!f.node[i].repeated)
			put_crashes(o, &f.node[i]);
	}
	o->messages = f.n;
	return E_OK;
}
