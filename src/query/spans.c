/* spans.c - see spans.h. */
#include "query/spans.h"

#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/str.h"

#define DEPTH_MAX 24

struct node {
	struct span_row row;
	struct str id, parent;
	size_t order;
	bool placed;
};

/* The first of the members that is a number; NAN when none is. */
static double
number(const struct json *j, const char *const names[])
{
	for (size_t i = 0; names[i] != NULL; i++) {
		double v = json_f64(json_get(j, names[i]), NAN);
		if (isfinite(v))
			return v;
	}
	return NAN;
}

static struct str
text(const struct json *j, const char *const names[])
{
	for (size_t i = 0; names[i] != NULL; i++) {
		struct str s = json_get_str(j, names[i]);
		if (s.n > 0)
			return s;
	}
	return STR("");
}

/* Seconds or milliseconds since 1970 as ms. */
static double
epoch_ms(double v)
{
	return v < 1e11 ? v * 1000 : v;
}

static bool
read_one(const struct json *j, struct node *n)
{
	static const char *const NAME[] = { "name", "op", "description", "operation", NULL };
	static const char *const ID[] = { "id", "span_id", "spanId", NULL };
	static const char *const PARENT[] = { "parent_id", "parent_span_id", "parentSpanId",
		"parent", NULL };
	static const char *const START[] = { "start_ms", "offset_ms", "start", NULL };
	static const char *const TOOK[] = { "duration_ms", "duration", NULL };
	static const char *const END[] = { "end_ms", "end", NULL };
	static const char *const AT[] = { "start_timestamp", "start_time", NULL };
	static const char *const UNTIL[] = { "timestamp", "end_timestamp", "end_time", NULL };

	if (!json_is_object(j))
		return false;
	double start = number(j, START), took = number(j, TOOK), end = number(j, END);
	if (isnan(start)) {
		start = epoch_ms(number(j, AT));
		end = isnan(end) ? epoch_ms(number(j, UNTIL)) : end;
	}
	if (isnan(start))
		start = 0;
	if (isnan(took))
		took = isnan(end) ? 0 : end - start;
	*n = (struct node){ .row = { text(j, NAME), start, took > 0 ? took : 0, 0, false },
		.id = text(j, ID), .parent = text(j, PARENT) };
	n->row.failed = json_bool(json_get(j, "error"), false) ||
	                str_is(json_get_str(j, "status"), "error");
	return true;
}

static int
by_start(const void *pa, const void *pb)
{
	const struct node *a = pa, *b = pb;

	if (a->row.start_ms != b->row.start_ms)
		return a->row.start_ms < b->row.start_ms ? -1 : 1;
	if (a->row.duration_ms != b->row.duration_ms)
		return a->row.duration_ms > b->row.duration_ms ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

/* The span and what is below it, in order. */
static void
place(struct node *node, size_t n, size_t i, int depth, struct span_list *out)
{
	node[i].placed = true;
	out->row[out->n] = node[i].row;
	out->row[out->n++].depth = depth;
	for (size_t k = 0; node[i].id.n > 0 && depth < DEPTH_MAX && k < n; k++)
		if (!node[k].placed && str_eq(node[k].parent, node[i].id))
			place(node, n, k, depth + 1, out);
}

static bool
has_parent(const struct node *node, size_t n, size_t i)
{
	for (size_t k = 0; node[i].parent.n > 0 && k < n; k++)
		if (k != i && str_eq(node[k].id, node[i].parent))
			return true;
	return false;
}

void
spans_read(struct task *t, struct str json, double trace_ms, struct span_list *out)
{
	const struct json *j = NULL;
	struct node *node = tarray(t, SPANS_MAX, struct node);
	size_t n = 0;
	double first;

	*out = (struct span_list){ .total_ms = trace_ms };
	if (json.n == 0 || json_parse(t, json, &j) != E_OK) {
		task_clear(t);
		return;
	}
	if (json_is_object(j))
		j = json_get(j, "spans");
	for (size_t i = 0; i < json_count(j); i++) {
		if (n < SPANS_MAX && read_one(json_at(j, i), &node[n])) {
			node[n].order = n;
			n++;
		} else {
			out->left_out++;
		}
	}
	if (n == 0)
		return;
	qsort(node, n, sizeof(*node), by_start);
	first = node[0].row.start_ms;
	out->row = tarray(t, n, struct span_row);
	for (size_t i = 0; i < n; i++) {
		if (first > 1e11) /* times since 1970 */
			node[i].row.start_ms -= first;
		out->total_ms = fmax(out->total_ms, node[i].row.start_ms + node[i].row.duration_ms);
	}
	for (size_t i = 0; i < n; i++)
		if (!node[i].placed && !has_parent(node, n, i))
			place(node, n, i, 0, out);
	for (size_t i = 0; i < n; i++) /* circles */
		if (!node[i].placed)
			place(node, n, i, 0, out);
}
