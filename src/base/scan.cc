/* scan.cc - see scan.h. The only user of simdjson; no exception leaves it,
 * since only its error-code interface is used. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <new>

#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#define _Noreturn [[noreturn]]
extern "C" {
#include "base/scan.h"
#include "base/utf8.h"
}

/* First bytes of a string that stands for a number (scan.h: SCAN_BIG). */
#define MARK_BIG 'b'
#define MARK_HUGE 'h'

#define CAPACITY_MIN ((size_t)64 << 10)
#define CAPACITY_KEEP ((size_t)1 << 20)
#define SMALL_BODIES 32 /* so many in a row and a large parser is replaced */
#define DEPTH_USUAL 1024
#define BIG_DIGITS_MAX 308

struct scan_parser {
	simdjson::dom::parser parser;
	struct buf padded;
	size_t depth = DEPTH_USUAL;
	unsigned small = 0;
};

static scan_parser *
parser_new(void)
{
	scan_parser *p = new (std::nothrow) scan_parser();
	ASSERT(p != nullptr);
	p->padded = { nullptr, 0, 0 };
	return p;
}

static void
parser_free(scan_parser *p)
{
	if (p != nullptr)
		buf_release(&p->padded);
	delete p;
}

extern "C" void
scan_init(struct scan *s)
{
	*s = {};
	s->parser = parser_new();
}

extern "C" void
scan_release(struct scan *s)
{
	parser_free(s->parser);
	*s = {};
}

/* --- repairs, on the padded copy --- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
hex4(const char *p, const char *end)
{
	int v = 0;
	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];
		int d = is_digit(c) ? c - '0' :
		    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		    c >= 'A' && c <= 'F' ? c - 'A' + 10 :
		                           -1;
		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	return v;
}

/*
 * `\u0000` and lone surrogates become `\uFFFD`, which has the same length.
 * Only backslashes are looked at: outside strings they are an error anyway.
 */
static bool
repair_escapes(char *p, size_t n)
{
	char *end = p + n;
	bool repaired = false;
	while ((p = static_cast<char *>(memchr(p, '\\', static_cast<size_t>(end - p)))) !=
	       nullptr) {
		if (end - p < 2)
			break;
		int v = p[1] == 'u' ? hex4(p + 2, end) : -1;
		if (v < 0) {
			p += 2;
			continue;
		}
		bool high = v >= 0xd800 && v < 0xdc00;
		if (high && end - p >= 12 && p[6] == '\\' && p[7] == 'u') {
			int low = hex4(p + 8, end);
			if (low >= 0xdc00 && low < 0xe000) {
				p += 12;
				continue;
			}
		}
		if (v == 0 || (v >= 0xd800 && v < 0xe000)) {
			memcpy(p + 2, "fffd", 4);
			repaired = true;
		}
		p += 6;
	}
	return repaired;
}

/* End of the number at p per RFC 8259, or NULL. */
static const char *
number_end(const char *p, const char *end, bool *integer)
{
	*integer = true;
	if (p < end && *p == '-')
		p++;
	if (p == end || !is_digit(*p))
		return nullptr;
	if (*p == '0')
		p++;
	else
		while (p < end && is_digit(*p))
			p++;
	if (p < end && *p == '.') {
		*integer = false;
		if (++p == end || !is_digit(*p))
			return nullptr;
		while (p < end && is_digit(*p))
			p++;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		*integer = false;
		if (++p < end && (*p == '+' || *p == '-'))
			p++;
		if (p == end || !is_digit(*p))
			return nullptr;
		while (p < end && is_digit(*p))
			p++;
	}
	return p < end && is_digit(*p) ? nullptr : p;
}

static bool
fits_64_bits(const char *p, size_t n)
{
	const char *max = p[0] == '-' ? "9223372036854775808" : "18446744073709551615";
	size_t digits = n - (p[0] == '-'), limit = strlen(max);
	p += n - digits;
	return digits < limit || (digits == limit && memcmp(p, max, limit) <= 0);
}

