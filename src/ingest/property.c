/* property.c - replay of user property operations: see property.h. */
#include "ingest/property.h"

#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "base/str.h"

static const char *const op_names[PROP_END] = {
	[PROP_SET] = "set",
	[PROP_SET_ONCE] = "set_once",
	[PROP_INCREMENT] = "increment",
	[PROP_UNSET] = "unset",
};

bool
property_op_find(struct str name, enum property_op *out)
{
	for (int i = 0; i < PROP_END; i++) {
		if (str_is(name, op_names[i])) {
			*out = (enum property_op)i;
			return true;
		}
	}
	return false;
}

const char *
property_op_name(enum property_op op)
{
	return op_names[op];
}

int
property_cmp(const void *pa, const void *pb)
{
	const struct property_change *a = pa, *b = pb;
	int c;

	if (a->ts_us != b->ts_us)
		return a->ts_us < b->ts_us ? -1 : 1;
	c = memcmp(a->event_id, b->event_id, sizeof(a->event_id));
	return c != 0 ? c : (a->position > b->position) - (a->position < b->position);
}

/* Sum of two JSON values; what is not a number counts as 0. */
static struct str
add_numbers(struct task *t, struct str a, struct str b)
{
	int64_t x = 0, y = 0, sum;
	double u = 0, v = 0;
	bool ints = (num_i64(a, &x) || a.n == 0) && num_i64(b, &y);
	char text[NUM_TEXT];
	size_t n;

	if (ints && !__builtin_add_overflow(x, y, &sum))
		return arena_printf(t->arena, "%lld", (long long)sum);
	if (!num_f64(a, &u))
		u = 0;
	if (!num_f64(b, &v))
		v = 0;
	if (!isfinite(u + v))
		return a;
	n = num_format(u + v, text);
	return arena_str(t->arena, (struct str){ text, n });
}

void
property_apply(struct task *t, struct property_state *s, const struct property_change *c)
{
	switch (c->op) {
	case PROP_SET:
		s->value = c->value;
		break;
	case PROP_SET_ONCE:
		if (s->ever_set)
			return;
		s->value = c->value;
		break;
	case PROP_INCREMENT:
		s->value = add_numbers(t, s->present ? s->value : STR("0"), c->value);
		break;
	case PROP_UNSET:
		s->present = false;
		s->value = STR("");
		s->ts_us = c->ts_us;
		return;
	case PROP_END:
		return;
	}
	s->present = s->ever_set = true;
	s->ts_us = c->ts_us;
}

void
property_replay(struct task *t, struct property_change *c, size_t n,
                struct property_state *out)
{
	*out = (struct property_state){ 0 };
	if (n > 1)
		qsort(c, n, sizeof(*c), property_cmp);
	for (size_t i = 0; i < n; i++)
		property_apply(t, out, &c[i]);
}
