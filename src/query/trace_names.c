/* trace_names.c - the names of a window, with the period before. */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/str.h"
#include "query/trace_sums.h"

static int
by_samples(const void *pa, const void *pb)
{
	const struct trace_count *a = pa, *b = pb;

	if (a->samples != b->samples)
		return a->samples < b->samples ? 1 : -1;
	return str_cmp(a->name, b->name);
}

static void
say_late(struct query_meta *m)
{
	m->estimate = true;
	m->note = STR("This question reads more rows than the time allows:"
		" choose a shorter range or fewer filters.");
}

/* The other half of the comparison for the same names. */
static enum err
load_before(struct task *t, struct pg *pg, const struct query_env *env,
            const struct traces_query *q, const struct str *names, struct trace_names *out)
{
	struct trace_side **side = tarray(t, out->n + 1, struct trace_side *);
	struct trace_ask a;

	for (size_t i = 0; i < out->n; i++)
		side[i] = &out->row[i].before;
	enum err e = trace_sums_open(t, pg, env, q, &q->range->before,
		out->n == 1 ? names[0] : STR_NULL, &a);
	if (e == E_OK)
		e = trace_sums_load(t, pg, &a, names, out->n, side);
	return e;
}

enum err
traces_names(struct task *t, struct pg *pg, const struct query_env *env,
             const struct traces_query *q, size_t max, struct trace_names *out)
{
	int64_t began = clock_mono_us();
	struct trace_ask a;
	enum err e = trace_sums_open(t, pg, env, q, &q->range->now, STR_NULL, &a);

	memset(out, 0, sizeof(*out));
	if (e != E_OK)
		return e;
	struct trace_count *top = tarray(t, a.n + 1, struct trace_count);
	if (a.n > 0)
		memcpy(top, a.name, a.n * sizeof(*top));
	if (a.n > 1)
		qsort(top, a.n, sizeof(*top), by_samples);
	out->total = (int64_t)a.n;
	for (size_t i = 0; i < a.n; i++)
		out->samples += top[i].samples;
	out->n = a.n < max ? a.n : max;
	out->row = tarray(t, out->n + 1, struct trace_name);
	struct str *names = tarray(t, out->n + 1, struct str);
	struct trace_side **side = tarray(t, out->n + 1, struct trace_side *);
	for (size_t i = 0; i < out->n; i++) {
		names[i] = out->row[i].name = top[i].name;
		side[i] = &out->row[i].now;
	}
	e = trace_sums_load(t, pg, &a, names, out->n, side);
	if (e == E_OK && q->range->compare != COMPARE_NONE && out->n > 0)
		e = load_before(t, pg, env, q, names, out);
	if (a.late)
		say_late(&out->meta);
	for (size_t i = 0; i < out->n; i++) {
		const struct trace_name *n = &out->row[i];
		out->meta.estimate |= n->now.estimate || n->before.estimate;
		if (n->now.late || n->before.late)
			say_late(&out->meta);
	}
	out->meta.rows_scanned = out->samples;
	out->meta.query_ms = (double)(clock_mono_us() - began) / 1000;
	return e;
}
