/*
 * sentry_trace.c - transactions and spans to traces.
 *
 * A transaction holds its spans. The newer clients send spans one by one: one
 * that begins a segment (is_segment) is a trace, those of its segment in the
 * same request are its spans; one whose segment is not there is a trace of its
 * own, named after itself.
 */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/scan_write.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ingest/foreign/sentry.h"
#include "ingest/limits.h"

#define TAGS_MAX 40       /* so that measurements and our own members fit beside them */
#define MEASUREMENTS_MAX 12
#define SPANS_BYTES 20000 /* an item may have 32 KiB: what is more is left out */

/* --- parts --- */

struct times {
	int64_t start_us, end_us;
	bool known; /* both */
};

static struct times
read_times(const struct sentry *x, uint32_t at)
{
	struct times v = { 0, 0, false };
	uint32_t end = foreign_find(x->scan, at, "timestamp");
	if (end == 0)
		end = foreign_find(x->scan, at, "end_timestamp");
	v.known = foreign_time(x->scan, foreign_find(x->scan, at, "start_timestamp"), FOREIGN_S,
	                       &v.start_us) &&
	    foreign_time(x->scan, end, FOREIGN_S, &v.end_us);
	return v;
}

static double
duration_ms(const struct times *v)
{
	return v->end_us > v->start_us ? (double)(v->end_us - v->start_us) / 1e3 : 0;
}

/* Sentry's own words for how it went: "ok", or what went wrong. */
static void
put_status(struct foreign_out *o, struct str status)
{
	if (status.n == 0)
		return;
	bool good = str_is(status, "ok") || str_is(status, "cancelled");
	tape_kstr(o->w, "status", good ? STR("ok") : STR("error"));
}

/* Of what was written last, as JSON. */
static size_t
text_bytes(struct foreign_out *o, uint32_t at)
{
	struct scan_writer all = { SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, .drop = NULL };
	const struct scan s = tape_scan(o->w);
	buf_reset(&o->scratch);
	(void)scan_write(&o->scratch, &s, at, &all);
	return o->scratch.n;
}

struct spans {
	int64_t from_us; /* the trace's start */
	size_t bytes;    /* of those that are written, as JSON */
	size_t left;     /* without room */
};

static void
put_span(struct sentry *x, struct spans *l, uint32_t at)
{
	struct foreign_out *o = x->out;
	struct times v = read_times(x, at);
	uint32_t attributes = foreign_find(x->scan, at, "attributes");
	struct str op = foreign_member(x->task, x->scan, at, "op");
	struct str name = foreign_member(x->task, x->scan, at, "description");
	uint32_t here = tape_here(o->w);
	if (l->bytes > SPANS_BYTES) {
		l->left++;
		return;
	}
	if (op.n == 0)
		op = sentry_attribute(x, attributes, "sentry.op");
	if (name.n == 0)
		name = foreign_member(x->task, x->scan, at, "name");
	tape_object_begin(o->w);
	foreign_text(o, "id", foreign_member(x->task, x->scan, at, "span_id"));
	foreign_text(o, "parent_id", foreign_member(x->task, x->scan, at, "parent_span_id"));
	tape_kstr(o->w, "name", utf8_cut(name.n > 0 ? name : op, MAX_NAME_BYTES));
	foreign_text(o, "op", utf8_cut(op, MAX_NAME_BYTES));
	if (v.known) {
		tape_key(o->w, "start_ms");
		tape_round(o->w, (double)(v.start_us - l->from_us) / 1e3, 3);
		tape_key(o->w, "duration_ms");
		tape_round(o->w, duration_ms(&v), 3);
	}
	put_status(o, foreign_member(x->task, x->scan, at, "status"));
	tape_object_end(o->w);
	l->bytes += (l->bytes > 0) + text_bytes(o, here);
}

static void
spans_begin(struct sentry *x, struct spans *l, int64_t from_us)
{
	struct tape *w = x->out->w;
	tape_key(w, "spans");
	tape_array_begin(w);
	*l = (struct spans){ .from_us = from_us };
}

/* The item's own name, id, duration; its time is its start. */
static void
put_head(struct sentry *x, const struct foreign_head *h, struct str name, struct str trace_id,
         const struct times *v)
{
	struct foreign_out *o = x->out;
	foreign_item(o, h, "trace", "");
	foreign_text(o, "name", utf8_cut(name, MAX_NAME_BYTES));
	foreign_text(o, "trace_id", trace_id);
	if (v->known) {
		tape_key(o->w, "duration_ms");
		tape_round(o->w, duration_ms(v), 3);
	}
}

