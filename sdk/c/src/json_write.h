/* json_write.h - JSON, valid whatever goes in. */

/* Bytes of the UTF-8 character at s, or 0 when it is none (RFC 3629). */
static size_t
tm_utf8(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	if (u[0] < 0x80)
		return 1;
	size_t len = u[0] >= 0xc2 && u[0] <= 0xdf ? 2 : (u[0] & 0xf0) == 0xe0 ? 3 :
	             u[0] >= 0xf0 && u[0] <= 0xf4 ? 4 : 0;
	if (len == 0 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
	    (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	return len;
}

/* s, or as many of its characters as fit into max bytes. */
static struct tm_str
tm_cut(struct tm_str s, size_t max)
{
	if (s.n > max) {
		s.n = max;
		while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
			s.n--;
	}
	return s;
}

static void
tm_put_escaped(struct tm_buf *b, unsigned char c)
{
	char text[8];
	switch (c) {
	case '"': tm_buf_puts(b, "\\\""); return;
	case '\\': tm_buf_puts(b, "\\\\"); return;
	case '\n': tm_buf_puts(b, "\\n"); return;
	case '\r': tm_buf_puts(b, "\\r"); return;
	case '\t': tm_buf_puts(b, "\\t"); return;
	default: break;
	}
	snprintf(text, sizeof(text), "\\u%04x", c);
	tm_buf_puts(b, text);
}

/* A string; bytes that are no UTF-8 become U+FFFD. */
static void
tm_put_text(struct tm_buf *b, struct tm_str s, size_t max)
{
	size_t done = 0, i = 0;
	s = tm_cut(s, max);
	tm_buf_putc(b, '"');
	while (i < s.n) {
		unsigned char c = (unsigned char)s.p[i];
		size_t len = c >= ' ' && c < 0x7f && c != '"' && c != '\\' ? 1 : 0;
		if (len == 0 && c >= 0x7f)
			len = tm_utf8(s.p + i, s.n - i);
		if (len > 0) {
			i += len;
			continue;
		}
		tm_buf_add(b, s.p + done, i - done);
		if (c < 0x7f)
			tm_put_escaped(b, c);
		else
			tm_buf_puts(b, "\xef\xbf\xbd");
		done = ++i;
	}
	tm_buf_add(b, s.p + done, s.n - done);
	tm_buf_putc(b, '"');
}

/* ,"name": - the comma only where something came before it in the object: an
 * empty buffer is the middle of an item. */
static void
tm_put_key(struct tm_buf *b, struct tm_str name)
{
	if (b->n == 0 || b->p[b->n - 1] != '{')
		tm_buf_putc(b, ',');
	tm_put_text(b, name, TM_MAX_TEXT);
	tm_buf_putc(b, ':');
}

/* Nothing when text is NULL or "". */
static void
tm_put_field(struct tm_buf *b, const char *name, const char *text, size_t max)
{
	if (text == NULL || *text == '\0')
		return;
	tm_put_key(b, tm_str_of(name));
	tm_put_text(b, tm_str_of(text), max);
}

/* The shortest of 15 to 17 digits that reads back the same; a locale's decimal
 * comma becomes a point. */
static void
tm_put_double(struct tm_buf *b, double v)
{
	char text[40];
	if (isnan(v) || isinf(v)) {
		tm_buf_puts(b, "null");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	for (char *c = text; *c != '\0'; c++)
		if (*c == ',')
			*c = '.';
	tm_buf_puts(b, text);
}
