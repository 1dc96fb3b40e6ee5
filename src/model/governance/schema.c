/* schema.c - compiling schemas: see schema.h. schema_check.c checks. */
#include "model/governance/schema_node.h"

#include <math.h>
#include <stdarg.h>

#include "base/json.h"
#include "base/str.h"
#include "base/utf8.h"

static const char *const modes[] = { "off", "warn", "reject" };

const char *
schema_mode_name(enum schema_mode m)
{
	return modes[m];
}

bool
schema_mode_find(struct str name, enum schema_mode *out)
{
	for (size_t i = 0; i < NELEM(modes); i++) {
		if (str_is(name, modes[i])) {
			*out = (enum schema_mode)i;
			return true;
		}
	}
	return false;
}

struct compile {
	struct task *t;
	struct arena *a;
	size_t nodes;
	bool failed;
};

/* Where in the schema: a chain on the stack, written out only when needed. */
struct place {
	const struct place *up;
	struct str name;
};

static struct str
place_text(struct task *t, const struct place *p)
{
	if (p == NULL)
		return STR("schema");
	return arena_printf(t->arena, "%.*s.%.*s", STRF(place_text(t, p->up)),
	                    STRF(utf8_cut(p->name, 64)));
}

static bool PRINTF_LIKE(3, 4)
wrong(struct compile *c, const struct place *p, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	task_field(c->t, place_text(c->t, p), "%s", text);
	c->failed = true;
	return false;
}

static bool node(struct compile *c, const struct place *p, const struct json *j, size_t depth,
                 struct schema **out);

/* --- keywords --- */

struct keyword {
	const char *name;
	bool (*read)(struct compile *c, const struct place *p, const struct json *v, size_t depth,
	             struct schema *out);
};

static bool
add_type(struct compile *c, const struct place *p, const struct json *v, struct schema *out)
{
	struct str name = json_str(v, STR(""));
	for (size_t i = 0; i < SCHEMA_TYPES; i++) {
		if (!str_is(name, schema_type_names[i]))
			continue;
		out->types |= 1U << i;
		return true;
	}
	return wrong(c, p, "A type is one of null, boolean, integer, number, string, array, object.");
}

static bool
read_type(struct compile *c, const struct place *p, const struct json *v, size_t depth,
          struct schema *out)
{
	bool ok = true;
	(void)depth;
	if (json_type(v) != JSON_ARRAY)
		return add_type(c, p, v, out);
	for (size_t i = 0; i < json_count(v); i++)
		ok &= add_type(c, p, json_at(v, i), out);
	return ok && out->types != 0 ? true : wrong(c, p, "A list of types names at least one.");
}

static bool
add_constant(struct compile *c, const struct place *p, const struct json *v, struct schema *out)
{
	struct schema_constant k = { 0 };
	switch (json_type(v)) {
	case JSON_STR:
		k.type = SCHEMA_STRING;
		k.text = arena_str(c->a, json_str(v, STR("")));
		break;
	case JSON_INT:
	case JSON_REAL:
		k.type = SCHEMA_NUMBER;
		k.number = json_f64(v, 0);
		break;
	case JSON_BOOL:
		k.type = SCHEMA_BOOLEAN;
		k.number = json_bool(v, false);
		break;
	case JSON_NULL:
		k.type = SCHEMA_NULL;
		break;
	default:
		return wrong(c, p, "A value here is a text, a number, true, false or null.");
	}
	out->constant = arena_grow(c->a, out->constant, out->nconstants, &out->constants_cap,
	                           sizeof(k));
	out->constant[out->nconstants++] = k;
	return true;
}

static bool
read_enum(struct compile *c, const struct place *p, const struct json *v, size_t depth,
          struct schema *out)
{
	bool ok = true;
	(void)depth;
	if (json_type(v) != JSON_ARRAY || json_count(v) == 0 || json_count(v) > 200)
		return wrong(c, p, "A list of 1 to 200 values.");
	for (size_t i = 0; ok && i < json_count(v); i++)
		ok = add_constant(c, p, json_at(v, i), out);
	return ok;
}

static bool
read_const(struct compile *c, const struct place *p, const struct json *v, size_t depth,
           struct schema *out)
{
	(void)depth;
	return add_constant(c, p, v, out);
}

static struct schema_member *
member(struct compile *c, struct schema *out, struct str name)
{
	for (size_t i = 0; i < out->nmembers; i++)
		if (str_eq(out->member[i].name, name))
			return &out->member[i];
	out->member = arena_grow(c->a, out->member, out->nmembers, &out->members_cap,
	                         sizeof(*out->member));
	out->member[out->nmembers] = (struct schema_member){ .name = arena_str(c->a, name) };
	return &out->member[out->nmembers++];
}

