/* normal.c - see normal.h. */
#include "ingest/normal.h"

#include "base/str.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
contains(struct str s, const char *needle)
{
	return s.n > 0 && memmem(s.p, s.n, needle, strlen(needle)) != NULL;
}

/* Length of the run at s[i] that is hexadecimal, with digits in it. */
static size_t
hex_run(struct str s, size_t i, size_t *digits)
{
	size_t n = 0;
	*digits = 0;
	while (i + n < s.n && is_hex(s.p[i + n]))
		*digits += is_digit(s.p[i + n++]);
	return n;
}

/* Without "0x12ab" and what is named in drop-after: digits behind a marker. */
static void
add_plain(struct buf *b, struct str s, const char *markers)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '0' && i + 1 < s.n && s.p[i + 1] == 'x') {
			for (i += 2; i < s.n && is_hex(s.p[i]); i++)
				;
			i--;
			continue;
		}
		buf_putc(b, s.p[i]);
		if (strchr(markers, s.p[i]) == NULL)
			continue;
		while (i + 1 < s.n && is_digit(s.p[i + 1]))
			i++;
	}
}

/* "Foo.bar.<anonymous closure>.<anonymous closure>" -> "Foo.bar.<fn>" */
static void
add_dart(struct buf *b, struct str s)
{
	const char *closure = memmem(s.p, s.n, "<anonymous closure", 18);
	const char *fn = memmem(s.p, s.n, "<fn", 3);
	const char *cut = closure != NULL && (fn == NULL || closure < fn) ? closure : fn;
	if (cut == NULL) {
		add_plain(b, s, "@#");
		return;
	}
	add_plain(b, str_slice(s, 0, (size_t)(cut - s.p)), "@#");
	buf_puts(b, "<fn>");
}

/* A lambda is named by the compiler that made it: "B.lambda$go$2$com-a-B" of
 * javac and D8, "B$go$1.invoke" and "B$go$1.invokeSuspend" of Kotlin,
 * "B.go$lambda$0" since Kotlin 2. All of them are "B.go$lambda". */
static bool
add_java_lambda(struct buf *b, struct str s)
{
	static const char *const calls[] = { ".invokeSuspend", ".invoke" };
	const char *lambda = s.n > 0 ? memmem(s.p, s.n, "lambda$", 7) : NULL;
	if (lambda != NULL && lambda > s.p && lambda[-1] == '$') {
		buf_add(b, str_slice(s, 0, (size_t)(lambda - s.p) + 6));
		return true;
	}
	if (lambda != NULL) {
		struct str rest = str_slice(s, (size_t)(lambda - s.p) + 7, s.n);
		struct str method = str_cut(&rest, '$');
		buf_add(b, str_slice(s, 0, (size_t)(lambda - s.p)));
		if (method.n > 0 && !is_digit(method.p[0])) /* Scala: "B.lambda$3" */
			buf_add(b, method);
		buf_puts(b, "$lambda");
		return true;
	}
	for (size_t k = 0; k < NELEM(calls); k++) {
		if (!str_ends(s, str_of(calls[k])))
			continue;
		size_t end = s.n - strlen(calls[k]), i = end, digits = 0;
		while (i > 0 && is_digit(s.p[i - 1])) {
			i--;
			digits++;
		}
		ptrdiff_t open = str_index(str_slice(s, 0, i > 0 ? i - 1 : 0), '$');
		if (digits == 0 || i == 0 || s.p[i - 1] != '$' || open <= 0)
			return false;
		buf_add(b, str_slice(s, 0, (size_t)open));
		buf_putc(b, '.');
		/* the method; what is nested in it adds numbers only */
		struct str rest = str_slice(s, (size_t)open + 1, i - 1);
		buf_add(b, str_cut(&rest, '$'));
		buf_puts(b, "$lambda");
		return true;
	}
	return false;
}

/* Behind the first '$' of a class name a compiler wrote: no digits, no
 * hashes; "access$100", "B$$EnhancerByCGLIB$$1f0c77de". */
