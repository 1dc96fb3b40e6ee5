/* stack.c - see stack.h. One reader a runtime; the first that takes a line
 * has it. */
#include "ingest/stack.h"

#include "base/num.h"
#include "base/str.h"

static const char *const forms[STACK_FORMS] = {
	"unknown", "dart", "dart-aot", "java", "javascript", "python", "apple", "go", "native",
};

const char *
stack_form_name(enum stack_form f)
{
	return forms[f < STACK_FORMS ? f : STACK_NONE];
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
contains(struct str s, const char *needle)
{
	return s.n > 0 && memmem(s.p, s.n, needle, strlen(needle)) != NULL;
}

/* Index of the last occurrence of c, or -1. */
static ptrdiff_t
last(struct str s, char c)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return (ptrdiff_t)i - 1;
	return -1;
}

/* The word at the front of *rest, blanks around it gone. */
static struct str
word(struct str *rest)
{
	struct str s = str_trim(*rest);
	size_t n = 0;
	while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t')
		n++;
	*rest = str_trim(str_slice(s, n, s.n));
	return str_slice(s, 0, n);
}

/* Hexadecimal with or without 0x; the whole of s. */
static bool
hex(struct str s, uint64_t *out)
{
	uint64_t v = 0;
	if (str_starts(s, STR("0x")))
		s = str_slice(s, 2, s.n);
	if (s.n == 0 || s.n > 16)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		int d = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		        c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
		if (d < 0)
			return false;
		v = v << 4 | (uint64_t)d;
	}
	*out = v;
	return true;
}

/* "place:12:7" -> place, line, column. */
static void
take_position(struct str s, struct frame *f)
{
	int64_t v[2] = { 0, 0 };
	size_t n = 0;
	while (n < 2) {
		ptrdiff_t colon = last(s, ':');
		if (colon <= 0 || !num_range(str_slice(s, (size_t)colon + 1, s.n), 0,
		                             INT32_MAX, &v[n]))
			break;
		n++;
		s = str_slice(s, 0, (size_t)colon);
	}
	f->place = s;
	f->line = n == 2 ? v[1] : v[0];
	f->column = n == 2 ? v[0] : 0;
}

/* "function (place:1:2)", the parenthesis last. */
static bool
read_call(struct str s, struct frame *f)
{
	if (s.n < 3 || s.p[s.n - 1] != ')')
		return false;
	/* V8: "eval (eval at x (file:1:2), <anonymous>:1:1)": the outer pair */
	size_t depth = 0, open = s.n;
	for (size_t i = s.n; i > 0 && open == s.n; i--) {
		depth += s.p[i - 1] == ')';
		if (s.p[i - 1] == '(' && --depth == 0)
			open = i - 1;
	}
	if (open == s.n)
		return false;
	f->function = str_trim(str_slice(s, 0, open));
	take_position(str_slice(s, open + 1, s.n - 1), f);
	return true;
}

/* "#0      Cart.total (package:shop/cart.dart:12:7)" */
static bool
read_dart(struct str s, struct frame *f)
{
	size_t i = 1;
	if (s.n < 4 || s.p[0] != '#' || !is_digit(s.p[1]))
		return false;
	while (i < s.n && is_digit(s.p[i]))
		i++;
	f->form = STACK_DART;
	return read_call(str_trim(str_slice(s, i, s.n)), f);
}

/* "    #00 abs 0000007a1f2c3d4e virt 00000000002c3d4e _kDart…+0x223d4e" */
static bool
read_aot(struct str s, struct frame *f)
{
	uint64_t abs = 0;
	if (s.n < 8 || s.p[0] != '#')
		return false;
	word(&s);
	if (!str_is(word(&s), "abs") || !hex(word(&s), &abs))
		return false;
	f->form = STACK_DART_AOT;
	f->address = abs;
	if (str_starts(s, STR("virt "))) {
		word(&s);
		if (!hex(word(&s), &f->address))
			return false;
	}
	f->place = str_cut(&s, '+');
	return true;
}