static bool
read_properties(struct compile *c, const struct place *p, const struct json *v, size_t depth,
                struct schema *out)
{
	void *it = NULL;
	struct str key;
	const struct json *value;
	bool ok = true;
	if (!json_is_object(v) || json_count(v) > 200)
		return wrong(c, p, "An object of at most 200 schemas.");
	while (json_next(v, &it, &key, &value)) {
		struct place at = { p, key };
		struct schema *child;
		if (!node(c, &at, value, depth + 1, &child)) {
			ok = false;
			continue;
		}
		struct schema_member *m = member(c, out, key);
		m->schema = child;
		m->listed = true;
	}
	return ok;
}

static bool
read_required(struct compile *c, const struct place *p, const struct json *v, size_t depth,
              struct schema *out)
{
	(void)depth;
	if (json_type(v) != JSON_ARRAY || json_count(v) > 200)
		return wrong(c, p, "A list of at most 200 names.");
	for (size_t i = 0; i < json_count(v); i++) {
		struct str name = json_str(json_at(v, i), STR_NULL);
		if (name.p == NULL || name.n == 0)
			return wrong(c, p, "A list of names.");
		member(c, out, name)->required = true;
	}
	return true;
}

static bool
read_additional(struct compile *c, const struct place *p, const struct json *v, size_t depth,
                struct schema *out)
{
	if (json_type(v) != JSON_BOOL)
		return node(c, p, v, depth + 1, &out->rest);
	out->closed = !json_bool(v, true);
	return true;
}

static bool
read_items(struct compile *c, const struct place *p, const struct json *v, size_t depth,
           struct schema *out)
{
	return node(c, p, v, depth + 1, &out->items);
}

static bool
read_pattern(struct compile *c, const struct place *p, const struct json *v, size_t depth,
             struct schema *out)
{
	char why[PATTERN_WHY];
	(void)depth;
	out->pattern = pattern_new(c->a, json_str(v, STR("")), why);
	return out->pattern != NULL || wrong(c, p, "The pattern is refused: %s.", why);
}

static bool
number(struct compile *c, const struct place *p, const struct json *v, double *out)
{
	enum json_type type = json_type(v);
	*out = json_f64(v, 0);
	return type == JSON_INT || type == JSON_REAL || wrong(c, p, "A number.");
}

static bool
count(struct compile *c, const struct place *p, const struct json *v, size_t *out)
{
	int64_t n = json_i64(v, -1);
	if (json_type(v) != JSON_INT || n < 0 || n > 1000000)
		return wrong(c, p, "A whole number from 0 to 1,000,000.");
	*out = (size_t)n;
	return true;
}

#define NUMBER(fn, field) \
	static bool fn(struct compile *c, const struct place *p, const struct json *v, \
	               size_t depth, struct schema *out) \
	{ \
		(void)depth; \
		return number(c, p, v, &out->field); \
	}
#define COUNT(fn, field) \
	static bool fn(struct compile *c, const struct place *p, const struct json *v, \
	               size_t depth, struct schema *out) \
	{ \
		(void)depth; \
		return count(c, p, v, &out->field); \
	}
NUMBER(read_minimum, minimum)
NUMBER(read_maximum, maximum)
NUMBER(read_above, above)
NUMBER(read_below, below)
COUNT(read_min_length, min_length)
COUNT(read_max_length, max_length)
COUNT(read_min_items, min_items)
COUNT(read_max_items, max_items)

static bool
pass(struct compile *c, const struct place *p, const struct json *v, size_t depth,
     struct schema *out)
{
	(void)c, (void)p, (void)v, (void)depth, (void)out;
	return true;
}

static const struct keyword keywords[] = {
	{ "type", read_type }, { "enum", read_enum }, { "const", read_const },
	{ "properties", read_properties }, { "required", read_required },
	{ "additionalProperties", read_additional }, { "items", read_items },
	{ "pattern", read_pattern }, { "minimum", read_minimum }, { "maximum", read_maximum },
	{ "exclusiveMinimum", read_above }, { "exclusiveMaximum", read_below },
	{ "minLength", read_min_length }, { "maxLength", read_max_length },
	{ "minItems", read_min_items }, { "maxItems", read_max_items },
	{ "title", pass }, { "description", pass }, { "default", pass }, { "examples", pass },
	{ "deprecated", pass }, { "format", pass }, { "$comment", pass }, { "$id", pass },
	{ "$schema", pass },
};