static void
add_java(struct buf *b, struct str s)
{
	if (add_java_lambda(b, s))
		return;
	bool generated = contains(s, "GeneratedMethodAccessor") ||
	                 contains(s, "GeneratedConstructorAccessor");
	for (size_t i = 0; i < s.n; i++) {
		size_t digits = 0, n = 0;
		generated = generated || s.p[i] == '$';
		if (s.p[i] == '/' && i + 1 < s.n && s.p[i + 1] == '0') {
			while (i + 1 < s.n && s.p[i + 1] != '.')
				i++;
			continue;
		}
		n = generated && i > 0 && s.p[i - 1] == '$' ? hex_run(s, i, &digits) : 0;
		if (n >= 6 && digits > 0) {
			i += n - 1;
			continue;
		}
		if (!generated || !is_digit(s.p[i]))
			buf_putc(b, s.p[i]);
	}
}

/* "async fn", "new Foo", "Foo.bar [as baz]", "fn/<"; Firefox puts what
 * called later in front: "async*fn", "setTimeout handler*fn" */
static void
add_js(struct buf *b, struct str s)
{
	if (str_starts(s, STR("async ")))
		s = str_slice(s, 6, s.n);
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == '*')
			s = str_slice(s, i, s.n);
	if (str_starts(s, STR("new ")))
		s = str_slice(s, 4, s.n);
	const char *as = s.n > 0 ? memmem(s.p, s.n, " [as ", 5) : NULL;
	if (as != NULL)
		s = str_slice(s, 0, (size_t)(as - s.p));
	while (str_ends(s, STR("/<")))
		s = str_slice(s, 0, s.n - 2);
	add_plain(b, s, "$#@_");
}

/* What the optimiser and the bridge to Objective-C put in front. */
static struct str
swift_source(struct str s)
{
	static const char *const made[] = {
		"specialized ", "merged ", "@objc ", "partial apply for ", "implicit closure #1 in ",
		"dispatch thunk of ", "protocol witness for ", "@nonobjc ",
	};
	for (size_t i = 0; i < NELEM(made); i++) {
		if (!str_starts(s, str_of(made[i])))
			continue;
		s = str_slice(s, strlen(made[i]), s.n);
		i = (size_t)-1; /* "partial apply for specialized …" */
	}
	return s;
}

/* Mangled Swift: closures "U0_", async halves "TY1_", partial applies "TA";
 * demangled: "closure #1 in …", "(1) suspend resume partial function for …" */
static void
add_apple(struct buf *b, struct str s)
{
	for (bool again = true; again && s.n > 3;) {
		again = false;
		if (str_ends(s, STR("TA")) || str_ends(s, STR("Tm"))) {
			s = str_slice(s, 0, s.n - 2);
			again = true;
		} else if (s.p[s.n - 1] == '_') {
			size_t i = s.n - 1;
			while (i > 0 && is_digit(s.p[i - 1]))
				i--;
			if (i > 2 && s.p[i - 2] == 'T' && (s.p[i - 1] == 'Y' || s.p[i - 1] == 'Q')) {
				s = str_slice(s, 0, i - 2);
				again = true;
			} else if (i > 1 && s.p[i - 1] == 'U') {
				s = str_slice(s, 0, i - 1);
				again = true;
			}
		}
	}
	const char *of = memmem(s.p, s.n, "partial function for ", 21);
	if (of != NULL)
		s = str_slice(s, (size_t)(of - s.p) + 21, s.n);
	add_plain(b, swift_source(s), "#");
}

/* "main.load.func1.2" -> "main.load.func"; "Fan[go.shape.int]" and
 * "Fan[...]" -> "Fan[]" */
static void
add_go(struct buf *b, struct str s)
{
	const char *fn = s.n > 0 ? memmem(s.p, s.n, ".func", 5) : NULL;
	size_t i = fn == NULL ? s.n : (size_t)(fn - s.p) + 5, depth = 0;
	if (i < s.n && is_digit(s.p[i]))
		s = str_slice(s, 0, i);
	for (i = 0; i < s.n; i++) {
		depth -= s.p[i] == ']' && depth > 0;
		if (depth == 0)
			buf_putc(b, s.p[i]);
		depth += s.p[i] == '[';
	}
}

