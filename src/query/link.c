/* link.c - percent-encoding for query strings. */
#include "query/link.h"

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~/:,", c) != NULL);
}

void
link_param(struct buf *b, const char *name, struct str value)
{
	if (b->n > 0)
		buf_putc(b, '&');
	buf_puts(b, name);
	buf_putc(b, '=');
	for (size_t i = 0; i < value.n; i++) {
		if (is_plain(value.p[i]))
			buf_putc(b, value.p[i]);
		else
			buf_printf(b, "%%%02X", (unsigned char)value.p[i]);
	}
}
