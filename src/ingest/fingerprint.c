/* fingerprint.c - see fingerprint.h. Rule set 1. */
#include "ingest/fingerprint.h"

#include "base/codec.h"
#include "base/crypt.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/utf8.h"

#define TEXT_MAX 200
#define TITLE_MAX 200
#define LINES_MAX 400

struct frame {
	struct str function, place; /* place: file, module or URL with position */
};

/* Where other people's code lives. */
static const char *const foreign[] = {
	"dart:", "package:flutter/", "package:flutter_test/", "node:", "internal/", "java.",
	"javax.", "jdk.", "sun.", "android.", "androidx.", "com.android.", "dalvik.", "kotlin.",
	"kotlinx.", "/usr/lib/", "/usr/local/lib/", "native code", "<anonymous>", "runtime.",
};
static const char *const foreign_inside[] = { "node_modules/", "site-packages/", "/runtime/" };

static bool
contains(struct str s, const char *needle)
{
	return memmem(s.p, s.n, needle, strlen(needle)) != NULL;
}

static bool
is_foreign(const struct frame *f)
{
	for (size_t i = 0; i < NELEM(foreign); i++) {
		struct str prefix = str_of(foreign[i]);
		if (str_starts(f->place, prefix) || str_starts(f->function, prefix))
			return true;
	}
	for (size_t i = 0; i < NELEM(foreign_inside); i++)
		if (contains(f->place, foreign_inside[i]))
			return true;
	return false;
}

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

/* Index of the last occurrence of c, or -1. */
static ptrdiff_t
last(struct str s, char c)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return (ptrdiff_t)i - 1;
	return -1;
}

/* "fn (place)" or "fn(place)" or "place" alone. */
static struct frame
split_call(struct str s)
{
	struct frame f = { s, STR("") };
	ptrdiff_t open = str_index(s, '(');
	/* Dart closures: "Foo.bar.<anonymous closure> (package:…)" */
	if (s.n == 0 || s.p[s.n - 1] != ')' || open < 0)
		return f;
	ptrdiff_t at = last(s, '(');
	f.function = str_trim(str_slice(s, 0, (size_t)at));
	f.place = str_slice(s, (size_t)at + 1, s.n - 1);
	return f;
}

static bool
read_python(struct str line, struct frame *f)
{
	if (!str_starts(line, STR("File \"")))
		return false;
	struct str rest = str_slice(line, 6, line.n);
	f->place = str_cut(&rest, '"');
	const char *in = rest.p != NULL ? memmem(rest.p, rest.n, ", in ", 5) : NULL;
	f->function = in == NULL ? STR("") :
	                           (struct str){ in + 5, rest.n - (size_t)(in + 5 - rest.p) };
	return true;
}

/* One line of a stack trace of Dart, JavaScript, Java, Kotlin or Python. */
static bool
read_frame(struct str line, struct frame *f)
{
	line = str_trim(line);
	if (line.n < 3 || read_python(line, f))
		return line.n >= 3;
	if (line.p[0] == '#' && is_digit(line.p[1])) {
		size_t i = 1;
		while (i < line.n && is_digit(line.p[i]))
			i++;
		*f = split_call(str_trim(str_slice(line, i, line.n)));
		return f->function.n > 0;
	}
	if (str_starts(line, STR("at "))) {
		line = str_trim(str_slice(line, 3, line.n));
		*f = split_call(line);
		if (f->place.n == 0)
			*f = (struct frame){ STR(""), line };
		return true;
	}
	ptrdiff_t at = str_index(line, '@');
	if (at >= 0 && (contains(line, "://") || contains(line, ".js"))) {
		*f = (struct frame){ str_slice(line, 0, (size_t)at),
			             str_slice(line, (size_t)at + 1, line.n) };
		return true;
	}
	if (line.p[line.n - 1] == ')' && contains(line, " (")) {
		*f = split_call(line);
		return f->place.n > 0 && str_index(f->place, ' ') < 0;
	}
	return false;
}

/* Function without what a build changes: addresses, "$12", "<fn#3>". */
static void
add_function(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '0' && i + 1 < s.n && s.p[i + 1] == 'x') {
			for (i += 2; i < s.n && is_hex(s.p[i]); i++)
				;
			i--;
			continue;
		}
		buf_putc(b, s.p[i]);
		bool marker = s.p[i] == '$' || s.p[i] == '#' || s.p[i] == '@';
		while (marker && i + 1 < s.n && is_digit(s.p[i + 1]))
			i++;
	}
}

/* One path segment without a build's hash: "main.3fa9c1d2.js" -> "main.js". */
static void
add_segment(struct buf *b, struct str s)
{
	bool first = true;
	while (s.p != NULL) {
		struct str part = str_cut(&s, '.');
		size_t hex = 0, digits = 0;
		for (size_t i = 0; i < part.n; i++) {
			hex += is_hex(part.p[i]);
			digits += is_digit(part.p[i]);
		}
		if (part.n >= 6 && hex == part.n && digits > 0)
			continue;
		if (!first)
			buf_putc(b, '.');
		first = false;
		buf_add(b, part);
	}
}