/* A comprehension is part of its function; since Python 3.12 also a frame
 * with it. Bridges and proxies that a compiler or a framework writes hold no
 * line of anybody's code, and each toolchain has its own. */
bool
normal_is_part(const struct frame *f)
{
	static const struct {
		enum stack_form form;
		const char *text;
	} parts[] = {
		{ STACK_PYTHON, "<listcomp>" }, { STACK_PYTHON, "<dictcomp>" },
		{ STACK_PYTHON, "<setcomp>" }, { STACK_PYTHON, "<genexpr>" },
		{ STACK_JAVA, "$$ExternalSynthetic" }, { STACK_JAVA, "$$Lambda" },
		{ STACK_JAVA, "-$$Nest$" }, { STACK_JAVA, ".access$" },
		{ STACK_JAVA, "$$FastClassBy" }, { STACK_JAVA, "$$EnhancerBy" },
		{ STACK_JAVA, "$$SpringCGLIB$$" },
	};
	for (size_t i = 0; i < NELEM(parts); i++)
		if (parts[i].form == f->form && contains(f->function, parts[i].text))
			return true;
	return false;
}

struct str
normal_caller(const struct frame *f, struct str name)
{
	if (f->form != STACK_JS)
		return name;
	for (size_t i = name.n; i > 0; i--)
		if (name.p[i - 1] == '.')
			return str_slice(name, i, name.n);
	return name;
}

void
normal_function(struct buf *b, const struct frame *f)
{
	switch (f->form) {
	case STACK_DART:
		add_dart(b, f->function);
		break;
	case STACK_JAVA:
		add_java(b, f->function);
		break;
	case STACK_JS:
		add_js(b, f->function);
		break;
	case STACK_APPLE:
		add_apple(b, f->function);
		break;
	case STACK_GO:
		add_go(b, f->function);
		break;
	default:
		add_plain(b, f->function, "");
	}
}

/* One path segment without a build's hash: "main.3fa9c1d2.js" -> "main.js",
 * "index-BX3kd92a.js" -> "index.js". */
static void
add_segment(struct buf *b, struct str s)
{
	bool first = true;
	struct str rest = s;
	while (rest.p != NULL) {
		struct str part = str_cut(&rest, '.');
		size_t digits = 0;
		size_t n = hex_run(part, 0, &digits);
		if (part.n >= 6 && n == part.n && digits > 0)
			continue;
		ptrdiff_t dash = -1;
		for (size_t i = 0; i < part.n; i++)
			dash = part.p[i] == '-' ? (ptrdiff_t)i : dash;
		size_t tail = dash < 0 ? 0 : part.n - (size_t)dash - 1, mixed = 0;
		for (size_t i = part.n - tail; i < part.n; i++)
			mixed += is_digit(part.p[i]);
		if (first && tail >= 8 && mixed > 0)
			part = str_slice(part, 0, (size_t)dash);
		if (!first)
			buf_putc(b, '.');
		first = false;
		buf_add(b, part);
	}
}

static struct str
base_name(struct str s)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == '/' || s.p[i - 1] == '\\')
			return str_slice(s, i, s.n);
	return s;
}

/* A package is a folder with "lib" in it: "file:///home/me/shop/lib/cart.dart"
 * is "package:shop/cart.dart" that has not been through a build. */
static bool
add_dart_file(struct buf *b, struct str s)
{
	const char *lib = s.n > 0 ? memmem(s.p, s.n, "/lib/", 5) : NULL;
	if (!str_starts(s, STR("file:")) || lib == NULL)
		return false;
	struct str folder = base_name(str_slice(s, 0, (size_t)(lib - s.p)));
	if (folder.n == 0)
		return false;
	buf_printf(b, "package:%.*s/", STRF(folder));
	add_segment(b, str_slice(s, (size_t)(lib - s.p) + 5, s.n));
	return true;
}

