/* scan_write.c - see scan_write.h. */
#include "base/scan_write.h"

#include "base/scan_tape.h"
#include "base/utf8.h"

/* Whatever a caller allows: each level is a call, and bodies nest as deep as
 * they are long. */
#define DEPTH_MAX ((size_t)512)

static size_t
escape(char *to, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char brief[] = "btn\0fr";
	to[0] = '\\';
	if (c == '"' || c == '\\') {
		to[1] = (char)c;
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

static char *
put_slow(char *to, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		if (c < 0x20 || c == '"' || c == '\\')
			to += escape(to, c);
		else
			*to++ = (char)c;
	}
	return to;
}

/* The last bytes of a text, n < 8. Of a longer text (whole >= 8) the eight that
 * it ends with are looked at; when none of them is escaped, those that stand
 * there already are written over by themselves. */
static char *
put_rest(char *to, const char *p, size_t n, size_t whole)
{
	uint64_t v;
	uint32_t low, high;
	if (whole >= 8 && n > 0) {
		memcpy(&v, p + n - 8, 8);
		if (buf_json_mask(v) == 0) {
			memcpy(to + n - 8, &v, 8);
			return to + n;
		}
	} else if (n >= 4) {
		memcpy(&low, p, 4);
		memcpy(&high, p + n - 4, 4);
		if (buf_json_mask((uint64_t)high << 32 | low) == 0) {
			memcpy(to, &low, 4);
			memcpy(to + n - 4, &high, 4);
			return to + n;
		}
	}
	return put_slow(to, p, n);
}

/* `to` has room for 6 * s.n + 2 bytes. */
static char *
put_string(char *to, struct str s)
{
	const char *p = s.p, *end = s.p + s.n;
	*to++ = '"';
	for (; end - p >= 8; p += 8) {
		uint64_t v;
		memcpy(&v, p, sizeof(v));
		if (buf_json_mask(v) != 0) {
			to = put_slow(to, p, 8);
			continue;
		}
		memcpy(to, &v, sizeof(v));
		to += 8;
	}
	to = put_rest(to, p, (size_t)(end - p), s.n);
	*to++ = '"';
	return to;
}

static void
write_string(struct buf *out, struct str s)
{
	char *to = buf_reserve(out, s.n * 6 + 16);
	out->n += (size_t)(put_string(to, s) - to);
}

/* With the comma before it and the colon after it. */
static void
write_key(struct buf *out, struct str key, bool first)
{
	char *begin = buf_reserve(out, key.n * 6 + 16), *to = begin;
	if (!first)
		*to++ = ',';
	to = put_string(to, key);
	*to++ = ':';
	out->n += (size_t)(to - begin);
}

/* One byte, without the NUL of buf_putc: scan_write sets it at the end. */
static void
write_byte(struct buf *out, char c)
{
	*buf_reserve(out, 1) = c;
	out->n++;
}

static void
write_int(struct buf *out, int64_t v)
{
	char *to = buf_reserve(out, 24);
	if (v < 0 || v > 99999999) {
		buf_i64(out, v);
		return;
	}
	unsigned u = (unsigned)v, n = 0;
	char tmp[8];
	do {
		tmp[n++] = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0);
	out->n += n;
	while (n > 0)
		*to++ = tmp[--n];
}

static void
write_number(struct buf *out, const struct scan *s, uint32_t at)
{
	switch (scan_tag(s, at)) {
	case 'l':
		write_int(out, (int64_t)s->tape[at + 1]);
		return;
	case 'u':
		buf_printf(out, "%llu", (unsigned long long)s->tape[at + 1]);
		return;
	default:
		out->n += scan_double_text(scan_raw_double(s, at),
		                           buf_reserve(out, SCAN_DOUBLE_TEXT));
	}
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
		buf_add(out, (struct str){ text.p + 2, text.n - 2 });
		return SCAN_FINE;
	}
	if (w->change != NULL && w->change(w->ctx, key, text, &other))
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
	uint64_t bit = scan_key_bit(key);
	w->key = key;
	if (key.n > w->max_key)
		return SCAN_KEY_TOO_LONG;
	if ((*seen & bit) != 0 && scan_is_repeated(s, obj, at))
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
	write_byte(out, '{');
	for (uint32_t k = scan_first(s, obj); k < end; k = scan_next(s, k + 1)) {
		enum scan_fault f = check_key(s, obj, k, w, &seen);
		if (f != SCAN_FINE)
			return f;
		struct str key = scan_text(s, k), text;
		bool leave;
		text.p = NULL;
		if (w->member == NULL)
			leave = w->drop != NULL && w->drop(w->ctx, key);
		else
			leave = !w->member(w->ctx, key, k + 1, &text);
		if (leave) {
			w->dropped++;
			continue;
		}
		write_key(out, key, first);
		first = false;
		if (text.p != NULL) {
			write_string(out, text);
			continue;
		}
		f = write_value(out, s, k + 1, key, w, depth);
		if (f != SCAN_FINE)
			return f;
	}
	write_byte(out, '}');
	return SCAN_FINE;
}

