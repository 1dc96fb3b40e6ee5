/* release.c - see release.h. */
#include "model/project/release.h"

#include "base/buf.h"
#include "base/str.h"

#define PARTS 6
#define DIGITS 10      /* of a number in the key; larger ones are cut to all 9 */
#define KEY_MAX 200
#define WORDS_MAX 100  /* bytes of a pre-release or build in the key */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_number(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

/* DIGITS digits, so that text compares like numbers. */
static void
add_number(struct buf *b, struct str s)
{
	while (s.n > 1 && s.p[0] == '0')
		s = str_slice(s, 1, s.n);
	if (s.n > DIGITS) {
		buf_puts(b, "9999999999");
		return;
	}
	for (size_t i = s.n; i < DIGITS; i++)
		buf_putc(b, '0');
	buf_add(b, s);
}

/* Identifiers between dots: numbers before words (semver 11.4). '!' ends the
 * list and sorts before '.', so that fewer identifiers come first. */
static void
add_words(struct buf *b, struct str s)
{
	s = str_slice(s, 0, WORDS_MAX);
	while (s.p != NULL && s.n > 0) {
		struct str id = str_cut(&s, '.');
		buf_putc(b, is_number(id) ? '0' : '1');
		if (is_number(id))
			add_number(b, id);
		for (size_t i = 0; i < id.n && !is_number(id); i++) {
			char c = id.p[i];
			buf_putc(b, c > ' ' && c < 127 ? c : '_');
		}
		if (s.p != NULL)
			buf_putc(b, '.');
	}
	buf_putc(b, '!');
}

/* "shop@v2.4.0" -> "2.4.0" */
static struct str
bare(struct str v)
{
	v = str_trim(v);
	for (size_t i = v.n; i > 0; i--) {
		if (v.p[i - 1] == '@') {
			v = str_slice(v, i, v.n);
			break;
		}
	}
	if (v.n > 1 && (v.p[0] == 'v' || v.p[0] == 'V') && is_digit(v.p[1]))
		v = str_slice(v, 1, v.n);
	return v;
}

/* The numbers at the front; the rest begins with what is no ".number". */
static struct str
add_parts(struct buf *b, struct str v)
{
	for (size_t i = 0; i < PARTS; i++) {
		size_t n = 0;
		while (n < v.n && is_digit(v.p[n]))
			n++;
		add_number(b, n > 0 ? str_slice(v, 0, n) : STR("0"));
		v = str_slice(v, n, v.n);
		if (v.n > 1 && v.p[0] == '.' && is_digit(v.p[1]))
			v = str_slice(v, 1, v.n);
	}
	return v;
}

struct str
release_key(struct task *t, struct str version, struct str build)
{
	struct str v = bare(version);
	if (v.n == 0 || !is_digit(v.p[0]))
		return STR_NULL;
	struct str rest = v, core = str_cut(&rest, '+');
	struct str own_build = rest.p != NULL ? rest : STR("");
	struct buf b = BUF_INIT;
	struct str pre = add_parts(&b, core);
	if (pre.n > 0 && (pre.p[0] == '-' || pre.p[0] == '.' || pre.p[0] == '_'))
		pre = str_slice(pre, 1, pre.n);
	if (pre.n == 0) {
		buf_puts(&b, "~!"); /* the release itself, after its betas */
	} else {
		buf_putc(&b, '-');
		add_words(&b, pre);
	}
	add_words(&b, str_trim(build).n > 0 ? str_trim(build) : own_build);
	struct str key = arena_str(t->arena, str_slice(buf_str(&b), 0, KEY_MAX));
	buf_release(&b);
	return key;
}
