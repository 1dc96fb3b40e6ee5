/* tape.c - see tape.h; the format: simdjson doc/tape.md. */
#include "base/tape.h"

#include <math.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "base/utf8.h"

#define ROOT 1 /* word 0 is the parser's own */
#define COUNT_MAX 0xffffffU
#define KEEP_WORDS (1U << 17)        /* 1 MiB */
#define KEEP_TEXT ((size_t)1 << 20)
#define EXACT 1e15                   /* integers below are their shortest text */

void
tape_release(struct tape *w)
{
	free(w->word);
	buf_release(&w->text);
	*w = TAPE_INIT;
}

static void
grow(struct tape *w, size_t n)
{
	size_t size = w->size < 256 ? 512 : (size_t)w->size * 2;
	while (size - w->n < n)
		size *= 2;
	ASSERT(size <= UINT32_MAX);
	w->word = realloc(w->word, size * sizeof(*w->word));
	ASSERT(w->word != NULL);
	w->size = (uint32_t)size;
}

/* Room for n more words; where they go. */
static inline uint64_t *
room(struct tape *w, size_t n)
{
	if (w->size - w->n < n)
		grow(w, n);
	return w->word + w->n;
}

static inline void
put(struct tape *w, char tag, uint64_t payload)
{
	*room(w, 1) = (uint64_t)(unsigned char)tag << 56 | payload;
	w->n++;
}

void
tape_reset(struct tape *w)
{
	if (w->size > KEEP_WORDS || w->text.size > KEEP_TEXT)
		tape_release(w);
	buf_reset(&w->text);
	w->n = 0;
	w->depth = 0;
	w->key = false;
	put(w, 'r', 0);
}

struct scan
tape_scan(const struct tape *w)
{
	return (struct scan){ .tape = w->word, .text = w->text.p, .root = ROOT };
}

/* A value follows: of a key, or one more element. */
static void
value(struct tape *w)
{
	if (w->key)
		w->key = false;
	else
		w->open[w->depth].count++;
}

static void
begin(struct tape *w, char tag)
{
	value(w);
	ASSERT(w->depth < TAPE_DEPTH);
	w->open[++w->depth] = (struct tape_open){ w->n, 0 };
	put(w, tag, 0);
}

static void
end(struct tape *w, char tag)
{
	ASSERT(w->depth > 0 && !w->key);
	const struct tape_open *o = &w->open[w->depth--];
	uint64_t count = o->count < COUNT_MAX ? o->count : COUNT_MAX;
	put(w, tag, o->at);
	w->word[o->at] |= count << 32 | w->n;
}

void
tape_object_begin(struct tape *w)
{
	begin(w, '{');
}

void
tape_object_end(struct tape *w)
{
	end(w, '}');
}

void
tape_array_begin(struct tape *w)
{
	begin(w, '[');
}

void
tape_array_end(struct tape *w)
{
	end(w, ']');
}

/* --- text: its length, the bytes, a NUL --- */

static void
put_text(struct tape *w, struct str s)
{
	struct buf *b = &w->text;
	uint32_t n = (uint32_t)s.n;
	ASSERT(s.n <= UINT32_MAX);
	char *to = buf_reserve(b, sizeof(n) + s.n + 1);
	put(w, '"', b->n);
	memcpy(to, &n, sizeof(n));
	to += sizeof(n);
	if (s.n > 0)
		memcpy(to, s.p, s.n);
	to[s.n] = '\0';
	b->n += sizeof(n) + s.n + 1;
}

/* Bytes that are neither NUL nor part of a longer character, eight at a time. */
static bool
is_plain(struct str s)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	uint64_t v, bad = 0;
	size_t i = 0;
	for (; i + sizeof(v) <= s.n; i += sizeof(v)) {
		memcpy(&v, s.p + i, sizeof(v));
		bad |= v | (v - ones);
	}
	for (; i < s.n; i++)
		bad |= (uint64_t)((signed char)s.p[i] <= 0) << 7;
	return (bad & high) == 0;
}

/* Rare: each NUL, and each part that is no UTF-8, as U+FFFD. */
static void
put_mended(struct tape *w, struct str s)
{
	char c[4];
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < s.n;) {
		int32_t cp = utf8_next(s, &i);
		size_t n = utf8_put(cp > 0 ? cp : 0xfffd, c);
		buf_add(&b, (struct str){ c, n });
	}
	put_text(w, buf_str(&b));
	buf_release(&b);
}