/* "#01 pc 000000000004a3c4  /data/app/x/libapp.so (fn+164) (BuildId: abc)" */
static bool
read_native(struct str s, struct frame *f)
{
	if (s.n < 8 || s.p[0] != '#')
		return false;
	word(&s);
	if (!str_is(word(&s), "pc") || !hex(word(&s), &f->address))
		return false;
	f->form = STACK_NATIVE;
	f->place = word(&s);
	const char *id = memmem(s.p, s.n, "(BuildId: ", 10);
	if (id != NULL) {
		struct str rest = str_slice(s, (size_t)(id - s.p) + 10, s.n);
		f->build_id = str_cut(&rest, ')');
		s = str_trim(str_slice(s, 0, (size_t)(id - s.p)));
	}
	if (s.n > 2 && s.p[0] == '(' && s.p[s.n - 1] == ')') {
		ptrdiff_t plus = last(s, '+');
		f->function = str_slice(s, 1, plus > 0 ? (size_t)plus : s.n - 1);
	}
	return true;
}

/* "package:shop/cart.dart 12:7   Cart.total" */
static bool
read_terse(struct str s, struct frame *f)
{
	struct str place = word(&s), at = word(&s);
	ptrdiff_t colon = str_index(at, ':');
	if (!contains(place, ".dart") || colon <= 0 || s.n == 0 ||
	    !num_range(str_slice(at, 0, (size_t)colon), 0, INT32_MAX, &f->line) ||
	    !num_range(str_slice(at, (size_t)colon + 1, at.n), 0, INT32_MAX, &f->column))
		return false;
	f->form = STACK_DART;
	f->place = place;
	f->function = s;
	return true;
}

/* Java names have no blank and the place is File.java:12, Native Method … */
static bool
is_java_place(struct str p)
{
	return str_ends(p, STR(".java")) || str_ends(p, STR(".kt")) || str_is(p, "Native Method") ||
	       str_is(p, "Unknown Source") || str_is(p, "SourceFile") || str_is(p, "PG") ||
	       str_starts(p, STR("r8-map-id-")) || str_is(p, "<generated>") || str_ends(p, STR(".scala")) ||
	       str_ends(p, STR(".groovy")) || str_is(p, "D8$$SyntheticClass");
}

/* "at com.a.B.c(B.java:2)", "at async fn (https://…:1:2)", "at https://…:1:2" */
static bool
read_at(struct str s, struct frame *f)
{
	if (!str_starts(s, STR("at ")))
		return false;
	s = str_trim(str_slice(s, 3, s.n));
	f->form = STACK_JS;
	if (!read_call(s, f)) {
		take_position(s, f);
		return f->place.n > 0;
	}
	if (f->function.n > 0 && s.p[f->function.n] == '(' && is_java_place(f->place)) {
		f->form = STACK_JAVA;
		/* "app//com.a.B.c", "java.base@17/java.util.X.y" */
		ptrdiff_t slash = last(f->function, '/');
		if (slash >= 0 && !is_digit(f->function.p[slash + 1]))
			f->function = str_slice(f->function, (size_t)slash + 1, f->function.n);
		return true;
	}
	if (str_starts(f->place, STR("address at ")))
		f->place = str_slice(f->place, 11, f->place.n);
	return true;
}

/* "fn@https://a.test/x.js:1:2", "value@index.android.bundle:1:234" */
static bool
read_at_sign(struct str s, struct frame *f)
{
	ptrdiff_t at = str_index(s, '@');
	if (at < 0)
		return false;
	struct str place = str_slice(s, (size_t)at + 1, s.n);
	if (str_index(place, ' ') >= 0 ||
	    (!contains(place, "://") && !contains(place, ".js") && !contains(place, ".bundle") &&
	     !str_is(place, "[native code]")))
		return false;
	f->form = STACK_JS;
	f->function = str_slice(s, 0, (size_t)at);
	take_position(place, f);
	return true;
}

