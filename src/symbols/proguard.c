/* proguard.c - see proguard.h. One pass finds the classes that are wanted;
 * then each frame reads the members of its class. */
#include "symbols/proguard.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/num.h"
#include "base/str.h"
#include "symbols/pick.h"

#define CHAIN_MAX 32
#define NAMES_MAX 4

struct class {
	struct str name, source; /* source "" = not said */
	struct str members;
	bool found;
};

struct member {
	int64_t from, to;           /* lines as shipped; 0 = none */
	int64_t first, last;        /* of the source; 0 = not said */
	struct str class, name;     /* class "" = the one it stands in */
	struct str small;
};

static ptrdiff_t
arrow(struct str line)
{
	const char *at = line.n > 0 ? memmem(line.p, line.n, " -> ", 4) : NULL;

	return at == NULL ? -1 : at - line.p;
}

/* "com.shop.Cart -> a.b:" */
static bool
class_line(struct str line, struct str *name, struct str *small)
{
	ptrdiff_t at = line.n > 0 && line.p[0] != ' ' && line.p[0] != '\t' &&
	               line.p[0] != '#' ? arrow(line) : -1;

	line = at >= 0 ? str_trim(line) : line;
	if (at <= 0 || line.p[line.n - 1] != ':')
		return false;
	*name = str_slice(line, 0, (size_t)at);
	*small = str_trim(str_slice(line, (size_t)at + 4, line.n - 1));
	return small->n > 0;
}

/* "12:14:rest": digits and a colon off the front. */
static bool
take_number(struct str *s, int64_t *out)
{
	ptrdiff_t colon = str_index(*s, ':');

	if (colon <= 0 || !num_range(str_slice(*s, 0, (size_t)colon), 0, INT32_MAX, out))
		return false;
	*s = str_slice(*s, (size_t)colon + 1, s->n);
	return true;
}

/* "void other.Class.method(int):20:22" */
static bool
take_method(struct str s, struct member *m)
{
	ptrdiff_t open = str_index(s, '(');
	const char *close = s.n > 0 ? memchr(s.p, ')', s.n) : NULL;

	if (open <= 0 || close == NULL)
		return false;
	struct str after = str_slice(s, (size_t)(close - s.p) + 1, s.n);
	struct str name = str_slice(s, 0, (size_t)open);
	size_t i = name.n;

	while (i > 0 && name.p[i - 1] != ' ')
		i--;
	name = str_slice(name, i, name.n);
	for (i = name.n; i > 0 && name.p[i - 1] != '.'; i--)
		continue;
	m->class = str_slice(name, 0, i > 0 ? i - 1 : 0);
	m->name = str_slice(name, i, name.n);
	if (after.n > 1 && after.p[0] == ':') {
		after = str_slice(after, 1, after.n);
		if (!take_number(&after, &m->first))
			return num_range(after, 0, INT32_MAX, &m->first);
		if (!num_range(after, 0, INT32_MAX, &m->last))
			return false;
	}
	return m->name.n > 0;
}

/* "    1:3:void method(int):10:12 -> a"; false for fields and comments. */
static bool
member_line(struct str line, struct member *m)
{
	ptrdiff_t at = arrow(line);

	*m = (struct member){ 0 };
	if (at <= 0)
		return false;
	m->small = str_trim(str_slice(line, (size_t)at + 4, line.n));
	struct str s = str_trim(str_slice(line, 0, (size_t)at));

	if (take_number(&s, &m->from) && !take_number(&s, &m->to))
		return false;
	return take_method(s, m);
}

bool
proguard_check(struct str mapping, const char **why)
{
	struct str name, small, rest = mapping;

	while (rest.p != NULL)
		if (class_line(str_cut(&rest, '\n'), &name, &small))
			return true;
	*why = "No line of a mapping (\"com.example.Name -> a.b:\") was found.";
	return false;
}

