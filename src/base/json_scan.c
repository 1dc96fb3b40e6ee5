/*
 * json_scan.c - the strict byte scan before json-c sees a document: RFC 8259
 * grammar without recursion, UTF-8, depth, escapes and number ranges. No
 * allocation. See json.h.
 */
#include "base/json.h"
#include "base/num.h"
#include "base/str.h"
#include "base/utf8.h"

struct scan_state {
	struct task *t;
	struct str s;
	size_t i;
	size_t members;
	int depth;
	bool is_object[JSON_DEPTH_MAX + 1];
};

static enum err
bad(struct scan_state *x, const char *what)
{
	return task_fail(x->t, E_BAD_JSON, "The body is not valid JSON: %s at byte %zu.", what,
	                 x->i);
}

static enum err
refuse(struct scan_state *x, const char *what)
{
	return task_fail(x->t, E_INVALID, "The JSON %s (byte %zu).", what, x->i);
}

static char
peek(const struct scan_state *x)
{
	return x->i < x->s.n ? x->s.p[x->i] : '\0';
}

static void
skip_blanks(struct scan_state *x)
{
	for (;;) {
		char c = peek(x);
		if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			return;
		x->i++;
	}
}

/* Four hexadecimal digits at x->i; -1 when they are not there. */
static int
hex4(struct scan_state *x)
{
	int v = 0;
	if (x->s.n - x->i < 4)
		return -1;
	for (int k = 0; k < 4; k++) {
		char c = x->s.p[x->i + (size_t)k];
		if (c >= '0' && c <= '9')
			v = v << 4 | (c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v = v << 4 | ((c | 32) - 'a' + 10);
		else
			return -1;
	}
	x->i += 4;
	return v;
}

/* After "\u". */
static enum err
scan_unicode(struct scan_state *x)
{
	int v = hex4(x);
	if (v < 0)
		return bad(x, "a broken \\u escape");
	if (v == 0)
		return refuse(x, "holds the character U+0000");
	if (v >= 0xDC00 && v <= 0xDFFF)
		return refuse(x, "holds half of a surrogate pair");
	if (v < 0xD800 || v > 0xDBFF)
		return E_OK;
	if (x->s.n - x->i < 6 || x->s.p[x->i] != '\\' || x->s.p[x->i + 1] != 'u')
		return refuse(x, "holds half of a surrogate pair");
	x->i += 2;
	v = hex4(x);
	if (v < 0)
		return bad(x, "a broken \\u escape");
	if (v < 0xDC00 || v > 0xDFFF)
		return refuse(x, "holds half of a surrogate pair");
	return E_OK;
}

static enum err
scan_string(struct scan_state *x)
{
	x->i++; /* the quote */
	while (x->i < x->s.n) {
		unsigned char c = (unsigned char)x->s.p[x->i];
		if (c == '"') {
			x->i++;
			return E_OK;
		}
		if (c < 0x20)
			return bad(x, "a control character in a string");
		if (c >= 0x80) {
			if (utf8_next(x->s, &x->i) < 0)
				return bad(x, "a string that is not UTF-8");
			continue;
		}
		x->i++;
		if (c != '\\')
			continue;
		char e = peek(x);
		if (e == '\0' || strchr("\"\\/bfnrtu", e) == NULL)
			return bad(x, "an unknown escape");
		x->i++;
		if (e != 'u')
			continue;
		enum err err = scan_unicode(x);
		if (err != E_OK)
			return err;
	}
	return bad(x, "a string without end");
}

static enum err
scan_number(struct scan_state *x)
{
	size_t from = x->i;
	bool whole = true;
	while (x->i < x->s.n) {
		char c = x->s.p[x->i];
		if (c == '.' || c == 'e' || c == 'E')
			whole = false;
		else if (c != '+' && c != '-' && (c < '0' || c > '9'))
			break;
		x->i++;
	}
	struct str text = str_slice(x->s, from, x->i);
	double real;
	int64_t integer;
	if (text.n > JSON_DIGITS_MAX)
		return refuse(x, "holds a number with too many digits");
	if (whole && num_i64(text, &integer)) {
		size_t first = text.p[0] == '-' ? 1 : 0;
		if (text.p[first] == '0' && text.n > first + 1)
			return bad(x, "a number with a leading zero");
		return E_OK;
	}
	if (!num_f64(text, &real)) {
		/* Too large, or no number at all: the first digits tell. */
		char last = text.p[text.n - 1];
		bool form = last >= '0' && last <= '9' && str_index(text, '+') != 0;
		double probe;
		struct str mantissa = text;
		for (size_t k = 0; k < text.n; k++) {
			if (text.p[k] == 'e' || text.p[k] == 'E') {
				mantissa.n = k;
				break;
			}
		}
		if (form && (num_f64(mantissa, &probe)) && mantissa.n < text.n)
			return refuse(x, "holds a number out of range");
		return bad(x, "a broken number");
	}
	return whole ? refuse(x, "holds an integer out of range") : E_OK;
}

static enum err
scan_word(struct scan_state *x)
{
	static const struct str words[] = { { "true", 4 }, { "false", 5 }, { "null", 4 } };
	struct str rest = str_slice(x->s, x->i, x->s.n);
	for (size_t k = 0; k < NELEM(words); k++) {
		if (str_starts(rest, words[k])) {
			x->i += words[k].n;
			return E_OK;
		}
	}
	return bad(x, x->i == x->s.n ? "an early end" : "an unexpected character");
}

/* "key" : up to the value. */
static enum err
scan_key(struct scan_state *x)
{
	skip_blanks(x);
	if (peek(x) != '"')
		return bad(x, "a member without a name");
	enum err e = scan_string(x);
	if (e != E_OK)
		return e;
	skip_blanks(x);
	if (peek(x) != ':')
		return bad(x, "a member without a value");
	x->i++;
	x->members++;
	return E_OK;
}

/*
 * A value's beginning. *opened: an array or object with content began, so
 * that its first value comes next.
 */
static enum err
scan_value(struct scan_state *x, bool *opened)
{
	*opened = false;
	skip_blanks(x);
	char c = peek(x);
	if (c == '"')
		return scan_string(x);
	if (c == '-' || (c >= '0' && c <= '9'))
		return scan_number(x);
	if (c != '{' && c != '[')
		return scan_word(x);
	x->i++;
	skip_blanks(x);
	if (peek(x) == (c == '{' ? '}' : ']')) {
		x->i++;
		return E_OK;
	}
	if (x->depth == JSON_DEPTH_MAX)
		return refuse(x, "is nested too deeply");
	x->is_object[++x->depth] = c == '{';
	*opened = true;
	return c == '{' ? scan_key(x) : E_OK;
}

/* After a value: close what ends here. *more: another value follows. */
static enum err
scan_after(struct scan_state *x, bool *more)
{
	*more = false;
	while (x->depth > 0) {
		skip_blanks(x);
		char c = peek(x);
		bool object = x->is_object[x->depth];
		if (c == ',') {
			x->i++;
			*more = true;
			return object ? scan_key(x) : E_OK;
		}
		if (c != (object ? '}' : ']'))
			return bad(x, x->i == x->s.n ? "an early end" : "a missing comma");
		x->i++;
		x->depth--;
	}
	return E_OK;
}

enum err
json_scan(struct task *t, struct str text, size_t *members)
{
	struct scan_state x = { .t = t, .s = text };
	bool opened, more = true;
	while (more) {
		enum err e = scan_value(&x, &opened);
		if (e == E_OK && !opened)
			e = scan_after(&x, &more);
		if (e != E_OK)
			return e;
	}
	skip_blanks(&x);
	if (x.i < text.n)
		return bad(&x, "something after the end");
	if (members != NULL)
		*members = x.members;
	return E_OK;
}
