/* obfuscation.c - see obfuscation.h. */
#include "symbols/obfuscation.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"
#include "symbols/pick.h"

#define WORDS_MAX 64

/* The next pair; false at the end. */
static bool
pair(struct pick *p, struct str *name, struct str *small)
{
	return pick_element(p) && pick_string(p, name) && pick_element(p) &&
	       pick_string(p, small);
}

bool
obfuscation_check(struct str map, const char **why)
{
	struct pick p = pick_of(map);
	struct str name;
	size_t n = 0;

	if (!pick_begin(&p, '[')) {
		*why = "An obfuscation map is a JSON array of names.";
		return false;
	}
	while (pick_element(&p) && pick_string(&p, &name))
		n++;
	if (!p.ok || n == 0 || n % 2 != 0 || p.text.p[p.i - 1] != ']') {
		*why = "The obfuscation map does not hold pairs of names.";
		return false;
	}
	return true;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$';
}

/* The next word of s from *i on; false when there is none. */
static bool
word(struct str s, size_t *i, struct str *out)
{
	while (*i < s.n && !is_word(s.p[*i]))
		++*i;
	size_t from = *i;

	while (*i < s.n && is_word(s.p[*i]))
		++*i;
	*out = str_slice(s, from, *i);
	return out->n > 0;
}

struct str
obfuscation_apply(struct task *t, struct str map, struct str text)
{
	struct pick p = pick_of(map);
	struct str found[WORDS_MAX], name, small, w;
	struct map want;
	size_t n = 0, at = 0, done = 0;

	map_init(&want, t->arena, 16);
	while (n < WORDS_MAX && word(text, &at, &w)) {
		bool added;
		uint64_t *slot = map_put(&want, w, &added);

		if (added)
			*slot = n;
		if (added)
			found[n++] = STR("");
	}
	if (n == 0 || !pick_begin(&p, '['))
		return text;
	while (pair(&p, &name, &small)) {
		const uint64_t *slot = map_find(&want, small);

		if (slot != NULL && found[*slot].n == 0)
			found[*slot] = pick_plain(t, name);
	}
	struct buf b = BUF_INIT;

	at = 0;
	while (word(text, &at, &w)) {
		const uint64_t *slot = map_find(&want, w);
		size_t from = (size_t)(w.p - text.p);
		struct str before = str_slice(text, done, from);

		done = at;
		if (slot == NULL || found[*slot].n == 0) {
			buf_add(&b, before);
			buf_add(&b, w);
			continue;
		}
		buf_add(&b, before);
		/* dart2js says so before a short name */
		if (str_ends(buf_str(&b), STR("minified:")))
			b.n -= sizeof("minified:") - 1;
		buf_add(&b, found[*slot]);
	}
	buf_add(&b, str_slice(text, done, text.n));
	struct str s = arena_str(t->arena, buf_str(&b));

	buf_release(&b);
	return s;
}
