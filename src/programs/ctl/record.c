/* record.c - see record.h. */
#include "programs/ctl/record.h"

#include "base/str.h"
#include "base/utf8.h"

void
record_init(struct record_reader *r, struct source *s, size_t max, bool csv)
{
	*r = (struct record_reader){ .source = s, .max = max, .csv = csv, .line = 1 };
}

void
record_release(struct record_reader *r)
{
	buf_release(&r->text);
	buf_release(&r->head);
	buf_release(&r->row);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* --- NDJSON --- */

static enum err
next_line(struct task *t, struct record_reader *r, struct record *out, bool *end)
{
	enum err err;
	do {
		out->line = r->line;
		err = source_line(t, r->source, r->max, &out->text, &out->cut, end);
		if (err != E_OK || *end)
			return err;
		r->line++;
		out->text = str_trim(out->text);
	} while (out->text.n == 0 && !out->cut);
	return E_OK;
}

/* --- values, wherever their lines end --- */

struct splitter {
	int64_t depth;
	bool some;     /* a record has begun */
	bool quoted, escaped;
};

/* One byte of a record; true when it was the last. */
static bool
step(struct splitter *p, char c)
{
	if (p->escaped) {
		p->escaped = false;
	} else if (p->quoted) {
		p->escaped = c == '\\';
		p->quoted = c != '"';
	} else if (c == '"') {
		p->quoted = true;
	} else if (c == '{' || c == '[') {
		p->depth++;
	} else if (c == '}' || c == ']') {
		p->depth--;
	}
	return p->depth <= 0 && !p->quoted && (c == '}' || c == ']' || c == '"');
}

/* Take bytes up to the end of a record; *used of them are the reader's. */
static bool
split(struct record_reader *r, struct splitter *p, struct str bytes, struct record *out,
      size_t *used)
{
	for (size_t i = 0; i < bytes.n; i++) {
		char c = bytes.p[i];
		bool between = p->depth == 0 && !p->quoted;
		r->line += c == '\n';
		*used = i + 1;
		if (between && (is_blank(c) || c == ',' || c == '[' || c == ']')) {
			if (p->some)
				return true; /* a bare number or word */
			continue;
		}
		if (!p->some)
			out->line = r->line;
		p->some = true;
		if (r->text.n < r->max)
			buf_putc(&r->text, c);
		else
			out->cut = true;
		if (step(p, c))
			return true;
	}
	return false;
}

static enum err
next_value(struct task *t, struct record_reader *r, struct record *out, bool *end)
{
	struct splitter p = { 0 };
	struct str bytes;
	bool done = false;
	buf_reset(&r->text);
	while (!done) {
		size_t used = 0;
		enum err err = source_peek(t, r->source, &bytes, end);
		if (err != E_OK)
			return err;
		if (*end && !p.some)
			return E_OK;
		if (*end)
			break; /* cut short: the record is what there was */
		done = split(r, &p, bytes, out, &used);
		source_skip(r->source, used);
	}
	*end = false;
	out->text = buf_str(&r->text);
	return E_OK;
}

/* --- CSV --- */

struct cells {
	bool quoted, was_quote, some;
	size_t n;
};

/* One byte of a row; true when the row has ended before it. */
static bool
cell_step(struct record_reader *r, struct cells *p, char c, bool *cut)
{
	if (p->quoted && c == '"') {
		p->quoted = false;
		p->was_quote = true;
		return false;
	}
	if (!p->quoted && c == '\n')
		return true;
	if (!p->quoted && c == '"') {
		p->quoted = true;
		if (!p->was_quote) /* not the second of a pair */
			return false;
	}
	p->was_quote = false;
	p->some = true;
	if (!p->quoted && c == '\r')
		return false;
	bool next = !p->quoted && c == ',';
	p->n += next;
	if (r->row.n < r->max)
		buf_putc(&r->row, next ? '\0' : c == '\0' ? ' ' : c);
	else
		*cut = true;
	return false;
}

/* The next row into r->row. */
static enum err
read_row(struct task *t, struct record_reader *r, struct record *out, size_t *cells, bool *end)
{
	struct cells p = { 0 };
	struct str bytes;
	bool done = false;
	buf_reset(&r->row);
	out->line = r->line;
	while (!done) {
		size_t used = 0;
		enum err err = source_peek(t, r->source, &bytes, end);
		if (err != E_OK)
			return err;
		if (*end)
			break;
		for (; used < bytes.n && !done; used++) {
			r->line += bytes.p[used] == '\n';
			done = cell_step(r, &p, bytes.p[used], &out->cut);
		}
		source_skip(r->source, used);
	}
	*end = !done && !p.some && !p.was_quote;
	buf_putc(&r->row, '\0');
	*cells = p.n + 1;
	return E_OK;
}

static enum err
next_row(struct task *t, struct record_reader *r, struct record *out, bool *end)
{
	size_t n;
	do { /* blank lines are no rows */
		enum err err = read_row(t, r, out, &n, end);
		if (err != E_OK || *end)
			return err;
	} while (r->row.n == 1);
	struct str head = buf_str(&r->head), row = buf_str(&r->row);
	buf_reset(&r->text);
	buf_putc(&r->text, '{');
	for (size_t i = 0; i < n && i < r->columns; i++) {
		struct str name = str_cut(&head, '\0'), value = str_cut(&row, '\0');
		if (value.n == 0)
			continue;
		if (r->text.n > 1)
			buf_putc(&r->text, ',');
		buf_json(&r->text, name);
		buf_putc(&r->text, ':');
		buf_json(&r->text, utf8_clean(t->arena, value));
	}
	buf_putc(&r->text, '}');
	out->text = buf_str(&r->text);
	return E_OK;
}

static enum err
read_head(struct task *t, struct record_reader *r)
{
	struct record first = { 0 };
	bool end;
	enum err err = read_row(t, r, &first, &r->columns, &end);
	if (err != E_OK)
		return err;
	if (end || first.cut || r->columns > RECORD_COLUMNS_MAX || !utf8_valid(buf_str(&r->row)))
		return task_fail(t, E_DATA, "line 1 is neither JSON nor the header of a CSV file");
	buf_reset(&r->head);
	buf_add(&r->head, buf_str(&r->row));
	return E_OK;
}

/* --- which of them --- */

static enum err
choose(struct task *t, struct record_reader *r)
{
	struct str bytes;
	bool end;
	enum err err;
	for (;;) {
		if ((err = source_peek(t, r->source, &bytes, &end)) != E_OK || end)
			return err;
		size_t i = str_starts(bytes, STR("\xef\xbb\xbf")) ? 3 : 0;
		for (; i < bytes.n && is_blank(bytes.p[i]); i++)
			r->line += bytes.p[i] == '\n';
		source_skip(r->source, i);
		if (i == bytes.n)
			continue;
		bytes = str_slice(bytes, i, bytes.n);
		struct str first = str_cut(&bytes, '\n');
		if (first.p[0] == '[' || str_is(str_trim(first), "{"))
			r->form = RECORD_VALUES;
		else if (first.p[0] == '{' || !r->csv)
			r->form = RECORD_LINES;
		else
			r->form = RECORD_CSV;
		return r->form == RECORD_CSV ? read_head(t, r) : E_OK;
	}
}

enum err
record_next(struct task *t, struct record_reader *r, struct record *out, bool *end)
{
	enum err err = E_OK;
	*out = (struct record){ .text = STR("") };
	*end = true;
	if (r->form == RECORD_UNKNOWN)
		err = choose(t, r);
	if (err != E_OK)
		return err;
	switch (r->form) {
	case RECORD_LINES:
		return next_line(t, r, out, end);
	case RECORD_VALUES:
		return next_value(t, r, out, end);
	case RECORD_CSV:
		return next_row(t, r, out, end);
	case RECORD_UNKNOWN: /* an empty file */
		break;
	}
	return E_OK;
}
