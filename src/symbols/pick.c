/* pick.c - see pick.h. */
#include "symbols/pick.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/utf8.h"

struct pick
pick_of(struct str text)
{
	struct pick p = { text, 0, true };

	/* byte order mark, and the line that keeps scripts from reading it */
	if (str_starts(text, STR("\xef\xbb\xbf")))
		p.i = 3;
	if (str_starts(str_slice(text, p.i, text.n), STR(")]}'"))) {
		ptrdiff_t end = str_index(text, '\n');

		p.i = end < 0 ? text.n : (size_t)end + 1;
	}
	return p;
}

static char
peek(struct pick *p)
{
	while (p->i < p->text.n) {
		char c = p->text.p[p->i];

		if (c == '\0') /* stands for the end, which it must then be */
			break;
		if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
			return c;
		p->i++;
	}
	p->ok = false;
	return '\0';
}

bool
pick_begin(struct pick *p, char bracket)
{
	if (!p->ok || peek(p) != bracket)
		return false;
	p->i++;
	return true;
}

/* After the opening quote, to behind the closing one. */
static bool
string_end(struct pick *p, struct str *raw)
{
	size_t from = p->i;

	while (p->i < p->text.n) {
		const char *quote = memchr(p->text.p + p->i, '"', p->text.n - p->i);

		if (quote == NULL)
			break;
		size_t at = (size_t)(quote - p->text.p), back = at;

		while (back > from && p->text.p[back - 1] == '\\')
			back--;
		p->i = at + 1;
		if ((at - back) % 2 == 0) {
			*raw = str_slice(p->text, from, at);
			return true;
		}
	}
	p->i = p->text.n;
	p->ok = false;
	return false;
}

/* A value is over at a comma or bracket of the level it began on. */
struct str
pick_value(struct pick *p)
{
	struct str raw;
	size_t depth = 0;

	if (!p->ok || peek(p) == '\0')
		return STR("");
	size_t from = p->i;

	while (p->i < p->text.n && p->ok) {
		char c = p->text.p[p->i];

		if (depth == 0 && (c == ',' || c == '}' || c == ']'))
			break;
		p->i++;
		if (c == '"')
			(void)string_end(p, &raw);
		else if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth--;
	}
	return str_trim(str_slice(p->text, from, p->i));
}

/* The comma between, or the end. */
static bool
next(struct pick *p, char end)
{
	char c = p->ok ? peek(p) : '\0';

	if (c == ',') {
		p->i++;
		c = peek(p);
	}
	if (c == end)
		p->i++;
	return p->ok && c != end && c != '}' && c != ']';
}

bool
pick_member(struct pick *p, struct str *key)
{
	if (!next(p, '}') || p->text.p[p->i] != '"') {
		p->ok = p->ok && p->i > 0 && p->text.p[p->i - 1] == '}';
		return false;
	}
	p->i++;
	if (!string_end(p, key) || peek(p) != ':') {
		p->ok = false;
		return false;
	}
	p->i++;
	return true;
}

bool
pick_element(struct pick *p)
{
	if (next(p, ']'))
		return true;
	p->ok = p->ok && p->i > 0 && p->text.p[p->i - 1] == ']';
	return false;
}

bool
pick_string(struct pick *p, struct str *raw)
{
	if (!p->ok || peek(p) != '"') {
		(void)pick_value(p);
		return false;
	}
	p->i++;
	return string_end(p, raw);
}

static int32_t
hex4(struct str s, size_t i)
{
	int32_t v = 0;

	if (i + 4 > s.n)
		return -1;
	for (size_t k = i; k < i + 4; k++) {
		char c = s.p[k];
		int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		        c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

/* \uXXXX at i, and its second half; *i moves behind. */
static void
put_unicode(struct buf *b, struct str s, size_t *i)
{
	int32_t a = hex4(s, *i);
	char out[4];

	*i = a < 0 ? s.n : *i + 4;
	if (a >= 0xd800 && a < 0xdc00 && *i + 6 <= s.n && s.p[*i] == '\\' &&
	    s.p[*i + 1] == 'u') {
		int32_t low = hex4(s, *i + 2);

		if (low >= 0xdc00 && low < 0xe000) {
			a = 0x10000 + ((a - 0xd800) << 10) + (low - 0xdc00);
			*i += 6;
		}
	}
	if (a <= 0 || (a >= 0xd800 && a < 0xe000))
		a = 0xfffd;
	buf_add(b, (struct str){ out, utf8_put(a, out) });
}

struct str
pick_plain(struct task *t, struct str raw)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	struct buf b = BUF_INIT;
	size_t i = 0;

	while (i < raw.n) {
		char c = raw.p[i++];

		if (c != '\\' || i == raw.n) {
			buf_putc(&b, c);
			continue;
		}
		c = raw.p[i++];
		const char *known = c != '\0' ? strchr(from, c) : NULL;

		if (c == 'u')
			put_unicode(&b, raw, &i);
		else
			buf_putc(&b, known != NULL ? to[known - from] : c);
	}
	struct str s = utf8_clean(t->arena, arena_str(t->arena, buf_str(&b)));

	buf_release(&b);
	return s;
}
