/* pretty.c - JSON text indented for reading. Works on bytes, so that numbers
 * and the order of keys stay exactly as stored. */
#include "web/page/pages.h"

static void
new_line(struct buf *b, int depth)
{
	buf_putc(b, '\n');
	for (int i = 0; i < depth; i++)
		buf_puts(b, "  ");
}

/* Copy the string that begins at i; returns the index of its last byte. */
static size_t
copy_string(struct buf *b, struct str json, size_t i)
{
	buf_putc(b, '"');
	for (i++; i < json.n; i++) {
		buf_putc(b, json.p[i]);
		if (json.p[i] == '\\' && i + 1 < json.n)
			buf_putc(b, json.p[++i]);
		else if (json.p[i] == '"')
			break;
	}
	return i;
}

static size_t
skip_blanks(struct str json, size_t i)
{
	while (i < json.n && strchr(" \t\r\n", json.p[i]) != NULL && json.p[i] != '\0')
		i++;
	return i;
}

struct str
json_pretty(struct task *t, struct str json)
{
	struct buf b = BUF_INIT;
	int depth = 0;
	for (size_t i = 0; i < json.n; i++) {
		char c = json.p[i];
		size_t next = skip_blanks(json, i + 1);
		if (c == '"') {
			i = copy_string(&b, json, i);
		} else if ((c == '{' || c == '[') && next < json.n &&
		    json.p[next] == (c == '{' ? '}' : ']')) {
			buf_putc(&b, c);
			buf_putc(&b, json.p[next]);
			i = next;
		} else if (c == '{' || c == '[') {
			buf_putc(&b, c);
			new_line(&b, ++depth);
		} else if (c == '}' || c == ']') {
			new_line(&b, depth > 0 ? --depth : 0);
			buf_putc(&b, c);
		} else if (c == ',') {
			buf_putc(&b, c);
			new_line(&b, depth);
		} else if (c == ':') {
			buf_puts(&b, ": ");
		} else if (skip_blanks(json, i) == i) {
			buf_putc(&b, c);
		}
	}
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}
