/* otlp_protobuf.c - see otlp_protobuf.h. */
#include "ingest/foreign/otlp_protobuf.h"

#include <math.h>

#include "base/codec.h"
#include "base/num.h"
#include "base/str.h"
#include "base/utf8.h"

enum wire { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5 };

enum kind {
	K_TEXT,    /* string */
	K_HEX,     /* bytes that are an id */
	K_BYTES,   /* bytes: Base64 */
	K_BOOL,
	K_INT,     /* int64, int32, enum */
	K_UINT,    /* uint32 */
	K_FIXED64,
	K_DOUBLE,
	K_MESSAGE,
};

struct message;

struct field {
	uint32_t number;
	enum kind kind;
	bool repeated;
	const char *name;
	const struct message *of;
};

struct message {
	const struct field *field;
	size_t n;
};

#define MESSAGE(fields_) { (fields_), NELEM(fields_) }

/* --- opentelemetry.proto.common.v1 and resource.v1 --- */

static const struct message any_value;

static const struct field key_value_fields[] = {
	{ 1, K_TEXT, false, "key", NULL },
	{ 2, K_MESSAGE, false, "value", &any_value },
};
static const struct message key_value = MESSAGE(key_value_fields);

static const struct field array_fields[] = {
	{ 1, K_MESSAGE, true, "values", &any_value },
};
static const struct message array_value = MESSAGE(array_fields);

static const struct field kvlist_fields[] = {
	{ 1, K_MESSAGE, true, "values", &key_value },
};
static const struct message kvlist_value = MESSAGE(kvlist_fields);

static const struct field any_value_fields[] = {
	{ 1, K_TEXT, false, "stringValue", NULL },
	{ 2, K_BOOL, false, "boolValue", NULL },
	{ 3, K_INT, false, "intValue", NULL },
	{ 4, K_DOUBLE, false, "doubleValue", NULL },
	{ 5, K_MESSAGE, false, "arrayValue", &array_value },
	{ 6, K_MESSAGE, false, "kvlistValue", &kvlist_value },
	{ 7, K_BYTES, false, "bytesValue", NULL },
};
static const struct message any_value = MESSAGE(any_value_fields);

static const struct field resource_fields[] = {
	{ 1, K_MESSAGE, true, "attributes", &key_value },
};
static const struct message resource = MESSAGE(resource_fields);

static const struct field scope_fields[] = {
	{ 1, K_TEXT, false, "name", NULL },
	{ 2, K_TEXT, false, "version", NULL },
};
static const struct message scope = MESSAGE(scope_fields);

/* --- trace.v1 --- */

static const struct field event_fields[] = {
	{ 1, K_FIXED64, false, "timeUnixNano", NULL },
	{ 2, K_TEXT, false, "name", NULL },
	{ 3, K_MESSAGE, true, "attributes", &key_value },
	{ 4, K_UINT, false, "droppedAttributesCount", NULL },
};
static const struct message event = MESSAGE(event_fields);

static const struct field link_fields[] = {
	{ 1, K_HEX, false, "traceId", NULL },
	{ 2, K_HEX, false, "spanId", NULL },
};
static const struct message link = MESSAGE(link_fields);

static const struct field status_fields[] = {
	{ 2, K_TEXT, false, "message", NULL },
	{ 3, K_INT, false, "code", NULL },
};
static const struct message status = MESSAGE(status_fields);

static const struct field span_fields[] = {
	{ 1, K_HEX, false, "traceId", NULL },
	{ 2, K_HEX, false, "spanId", NULL },
	{ 4, K_HEX, false, "parentSpanId", NULL },
	{ 5, K_TEXT, false, "name", NULL },
	{ 6, K_INT, false, "kind", NULL },
	{ 7, K_FIXED64, false, "startTimeUnixNano", NULL },
	{ 8, K_FIXED64, false, "endTimeUnixNano", NULL },
	{ 9, K_MESSAGE, true, "attributes", &key_value },
	{ 10, K_UINT, false, "droppedAttributesCount", NULL },
	{ 11, K_MESSAGE, true, "events", &event },
	{ 13, K_MESSAGE, true, "links", &link },
	{ 15, K_MESSAGE, false, "status", &status },
};
static const struct message span = MESSAGE(span_fields);