/* The number at [p, q) as a marked string, or as it is. */
static void
number_write(struct buf *out, const char *p, const char *q, bool integer)
{
	size_t n = static_cast<size_t>(q - p);
	struct str text = { p, n };
	bool fits, huge;
	if (integer) {
		fits = fits_64_bits(p, n);
		huge = n > BIG_DIGITS_MAX;
	} else {
		char *copy = static_cast<char *>(malloc(n + 1));
		ASSERT(copy != nullptr);
		memcpy(copy, p, n);
		copy[n] = '\0';
		fits = isfinite(strtod(copy, nullptr));
		huge = true;
		free(copy);
	}
	if (fits) {
		buf_add(out, text);
	} else if (huge) {
		buf_puts(out, "\"\\u0000h\"");
	} else {
		buf_puts(out, "\"\\u0000b");
		buf_add(out, text);
		buf_puts(out, "\"");
	}
}

/*
 * simdjson refuses a body that holds one number beyond its range. Rewrite
 * such numbers as marked strings; false when some number is no JSON.
 */
static bool
repair_numbers(struct buf *out, struct str body)
{
	const char *p = body.p, *end = body.p + body.n;
	while (p < end) {
		const char *from = p;
		bool integer;
		if (*p == '"') {
			for (p++; p < end && *p != '"'; p++)
				if (*p == '\\' && p + 1 < end)
					p++;
			p = p < end ? p + 1 : end;
			buf_add(out, { from, static_cast<size_t>(p - from) });
		} else if (*p == '-' || is_digit(*p)) {
			p = number_end(from, end, &integer);
			if (p == nullptr)
				return false;
			number_write(out, from, p, integer);
		} else {
			buf_putc(out, *p++);
		}
	}
	return true;
}

/* --- parsing --- */

static void
pad(struct buf *b, size_t n)
{
	memset(buf_reserve(b, simdjson::SIMDJSON_PADDING), ' ', simdjson::SIMDJSON_PADDING);
	b->n = n;
}

static simdjson::error_code
run(scan_parser *p)
{
	size_t n = p->padded.n;
	if (p->parser.capacity() < n || p->parser.max_depth() != p->depth) {
		size_t want = p->parser.capacity() < CAPACITY_MIN ? CAPACITY_MIN :
		                                                    p->parser.capacity();
		while (want < n)
			want *= 2;
		simdjson::error_code e = p->parser.allocate(want, p->depth);
		ASSERT(e == simdjson::SUCCESS);
	}
	return p->parser.parse(p->padded.p, n, false).error();
}

/* A parser grown by a rare large body goes after a run of usual ones. */
static void
shrink(struct scan *s, size_t n)
{
	scan_parser *p = s->parser;
	bool large = p->parser.capacity() > CAPACITY_KEEP || p->depth > DEPTH_USUAL;
	if (!large || n > CAPACITY_KEEP) {
		p->small = 0;
		return;
	}
	if (++p->small < SMALL_BODIES)
		return;
	parser_free(p);
	s->parser = parser_new();
}

static const char *
reason(simdjson::error_code e)
{
	switch (e) {
	case simdjson::EMPTY:
		return "The body is empty.";
	case simdjson::UTF8_ERROR:
		return "The body is not valid UTF-8.";
	case simdjson::UNCLOSED_STRING:
		return "The body ends inside a string.";
	case simdjson::STRING_ERROR:
		return "A string holds an escape that JSON does not know.";
	case simdjson::UNESCAPED_CHARS:
		return "A string holds a control character that is not escaped.";
	case simdjson::NUMBER_ERROR:
		return "A number is not written as JSON demands.";
	default:
		return "The body is not valid JSON.";
	}
}

extern "C" enum err
scan_parse(struct task *t, struct scan *s, struct str body)
{
	shrink(s, body.n);
	scan_parser *p = s->parser;
	buf_reset(&p->padded);
	buf_reserve(&p->padded, body.n + simdjson::SIMDJSON_PADDING);
	buf_add(&p->padded, body);
	s->repaired = repair_escapes(p->padded.p, body.n);
	pad(&p->padded, body.n);
	simdjson::error_code e = run(p);
	if (e == simdjson::DEPTH_ERROR && p->depth <= body.n) {
		p->depth = body.n + 2;
		e = run(p);
	}
	if (e == simdjson::NUMBER_ERROR) {
		struct buf again = { nullptr, 0, 0 };
		bool ok = repair_numbers(&again, buf_str(&p->padded));
		if (ok) {
			buf_release(&p->padded);
			p->padded = again;
			pad(&p->padded, again.n);
			e = run(p);
			if (e == simdjson::DEPTH_ERROR && p->depth <= again.n) {
				p->depth = again.n + 2;
				e = run(p);
			}
		} else {
			buf_release(&again);
		}
	}
	if (e != simdjson::SUCCESS)
		return task_fail(t, E_BAD_JSON, "%s", reason(e));
	s->tape = p->parser.doc.tape.get();
	s->text = reinterpret_cast<const char *>(p->parser.doc.string_buf.get());
	s->root = 1;
	return E_OK;
}