/* "File "/srv/app.py", line 3, in go" */
static bool
read_python(struct str s, struct frame *f)
{
	if (!str_starts(s, STR("File \"")))
		return false;
	struct str rest = str_slice(s, 6, s.n);
	f->form = STACK_PYTHON;
	f->place = str_cut(&rest, '"');
	if (rest.p == NULL || !str_starts(rest, STR(", line ")))
		return false;
	rest = str_slice(rest, 7, rest.n);
	if (!num_range(str_cut(&rest, ','), 0, INT32_MAX, &f->line))
		return rest.p == NULL;
	rest = str_trim(rest);
	if (str_starts(rest, STR("in ")))
		f->function = str_slice(rest, 3, rest.n);
	return true;
}

/* " + 132 (Cart.swift:48)": where in its source */
static void
apple_position(struct str s, struct frame *f)
{
	ptrdiff_t open = last(s, '('), colon = last(s, ':');
	if (open < 0 || colon < open || s.p[s.n - 1] != ')' ||
	    !num_range(str_slice(s, (size_t)colon + 1, s.n - 1), 0, INT32_MAX, &f->line))
		f->line = 0;
}

/* "3   MyApp   0x0000000104a3c2f4 $s5MyApp4CartC5totalSdyF + 132"; between
 * the columns are blanks and tabs */
static bool
read_apple(struct str s, struct frame *f)
{
	int64_t no = 0;
	struct str index = word(&s);
	if (!num_range(index, 0, 9999, &no))
		return false;
	const char *at = s.n > 0 ? memmem(s.p, s.n, "0x", 2) : NULL;
	if (at == NULL || at == s.p || (at[-1] != ' ' && at[-1] != '\t'))
		return false;
	f->form = STACK_APPLE;
	f->place = str_trim(str_slice(s, 0, (size_t)(at - s.p)));
	s = str_slice(s, (size_t)(at - s.p), s.n);
	if (!hex(word(&s), &f->address) || f->place.n == 0)
		return false;
	const char *plus = s.n > 0 ? memmem(s.p, s.n, " + ", 3) : NULL;
	f->function = plus == NULL ? s : str_slice(s, 0, (size_t)(plus - s.p));
	apple_position(s, f);
	if (str_starts(f->function, STR("0x"))) { /* no symbol: offset in the image */
		int64_t offset = 0;
		f->function = STR("");
		if (plus != NULL && num_range(str_slice(s, (size_t)(plus - s.p) + 3, s.n), 0,
		                              INT64_MAX, &offset))
			f->address = (uint64_t)offset;
	}
	return true;
}

/* "main.(*Cart).Total(0xc000010000, 0x2)" and then "\t/srv/cart.go:12 +0x1d" */
static bool
read_go_call(struct str s, struct frame *f)
{
	if (str_starts(s, STR("created by "))) {
		s = str_slice(s, 11, s.n);
		const char *in = memmem(s.p, s.n, " in goroutine", 13);
		f->function = in == NULL ? s : str_slice(s, 0, (size_t)(in - s.p));
		f->form = STACK_GO;
		return str_index(f->function, '.') > 0 && str_index(f->function, ' ') < 0;
	}
	if (s.n < 4 || s.p[s.n - 1] != ')')
		return false;
	ptrdiff_t open = last(s, '(');
	struct str name = str_slice(s, 0, open > 0 ? (size_t)open : 0);
	/* blanks stand only in the types of a generic: "Fan[go.shape.struct { … }]" */
	ptrdiff_t types = str_index(name, '['), blank = str_index(name, ' ');
	if (name.n == 0 || (blank >= 0 && (types < 0 || blank < types)) ||
	    (str_index(name, '.') < 0 && !str_is(name, "panic")))
		return false;
	f->form = STACK_GO;
	f->function = name;
	return true;
}

static bool
read_go_place(struct str line, struct frame *f)
{
	if (line.n < 2 || line.p[0] != '\t' || !contains(line, ".go:"))
		return false;
	struct str s = str_trim(line);
	take_position(word(&s), f);
	return true;
}

typedef bool reader(struct str line, struct frame *f);
static reader *const readers[] = {
	read_aot, read_native, read_dart, read_python, read_at, read_apple, read_at_sign,
	read_terse,
};

