/* read.c - message_parse(): reads what message_build() wrote, nothing else. */
#include "mail/message.h"

#include "base/str.h"
#include "base/utf8.h"

static ptrdiff_t
find(struct str s, struct str what)
{
	for (size_t i = 0; i + what.n <= s.n; i++)
		if (memcmp(s.p + i, what.p, what.n) == 0)
			return (ptrdiff_t)i;
	return -1;
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Quoted-printable and "Q" alike; a malformed '=' stays as it is. */
static struct str
unquote(struct task *t, struct str s, bool word)
{
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '=' && i + 2 < s.n && s.p[i + 1] == '\r' && s.p[i + 2] == '\n') {
			i += 2;
		} else if (s.p[i] == '=' && i + 2 < s.n && digit(s.p[i + 1]) >= 0 &&
		    digit(s.p[i + 2]) >= 0) {
			buf_putc(&b, (char)(digit(s.p[i + 1]) * 16 + digit(s.p[i + 2])));
			i += 2;
		} else if (word && s.p[i] == '_') {
			buf_putc(&b, ' ');
		} else if (s.p[i] != '\r') {
			buf_putc(&b, s.p[i]);
		}
	}
	struct str out = utf8_clean(t->arena, arena_str(t->arena, buf_str(&b)));
	buf_release(&b);
	return out;
}

/* Encoded words of an unfolded value; blanks between two words go. */
static struct str
decode(struct task *t, struct str s)
{
	static const struct str OPEN = { "=?UTF-8?Q?", 10 };
	struct buf b = BUF_INIT;
	while (s.n > 0) {
		ptrdiff_t at = find(s, OPEN);
		struct str rest = at < 0 ? STR_NULL : str_slice(s, (size_t)at + OPEN.n, s.n);
		ptrdiff_t end = at < 0 ? -1 : find(rest, STR("?="));
		if (end < 0) {
			buf_add(&b, s);
			break;
		}
		if (str_trim(str_slice(s, 0, (size_t)at)).n > 0 || b.n == 0)
			buf_add(&b, str_slice(s, 0, (size_t)at));
		buf_add(&b, unquote(t, str_slice(rest, 0, (size_t)end), true));
		s = str_slice(rest, (size_t)end + 2, rest.n);
	}
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

/* The value of a header, unfolded; p NULL when absent. name: "\r\nTo: ". */
static struct str
header(struct task *t, struct str head, const char *name)
{
	struct buf b = BUF_INIT;
	ptrdiff_t at = find(head, str_of(name));
	if (at < 0)
		return STR_NULL;
	struct str s = str_slice(head, (size_t)at + strlen(name), head.n);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\r' && i + 2 < s.n && s.p[i + 2] != ' ')
			break;
		if (s.p[i] != '\r' && s.p[i] != '\n')
			buf_putc(&b, s.p[i]);
	}
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

/* The content of the part of this type. */
static struct str
part(struct task *t, struct str body, const char *type)
{
	ptrdiff_t at = find(body, str_of(type));
	if (at < 0)
		return STR_NULL;
	struct str s = str_slice(body, (size_t)at, body.n);
	ptrdiff_t blank = find(s, STR("\r\n\r\n"));
	ptrdiff_t end = find(s, STR("\r\n--=_tidemark_"));
	if (blank < 0 || end < blank + 4)
		return STR_NULL;
	return unquote(t, str_slice(s, (size_t)blank + 4, (size_t)end), false);
}

enum err
message_parse(struct task *t, struct str raw, struct message_read *out)
{
	ptrdiff_t blank = find(raw, STR("\r\n\r\n"));
	*out = (struct message_read){ 0 };
	if (blank < 0 || !str_starts(raw, STR("Date: ")))
		return task_fail(t, E_DATA, "This file is no mail of Tidemark");
	struct str head = str_slice(raw, 0, (size_t)blank + 2);
	struct str body = str_slice(raw, (size_t)blank, raw.n);
	ptrdiff_t line = str_index(head, '\r');
	out->date = str_slice(head, 6, (size_t)line);
	out->to = header(t, head, "\r\nTo: ");
	if (out->to.n >= 2)
		out->to = str_slice(out->to, 1, out->to.n - 1);
	out->subject = decode(t, header(t, head, "\r\nSubject: "));
	out->kind = header(t, head, "\r\nX-Tidemark-Kind: ");
	out->text = part(t, body, "\r\nContent-Type: text/plain;");
	out->html = part(t, body, "\r\nContent-Type: text/html;");
	return E_OK;
}
