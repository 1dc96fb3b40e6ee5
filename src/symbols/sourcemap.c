/* sourcemap.c - see sourcemap.h. */
#include "symbols/sourcemap.h"

#include <stdlib.h>

#include "base/str.h"
#include "symbols/pick.h"

#define SECTIONS_MAX 4096
#define LIST_MAX 1000000

/* The parts of one map, as written. */
struct parts {
	struct str mappings, sources, names, root, file, sections;
	int64_t version;
	bool ok;
};

struct list {
	struct str *raw;
	size_t n;
};

struct segment {
	int64_t column;                /* of the bundle, from 0 */
	int64_t source, line, at, name; /* from 0; source and name -1 = none */
};

struct look {
	struct task *t;
	struct sourcemap_place **at; /* by line and column */
	size_t n;
	int64_t line0, column0;      /* where the section begins */
	struct list sources, names;
	struct str root;
};

static int64_t
small_number(struct str s)
{
	int64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || v > INT32_MAX)
			return -1;
		v = v * 10 + (s.p[i] - '0');
	}
	return s.n > 0 ? v : -1;
}

static struct parts
parts_of(struct str map)
{
	struct parts m = { .version = -1 };
	struct pick p = pick_of(map);
	struct str key;

	if (!pick_begin(&p, '{'))
		return m;
	while (pick_member(&p, &key)) {
		if (str_is(key, "mappings"))
			(void)pick_string(&p, &m.mappings);
		else if (str_is(key, "sources"))
			m.sources = pick_value(&p);
		else if (str_is(key, "names"))
			m.names = pick_value(&p);
		else if (str_is(key, "sourceRoot"))
			(void)pick_string(&p, &m.root);
		else if (str_is(key, "file"))
			(void)pick_string(&p, &m.file);
		else if (str_is(key, "sections"))
			m.sections = pick_value(&p);
		else if (str_is(key, "version"))
			m.version = small_number(pick_value(&p));
		else
			(void)pick_value(&p);
	}
	m.ok = p.ok;
	return m;
}

static struct list
list_of(struct task *t, struct str array)
{
	struct pick p = pick_of(array);
	struct list l = { 0 };
	struct str raw;
	size_t cap = 0;

	if (!pick_begin(&p, '['))
		return l;
	while (l.n < LIST_MAX && pick_element(&p)) {
		if (!pick_string(&p, &raw))
			raw = STR("");
		l.raw = arena_grow(t->arena, l.raw, l.n, &cap, sizeof(*l.raw));
		l.raw[l.n++] = raw;
	}
	return l;
}

struct str
sourcemap_bundle(struct str place)
{
	struct str rest = place;

	place = str_cut(&rest, '?');
	rest = place;
	place = str_cut(&rest, '#');
	size_t i = place.n;

	while (i > 0 && place.p[i - 1] != '/' && place.p[i - 1] != '\\')
		i--;
	return str_slice(place, i, place.n);
}

bool
sourcemap_check(struct task *t, struct str map, struct str *bundle, const char **why)
{
	struct parts m = parts_of(map);

	*bundle = STR("");
	if (!m.ok) {
		*why = "The source map is no JSON object, or it is cut short.";
		return false;
	}
	if (m.version != 3) {
		*why = "Only source maps of version 3 are known.";
		return false;
	}
	if (m.mappings.p == NULL && m.sections.n == 0) {
		*why = "The source map has no mappings.";
		return false;
	}
	if (m.file.n > 0)
		*bundle = sourcemap_bundle(pick_plain(t, m.file));
	return true;
}

static int
digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* One Base64 VLQ at *i; false at anything else. A slash may be escaped. */
static bool
vlq(struct str s, size_t *i, int64_t *out)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift <= 35 && *i < s.n; shift += 5) {
		if (s.p[*i] == '\\' && *i + 1 < s.n)
			++*i;
		int d = digit(s.p[*i]);

		if (d < 0)
			return false;
		++*i;
		v |= (uint64_t)(d & 31) << shift;
		if ((d & 32) == 0) {
			*out = (v & 1) != 0 ? -(int64_t)(v >> 1) : (int64_t)(v >> 1);
			return true;
		}
	}
	return false;
}

static bool
is_sum(int64_t v)
{
	return v >= 0 && v <= INT32_MAX;
}