/* --- values --- */

extern "C" enum scan_type
scan_kind(const struct scan *s, uint32_t at)
{
	switch (scan_tag(s, at)) {
	case '{':
		return SCAN_OBJECT;
	case '[':
		return SCAN_ARRAY;
	case 'l':
		return SCAN_INT;
	case 'u':
		return SCAN_UINT;
	case 'd':
		return SCAN_DOUBLE;
	case 't':
		return SCAN_TRUE;
	case 'f':
		return SCAN_FALSE;
	case 'n':
		return SCAN_NULL;
	default:
		break;
	}
	struct str text = scan_text(s, at);
	if (text.n < 2 || text.p[0] != '\0')
		return SCAN_STRING;
	return text.p[1] == MARK_BIG ? SCAN_BIG : SCAN_HUGE;
}

extern "C" const char *
scan_kind_name(const struct scan *s, uint32_t at)
{
	static const char *const name[] = { "null",   "boolean", "boolean", "number",
		                            "number", "number",  "number",  "number",
		                            "string", "array",   "object" };
	return name[scan_kind(s, at)];
}

static double
raw_double(const struct scan *s, uint32_t at)
{
	double v;
	memcpy(&v, &s->tape[at + 1], sizeof(v));
	return v;
}

extern "C" bool
scan_int(const struct scan *s, uint32_t at, int64_t *out)
{
	char tag = scan_tag(s, at);
	if (tag == 'l') {
		*out = static_cast<int64_t>(s->tape[at + 1]);
		return true;
	}
	if (tag != 'd')
		return false;
	double v = raw_double(s, at);
	if (!(v >= -9007199254740992.0 && v <= 9007199254740992.0) || v != floor(v))
		return false;
	*out = static_cast<int64_t>(v);
	return true;
}

extern "C" bool
scan_double(const struct scan *s, uint32_t at, double *out)
{
	switch (scan_tag(s, at)) {
	case 'l':
		*out = static_cast<double>(static_cast<int64_t>(s->tape[at + 1]));
		return true;
	case 'u':
		*out = static_cast<double>(s->tape[at + 1]);
		return true;
	case 'd':
		*out = raw_double(s, at);
		return true;
	default:
		if (scan_kind(s, at) != SCAN_BIG)
			return false;
		*out = strtod(scan_text(s, at).p + 2, nullptr);
		return isfinite(*out);
	}
}

