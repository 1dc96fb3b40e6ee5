/* multipart.c - see multipart.h. */
#include "http/multipart.h"

#include "base/str.h"

#define BOUNDARY_MAX 70
#define LINE_MAX_BYTES 1024
#define HEADERS_MAX 8

static const struct str crlf = { "\r\n", 2 };

/* Index of needle in s from `from`, or -1. */
static ptrdiff_t
find(struct str s, size_t from, struct str needle)
{
	if (from > s.n || s.n - from < needle.n)
		return -1;
	const char *p = memmem(s.p + from, s.n - from, needle.p, needle.n);
	return p == NULL ? -1 : p - s.p;
}

static bool
is_boundary(struct str s)
{
	if (s.n == 0 || s.n > BOUNDARY_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      strchr("'()+_,-./:=? ", c) != NULL) || c == '\0')
			return false;
	}
	return s.p[s.n - 1] != ' ';
}

/* Value of a parameter "; name=value" or "; name=\"value\""; p NULL when it is
 * absent. Inside quotes %22 and the like stay as they are (WHATWG). */
static struct str
parameter(struct str line, const char *name)
{
	(void)str_cut(&line, ';');
	while (line.p != NULL) {
		line = str_trim(line);
		ptrdiff_t eq = str_index(line, '=');
		if (eq < 0)
			return STR_NULL;
		struct str key = str_trim(str_slice(line, 0, (size_t)eq));
		struct str value = str_slice(line, (size_t)eq + 1, line.n);
		if (value.n > 0 && value.p[0] == '"') {
			value = str_slice(value, 1, value.n);
			ptrdiff_t end = str_index(value, '"');
			if (end < 0)
				return STR_NULL;
			line = str_slice(value, (size_t)end + 1, value.n);
			value = str_slice(value, 0, (size_t)end);
			(void)str_cut(&line, ';');
		} else {
			line = value;
			value = str_trim(str_cut(&line, ';'));
		}
		if (str_ieq(key, str_of(name)))
			return value;
	}
	return STR_NULL;
}

static struct str
first_word(struct str line)
{
	return str_trim(str_cut(&line, ';'));
}

bool
multipart_boundary(struct str content_type, struct str *boundary)
{
	if (!str_ieq(first_word(content_type), STR("multipart/form-data")))
		return false;
	*boundary = parameter(content_type, "boundary");
	return boundary->p != NULL && is_boundary(*boundary);
}

static bool
read_header(struct str line, struct multipart_part *part)
{
	struct str value = line;
	struct str name = str_cut(&value, ':');
	if (value.p == NULL || name.n == 0)
		return false;
	value = str_trim(value);
	if (str_ieq(name, STR("content-type")))
		part->type = value;
	if (!str_ieq(name, STR("content-disposition")))
		return true;
	if (part->name.p != NULL || !str_ieq(first_word(value), STR("form-data")))
		return false;
	part->name = parameter(value, "name");
	part->filename = parameter(value, "filename");
	return part->name.p != NULL;
}

/* Header lines from *at to the empty line; *at is then the first byte after. */
static bool
read_headers(struct str body, size_t *at, struct multipart_part *part)
{
	for (size_t i = 0; i <= HEADERS_MAX; i++) {
		ptrdiff_t end = find(body, *at, crlf);
		if (end < 0 || (size_t)end - *at > LINE_MAX_BYTES)
			return false;
		struct str line = str_slice(body, *at, (size_t)end);
		*at = (size_t)end + 2;
		if (line.n == 0)
			return part->name.p != NULL;
		if (!read_header(line, part))
			return false;
	}
	return false;
}

static enum err
malformed(struct task *t)
{
	return task_fail(t, E_BAD_REQUEST, "The form with the file could not be read.");
}

/* What stands behind a delimiter: 1 another part, 0 the end, -1 neither. */
static int
after_delimiter(struct str body, size_t *at)
{
	struct str rest = str_slice(body, *at, body.n);
	if (str_starts(rest, STR("--")))
		return 0;
	while (*at < body.n && (body.p[*at] == ' ' || body.p[*at] == '\t'))
		++*at;
	if (!str_starts(str_slice(body, *at, body.n), crlf))
		return -1;
	*at += 2;
	return 1;
}

enum err
multipart_parse(struct task *t, struct str boundary, struct str body,
                struct multipart_part *part, size_t max, size_t *n)
{
	char text[BOUNDARY_MAX + 4] = "\r\n--";
	*n = 0;
	if (!is_boundary(boundary))
		return malformed(t);
	memcpy(text + 4, boundary.p, boundary.n);
	struct str delimiter = { text, boundary.n + 4 };
	struct str first = str_slice(delimiter, 2, delimiter.n);
	if (!str_starts(body, first))
		return malformed(t);
	size_t at = first.n;
	int more;
	while ((more = after_delimiter(body, &at)) == 1) {
		struct multipart_part p = { 0 };
		if (*n == max || !read_headers(body, &at, &p))
			return malformed(t);
		/* an empty part: the delimiter begins with the empty line's end */
		size_t from = at >= 2 ? at - 2 : 0;
		ptrdiff_t end = find(body, from, delimiter);
		if (end < 0)
			return malformed(t);
		p.body = (size_t)end > at ? str_slice(body, at, (size_t)end) : STR("");
		part[(*n)++] = p;
		at = (size_t)end + delimiter.n;
	}
	return more == 0 ? E_OK : malformed(t);
}

bool
multipart_find(struct task *t, const struct req *req, const char *name,
               struct multipart_part *out)
{
	struct multipart_part part[MULTIPART_PARTS_MAX];
	struct str boundary;
	size_t n = 0;
	if (!multipart_boundary(req->content_type_line, &boundary))
		return false;
	if (multipart_parse(t, boundary, req->body, part, NELEM(part), &n) != E_OK) {
		task_clear(t);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (str_is(part[i].name, name)) {
			*out = part[i];
			return true;
		}
	}
	return false;
}