static enum scan_fault
write_array(struct buf *out, const struct scan *s, uint32_t arr, struct str key,
            struct scan_writer *w, size_t depth)
{
	uint32_t end = scan_end(s, arr);
	write_byte(out, '[');
	for (uint32_t k = scan_first(s, arr); k < end; k = scan_next(s, k)) {
		if (k > scan_first(s, arr))
			write_byte(out, ',');
		enum scan_fault f = write_value(out, s, k, key, w, depth);
		if (f != SCAN_FINE)
			return f;
	}
	write_byte(out, ']');
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
		if (depth >= w->max_depth || depth >= DEPTH_MAX)
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

enum scan_fault
scan_write(struct buf *out, const struct scan *s, uint32_t at, struct scan_writer *w)
{
	enum scan_fault f = write_value(out, s, at, STR(""), w, 0);
	buf_reserve(out, 0)[0] = '\0';
	return f;
}

/* --- as it was sent --- */

static void sent_value(struct buf *out, const struct scan *s, uint32_t at, size_t depth);

static void
sent_object(struct buf *out, const struct scan *s, uint32_t obj, size_t depth)
{
	uint32_t first = scan_first(s, obj), end = scan_end(s, obj);
	write_byte(out, '{');
	for (uint32_t k = first; k < end; k = scan_next(s, k + 1)) {
		write_key(out, scan_text(s, k), k == first);
		sent_value(out, s, k + 1, depth);
	}
	write_byte(out, '}');
}

static void
sent_array(struct buf *out, const struct scan *s, uint32_t arr, size_t depth)
{
	uint32_t first = scan_first(s, arr), end = scan_end(s, arr);
	write_byte(out, '[');
	for (uint32_t k = first; k < end; k = scan_next(s, k)) {
		if (k > first)
			write_byte(out, ',');
		sent_value(out, s, k, depth);
	}
	write_byte(out, ']');
}

static void
sent_value(struct buf *out, const struct scan *s, uint32_t at, size_t depth)
{
	struct scan_writer w = { .max_string = SIZE_MAX };
	struct str text;
	switch (scan_tag(s, at)) {
	case '{':
	case '[':
		if (depth == 0)
			buf_add(out, STR("null"));
		else if (scan_is_object(s, at))
			sent_object(out, s, at, depth - 1);
		else
			sent_array(out, s, at, depth - 1);
		return;
	case '"':
		text = scan_text(s, at);
		if (text.n < 2 || text.p[0] != '\0')
			write_string(out, text);
		else if (text.p[1] == MARK_HUGE)
			buf_add(out, STR("null"));
		else
			buf_add(out, (struct str){ text.p + 2, text.n - 2 });
		return;
	default:
		(void)write_value(out, s, at, STR(""), &w, 0);
	}
}

void
scan_write_sent(struct buf *out, const struct scan *s, uint32_t at, size_t max_depth)
{
	sent_value(out, s, at, max_depth < DEPTH_MAX ? max_depth : DEPTH_MAX);
	buf_reserve(out, 0)[0] = '\0';
}