static bool
same(struct str a, struct str b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

extern "C" uint32_t
scan_find(const struct scan *s, uint32_t obj, struct str key)
{
	uint32_t end = scan_end(s, obj);
	for (uint32_t k = scan_first(s, obj); k < end; k = scan_next(s, k + 1))
		if (same(scan_text(s, k), key))
			return k + 1;
	return 0;
}

/* A few bits of a key: equal keys share them. */
static uint64_t
key_bit(struct str k)
{
	if (k.n == 0)
		return 1;
	unsigned h = static_cast<unsigned>(k.n) * 7U;
	h += static_cast<unsigned char>(k.p[0]) * 5U;
	h += static_cast<unsigned char>(k.p[k.n / 2]) * 3U;
	h += static_cast<unsigned char>(k.p[k.n - 1]);
	return UINT64_C(1) << (h & 63);
}

/* Is the key at `at` also one of those before it in obj? */
static bool
is_repeated(const struct scan *s, uint32_t obj, uint32_t at)
{
	struct str key = scan_text(s, at);
	for (uint32_t k = scan_first(s, obj); k < at; k = scan_next(s, k + 1))
		if (same(scan_text(s, k), key))
			return true;
	return false;
}

extern "C" bool
scan_duplicate(const struct scan *s, uint32_t obj, struct str *key)
{
	uint64_t seen = 0;
	uint32_t end = scan_end(s, obj);
	for (uint32_t k = scan_first(s, obj); k < end; k = scan_next(s, k + 1)) {
		uint64_t bit = key_bit(scan_text(s, k));
		if ((seen & bit) != 0 && is_repeated(s, obj, k)) {
			*key = scan_text(s, k);
			return true;
		}
		seen |= bit;
	}
	return false;
}

static size_t
digits10(uint64_t v)
{
	size_t n = 1;
	for (; v >= 10; v /= 10)
		n++;
	return n;
}

extern "C" size_t
scan_size(const struct scan *s, uint32_t at, size_t cap)
{
	size_t total = 0;
	uint32_t end = scan_next(s, at);
	while (at < end && total <= cap) {
		int64_t i;
		switch (scan_tag(s, at)) {
		case '"':
			total += scan_text(s, at).n + 3;
			at++;
			break;
		case 'l':
			i = static_cast<int64_t>(s->tape[at + 1]);
			total += digits10(i < 0 ? 0 - static_cast<uint64_t>(i) :
			                          static_cast<uint64_t>(i)) +
			    (i < 0) + 1;
			at += 2;
			break;
		case 'u':
			total += 21;
			at += 2;
			break;
		case 'd':
			total += 12; /* typical; the text itself is gone */
			at += 2;
			break;
		case 't':
		case 'n':
			total += 5;
			at++;
			break;
		case 'f':
			total += 6;
			at++;
			break;
		case '{':
		case '[':
			/* a separator is counted by the value before it */
			total += 1;
			at++;
			break;
		default:
			total += 2;
			at++;
		}
	}
	return total;
}

/* --- writing --- */

static size_t
escape(char *to, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char brief[] = "btn\0fr";
	to[0] = '\\';
	if (c == '"' || c == '\\') {
		to[1] = static_cast<char>(c);
		return 2;
	}
	if (c >= 8 && c <= 13 && c != 11) {
		to[1] = brief[c - 8];
		return 2;
	}
	memcpy(to + 1, "u00", 3);
	to[4] = hex[c >> 4];
	to[5] = hex[c & 15];
	return 6;
}

/* High bits where a byte of v needs an escape: below 0x20, '"', '\\'. */
static uint64_t
escape_mask(uint64_t v)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t high = ones << 7;
	uint64_t quote = v ^ (ones * '"'), slash = v ^ (ones * '\\');
	uint64_t m = (v - ones * 0x20) & ~v;
	m |= (quote - ones) & ~quote;
	m |= (slash - ones) & ~slash;
	return m & high;
}

static void
write_string(struct buf *out, struct str s)
{
	char *to = buf_reserve(out, s.n * 6 + 16);
	const char *p = s.p, *end = s.p + s.n;
	*to++ = '"';
	for (; end - p >= 8; p += 8) {
		uint64_t v;
		memcpy(&v, p, sizeof(v));
		if (escape_mask(v) == 0) {
			memcpy(to, &v, sizeof(v));
			to += 8;
			continue;
		}
		for (int i = 0; i < 8; i++) {
			unsigned char c = static_cast<unsigned char>(p[i]);
			if (c < 0x20 || c == '"' || c == '\\')
				to += escape(to, c);
			else
				*to++ = static_cast<char>(c);
		}
	}
	for (; p < end; p++) {
		unsigned char c = static_cast<unsigned char>(*p);
		if (c < 0x20 || c == '"' || c == '\\')
			to += escape(to, c);
		else
			*to++ = static_cast<char>(c);
	}
	*to++ = '"';
	out->n = static_cast<size_t>(to - out->p);
}

static void
write_number(struct buf *out, const struct scan *s, uint32_t at)
{
	char tmp[40];
	char *end;
	switch (scan_tag(s, at)) {
	case 'l':
		buf_i64(out, static_cast<int64_t>(s->tape[at + 1]));
		return;
	case 'u':
		end = tmp + snprintf(tmp, sizeof(tmp), "%llu",
		                     static_cast<unsigned long long>(s->tape[at + 1]));
		break;
	default:
		end = simdjson::internal::to_chars(tmp, tmp + sizeof(tmp), raw_double(s, at));
	}
	buf_add(out, { tmp, static_cast<size_t>(end - tmp) });
}