/* One segment; the sums go on in *seg. */
static bool
read_segment(struct str s, size_t *i, struct segment *sum, bool *mapped, bool *named)
{
	int64_t v[5];
	int n = 0;

	while (n < 5 && *i < s.n && s.p[*i] != ',' && s.p[*i] != ';')
		if (!vlq(s, i, &v[n++]))
			return false;
	*mapped = n >= 4;
	*named = n == 5;
	if (n != 1 && n != 4 && n != 5)
		return false;
	sum->column += v[0];
	if (*mapped) {
		sum->source += v[1];
		sum->line += v[2];
		sum->at += v[3];
	}
	if (*named)
		sum->name += v[4];
	return is_sum(sum->column) && is_sum(sum->source) && is_sum(sum->line) &&
	       is_sum(sum->at) && is_sum(sum->name);
}

static struct str
item(struct task *t, const struct list *l, int64_t i)
{
	return i >= 0 && (size_t)i < l->n ? pick_plain(t, l->raw[i]) : STR("");
}

static struct str
source_path(struct look *l, int64_t i)
{
	struct str s = item(l->t, &l->sources, i);

	if (l->root.n == 0 || s.n == 0 || s.p[0] == '/' || memmem(s.p, s.n, "://", 3) != NULL)
		return s;
	struct str root = pick_plain(l->t, l->root);

	return arena_printf(l->t->arena, "%.*s%s%.*s", STRF(root),
	                    str_ends(root, STR("/")) ? "" : "/", STRF(s));
}

static void
answer(struct look *l, struct sourcemap_place *q, const struct segment *s)
{
	if (s->source < 0)
		return;
	q->found = true;
	q->source = source_path(l, s->source);
	q->name = s->name >= 0 ? item(l->t, &l->names, s->name) : STR("");
	q->source_line = s->line + 1;
	q->source_column = s->at + 1;
}

/* Questions before (line, column) of the bundle, or to the end of a line, are
 * answered by the last segment. */
static void
settle(struct look *l, size_t *next, int64_t line, int64_t column, const struct segment *last)
{
	while (*next < l->n) {
		struct sourcemap_place *q = l->at[*next];

		if (q->line - 1 > line || (q->line - 1 == line && q->column - 1 >= column))
			return;
		if (q->line - 1 == line)
			answer(l, q, last);
		++*next;
	}
}

static bool
walk(struct look *l, struct str s)
{
	static const struct segment none = { -1, -1, 0, 0, -1 };
	struct segment sum = { 0 }, last = none;
	int64_t line = 0;
	size_t next = 0;

	for (size_t i = 0; i < s.n && next < l->n;) {
		bool mapped, named;

		if (s.p[i] == ';') {
			settle(l, &next, l->line0 + line, INT64_MAX, &last);
			line++;
			sum.column = 0;
			last = none;
			i++;
			continue;
		}
		if (s.p[i] == ',') {
			i++;
			continue;
		}
		if (!read_segment(s, &i, &sum, &mapped, &named))
			return false;
		int64_t column = sum.column + (line == 0 ? l->column0 : 0);

		settle(l, &next, l->line0 + line, column, &last);
		last = sum;
		if (!mapped)
			last.source = -1;
		if (!named)
			last.name = -1;
	}
	settle(l, &next, l->line0 + line, INT64_MAX, &last);
	return true;
}

static int
by_place(const void *pa, const void *pb)
{
	const struct sourcemap_place *a = *(struct sourcemap_place *const *)pa;
	const struct sourcemap_place *b = *(struct sourcemap_place *const *)pb;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return (a->column > b->column) - (a->column < b->column);
}

static bool
look_parts(struct task *t, const struct parts *m, struct sourcemap_place **at, size_t n,
           const int64_t offset[2])
{
	struct look l = { .t = t, .at = at, .n = n, .line0 = offset[0], .column0 = offset[1],
		          .sources = list_of(t, m->sources), .names = list_of(t, m->names),
		          .root = m->root };

	return walk(&l, m->mappings);
}

struct section {
	int64_t offset[2];
	struct str map;
};

static void
read_offset(struct str text, int64_t offset[2])
{
	struct pick p = pick_of(text);
	struct str key;

	if (!pick_begin(&p, '{'))
		return;
	while (pick_member(&p, &key)) {
		int64_t v = small_number(pick_value(&p));

		if (v >= 0 && (str_is(key, "line") || str_is(key, "column")))
			offset[str_is(key, "column")] = v;
	}
}