/* --- a transaction --- */

/* How long the app took to start is a trace of its own, by our names. */
static void
put_start(struct sentry *x, struct foreign_head h, uint32_t measurements, const char *key,
          const char *name)
{
	struct foreign_out *o = x->out;
	uint32_t value = foreign_find(x->scan, foreign_find(x->scan, measurements, key), "value");
	double ms;
	if (value == 0 || !scan_double(x->scan, value, &ms) || ms < 0)
		return;
	foreign_item(o, &h, "trace", name);
	foreign_text(o, "name", str_of(name));
	foreign_value(o, "duration_ms", value);
	foreign_end(o);
}

static void
put_measurements(struct sentry *x, uint32_t obj)
{
	const struct scan *s = x->scan;
	size_t max = MEASUREMENTS_MAX;
	if (obj == 0 || !scan_is_object(s, obj))
		return;
	uint32_t end = scan_end(s, obj);
	tape_key(x->out->w, "measurements");
	tape_object_begin(x->out->w);
	for (uint32_t k = scan_first(s, obj); k < end && max > 0; k = scan_next(s, k + 1), max--) {
		struct str key = scan_text(s, k);
		if (key.n <= 64)
			foreign_value(x->out, key.p, foreign_find(s, k + 1, "value"));
	}
	tape_object_end(x->out->w);
}

/* Of both forms: what had no room. */
static void
put_left(struct foreign_out *o, const struct spans *l)
{
	if (l->left > 0)
		tape_ki64(o->w, "spans_left_out", (int64_t)l->left);
}

static void
put_attributes(struct sentry *x, uint32_t at, uint32_t root, const struct spans *l)
{
	const struct scan *s = x->scan;
	struct foreign_out *o = x->out;
	tape_key(o->w, "props");
	tape_object_begin(o->w);
	foreign_value(o, "op", foreign_find(s, root, "op"));
	foreign_value(o, "status", foreign_find(s, root, "status"));
	foreign_value(o, "environment", foreign_find(s, at, "environment"));
	put_left(o, l);
	put_measurements(x, foreign_find(s, at, "measurements"));
	sentry_spread(x, foreign_find(s, at, "tags"), TAGS_MAX);
	tape_object_end(o->w);
}

void
sentry_transaction(struct sentry *x)
{
	const struct scan *s = x->scan;
	struct foreign_out *o = x->out;
	uint32_t at = s->root, list = foreign_find(s, at, "spans"), end;
	uint32_t root = foreign_find(s, foreign_find(s, at, "contexts"), "trace");
	uint32_t measurements = foreign_find(s, at, "measurements");
	struct times v = read_times(x, at);
	struct spans l;
	struct foreign_head h = { .at = at, .id = foreign_member(x->task, s, at, "event_id"),
		.time = foreign_find(s, at, "start_timestamp"), .unit = FOREIGN_S };
	if (h.id.n == 0)
		h.id = o->reply_id;
	sentry_context(x, at, &h);
	put_head(x, &h, foreign_member(x->task, s, at, "transaction"),
	         foreign_member(x->task, s, root, "trace_id"), &v);
	spans_begin(x, &l, v.start_us);
	if (list != 0 && scan_is_array(s, list)) {
		end = scan_end(s, list);
		for (uint32_t k = scan_first(s, list); k < end; k = scan_next(s, k))
			put_span(x, &l, k);
	}
	tape_array_end(o->w);
	put_attributes(x, at, root, &l);
	foreign_end(o);
	put_start(x, h, measurements, "app_start_cold", "cold_start");
	put_start(x, h, measurements, "app_start_warm", "warm_start");
}

/* --- a stream of spans --- */

struct streamed {
	uint32_t at;
	struct str id, segment; /* segment: the id of the span that begins it */
	bool is_segment;
};