/* # {"id":"sourceFile","fileName":"Cart.kt"} */
static void
read_comment(struct task *t, struct str line, struct class *c)
{
	struct str key, id = STR(""), file = STR("");
	struct pick p = pick_of(str_trim(str_slice(line, 1, line.n)));

	if (c->source.n > 0 || !pick_begin(&p, '{'))
		return;
	while (pick_member(&p, &key)) {
		if (str_is(key, "id"))
			(void)pick_string(&p, &id);
		else if (str_is(key, "fileName"))
			(void)pick_string(&p, &file);
		else
			(void)pick_value(&p);
	}
	if (str_is(id, "sourceFile"))
		c->source = pick_plain(t, file);
}

/* The one pass. */
static void
find_classes(struct task *t, struct str mapping, const struct map *want, struct class *class)
{
	struct class *c = NULL;
	struct str rest = mapping, name, small;

	while (rest.p != NULL) {
		struct str line = str_cut(&rest, '\n');

		if (line.n == 0 || line.p[0] == ' ' || line.p[0] == '\t')
			continue;
		if (line.p[0] == '#') {
			if (c != NULL)
				read_comment(t, line, c);
			continue;
		}
		if (!class_line(line, &name, &small))
			continue;
		if (c != NULL)
			c->members.n = (size_t)(line.p - c->members.p);
		const uint64_t *slot = map_find(want, small);

		c = slot != NULL && !class[*slot].found ? &class[*slot] : NULL;
		if (c == NULL)
			continue;
		*c = (struct class){ .name = name, .source = STR(""), .found = true };
		c->members = rest.p != NULL ? rest : STR("");
	}
}

static struct str
class_of(struct str function, struct str *method)
{
	size_t i = function.n;

	while (i > 0 && function.p[i - 1] != '.')
		i--;
	*method = str_slice(function, i, function.n);
	return str_slice(function, 0, i > 0 ? i - 1 : 0);
}

/* The file a class came from, as its name tells. */
static struct str
source_of(struct task *t, const struct class *c, struct str name)
{
	struct str method, file = name;

	if (c != NULL && c->source.n > 0 && str_eq(c->name, name))
		return c->source;
	(void)class_of(name, &method);
	if (method.n > 0)
		file = method;
	ptrdiff_t inner = str_index(file, '$');

	if (inner > 0)
		file = str_slice(file, 0, (size_t)inner);
	if (file.n > 2 && str_ends(file, STR("Kt")))
		return arena_printf(t->arena, "%.*s.kt", (int)(file.n - 2), file.p);
	return arena_printf(t->arena, "%.*s.java", STRF(file));
}

static bool
has_line(const struct member *m, int64_t line)
{
	return m->to > 0 && line >= m->from && line <= m->to;
}

static int64_t
source_line(const struct member *m, int64_t line)
{
	if (m->first == 0)
		return line;
	if (m->last > m->first && line >= m->from)
		return m->first + (line - m->from) <= m->last ? m->first + (line - m->from) : m->last;
	return m->first;
}

/* The members a frame may be: the chain of its line, or, without one, each
 * that has the name. Returns how many. */
static size_t
pick_members(const struct class *c, struct str small, int64_t line, struct member *out,
             bool *chain)
{
	struct str rest = c->members;
	struct member m;
	size_t n = 0;

	*chain = false;
	while (rest.p != NULL && n < CHAIN_MAX) {
		if (!member_line(str_cut(&rest, '\n'), &m) || !str_eq(m.small, small))
			continue;
		bool fits = line > 0 && has_line(&m, line);

		if (fits && !*chain) { /* exact: forget the guesses */
			*chain = true;
			n = 0;
		} else if (*chain && (!fits || m.from != out[0].from || m.to != out[0].to)) {
			continue;
		}
		if (fits || line == 0 || m.to == 0)
			out[n++] = m;
	}
	return n;
}