static void
put_checked(struct tape *w, struct str s)
{
	if (is_plain(s) || (utf8_valid(s) && memchr(s.p, '\0', s.n) == NULL))
		put_text(w, s);
	else
		put_mended(w, s);
}

void
tape_key_str(struct tape *w, struct str key)
{
	ASSERT(!w->key && w->depth > 0);
	w->open[w->depth].count++;
	put_text(w, key);
	w->key = true;
}

void
tape_str(struct tape *w, struct str s)
{
	value(w);
	put_checked(w, s);
}

/* --- numbers and words --- */

static void
put_wide(struct tape *w, char tag, uint64_t bits)
{
	value(w);
	uint64_t *to = room(w, 2);
	to[0] = (uint64_t)(unsigned char)tag << 56;
	to[1] = bits;
	w->n += 2;
}

void
tape_i64(struct tape *w, int64_t v)
{
	put_wide(w, 'l', (uint64_t)v);
}

void
tape_f64(struct tape *w, double v)
{
	char text[NUM_TEXT];
	uint64_t bits;
	int64_t i;
	if (!isfinite(v)) {
		tape_null(w);
		return;
	}
	if (v == trunc(v) && fabs(v) < EXACT) {
		tape_i64(w, (int64_t)v);
		return;
	}
	if (fabs(v) >= EXACT && num_i64((struct str){ text, num_format(v, text) }, &i)) {
		tape_i64(w, i);
		return;
	}
	memcpy(&bits, &v, sizeof(bits));
	put_wide(w, 'd', bits);
}

void
tape_round(struct tape *w, double v, int digits)
{
	static const double scale[] = { 1, 10, 100, 1e3, 1e4, 1e5, 1e6 };
	ASSERT(digits >= 0 && digits <= 6);
	tape_f64(w, round(v * scale[digits]) / scale[digits]);
}

void
tape_bool(struct tape *w, bool v)
{
	value(w);
	put(w, v ? 't' : 'f', 0);
}

void
tape_null(struct tape *w)
{
	value(w);
	put(w, 'n', 0);
}

/* --- another tape's --- */

/*
 * The texts of a value stand together, in the order of its words: they are
 * copied in one piece, and the words then point as far into it as before.
 */
void
tape_copy(struct tape *w, const struct scan *s, uint32_t at)
{
	const uint64_t low = UINT64_C(0xffffffff);
	uint32_t end = scan_next(s, at), shift = w->n - at; /* modulo 2^32 */
	const char *from = NULL, *to = NULL;                /* the texts */
	uint64_t *out = room(w, end - at);
	value(w);
	while (at < end) {
		uint64_t word = s->tape[at++];
		switch ((char)(word >> 56)) {
		case '"': {
			struct str t = scan_text(s, at - 1);
			if (from == NULL)
				from = t.p - sizeof(uint32_t);
			to = t.p + t.n + 1;
			word = (word >> 56 << 56) |
			    (w->text.n + (size_t)(t.p - sizeof(uint32_t) - from));
			break;
		}
		case '{':
		case '[':
		case '}':
		case ']':
			word = (word & ~low) | (uint32_t)((uint32_t)word + shift);
			break;
		case 'l':
		case 'u':
		case 'd':
			*out++ = word;
			word = s->tape[at++];
			break;
		default:
			break;
		}
		*out++ = word;
	}
	w->n = (uint32_t)(out - w->word);
	if (from == NULL)
		return;
	size_t n = (size_t)(to - from);
	memcpy(buf_reserve(&w->text, n), from, n);
	w->text.n += n;
}

/* --- key and value --- */

void
tape_kstr(struct tape *w, const char *key, struct str s)
{
	tape_key(w, key);
	tape_str(w, s);
}

void
tape_ki64(struct tape *w, const char *key, int64_t v)
{
	tape_key(w, key);
	tape_i64(w, v);
}

void
tape_kbool(struct tape *w, const char *key, bool v)
{
	tape_key(w, key);
	tape_bool(w, v);
}

void
tape_ktime(struct tape *w, const char *key, int64_t us)
{
	char text[CLOCK_TEXT];
	size_t n = clock_format(us, text);
	tape_kstr(w, key, (struct str){ text, n });
}