static struct streamed
read_span(const struct sentry *x, uint32_t at)
{
	uint32_t attributes = foreign_find(x->scan, at, "attributes");
	uint32_t own = foreign_find(x->scan, at, "is_segment");
	struct streamed sp = {
		.at = at,
		.id = foreign_member(x->task, x->scan, at, "span_id"),
		.segment = sentry_attribute(x, attributes, "sentry.segment.id"),
		.is_segment = own != 0 && scan_kind(x->scan, own) == SCAN_TRUE,
	};
	if (sp.segment.n == 0)
		sp.segment = foreign_member(x->task, x->scan, at, "segment_id");
	if (sp.is_segment)
		sp.segment = sp.id;
	return sp;
}

/* By segment, the one that begins it first, the others as they came. */
static int
cmp_streamed(const void *pa, const void *pb)
{
	const struct streamed *a = pa, *b = pb;
	int order = str_cmp(a->segment, b->segment);
	if (order != 0)
		return order;
	if (a->is_segment != b->is_segment)
		return a->is_segment ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

static void
read_head(struct sentry *x, const struct streamed *sp, struct foreign_head *h, struct str trace_id)
{
	uint32_t attributes = foreign_find(x->scan, sp->at, "attributes");
	struct str os = sentry_attribute(x, attributes, "os.name");
	*h = (struct foreign_head){
		.at = sp->at,
		.id = arena_printf(x->task->arena, "span-%.*s-%.*s", STRF(trace_id), STRF(sp->id)),
		.time = foreign_find(x->scan, sp->at, "start_timestamp"),
		.unit = FOREIGN_S,
		.user_id = sentry_attribute(x, attributes, "user.id"),
		.os = str_trim(sentry_attribute(x, attributes, "os.version")),
		.model = sentry_attribute(x, attributes, "device.model"),
		.platform = x->platform.n > 0 ? x->platform : foreign_platform(x->task, os),
	};
	if (x->by_device || str_is(x->platform, "web"))
		h->locale = sentry_attribute(x, attributes, "culture.locale");
	sentry_release(sentry_attribute(x, attributes, "sentry.release"), h);
}

static void
put_trace(struct sentry *x, const struct streamed *list, size_t n)
{
	struct foreign_out *o = x->out;
	const struct scan *s = x->scan;
	uint32_t at = list[0].at, attributes = foreign_find(s, at, "attributes");
	struct str trace_id = foreign_member(x->task, s, at, "trace_id");
	struct str name = foreign_member(x->task, s, at, "name");
	struct times v = read_times(x, at);
	struct foreign_head h;
	struct spans l;
	if (name.n == 0)
		name = foreign_member(x->task, s, at, "description");
	if (name.n == 0)
		name = foreign_member(x->task, s, at, "op");
	read_head(x, &list[0], &h, trace_id);
	put_head(x, &h, name, trace_id, &v);
	spans_begin(x, &l, v.start_us);
	for (size_t i = 1; i < n; i++)
		put_span(x, &l, list[i].at);
	tape_array_end(o->w);
	tape_key(o->w, "props");
	tape_object_begin(o->w);
	put_left(o, &l);
	foreign_text(o, "op", sentry_attribute(x, attributes, "sentry.op"));
	foreign_value(o, "status", foreign_find(s, at, "status"));
	foreign_text(o, "environment", sentry_attribute(x, attributes, "sentry.environment"));
	if (!list[0].is_segment)
		foreign_value(o, "parent_span_id", foreign_find(s, at, "parent_span_id"));
	sentry_attributes(x, attributes, TAGS_MAX);
	tape_object_end(o->w);
	foreign_end(o);
}

void
sentry_spans(struct sentry *x)
{
	const struct scan *s = x->scan;
	uint32_t items = foreign_find(s, s->root, "items");
	struct streamed *list = NULL;
	size_t n = 0, cap = 0;
	if (items == 0 || !scan_is_array(s, items)) { /* one, the older form */
		struct streamed one = read_span(x, s->root);
		put_trace(x, &one, 1);
		return;
	}
	uint32_t end = scan_end(s, items);
	for (uint32_t k = scan_first(s, items); k < end; k = scan_next(s, k)) {
		list = arena_grow(x->task->arena, list, n, &cap, sizeof(*list));
		list[n++] = read_span(x, k);
	}
	if (n > 1)
		qsort(list, n, sizeof(*list), cmp_streamed);
	for (size_t i = 0, one; i < n; i += one) {
		one = 1;
		while (list[i].is_segment && i + one < n && !list[i + one].is_segment &&
		       str_eq(list[i].segment, list[i + one].segment))
			one++;
		put_trace(x, &list[i], one);
	}
}