static const struct field scope_spans_fields[] = {
	{ 1, K_MESSAGE, false, "scope", &scope },
	{ 2, K_MESSAGE, true, "spans", &span },
};
static const struct message scope_spans = MESSAGE(scope_spans_fields);

static const struct field resource_spans_fields[] = {
	{ 1, K_MESSAGE, false, "resource", &resource },
	{ 2, K_MESSAGE, true, "scopeSpans", &scope_spans },
};
static const struct message resource_spans = MESSAGE(resource_spans_fields);

static const struct field traces_fields[] = {
	{ 1, K_MESSAGE, true, "resourceSpans", &resource_spans },
};

/* --- logs.v1 --- */

static const struct field log_record_fields[] = {
	{ 1, K_FIXED64, false, "timeUnixNano", NULL },
	{ 2, K_INT, false, "severityNumber", NULL },
	{ 3, K_TEXT, false, "severityText", NULL },
	{ 5, K_MESSAGE, false, "body", &any_value },
	{ 6, K_MESSAGE, true, "attributes", &key_value },
	{ 7, K_UINT, false, "droppedAttributesCount", NULL },
	{ 9, K_HEX, false, "traceId", NULL },
	{ 10, K_HEX, false, "spanId", NULL },
	{ 11, K_FIXED64, false, "observedTimeUnixNano", NULL },
	{ 12, K_TEXT, false, "eventName", NULL },
};
static const struct message log_record = MESSAGE(log_record_fields);

static const struct field scope_logs_fields[] = {
	{ 1, K_MESSAGE, false, "scope", &scope },
	{ 2, K_MESSAGE, true, "logRecords", &log_record },
};
static const struct message scope_logs = MESSAGE(scope_logs_fields);

static const struct field resource_logs_fields[] = {
	{ 1, K_MESSAGE, false, "resource", &resource },
	{ 2, K_MESSAGE, true, "scopeLogs", &scope_logs },
};
static const struct message resource_logs = MESSAGE(resource_logs_fields);

static const struct field logs_fields[] = {
	{ 1, K_MESSAGE, true, "resourceLogs", &resource_logs },
};

/* --- metrics.v1: their names, to count them --- */

static const struct field metric_fields[] = {
	{ 1, K_TEXT, false, "name", NULL },
};
static const struct message metric = MESSAGE(metric_fields);

static const struct field scope_metrics_fields[] = {
	{ 2, K_MESSAGE, true, "metrics", &metric },
};
static const struct message scope_metrics = MESSAGE(scope_metrics_fields);

static const struct field resource_metrics_fields[] = {
	{ 2, K_MESSAGE, true, "scopeMetrics", &scope_metrics },
};
static const struct message resource_metrics = MESSAGE(resource_metrics_fields);

static const struct field metrics_fields[] = {
	{ 1, K_MESSAGE, true, "resourceMetrics", &resource_metrics },
};

static const struct message requests[] = {
	[OTLP_TRACES] = MESSAGE(traces_fields),
	[OTLP_LOGS] = MESSAGE(logs_fields),
	[OTLP_METRICS] = MESSAGE(metrics_fields),
};

/* --- reading the wire --- */

/* One field as it stands there. */
struct entry {
	uint32_t number;
	enum wire wire;
	uint64_t number_value; /* VARINT, FIXED64, FIXED32 */
	struct str bytes;      /* LENGTH */
};

static bool
read_varint(struct str *rest, uint64_t *out)
{
	uint64_t v = 0;
	for (size_t i = 0; i < rest->n && i < 10; i++) {
		uint8_t byte = (uint8_t)rest->p[i];
		if (i == 9 && byte > 1)
			return false; /* beyond 64 bits */
		v |= (uint64_t)(byte & 0x7f) << (7 * i);
		if ((byte & 0x80) == 0) {
			*rest = str_slice(*rest, i + 1, rest->n);
			*out = v;
			return true;
		}
	}
	return false;
}