void
normal_place(struct buf *b, const struct frame *f)
{
	struct str s = f->place;
	if (f->form == STACK_JAVA)
		return; /* the class is in the function; R8 renames the file */
	ptrdiff_t query = str_index(s, '?');
	if (query >= 0)
		s = str_slice(s, 0, (size_t)query);
	if (f->form == STACK_DART && add_dart_file(b, s))
		return;
	bool dart = f->form == STACK_DART && str_starts(s, STR("package:"));
	if (!dart)
		s = base_name(s);
	add_segment(b, s);
}

/* A word that stands for something of this one moment; NULL = keep it. */
static const char *
placeholder(struct str w)
{
	size_t digits = 0, n = 0, hexes = 0;
	if (contains(w, "://"))
		return "<url>";
	if (str_index(w, '@') > 0)
		return "<mail>";
	if (w.n > 1 && (w.p[0] == '/' || (w.n > 3 && w.p[1] == ':' && w.p[2] == '\\')))
		return "<path>";
	for (size_t i = 0; i < w.n; i++) {
		hexes += is_hex(w.p[i]) || w.p[i] == '-';
		digits += is_digit(w.p[i]);
		n++;
	}
	return n >= 8 && hexes == n && digits > 0 ? "<id>" : NULL;
}

static bool
is_quote(struct str s, size_t i, char *close)
{
	char c = s.p[i];
	/* an apostrophe inside a word is none: "can't" */
	if (c == '\'' && i > 0 && s.p[i - 1] != ' ' && s.p[i - 1] != '(' && s.p[i - 1] != '=')
		return false;
	*close = c;
	return c == '"' || c == '\'' || c == '`';
}

/* Flutter's short identity hash, "RenderView#ba43c": always five digits. */
static bool
is_identity(struct str w, size_t i)
{
	size_t digits = 0;
	return w.p[i] == '#' && hex_run(w, i + 1, &digits) == 5;
}

static void
add_word(struct buf *b, struct str w)
{
	const char *other = placeholder(w);
	if (other != NULL) {
		buf_puts(b, other);
		return;
	}
	for (size_t i = 0; i < w.n; i++) {
		if (!is_digit(w.p[i])) {
			buf_putc(b, w.p[i]);
			i += is_identity(w, i) ? 5 : 0;
			continue;
		}
		while (i + 1 < w.n && (is_hex(w.p[i + 1]) || w.p[i + 1] == 'x' ||
		       ((w.p[i + 1] == '.' || w.p[i + 1] == ',') && i + 2 < w.n &&
		        is_digit(w.p[i + 2]))))
			i++;
		buf_putc(b, '0');
	}
}

void
normal_message(struct buf *b, struct str message)
{
	struct str s = str_trim(str_cut(&message, '\n'));
	size_t i = 0;
	while (i < s.n) {
		char close = 0;
		if (is_quote(s, i, &close)) {
			ptrdiff_t end = str_index(str_slice(s, i + 1, s.n), close);
			buf_putc(b, '_');
			i += end < 0 ? 1 : (size_t)end + 2;
			continue;
		}
		if (s.p[i] == ' ' || s.p[i] == '\t') {
			buf_putc(b, ' ');
			i++;
			continue;
		}
		size_t n = 1;
		while (i + n < s.n && s.p[i + n] != ' ' && s.p[i + n] != '\t' &&
		       s.p[i + n] != '"' && s.p[i + n] != '`')
			n++;
		add_word(b, str_slice(s, i, i + n));
		i += n;
	}
}

void
normal_type(struct buf *b, struct str type)
{
	if (str_starts(type, STR("minified:")))
		type = STR("minified");
	add_plain(b, type, "@#$");
}

bool
normal_is_minified(const struct frame *f)
{
	struct str name = f->function;
	if (f->form != STACK_JS || f->column < 200)
		return false;
	for (size_t i = name.n; i > 0; i--) {
		if (name.p[i - 1] == '.' || name.p[i - 1] == ' ') {
			name = str_slice(name, i, name.n);
			break;
		}
	}
	return name.n <= 2;
}
