/* slug.c - see slug.h. */
#include "model/team/slug.h"

#include "base/str.h"

struct str
slug_make(struct task *t, struct str name, const char *fallback)
{
	char out[SLUG_MAX];
	size_t n = 0;
	for (size_t i = 0; i < name.n && n < SLUG_MAX; i++) {
		char c = name.p[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			out[n++] = c;
		else if ((unsigned char)c < 0x80 && n > 0 && out[n - 1] != '-')
			out[n++] = '-';
	}
	while (n > 0 && out[n - 1] == '-')
		n--;
	if (n == 0)
		return arena_str(t->arena, str_of(fallback));
	return arena_str(t->arena, (struct str){ out, n });
}

struct str
slug_number(struct task *t, struct str slug, int number)
{
	if (number <= 1)
		return slug;
	char tail[16];
	int n = snprintf(tail, sizeof(tail), "-%d", number);
	ASSERT(n > 0 && (size_t)n < sizeof(tail));
	struct str head = str_slice(slug, 0, SLUG_MAX - (size_t)n);
	while (head.n > 0 && head.p[head.n - 1] == '-')
		head.n--;
	return arena_printf(t->arena, "%.*s%s", STRF(head), tail);
}
