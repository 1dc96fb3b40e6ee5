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
#include "base/buf.h"
#include "base/scan_tape.h"
}

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

extern "C" size_t
scan_double_text(double v, char out[SCAN_DOUBLE_TEXT])
{
	return static_cast<size_t>(
	    simdjson::internal::to_chars(out, out + SCAN_DOUBLE_TEXT, v) - out);
}
