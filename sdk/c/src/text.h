/* text.h - a JSON string read to its characters. */

static int
tm_hex4(const char *p, const char *end)
{
	int v = 0;
	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];
		int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		        c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

static void
tm_put_utf8(struct tm_buf *b, int c)
{
	if (c < 0x80) {
		tm_buf_putc(b, (char)c);
	} else if (c < 0x800) {
		tm_buf_putc(b, (char)(0xc0 | c >> 6));
		tm_buf_putc(b, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		tm_buf_putc(b, (char)(0xe0 | c >> 12));
		tm_buf_putc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		tm_buf_putc(b, (char)(0x80 | (c & 0x3f)));
	} else {
		tm_buf_putc(b, (char)(0xf0 | c >> 18));
		tm_buf_putc(b, (char)(0x80 | (c >> 12 & 0x3f)));
		tm_buf_putc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		tm_buf_putc(b, (char)(0x80 | (c & 0x3f)));
	}
}

/* The escape after a backslash; what comes after it. Half a surrogate pair and
 * what is no escape become U+FFFD. */
static const char *
tm_unescape(struct tm_buf *b, const char *p, const char *end)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at = strchr(from, *p);
	if (at != NULL && *p != '\0') {
		tm_buf_putc(b, to[at - from]);
		return p + 1;
	}
	int c = *p == 'u' ? tm_hex4(p + 1, end) : -1;
	if (c < 0) {
		tm_put_utf8(b, 0xfffd);
		return p + 1;
	}
	p += 5;
	if (c >= 0xd800 && c < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
		int low = tm_hex4(p + 2, end);
		if (low >= 0xdc00 && low < 0xe000) {
			tm_put_utf8(b, 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00));
			return p + 6;
		}
	}
	tm_put_utf8(b, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	return p;
}

/* quoted: with its quotes. Adds the characters to b. */
static void
tm_json_text(struct tm_buf *b, struct tm_str quoted)
{
	const char *p = quoted.p + 1, *end = quoted.p + quoted.n - 1;
	while (p < end) {
		const char *stop = (const char *)memchr(p, '\\', (size_t)(end - p));
		if (stop == NULL)
			stop = end;
		tm_buf_add(b, p, (size_t)(stop - p));
		p = stop < end ? tm_unescape(b, stop + 1, end) : end;
	}
}
