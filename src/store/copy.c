/* copy.c - COPY … FROM STDIN in text format; see pg.h. */
#include <math.h>

#include "base/buf.h"
#include "store/conn.h"

#define COPY_FLUSH (256 * 1024)

struct copy {
	struct pg *pg;
	struct buf text;
	bool first; /* no column of this row yet */
};

static void
copy_free(void *arg)
{
	struct copy *c = arg;
	buf_release(&c->text);
}

enum err
copy_begin(struct task *t, struct pg *pg, const char *sql, struct copy **out)
{
	enum err e = pg_ready(t, pg);
	if (e != E_OK)
		return e;
	PGresult *res = PQexec(pg->conn, sql);
	if (PQresultStatus(res) != PGRES_COPY_IN) {
		e = pg_failed(t, pg, res);
		PQclear(res);
		return e;
	}
	PQclear(res);
	struct copy *c = talloc(t, struct copy);
	c->pg = pg;
	c->first = true;
	arena_defer(t->arena, copy_free, c);
	*out = c;
	return E_OK;
}

static void
column(struct copy *c)
{
	if (!c->first)
		buf_putc(&c->text, '\t');
	c->first = false;
}

void
copy_null(struct copy *c)
{
	column(c);
	buf_add(&c->text, STR("\\N"));
}

void
copy_str(struct copy *c, struct str s)
{
	column(c);
	char *p = buf_reserve(&c->text, s.n * 2 + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		char b = s.p[i];
		switch (b) {
		case '\\': p[n++] = '\\'; p[n++] = '\\'; break;
		case '\t': p[n++] = '\\'; p[n++] = 't'; break;
		case '\n': p[n++] = '\\'; p[n++] = 'n'; break;
		case '\r': p[n++] = '\\'; p[n++] = 'r'; break;
		case '\0': p[n++] = '\xff'; break; /* refused by the server */
		default: p[n++] = b;
		}
	}
	c->text.n += n;
	c->text.p[c->text.n] = '\0';
}

void
copy_i64(struct copy *c, int64_t v)
{
	column(c);
	buf_i64(&c->text, v);
}

void
copy_f64(struct copy *c, double v)
{
	column(c);
	if (isfinite(v))
		buf_printf(&c->text, "%.17g", v);
	else
		buf_puts(&c->text, isnan(v) ? "NaN" : v > 0 ? "Infinity" : "-Infinity");
}

void
copy_bool(struct copy *c, bool v)
{
	column(c);
	buf_putc(&c->text, v ? 't' : 'f');
}

static enum err
flush(struct task *t, struct copy *c)
{
	size_t at = 0;
	while (at < c->text.n) {
		size_t n = c->text.n - at;
		if (n > COPY_FLUSH)
			n = COPY_FLUSH;
		if (PQputCopyData(c->pg->conn, c->text.p + at, (int)n) != 1)
			return pg_failed(t, c->pg, NULL);
		at += n;
	}
	buf_reset(&c->text);
	return E_OK;
}

enum err
copy_row_end(struct task *t, struct copy *c)
{
	buf_putc(&c->text, '\n');
	c->first = true;
	return c->text.n >= COPY_FLUSH ? flush(t, c) : E_OK;
}

enum err
copy_end(struct task *t, struct copy *c, int64_t *rows)
{
	enum err e = flush(t, c);
	if (e != E_OK)
		return e;
	if (PQputCopyEnd(c->pg->conn, NULL) != 1)
		return pg_failed(t, c->pg, NULL);
	PGresult *res = PQgetResult(c->pg->conn);
	if (PQresultStatus(res) != PGRES_COMMAND_OK) {
		e = pg_failed(t, c->pg, res);
		PQclear(res);
		pg_drain(c->pg);
		return e;
	}
	if (rows != NULL)
		*rows = strtoll(PQcmdTuples(res), NULL, 10);
	PQclear(res);
	pg_drain(c->pg);
	return E_OK;
}