static enum scan_fault write_value(struct buf *out, const struct scan *s, uint32_t at,
                                   struct str key, struct scan_writer *w, size_t depth);

static enum scan_fault
write_text(struct buf *out, const struct scan *s, uint32_t at, struct str key,
           struct scan_writer *w)
{
	struct str text = scan_text(s, at), other;
	if (text.n >= 2 && text.p[0] == '\0') {
		w->key = key;
		if (text.p[1] == MARK_HUGE)
			return SCAN_NUMBER_RANGE;
		buf_add(out, { text.p + 2, text.n - 2 });
		return SCAN_FINE;
	}
	if (w->change != nullptr && w->change(w->ctx, key, text, &other))
		text = other;
	if (text.n > w->max_string) {
		text = utf8_cut(text, w->max_string);
		w->cut = true;
	}
	write_string(out, text);
	return SCAN_FINE;
}

static enum scan_fault
check_key(const struct scan *s, uint32_t obj, uint32_t at, struct scan_writer *w,
          uint64_t *seen)
{
	struct str key = scan_text(s, at);
	uint64_t bit = key_bit(key);
	w->key = key;
	if (key.n > w->max_key)
		return SCAN_KEY_TOO_LONG;
	if ((*seen & bit) != 0 && is_repeated(s, obj, at))
		return SCAN_KEY_TWICE;
	*seen |= bit;
	return SCAN_FINE;
}

static enum scan_fault
write_object(struct buf *out, const struct scan *s, uint32_t obj, struct scan_writer *w,
             size_t depth)
{
	uint64_t seen = 0;
	bool first = true;
	uint32_t end = scan_end(s, obj);
	if (scan_count(s, obj) > w->max_keys)
		return SCAN_TOO_MANY_KEYS;
	buf_putc(out, '{');
	for (uint32_t k = scan_first(s, obj); k < end; k = scan_next(s, k + 1)) {
		enum scan_fault f = check_key(s, obj, k, w, &seen);
		if (f != SCAN_FINE)
			return f;
		struct str key = scan_text(s, k);
		if (w->drop != nullptr && w->drop(w->ctx, key)) {
			w->dropped++;
			continue;
		}
		if (!first)
			buf_putc(out, ',');
		first = false;
		write_string(out, key);
		buf_putc(out, ':');
		f = write_value(out, s, k + 1, key, w, depth);
		if (f != SCAN_FINE)
			return f;
	}
	buf_putc(out, '}');
	return SCAN_FINE;
}

static enum scan_fault
write_array(struct buf *out, const struct scan *s, uint32_t arr, struct str key,
            struct scan_writer *w, size_t depth)
{
	uint32_t end = scan_end(s, arr);
	buf_putc(out, '[');
	for (uint32_t k = scan_first(s, arr); k < end; k = scan_next(s, k)) {
		if (k > scan_first(s, arr))
			buf_putc(out, ',');
		enum scan_fault f = write_value(out, s, k, key, w, depth);
		if (f != SCAN_FINE)
			return f;
	}
	buf_putc(out, ']');
	return SCAN_FINE;
}

static enum scan_fault
write_value(struct buf *out, const struct scan *s, uint32_t at, struct str key,
            struct scan_writer *w, size_t depth)
{
	switch (scan_tag(s, at)) {
	case '{':
	case '[':
		w->key = key;
		if (depth >= w->max_depth)
			return SCAN_TOO_DEEP;
		if (scan_is_object(s, at))
			return write_object(out, s, at, w, depth + 1);
		return write_array(out, s, at, key, w, depth + 1);
	case '"':
		return write_text(out, s, at, key, w);
	case 't':
		buf_add(out, STR("true"));
		return SCAN_FINE;
	case 'f':
		buf_add(out, STR("false"));
		return SCAN_FINE;
	case 'n':
		buf_add(out, STR("null"));
		return SCAN_FINE;
	default:
		write_number(out, s, at);
		return SCAN_FINE;
	}
}

extern "C" enum scan_fault
scan_write(struct buf *out, const struct scan *s, uint32_t at, struct scan_writer *w)
{
	enum scan_fault f = write_value(out, s, at, { "", 0 }, w, 0);
	buf_reserve(out, 0)[0] = '\0';
	return f;
}