static int
by_name(const void *a, const void *b)
{
	return str_cmp(((const struct schema_member *)a)->name,
	               ((const struct schema_member *)b)->name);
}

static bool
node(struct compile *c, const struct place *p, const struct json *j, size_t depth,
     struct schema **out)
{
	void *it = NULL;
	struct str key;
	const struct json *value;
	bool ok = true;
	if (!json_is_object(j))
		return wrong(c, p, "A schema is an object.");
	if (depth > SCHEMA_DEPTH_MAX || ++c->nodes > SCHEMA_NODES_MAX)
		return wrong(c, p, "The schema is nested more than %d deep, or has more than %d parts.",
		             SCHEMA_DEPTH_MAX, SCHEMA_NODES_MAX);
	struct schema *s = *out = arena_alloc(c->a, sizeof(*s));
	*s = (struct schema){ .minimum = -INFINITY, .maximum = INFINITY, .above = -INFINITY,
		.below = INFINITY, .max_length = SIZE_MAX, .max_items = SIZE_MAX };
	while (json_next(j, &it, &key, &value)) {
		struct place at = { p, key };
		size_t i = 0;
		while (i < NELEM(keywords) && !str_is(key, keywords[i].name))
			i++;
		if (i == NELEM(keywords))
			ok = wrong(c, &at, "This keyword is not supported.");
		else
			ok &= keywords[i].read(c, &at, value, depth, s);
	}
	if (s->nmembers > 1)
		qsort(s->member, s->nmembers, sizeof(*s->member), by_name);
	return ok;
}

enum err
schema_compile(struct task *t, struct arena *a, struct str text, const struct schema **out)
{
	struct compile c = { .t = t, .a = a };
	const struct json *j;
	struct schema *root = NULL;
	if (text.n > SCHEMA_BYTES_MAX) {
		(void)wrong(&c, NULL, "A schema has at most %d bytes.", SCHEMA_BYTES_MAX);
	} else if (json_parse(t, text, &j) != E_OK) {
		struct str why = arena_printf(t->arena, "%s", t->detail);
		task_clear(t);
		(void)wrong(&c, NULL, "Not JSON: %.*s", STRF(why));
	} else if (node(&c, NULL, j, 1, &root) && root != NULL && root->types != 0 &&
	           (root->types & 1U << SCHEMA_OBJECT) == 0) {
		(void)wrong(&c, NULL, "The schema is of properties: its type is object.");
	}
	*out = root;
	if (c.failed)
		return task_fail(t, E_INVALID, "%.*s: %.*s", STRF(t->fields[0].path),
		                 STRF(t->fields[0].message));
	return E_OK;
}

/* --- sets --- */

static enum err
read_line(struct task *t, struct arena *a, struct str line, struct schema_set *out, size_t *cap)
{
	struct schema_entry e = { 0 };
	struct buf b = BUF_INIT;
	const struct json *j;
	enum err err = json_parse(t, line, &j);
	if (err != E_OK)
		return err;
	if (!schema_mode_find(json_get_str(j, "mode"), &e.mode))
		return task_fail(t, E_INVALID, "a schema has no mode");
	if (e.mode == SCHEMA_OFF)
		return E_OK;
	e.space = arena_str(a, json_str(json_get(j, "namespace"), STR("")));
	e.event = arena_str(a, json_str(json_get(j, "event"), STR("")));
	json_write(&b, json_get(j, "schema"));
	err = schema_compile(t, a, buf_str(&b), &e.schema);
	buf_release(&b);
	if (err != E_OK)
		return err;
	out->entry = arena_grow(a, out->entry, out->n, cap, sizeof(e));
	out->entry[out->n++] = e;
	return E_OK;
}

enum err
schema_set_read(struct task *t, struct arena *a, struct str lines, struct schema_set *out)
{
	size_t cap = 0;
	enum err e = E_OK;
	*out = (struct schema_set){ 0 };
	while (e == E_OK && lines.p != NULL) {
		struct str line = str_cut(&lines, '\n');
		if (line.n > 0)
			e = read_line(t, a, line, out, &cap);
	}
	return e;
}

const struct schema_entry *
schema_set_find(const struct schema_set *set, struct str space, struct str event)
{
	const struct schema_entry *general = NULL;
	for (size_t i = 0; i < set->n; i++) {
		const struct schema_entry *e = &set->entry[i];
		if (!str_eq(e->space, space))
			continue;
		if (str_eq(e->event, event))
			return e;
		if (e->event.n == 0)
			general = e;
	}
	return general;
}
