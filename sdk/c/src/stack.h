/* stack.h - a native stack, in the form that the server reads. */

enum { TM_FRAMES = 64 };

/* "…/bin(fn+0x1d) [0x55…]" as "#00 pc 000000000000001d  …/bin (fn+29)", the form
 * of a native stack that the server reads. */
static void
tm_put_frame(struct tm_buf *b, int no, struct tm_str line)
{
	char text[TM_MAX_TEXT], name[256] = "", place[512];
	unsigned long long offset = 0, address = 0;
	const char *open = (const char *)memchr(line.p, '(', line.n);
	const char *at = (const char *)memchr(line.p, '[', line.n);
	size_t n = open != NULL ? (size_t)(open - line.p) : line.n;
	if (at != NULL)
		address = strtoull(at + 1, NULL, 16);
	if (open != NULL) {
		const char *plus = (const char *)memchr(open, '+', line.n - n);
		if (plus != NULL)
			offset = strtoull(plus + 1, NULL, 16);
		if (plus != NULL && plus > open + 1)
			snprintf(name, sizeof(name), "%.*s", (int)(plus - open - 1), open + 1);
	}
	snprintf(place, sizeof(place), "%.*s", (int)n, line.p);
	if (name[0] != '\0')
		snprintf(text, sizeof(text), "#%02d pc %016llx  %s (%s+%llu)\n", no, address, place, name, offset);
	else
		snprintf(text, sizeof(text), "#%02d pc %016llx  %s\n", no, offset != 0 ? offset : address, place);
	tm_buf_puts(b, text);
}

#ifdef TIDEMARK_BACKTRACE
/* The caller's stack, without skip frames of our own. */
static void
tm_put_stack(struct tm_buf *b, int skip)
{
	void *frame[TM_FRAMES];
	int n = backtrace(frame, TM_FRAMES);
	char **names = backtrace_symbols(frame, n);
	for (int i = skip; names != NULL && i < n; i++)
		tm_put_frame(b, i - skip, tm_str_of(names[i]));
	free(names);
}
#endif
