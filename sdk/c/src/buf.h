/* buf.h - text that grows. A lack of memory is remembered in `failed`, and what
 * is written after it is lost: one look at the end is enough. */

struct tm_buf {
	char *p;
	size_t n, cap;
	bool failed;
};

static void
tm_buf_init(struct tm_buf *b)
{
	memset(b, 0, sizeof(*b));
}

static void
tm_buf_free(struct tm_buf *b)
{
	free(b->p);
	tm_buf_init(b);
}

static bool
tm_buf_room(struct tm_buf *b, size_t more)
{
	if (b->failed || more <= b->cap - b->n)
		return !b->failed;
	size_t cap = b->cap < 256 ? 256 : b->cap;
	while (cap - b->n < more)
		cap *= 2;
	char *p = (char *)realloc(b->p, cap);
	if (p == NULL) {
		b->failed = true;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

static void
tm_buf_add(struct tm_buf *b, const char *p, size_t n)
{
	if (n > 0 && tm_buf_room(b, n)) {
		memcpy(b->p + b->n, p, n);
		b->n += n;
	}
}

static void
tm_buf_puts(struct tm_buf *b, const char *text)
{
	tm_buf_add(b, text, strlen(text));
}

static void
tm_buf_putc(struct tm_buf *b, char c)
{
	tm_buf_add(b, &c, 1);
}

static void
tm_buf_put_int(struct tm_buf *b, int64_t v)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%lld", (long long)v);
	tm_buf_add(b, text, (size_t)n);
}

/* What it holds; nothing after a failure. */
static struct tm_str
tm_buf_str(const struct tm_buf *b)
{
	struct tm_str s;
	s.p = b->p != NULL ? b->p : "";
	s.n = b->failed ? 0 : b->n;
	return s;
}

/* The text with a NUL after it, which is not counted. */
static const char *
tm_buf_text(struct tm_buf *b)
{
	if (!tm_buf_room(b, 1))
		return "";
	b->p[b->n] = '\0';
	return b->p;
}