static struct str
lower(struct task *t, struct str s)
{
	char *p = arena_raw(t->arena, s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		p[i] = s.p[i] >= 'A' && s.p[i] <= 'F' ? (char)(s.p[i] | 0x20) : s.p[i];
	return (struct str){ p, s.n };
}

/* "build_id: '8dee…'", "os: android arch: arm64 comp: yes" */
static void
read_header(struct task *t, struct str s, struct stack *out)
{
	if (out->build_id.n == 0 && str_starts(s, STR("build_id: '"))) {
		struct str rest = str_slice(s, 11, s.n);
		out->build_id = lower(t, str_cut(&rest, '\''));
	}
	const char *arch = memmem(s.p, s.n, "arch: ", 6);
	if (out->arch.n == 0 && arch != NULL) {
		struct str rest = str_slice(s, (size_t)(arch - s.p) + 6, s.n);
		out->arch = word(&rest);
	}
}

static bool
is_cause(struct str s)
{
	return str_starts(s, STR("Caused by: ")) ||
	       str_starts(s, STR("During handling of the above exception")) ||
	       str_starts(s, STR("The above exception was the direct cause"));
}

struct reading {
	struct stack *out;
	size_t cap;
	size_t cause[16]; /* where each exception of the chain begins */
	size_t ncause;
};

static void
read_line(struct task *t, struct reading *r, struct str line, struct str next)
{
	struct str s = str_trim(line);
	struct stack *out = r->out;
	struct frame f = { 0 };
	bool marked = str_ends(s, STR(STACK_MARK));
	if (s.n == 0)
		return;
	if (marked)
		s = str_trim(str_slice(s, 0, s.n - (sizeof(STACK_MARK) - 1)));
	if (is_cause(s) && r->ncause < NELEM(r->cause))
		r->cause[r->ncause++] = out->n;
	for (size_t i = 0; i < NELEM(readers); i++) {
		f = (struct frame){ 0 };
		if (readers[i](s, &f))
			goto found;
	}
	f = (struct frame){ 0 };
	if (line.p[0] != '\t' && read_go_call(s, &f) && read_go_place(next, &f))
		goto found;
	read_header(t, s, out);
	out->unread++;
	return;
found:
	if (out->n >= STACK_FRAMES_MAX) {
		out->cut = true;
		return;
	}
	f.in_app = !marked && stack_is_own(&f);
	if (f.build_id.n > 0)
		f.build_id = lower(t, f.build_id);
	out->frame = arena_grow(t->arena, out->frame, out->n, &r->cap, sizeof(*out->frame));
	out->frame[out->n++] = f;
}

static void
reverse(struct frame *f, size_t n)
{
	for (size_t i = 0; i + 1 < n - i; i++) {
		struct frame x = f[i];
		f[i] = f[n - 1 - i];
		f[n - 1 - i] = x;
	}
}

/* Innermost first, the root cause first. Java prints the root cause last,
 * Python prints it first and each block outermost first. */
static void
order(struct task *t, struct reading *r)
{
	struct stack *s = r->out;
	bool python = s->n > 0 && s->frame[0].form == STACK_PYTHON;
	size_t blocks = r->ncause + 1;
	if (s->n == 0)
		return;
	struct frame *to = tarray(t, s->n, struct frame);
	size_t n = 0;
	for (size_t k = 0; k < blocks; k++) {
		size_t b = python ? k : blocks - 1 - k;
		size_t from = b == 0 ? 0 : r->cause[b - 1];
		size_t end = b == r->ncause ? s->n : r->cause[b];
		memcpy(to + n, s->frame + from, (end - from) * sizeof(*to));
		if (python)
			reverse(to + n, end - from);
		n += end - from;
	}
	s->frame = to;
}

void
stack_parse(struct task *t, struct str text, struct stack *out)
{
	struct reading r = { .out = out };
	size_t lines = 0;
	*out = (struct stack){ .build_id = STR(""), .arch = STR("") };
	while (text.p != NULL && lines < STACK_LINES_MAX && out->n < STACK_FRAMES_MAX) {
		struct str line = str_cut(&text, '\n'), rest = text;
		struct str next = rest.p != NULL ? str_cut(&rest, '\n') : STR("");
		read_line(t, &r, line, next);
		lines++;
	}
	out->cut = out->cut || text.p != NULL;
	order(t, &r);
}
