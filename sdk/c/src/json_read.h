/* json_read.h - JSON, read in place. A value is a pointer to its first byte and
 * the end of the text; NULL is "absent or not well formed". */

enum { TM_READ_DEPTH = 64 };

static const char *
tm_json_blank(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* After the string that begins at p. */
static const char *
tm_json_skip_text(const char *p, const char *end)
{
	if (p >= end || *p != '"')
		return NULL;
	for (p++; p < end; p++) {
		if ((unsigned char)*p < ' ')
			return NULL;
		if (*p == '"')
			return p + 1;
		if (*p == '\\' && ++p == end)
			return NULL;
	}
	return NULL;
}

static const char *
tm_json_digits(const char *p, const char *end)
{
	const char *from = p;
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p > from ? p : NULL;
}

static const char *
tm_json_skip_number(const char *p, const char *end)
{
	if (p < end && *p == '-')
		p++;
	if (p < end && *p == '0')
		p++;
	else if ((p = tm_json_digits(p, end)) == NULL)
		return NULL;
	if (p < end && *p == '.' && (p = tm_json_digits(p + 1, end)) == NULL)
		return NULL;
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		p = tm_json_digits(p, end);
	}
	return p;
}

static const char *
tm_json_skip_word(const char *p, const char *end, const char *word)
{
	size_t n = strlen(word);
	return (size_t)(end - p) >= n && memcmp(p, word, n) == 0 ? p + n : NULL;
}

static const char *tm_json_skip(const char *p, const char *end, int depth);

/* After the ':' that follows a key; *key is its text with the quotes. */
static const char *
tm_json_member(const char *p, const char *end, struct tm_str *key)
{
	const char *after = tm_json_skip_text(p, end);
	if (after == NULL)
		return NULL;
	*key = tm_slice(p, after);
	p = tm_json_blank(after, end);
	return p < end && *p == ':' ? tm_json_blank(p + 1, end) : NULL;
}

static const char *
tm_json_skip_container(const char *p, const char *end, int depth)
{
	char open = *p, close = open == '{' ? '}' : ']';
	struct tm_str key;
	p = tm_json_blank(p + 1, end);
	if (p < end && *p == close)
		return p + 1;
	while (p != NULL && p < end) {
		if (open == '{' && (p = tm_json_member(p, end, &key)) == NULL)
			return NULL;
		if ((p = tm_json_skip(p, end, depth + 1)) == NULL)
			return NULL;
		p = tm_json_blank(p, end);
		if (p < end && *p == close)
			return p + 1;
		if (p == end || *p != ',')
			return NULL;
		p = tm_json_blank(p + 1, end);
	}
	return NULL;
}

/* After the value at p. */
static const char *
tm_json_skip(const char *p, const char *end, int depth)
{
	if (p == NULL || p >= end || depth > TM_READ_DEPTH)
		return NULL;
	switch (*p) {
	case '"': return tm_json_skip_text(p, end);
	case '{':
	case '[': return tm_json_skip_container(p, end, depth);
	case 't': return tm_json_skip_word(p, end, "true");
	case 'f': return tm_json_skip_word(p, end, "false");
	case 'n': return tm_json_skip_word(p, end, "null");
	default: return tm_json_skip_number(p, end);
	}
}

/* Is all of the text one value? */
static bool
tm_json_valid(const char *p, const char *end)
{
	p = tm_json_skip(tm_json_blank(p, end), end, 0);
	return p != NULL && tm_json_blank(p, end) == end;
}

/* The first element of a container, or NULL; then the one after p. */
static const char *
tm_json_first(const char *container, const char *end)
{
	const char *p = tm_json_blank(container + 1, end);
	return p < end && *p != '}' && *p != ']' ? p : NULL;
}

static const char *
tm_json_next(const char *after, const char *end)
{
	const char *p = after == NULL ? end : tm_json_blank(after, end);
	return p < end && *p == ',' ? tm_json_blank(p + 1, end) : NULL;
}

/* The value of a key (written without escapes) of the object at p. */
static const char *
tm_json_get(const char *p, const char *end, const char *name)
{
	size_t n = strlen(name);
	struct tm_str key;
	if (p == NULL || p >= end || *p != '{')
		return NULL;
	for (p = tm_json_first(p, end); p != NULL; p = tm_json_next(tm_json_skip(p, end, 0), end)) {
		if ((p = tm_json_member(p, end, &key)) == NULL)
			return NULL;
		if (key.n == n + 2 && memcmp(key.p + 1, name, n) == 0)
			return p;
	}
	return NULL;
}

/* A number, or otherwise. */
static double
tm_json_double(const char *p, const char *end, double otherwise)
{
	char text[64];
	if (p == NULL || (*p != '-' && (*p < '0' || *p > '9')))
		return otherwise;
	const char *after = tm_json_skip_number(p, end);
	if (after == NULL || (size_t)(after - p) >= sizeof(text))
		return otherwise;
	memcpy(text, p, (size_t)(after - p));
	text[after - p] = '\0';
	return strtod(text, NULL);
}

static int64_t
tm_json_int(const char *p, const char *end, int64_t otherwise)
{
	double v = tm_json_double(p, end, (double)otherwise);
	return v >= -9e15 && v <= 9e15 ? (int64_t)v : otherwise;
}

/* The text between the quotes as it stands, escapes and all: for words that
 * have none. */
static struct tm_str
tm_json_word(const char *p, const char *end)
{
	const char *after = p == NULL ? NULL : tm_json_skip_text(p, end);
	return after == NULL ? tm_str_of("") : tm_slice(p + 1, after - 1);
}

static bool
tm_json_true(const char *p, const char *end)
{
	return p != NULL && tm_json_skip_word(p, end, "true") != NULL;
}