static size_t
read_sections(struct str text, struct section *out)
{
	struct pick p = pick_of(text);
	struct str key;
	size_t n = 0;

	if (!pick_begin(&p, '['))
		return 0;
	while (n < SECTIONS_MAX && pick_element(&p)) {
		struct pick s = pick_of(pick_value(&p));

		out[n] = (struct section){ 0 };
		if (!pick_begin(&s, '{'))
			continue;
		while (pick_member(&s, &key)) {
			struct str value = pick_value(&s);

			if (str_is(key, "offset"))
				read_offset(value, out[n].offset);
			else if (str_is(key, "map"))
				out[n].map = value;
		}
		n++;
	}
	return n;
}

/* Is the place at or behind the section's beginning? */
static bool
reached(const struct sourcemap_place *q, const struct section *s)
{
	return q->line - 1 > s->offset[0] ||
	       (q->line - 1 == s->offset[0] && q->column - 1 >= s->offset[1]);
}

static bool
look_sections(struct task *t, struct str text, struct sourcemap_place **at, size_t n)
{
	struct section *s = tarray(t, SECTIONS_MAX, struct section);
	size_t k = read_sections(text, s), from = 0;
	bool ok = true;

	for (size_t i = 0; i < k && from < n; i++) {
		while (from < n && !reached(at[from], &s[i])) /* before the first */
			from++;
		size_t end = from;

		while (end < n && (i + 1 == k || !reached(at[end], &s[i + 1])))
			end++;
		if (end == from)
			continue;
		struct parts m = parts_of(s[i].map);

		ok = look_parts(t, &m, at + from, end - from, s[i].offset) && ok;
		from = end;
	}
	return ok;
}

bool
sourcemap_look(struct task *t, struct str map, struct sourcemap_place *at, size_t n)
{
	static const int64_t zero[2] = { 0, 0 };
	struct sourcemap_place **sorted = tarray(t, n + 1, struct sourcemap_place *);
	struct parts m = parts_of(map);

	for (size_t i = 0; i < n; i++) {
		at[i].found = false;
		sorted[i] = &at[i];
	}
	qsort(sorted, n, sizeof(struct sourcemap_place *), by_place);
	bool ok = m.sections.n > 0 ? look_sections(t, m.sections, sorted, n)
	                           : look_parts(t, &m, sorted, n, zero);

	return ok && m.ok;
}

/* A name that a minifier gives, or none. */
static bool
is_short(struct str function)
{
	struct str s = function;

	for (size_t i = s.n; i > 0; i--) {
		if (s.p[i - 1] == '.' || s.p[i - 1] == ' ') {
			s = str_slice(s, i, s.n);
			break;
		}
	}
	return s.n <= 2 || str_is(s, "<anonymous>");
}

size_t
sourcemap_apply(struct task *t, struct str map, struct str bundle, const struct stack *in,
                struct stack *out)
{
	struct sourcemap_place *at = tarray(t, in->n + 1, struct sourcemap_place);
	size_t *of = tarray(t, in->n + 1, size_t), n = 0, found = 0;

	*out = *in;
	out->frame = tarray(t, in->n + 1, struct frame);
	for (size_t i = 0; i < in->n; i++) {
		const struct frame *f = &in->frame[i];

		out->frame[i] = *f;
		of[i] = SIZE_MAX;
		if (f->form != STACK_JS || f->line <= 0 || f->column <= 0 ||
		    !str_eq(sourcemap_bundle(f->place), bundle))
			continue;
		of[i] = n;
		at[n++] = (struct sourcemap_place){ .line = f->line, .column = f->column };
	}
	if (n == 0)
		return 0;
	(void)sourcemap_look(t, map, at, n);
	for (size_t i = 0; i < in->n; i++) {
		struct frame *f = &out->frame[i];

		if (of[i] == SIZE_MAX || !at[of[i]].found)
			continue;
		const struct sourcemap_place *q = &at[of[i]];
		size_t caller = i + 1 < in->n ? of[i + 1] : SIZE_MAX;

		f->place = q->source;
		f->line = q->source_line;
		f->column = q->source_column;
		if (is_short(f->function) && caller != SIZE_MAX && at[caller].name.n > 0)
			f->function = at[caller].name;
		f->in_app = stack_is_own(f);
		found++;
	}
	return found;
}
