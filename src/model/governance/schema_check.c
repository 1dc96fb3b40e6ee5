/* schema_check.c - a value of the tape against a compiled schema. */
#include "model/governance/schema_node.h"

#include <stdarg.h>

#include "base/str.h"
#include "base/utf8.h"

const char *const schema_type_names[SCHEMA_TYPES] = {
	[SCHEMA_NULL] = "null", [SCHEMA_BOOLEAN] = "boolean", [SCHEMA_INTEGER] = "integer",
	[SCHEMA_NUMBER] = "number", [SCHEMA_STRING] = "string", [SCHEMA_ARRAY] = "array",
	[SCHEMA_OBJECT] = "object",
};

struct check {
	struct task *t;
	const struct scan *s;
	struct schema_fault *out;
	size_t n;
};

/* A chain on the stack; written out only for a fault. */
struct place {
	const struct place *up;
	struct str name; /* p NULL: element `index` */
	size_t index;
};

static struct str
place_text(struct task *t, const struct place *p)
{
	if (p->up == NULL)
		return p->name;
	struct str up = place_text(t, p->up);
	if (p->name.p == NULL)
		return arena_printf(t->arena, "%.*s.%zu", STRF(up), p->index);
	return arena_printf(t->arena, "%.*s.%.*s", STRF(up), STRF(utf8_cut(p->name, 64)));
}

