/* out.c - results as table, JSON or CSV; see ctl.h. */
#include <errno.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/jw.h"
#include "base/str.h"
#include "base/utf8.h"
#include "programs/ctl/ctl.h"

#define COLUMNS_MAX 32

enum cell_type { CELL_STR, CELL_RAW, CELL_NULL };

struct cell {
	enum cell_type type;
	struct str text;
};

struct out {
	const char *const *columns; /* NULL: text only */
	size_t ncolumns;
	bool object;
	struct cell *cell; /* rows × ncolumns */
	size_t n, cap;
	struct str text;
};

static struct out *
begin(struct ctl *c, const char *const *columns, bool object)
{
	struct out *o = talloc(c->t, struct out);
	o->columns = columns;
	o->object = object;
	while (columns != NULL && columns[o->ncolumns] != NULL)
		o->ncolumns++;
	ASSERT(o->ncolumns <= COLUMNS_MAX);
	c->out = o;
	return o;
}

void
out_object(struct ctl *c, const char *const *columns)
{
	begin(c, columns, true);
}

void
out_list(struct ctl *c, const char *const *columns)
{
	begin(c, columns, false);
}

void
out_text(struct ctl *c, struct str text)
{
	begin(c, NULL, true)->text = arena_str(c->t->arena, text);
}

static void
add(struct ctl *c, enum cell_type type, struct str text)
{
	struct out *o = c->out;
	ASSERT(o != NULL && o->ncolumns > 0);
	if (o->n == o->cap) {
		o->cap = o->cap != 0 ? o->cap * 2 : 64;
		struct cell *more = tarray(c->t, o->cap, struct cell);
		if (o->n > 0)
			memcpy(more, o->cell, o->n * sizeof(*more));
		o->cell = more;
	}
	o->cell[o->n++] = (struct cell){ type, arena_str(c->t->arena, text) };
}

void
out_str(struct ctl *c, struct str v)
{
	add(c, CELL_STR, v);
}

void
out_i64(struct ctl *c, int64_t v)
{
	add(c, CELL_RAW, arena_printf(c->t->arena, "%lld", (long long)v));
}

void
out_bool(struct ctl *c, bool v)
{
	add(c, CELL_RAW, str_of(v ? "true" : "false"));
}

void
out_null(struct ctl *c)
{
	add(c, CELL_NULL, STR(""));
}

void
out_time(struct ctl *c, int64_t us)
{
	char text[CLOCK_TEXT];
	if (us == 0) {
		out_null(c);
		return;
	}
	size_t n = clock_format(us, text);
	out_str(c, (struct str){ text, n });
}

void
out_json(struct ctl *c, struct str json)
{
	add(c, CELL_RAW, json);
}

static void
write_json(const struct out *o, struct buf *b)
{
	struct jw w;
	jw_init(&w, b);
	if (!o->object)
		jw_array_begin(&w);
	for (size_t i = 0; i < o->n; i++) {
		const struct cell *cell = &o->cell[i];
		if (i % o->ncolumns == 0)
			jw_object_begin(&w);
		jw_key(&w, o->columns[i % o->ncolumns]);
		if (cell->type == CELL_STR)
			jw_str(&w, cell->text);
		else if (cell->type == CELL_RAW)
			jw_raw(&w, cell->text);
		else
			jw_null(&w);
		if (i % o->ncolumns == o->ncolumns - 1)
			jw_object_end(&w);
	}
	if (!o->object)
		jw_array_end(&w);
	buf_putc(b, '\n');
}

static void
write_csv(const struct out *o, struct buf *b)
{
	for (size_t i = 0; i < o->ncolumns; i++)
		buf_printf(b, "%s%s", i > 0 ? "," : "", o->columns[i]);
	buf_puts(b, "\r\n");
	for (size_t i = 0; i < o->n; i++) {
		codec_csv(b, o->cell[i].text, o->cell[i].type == CELL_STR);
		buf_puts(b, i % o->ncolumns == o->ncolumns - 1 ? "\r\n" : ",");
	}
}

static void
pad(struct buf *b, struct str s, size_t width)
{
	for (size_t i = 0; i < s.n; i++) /* a terminal must not obey data */
		buf_putc(b, (unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f ? ' ' : s.p[i]);
	for (size_t i = utf8_count(s); i < width; i++)
		buf_putc(b, ' ');
}

static void
end_line(struct buf *b)
{
	while (b->n > 0 && b->p[b->n - 1] == ' ')
		b->p[--b->n] = '\0';
	buf_putc(b, '\n');
}

static struct str
shown(const struct cell *cell)
{
	return cell->type == CELL_NULL ? STR("-") : cell->text;
}

static void
write_list(const struct out *o, struct buf *b)
{
	size_t width[COLUMNS_MAX];
	for (size_t i = 0; i < o->ncolumns; i++)
		width[i] = strlen(o->columns[i]);
	for (size_t i = 0; i < o->n; i++) {
		size_t chars = utf8_count(shown(&o->cell[i]));
		if (chars > width[i % o->ncolumns])
			width[i % o->ncolumns] = chars;
	}
	for (size_t i = 0; i < o->ncolumns; i++)
		pad(b, str_of(o->columns[i]), width[i] + 2);
	end_line(b);
	for (size_t i = 0; i < o->n; i++) {
		pad(b, shown(&o->cell[i]), width[i % o->ncolumns] + 2);
		if (i % o->ncolumns == o->ncolumns - 1)
			end_line(b);
	}
}

static void
write_object(const struct out *o, struct buf *b)
{
	size_t width = 0;
	for (size_t i = 0; i < o->ncolumns; i++)
		width = strlen(o->columns[i]) > width ? strlen(o->columns[i]) : width;
	for (size_t i = 0; i < o->n; i++) {
		pad(b, str_of(o->columns[i]), width + 2);
		pad(b, shown(&o->cell[i]), 0);
		end_line(b);
	}
}

enum err
out_flush(struct ctl *c)
{
	const struct out *o = c->out;
	struct buf b = BUF_INIT;
	if (o == NULL)
		return E_OK;
	ASSERT(o->columns == NULL || o->n % o->ncolumns == 0);
	if (o->columns == NULL)
		buf_add(&b, o->text);
	else if (c->format == CTL_JSON)
		write_json(o, &b);
	else if (c->format == CTL_CSV)
		write_csv(o, &b);
	else if (o->object)
		write_object(o, &b);
	else
		write_list(o, &b);
	size_t n = fwrite(buf_str(&b).p, 1, b.n, stdout);
	bool ok = n == b.n && fflush(stdout) == 0;
	buf_release(&b);
	return ok ? E_OK : task_fail(c->t, E_IO, "Writing to stdout failed: %s", strerror(errno));
}