/* Place without position, query, host and absolute folders. */
static void
add_place(struct buf *b, struct str s)
{
	while (s.n > 0) {
		ptrdiff_t colon = last(s, ':');
		if (colon < 0)
			break;
		struct str tail = str_slice(s, (size_t)colon + 1, s.n);
		bool number = tail.n > 0;
		for (size_t i = 0; i < tail.n; i++)
			number = number && is_digit(tail.p[i]);
		if (!number)
			break;
		s = str_slice(s, 0, (size_t)colon);
	}
	ptrdiff_t query = str_index(s, '?');
	if (query >= 0)
		s = str_slice(s, 0, (size_t)query);
	bool absolute = s.n > 0 && (s.p[0] == '/' || contains(s, "://") || contains(s, ":\\"));
	if (absolute) {
		ptrdiff_t slash = last(s, '/'), back = last(s, '\\');
		slash = slash > back ? slash : back;
		s = str_slice(s, (size_t)(slash + 1), s.n);
	}
	add_segment(b, s);
}

static size_t
read_stack(struct str stack, struct frame *frames, size_t max)
{
	size_t n = 0, lines = 0;
	while (stack.p != NULL && n < max && lines++ < LINES_MAX) {
		struct frame f = { STR(""), STR("") };
		if (read_frame(str_cut(&stack, '\n'), &f))
			frames[n++] = f;
	}
	return n;
}

/* First line of the message with digits, hex and quoted parts replaced. */
static void
add_message(struct buf *b, struct str s)
{
	struct str rest = s;
	s = str_cut(&rest, '\n');
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (is_digit(c)) {
			while (i + 1 < s.n && (is_hex(s.p[i + 1]) || s.p[i + 1] == 'x'))
				i++;
			buf_putc(b, '0');
		} else if (c == '"' || c == '\'') {
			ptrdiff_t close = str_index(str_slice(s, i + 1, s.n), c);
			if (close >= 0)
				i += (size_t)close + 1;
			buf_putc(b, '_');
		} else {
			buf_putc(b, c);
		}
	}
}

static struct str
title_of(struct task *t, const struct item *it)
{
	struct str rest = it->exception_message, line = str_trim(str_cut(&rest, '\n'));
	struct str type = it->exception_type;
	if (type.n == 0 && line.n == 0)
		return STR("Crash");
	if (type.n == 0 || line.n == 0)
		return utf8_cut(type.n == 0 ? line : type, TITLE_MAX);
	struct str s = arena_printf(t->arena, "%.*s: %.*s", STRF(type), STRF(line));
	return utf8_cut(s, TITLE_MAX);
}

static struct str
culprit_of(struct task *t, const struct frame *f)
{
	struct buf b = BUF_INIT;
	add_function(&b, f->function);
	if (f->place.n > 0) {
		if (b.n > 0)
			buf_puts(&b, " (");
		size_t before = b.n;
		add_place(&b, f->place);
		if (before > 0)
			buf_putc(&b, ')');
	}
	struct str s = arena_str(t->arena, utf8_cut(buf_str(&b), TITLE_MAX));
	buf_release(&b);
	return s;
}

static void
add_frames(struct buf *b, const struct frame *frames, size_t n)
{
	bool own = false;
	size_t taken = 0;
	for (size_t i = 0; i < n; i++)
		own = own || !is_foreign(&frames[i]);
	for (size_t i = 0; i < n && taken < FINGERPRINT_FRAMES; i++) {
		if (own && is_foreign(&frames[i]))
			continue;
		buf_putc(b, '\n');
		add_function(b, frames[i].function);
		buf_putc(b, '|');
		add_place(b, frames[i].place);
		taken++;
	}
}

void
fingerprint_crash(struct task *t, const struct item *item, struct fingerprint *out)
{
	struct frame frames[64];
	size_t n = read_stack(item->stacktrace, frames, NELEM(frames));
	*out = (struct fingerprint){ .version = FINGERPRINT_VERSION, .culprit = STR("") };
	out->title = title_of(t, item);
	for (size_t i = 0; i < n && out->culprit.n == 0; i++)
		if (!is_foreign(&frames[i]))
			out->culprit = culprit_of(t, &frames[i]);
	if (item->fingerprint.n > 0) {
		out->version = 0;
		out->text = utf8_cut(item->fingerprint, TEXT_MAX);
		return;
	}
	struct buf b = BUF_INIT;
	uint8_t digest[32];
	char hex[33];
	buf_add(&b, item->exception_type);
	if (n > 0)
		add_frames(&b, frames, n);
	else
		add_message(&b, item->exception_message);
	crypt_sha256(buf_str(&b), digest);
	buf_release(&b);
	codec_hex(digest, 16, hex);
	out->text = arena_printf(t->arena, "v%d:%s", FINGERPRINT_VERSION, hex);
}