static struct str
joined(struct task *t, struct str class, struct str method)
{
	return class.n > 0 ? arena_printf(t->arena, "%.*s.%.*s", STRF(class), STRF(method))
	                   : method;
}

/* "load|save": what is left when lines do not tell. */
static struct str
names_of(struct task *t, const struct member *m, size_t n)
{
	struct str seen[NAMES_MAX];
	struct buf b = BUF_INIT;
	size_t k = 0;

	for (size_t i = 0; i < n && k < NAMES_MAX; i++) {
		bool known = false;

		for (size_t j = 0; j < k; j++)
			known = known || str_eq(seen[j], m[i].name);
		if (known)
			continue;
		seen[k++] = m[i].name;
		if (b.n > 0)
			buf_putc(&b, '|');
		buf_add(&b, m[i].name);
	}
	struct str s = arena_str(t->arena, buf_str(&b));

	buf_release(&b);
	return s;
}

struct work {
	struct task *t;
	struct stack *out;
	size_t cap;
};

static void
push(struct work *w, const struct frame *as, struct str function, struct str place,
     int64_t line)
{
	struct stack *s = w->out;

	if (s->n >= STACK_FRAMES_MAX) {
		s->cut = true;
		return;
	}
	struct frame f = *as;

	f.function = function;
	f.place = place;
	f.line = line;
	f.in_app = stack_is_own(&f);
	s->frame = arena_grow(w->t->arena, s->frame, s->n, &w->cap, sizeof(*s->frame));
	s->frame[s->n++] = f;
}

/* False: the mapping does not know the class. */
static bool
one_frame(struct work *w, const struct frame *f, const struct class *c, struct str method)
{
	struct member m[CHAIN_MAX];
	bool chain;

	if (!c->found)
		return false;
	size_t n = pick_members(c, method, f->line, m, &chain);

	if (!chain) {
		struct str name = n > 0 ? names_of(w->t, m, n) : method;

		push(w, f, joined(w->t, c->name, name), source_of(w->t, c, c->name),
		     n == 1 && m[0].first > 0 ? m[0].first : f->line);
		return true;
	}
	for (size_t i = 0; i < n; i++) {
		struct str class = m[i].class.n > 0 ? m[i].class : c->name;
		struct frame as = *f;

		as.inlined = i + 1 < n;
		push(w, &as, joined(w->t, class, m[i].name), source_of(w->t, c, class),
		     source_line(&m[i], f->line));
	}
	return true;
}

size_t
proguard_apply(struct task *t, struct str mapping, const struct stack *in, struct stack *out,
               struct str *type)
{
	struct class *class = tarray(t, in->n + 1, struct class);
	struct work w = { .t = t, .out = out };
	struct str method;
	struct map want;
	size_t n = 0, found = 0;
	bool added;

	map_init(&want, t->arena, in->n + 1);
	for (size_t i = 0; i <= in->n; i++) {
		struct str name = i < in->n ? class_of(in->frame[i].function, &method) : *type;
		uint64_t *slot = name.n > 0 ? map_put(&want, name, &added) : NULL;

		if (slot != NULL && added)
			*slot = n++;
	}
	find_classes(t, mapping, &want, class);
	*out = (struct stack){ .build_id = in->build_id, .arch = in->arch, .cut = in->cut,
		               .unread = in->unread };
	for (size_t i = 0; i < in->n; i++) {
		const struct frame *f = &in->frame[i];
		struct str name = class_of(f->function, &method);
		const uint64_t *slot = map_find(&want, name);

		if (f->form == STACK_JAVA && slot != NULL && one_frame(&w, f, &class[*slot], method))
			found++;
		else
			push(&w, f, f->function, f->place, f->line);
	}
	const uint64_t *slot = type->n > 0 ? map_find(&want, *type) : NULL;

	if (slot != NULL && class[*slot].found)
		*type = class[*slot].name;
	return found;
}