static bool
read_fixed(struct str *rest, size_t n, uint64_t *out)
{
	uint64_t v = 0;
	if (rest->n < n)
		return false;
	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)(uint8_t)rest->p[i] << (8 * i);
	*rest = str_slice(*rest, n, rest->n);
	*out = v;
	return true;
}

/* The next field of a message; false when it is malformed. Groups, which
 * OTLP never had, are. */
static bool
read_entry(struct str *rest, struct entry *e)
{
	uint64_t tag, n;
	if (!read_varint(rest, &tag) || tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
		return false;
	*e = (struct entry){ .number = (uint32_t)(tag >> 3), .wire = (enum wire)(tag & 7) };
	switch (e->wire) {
	case VARINT:
		return read_varint(rest, &e->number_value);
	case FIXED64:
		return read_fixed(rest, 8, &e->number_value);
	case FIXED32:
		return read_fixed(rest, 4, &e->number_value);
	case LENGTH:
		if (!read_varint(rest, &n) || n > rest->n)
			return false;
		e->bytes = str_slice(*rest, 0, (size_t)n);
		*rest = str_slice(*rest, (size_t)n, rest->n);
		return true;
	}
	return false;
}

static enum wire
wire_of(enum kind kind)
{
	switch (kind) {
	case K_BOOL:
	case K_INT:
	case K_UINT:
		return VARINT;
	case K_FIXED64:
	case K_DOUBLE:
		return FIXED64;
	default:
		return LENGTH;
	}
}

/* --- writing --- */

struct writer {
	struct task *t;
	struct buf *out;
	size_t max;
};

static void
write_double(struct buf *b, uint64_t bits)
{
	char text[NUM_TEXT];
	double v;
	memcpy(&v, &bits, sizeof(v));
	if (!isfinite(v)) {
		buf_puts(b, "null");
		return;
	}
	size_t n = num_format(v, text);
	buf_add(b, (struct str){ text, n });
}

static void
write_hex(struct buf *b, struct str raw)
{
	char *p = buf_reserve(b, 2 * raw.n + 3);
	p[0] = '"';
	codec_hex(raw.p, raw.n, p + 1);
	b->n += 2 * raw.n + 1;
	buf_putc(b, '"');
}

static enum err write_message(struct writer *w, const struct message *m, struct str body,
                              int depth);

static enum err
write_value(struct writer *w, const struct field *f, const struct entry *e, int depth)
{
	struct arena *a = w->t->arena;
	enum err err = E_OK;
	switch (f->kind) {
	case K_TEXT:
		buf_json(w->out, utf8_clean(a, e->bytes));
		break;
	case K_HEX:
		write_hex(w->out, str_slice(e->bytes, 0, 64));
		break;
	case K_BYTES:
		buf_json(w->out, codec_b64url(a, e->bytes));
		break;
	case K_BOOL:
		buf_puts(w->out, e->number_value != 0 ? "true" : "false");
		break;
	case K_INT:
		buf_i64(w->out, (int64_t)e->number_value);
		break;
	case K_UINT:
		buf_i64(w->out, (int64_t)(uint32_t)e->number_value);
		break;
	case K_FIXED64:
		if (e->number_value <= INT64_MAX)
			buf_i64(w->out, (int64_t)e->number_value);
		else
			buf_printf(w->out, "%llu", (unsigned long long)e->number_value);
		break;
	case K_DOUBLE:
		write_double(w->out, e->number_value);
		break;
	case K_MESSAGE:
		err = write_message(w, f->of, e->bytes, depth + 1);
	}
	return err != E_OK || w->out->n <= w->max ? err :
	    task_fail(w->t, E_TOO_LARGE, "The body holds more than %zu bytes.", w->max);
}

/* Fields that a message has rows for. */
#define ROWS_MAX 16

/* Where a field stands: from its first entry on, and its last one. */
struct found {
	struct str from;
	struct entry last;
};

/* All of one list. */
static enum err
write_list(struct writer *w, const struct field *f, const struct found *at, int depth)
{
	struct str rest = at->from;
	struct entry e;
	bool some = false;
	enum err err = E_OK;
	buf_putc(w->out, '[');
	while (err == E_OK && rest.n > 0 && read_entry(&rest, &e)) {
		if (e.number != f->number || e.wire != wire_of(f->kind))
			continue;
		if (some)
			buf_putc(w->out, ',');
		some = true;
		err = write_value(w, f, &e, depth);
	}
	buf_putc(w->out, ']');
	return err;
}

/* Which rows are there, as bits; at[] is set for these. False when the message
 * is malformed. */
static bool
find_fields(const struct message *m, struct str body, struct found at[ROWS_MAX], uint32_t *there)
{
	struct entry e;
	ASSERT(m->n <= ROWS_MAX);
	*there = 0;
	while (body.n > 0) {
		struct str from = body;
		if (!read_entry(&body, &e))
			return false;
		for (size_t i = 0; i < m->n; i++) {
			if (m->field[i].number != e.number || wire_of(m->field[i].kind) != e.wire)
				continue;
			if ((*there & UINT32_C(1) << i) == 0)
				at[i].from = from;
			*there |= UINT32_C(1) << i;
			at[i].last = e;
		}
	}
	return true;
}

static enum err
write_message(struct writer *w, const struct message *m, struct str body, int depth)
{
	struct found at[ROWS_MAX]; /* not zeroed: most messages are tiny */
	uint32_t there;
	bool some = false;
	if (depth > OTLP_PROTOBUF_DEPTH) {
		buf_puts(w->out, "null");
		return E_OK;
	}
	if (!find_fields(m, body, at, &there))
		return task_fail(w->t, E_BAD_REQUEST, "The body is not an OTLP message in protobuf.");
	buf_putc(w->out, '{');
	for (size_t i = 0; i < m->n; i++) {
		const struct field *f = &m->field[i];
		if ((there & UINT32_C(1) << i) == 0)
			continue;
		buf_puts(w->out, some ? ",\"" : "\"");
		buf_puts(w->out, f->name);
		buf_puts(w->out, "\":");
		enum err err = f->repeated ? write_list(w, f, &at[i], depth) :
		                             write_value(w, f, &at[i].last, depth);
		if (err != E_OK)
			return err;
		some = true;
	}
	buf_putc(w->out, '}');
	return E_OK;
}

enum err
otlp_protobuf_json(struct task *t, enum otlp_signal signal, struct str body, size_t max,
                   struct buf *out)
{
	struct writer w = { t, out, out->n + max };
	return write_message(&w, &requests[signal], body, 0);
}

/* --- replies --- */

static void
put_varint(struct buf *b, uint64_t v)
{
	for (; v > 0x7f; v >>= 7)
		buf_putc(b, (char)(v | 0x80));
	buf_putc(b, (char)v);
}

static void
put_text(struct buf *b, unsigned number, struct str s)
{
	put_varint(b, number << 3 | LENGTH);
	put_varint(b, s.n);
	buf_add(b, s);
}

/* Two fields: an integer and a text, numbers 1 and 2, as both replies have. */
static void
put_pair(struct buf *b, int64_t number, struct str text)
{
	put_varint(b, 1U << 3 | VARINT);
	put_varint(b, (uint64_t)number);
	if (text.n > 0)
		put_text(b, 2, text);
}

void
otlp_protobuf_reply(struct buf *out, int64_t rejected, struct str message)
{
	struct buf b = BUF_INIT;
	if (rejected == 0)
		return;
	put_pair(&b, rejected, message);
	put_text(out, 1, buf_str(&b));
	buf_release(&b);
}

void
otlp_protobuf_status(struct buf *out, int64_t code, struct str message)
{
	put_pair(out, code, message);
}