static void PRINTF_LIKE(3, 4)
fault(struct check *c, const struct place *p, const char *fmt, ...)
{
	char text[160];
	va_list ap;
	if (c->n == SCHEMA_FAULTS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	struct str path = place_text(c->t, p);
	c->out[c->n++] = (struct schema_fault){ path,
		arena_printf(c->t->arena, "The %.*s field %s", STRF(path), text) };
}

static bool
type_is(const struct scan *s, uint32_t at, unsigned types)
{
	int64_t v;
	switch (scan_kind(s, at)) {
	case SCAN_NULL:
		return (types & 1U << SCHEMA_NULL) != 0;
	case SCAN_FALSE:
	case SCAN_TRUE:
		return (types & 1U << SCHEMA_BOOLEAN) != 0;
	case SCAN_STRING:
		return (types & 1U << SCHEMA_STRING) != 0;
	case SCAN_ARRAY:
		return (types & 1U << SCHEMA_ARRAY) != 0;
	case SCAN_OBJECT:
		return (types & 1U << SCHEMA_OBJECT) != 0;
	case SCAN_UINT:
	case SCAN_BIG:
		return (types & (1U << SCHEMA_NUMBER | 1U << SCHEMA_INTEGER)) != 0;
	default:
		return (types & 1U << SCHEMA_NUMBER) != 0 ||
		    ((types & 1U << SCHEMA_INTEGER) != 0 && scan_int(s, at, &v));
	}
}

static struct str
type_words(struct task *t, unsigned types)
{
	struct str out = STR("");
	for (size_t i = 0; i < SCHEMA_TYPES; i++)
		if ((types & 1U << i) != 0)
			out = arena_printf(t->arena, "%.*s%s%s", STRF(out), out.n > 0 ? " or " : "",
			                   schema_type_names[i]);
	return out;
}

static bool
constant_is(const struct scan *s, uint32_t at, const struct schema_constant *k)
{
	struct str text;
	double d;
	switch (k->type) {
	case SCHEMA_NULL:
		return scan_is_null(s, at);
	case SCHEMA_BOOLEAN:
		return scan_kind(s, at) == (k->number > 0 ? SCAN_TRUE : SCAN_FALSE);
	case SCHEMA_STRING:
		return scan_string(s, at, &text) && str_eq(text, k->text);
	default: /* the same number, whatever it is written like */
		return scan_double(s, at, &d) && !(d < k->number) && !(d > k->number);
	}
}

static void
check_constants(struct check *c, const struct place *p, const struct schema *x, uint32_t at)
{
	for (size_t i = 0; i < x->nconstants; i++)
		if (constant_is(c->s, at, &x->constant[i]))
			return;
	if (x->nconstants > 0)
		fault(c, p, "is not one of the values of its schema.");
}

static void
check_string(struct check *c, const struct place *p, const struct schema *x, struct str v)
{
	size_t n = 0;
	if (x->min_length > 0 || x->max_length < v.n) {
		for (size_t i = 0; i < v.n; i++)
			n += ((unsigned char)v.p[i] & 0xc0) != 0x80;
		if (n < x->min_length)
			fault(c, p, "must have at least %zu characters.", x->min_length);
		if (n > x->max_length)
			fault(c, p, "must not have more than %zu characters.", x->max_length);
	}
	if (x->pattern != NULL && !pattern_has(x->pattern, v))
		fault(c, p, "does not match the pattern of its schema.");
}

static void
check_number(struct check *c, const struct place *p, const struct schema *x, double v)
{
	if (v < x->minimum)
		fault(c, p, "must be at least %g.", x->minimum);
	if (v > x->maximum)
		fault(c, p, "must not be greater than %g.", x->maximum);
	if (v <= x->above)
		fault(c, p, "must be greater than %g.", x->above);
	if (v >= x->below)
		fault(c, p, "must be less than %g.", x->below);
}

static void check(struct check *c, const struct place *p, const struct schema *x, uint32_t at);

static const struct schema_member *
member_find(const struct schema *x, struct str name)
{
	size_t lo = 0, hi = x->nmembers;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int cmp = str_cmp(name, x->member[mid].name);
		if (cmp == 0)
			return &x->member[mid];
		if (cmp < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

static void
check_object(struct check *c, const struct place *p, const struct schema *x, uint32_t at)
{
	const struct scan *s = c->s;
	uint32_t end = at != 0 ? scan_end(s, at) : 0;
	for (uint32_t k = at != 0 ? scan_first(s, at) : 0; k < end; k = scan_next(s, k + 1)) {
		struct place in = { p, scan_text(s, k), 0 };
		const struct schema_member *m = member_find(x, in.name);
		if (m != NULL && m->schema != NULL)
			check(c, &in, m->schema, k + 1);
		else if (m == NULL || !m->listed) {
			if (x->rest != NULL)
				check(c, &in, x->rest, k + 1);
			else if (x->closed)
				fault(c, &in, "is not in the schema.");
		}
	}
	for (size_t i = 0; i < x->nmembers; i++) {
		const struct schema_member *m = &x->member[i];
		struct place in = { p, m->name, 0 };
		if (m->required && (at == 0 || scan_find(s, at, m->name) == 0))
			fault(c, &in, "is required.");
	}
}

static void
check_array(struct check *c, const struct place *p, const struct schema *x, uint32_t at)
{
	const struct scan *s = c->s;
	size_t n = scan_count(s, at), i = 0;
	if (n < x->min_items)
		fault(c, p, "must have at least %zu items.", x->min_items);
	if (n > x->max_items)
		fault(c, p, "must not have more than %zu items.", x->max_items);
	if (x->items == NULL)
		return;
	for (uint32_t k = scan_first(s, at); k < scan_end(s, at) && c->n < SCHEMA_FAULTS_MAX;
	     k = scan_next(s, k)) {
		struct place in = { p, STR_NULL, i++ };
		check(c, &in, x->items, k);
	}
}

static void
check(struct check *c, const struct place *p, const struct schema *x, uint32_t at)
{
	struct str text;
	double number;
	if (c->n == SCHEMA_FAULTS_MAX)
		return;
	if (x->types != 0 && !type_is(c->s, at, x->types)) {
		fault(c, p, "must be of type %.*s.", STRF(type_words(c->t, x->types)));
		return;
	}
	check_constants(c, p, x, at);
	if (scan_string(c->s, at, &text))
		check_string(c, p, x, text);
	else if (scan_is_object(c->s, at))
		check_object(c, p, x, at);
	else if (scan_is_array(c->s, at))
		check_array(c, p, x, at);
	else if (scan_double(c->s, at, &number))
		check_number(c, p, x, number);
}

size_t
schema_check(struct task *t, const struct schema *x, const struct scan *s, uint32_t at,
             const char *path, struct schema_fault out[SCHEMA_FAULTS_MAX])
{
	struct check c = { .t = t, .s = s, .out = out };
	const struct place root = { NULL, str_of(path), 0 };
	if (at == 0)
		check_object(&c, &root, x, 0);
	else
		check(&c, &root, x, at);
	return c.n;
}
