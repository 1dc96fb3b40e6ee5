/* stmt.c - parameters, and statements prepared on first use; see pg.h. */
#include <math.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "store/conn.h"
#include "store/open_filters.h"

/* Where s is, or the empty slot where it belongs. Statements are static rows,
 * so the address is the identity. */
static size_t
slot_of(const struct pg *pg, const struct stmt *s)
{
	size_t i = (size_t)(((uintptr_t)s >> 4) * 0x9e3779b97f4a7c15u >> 40);
	i &= PG_PREPARED_MAX - 1;
	while (pg->prepared[i] != NULL && pg->prepared[i] != s)
		i = (i + 1) & (PG_PREPARED_MAX - 1);
	return i;
}

/* The text to prepare: as it is, but for one test (open_filters.h). */
static const char *
sql_of(struct task *t UNUSED, const char *sql)
{
	if (!open_filters_on())
		return sql;
	struct buf b = BUF_INIT;
	open_filters(&b, str_of(sql));
	const char *text = arena_str(t->arena, buf_str(&b)).p;
	buf_release(&b);
	return text;
}

enum err
pg_prepare(struct task *t, struct pg *pg, const struct stmt *s)
{
	enum err e = pg_ready(t, pg);
	if (e != E_OK)
		return e;
	size_t i = slot_of(pg, s);
	if (pg->prepared[i] == s)
		return E_OK;
	ASSERT(pg->nprepared < PG_PREPARED_MAX / 2);
	const char *sql = sql_of(t, s->sql);
	e = pg_take(t, pg, PQprepare(pg->conn, s->name, sql, 0, NULL), NULL);
	if (e == E_OK) {
		pg->prepared[i] = s;
		pg->nprepared++;
	}
	return e;
}

/* Names and times only: values may be anything. */
static void
clocked(struct pg *pg, const char *name, int64_t began_us)
{
	int64_t ms = (clock_mono_us() - began_us) / US_PER_MS;
	struct log l;
	if (ms < PG_SLOW_MS)
		return;
	pg->slow++;
	log_begin(&l, LOG_WARN, "slow statement");
	log_str(&l, "stmt", str_of(name));
	log_i64(&l, "ms", ms);
	log_end(&l);
}

int64_t
pg_slow_take(struct pg *pg)
{
	int64_t n = pg->slow;
	pg->slow = 0;
	return n;
}

static enum err
run(struct task *t, struct pg *pg, const struct stmt *s, const struct bind *b, int format,
    struct rows **out)
{
	enum err e = pg_prepare(t, pg, s);
	if (e != E_OK)
		return e;
	int64_t began = clock_mono_us();
	PGresult *res = PQexecPrepared(pg->conn, s->name, b != NULL ? b->n : 0,
	                               b != NULL ? b->value : NULL,
	                               b != NULL ? b->length : NULL,
	                               b != NULL ? b->format : NULL, format);
	clocked(pg, s->name, began);
	return pg_take(t, pg, res, out);
}

enum err
pg_run(struct task *t, struct pg *pg, const struct stmt *s, const struct bind *b,
       struct rows **out)
{
	return run(t, pg, s, b, 0, out);
}

enum err
pg_run_binary(struct task *t, struct pg *pg, const struct stmt *s, const struct bind *b,
              struct rows **out)
{
	return run(t, pg, s, b, 1, out);
}

static enum err
run_sql(struct task *t, struct pg *pg, const char *sql, const struct bind *b, bool binary,
        struct rows **out)
{
	enum err e = pg_ready(t, pg);
	if (e != E_OK)
		return e;
	sql = sql_of(t, sql);
	int64_t began = clock_mono_us();
	PGresult *res = PQexecParams(pg->conn, sql, b != NULL ? b->n : 0, NULL,
	                             b != NULL ? b->value : NULL,
	                             b != NULL ? b->length : NULL,
	                             b != NULL ? b->format : NULL, binary);
	clocked(pg, "built", began);
	return pg_take(t, pg, res, out);
}

enum err
pg_run_sql(struct task *t, struct pg *pg, const char *sql, const struct bind *b,
           struct rows **out)
{
	return run_sql(t, pg, sql, b, false, out);
}

enum err
pg_run_sql_binary(struct task *t, struct pg *pg, const char *sql, const struct bind *b,
                  struct rows **out)
{
	return run_sql(t, pg, sql, b, true, out);
}

enum err
pg_script(struct task *t, struct pg *pg, const char *sql)
{
	enum err e = pg_ready(t, pg);
	if (e != E_OK)
		return e;
	return pg_take(t, pg, PQexec(pg->conn, sql), NULL);
}

enum err
pg_one(struct task *t, struct pg *pg, const struct stmt *s, const struct bind *b,
       struct rows **out)
{
	struct rows *r;
	enum err e = pg_run(t, pg, s, b, &r);
	if (e != E_OK)
		return e;
	if (PQntuples(r->res) != 1)
		return task_fail(t, E_NOT_FOUND, "%s", err_message(E_NOT_FOUND));
	*out = r;
	return E_OK;
}

static void
bind_value(struct bind *b, const char *value, size_t length, int format)
{
	ASSERT(b->n < BIND_MAX);
	b->value[b->n] = value;
	b->length[b->n] = (int)length;
	b->format[b->n] = format;
	b->n++;
}

/* A NUL would cut the value short: an impossible byte makes the server
 * refuse it (22021, E_DATA) instead. */
static void
mark_nul(char *p, size_t n)
{
	char *nul;
	while ((nul = memchr(p, '\0', n)) != NULL)
		*nul = '\xff';
}

void
bind_null(struct bind *b)
{
	bind_value(b, NULL, 0, 0);
}

void
bind_str(struct task *t, struct bind *b, struct str s)
{
	char *p = arena_cstr(t->arena, s);
	mark_nul(p, s.n);
	bind_value(b, p, s.n, 0);
}

void
bind_str_or_null(struct task *t, struct bind *b, struct str s)
{
	if (s.n == 0)
		bind_null(b);
	else
		bind_str(t, b, s);
}

void
bind_i64(struct task *t, struct bind *b, int64_t v)
{
	struct str s = arena_printf(t->arena, "%lld", (long long)v);
	bind_value(b, s.p, s.n, 0);
}

void
bind_f64(struct task *t, struct bind *b, double v)
{
	struct str s;
	if (isfinite(v))
		s = arena_printf(t->arena, "%.17g", v);
	else
		s = str_of(isnan(v) ? "NaN" : v > 0 ? "Infinity" : "-Infinity");
	bind_value(b, s.p, s.n, 0);
}

void
bind_bool(struct bind *b, bool v)
{
	bind_value(b, v ? "t" : "f", 1, 0);
}

void
bind_time(struct task *t, struct bind *b, int64_t us)
{
	char text[CLOCK_TEXT];
	size_t n = clock_format_us(us, text);
	bind_str(t, b, (struct str){ text, n });
}

void
bind_bytes(struct task *t, struct bind *b, struct str raw)
{
	bind_value(b, arena_cstr(t->arena, raw), raw.n, 1);
}

/* Give the buffer's text to the bind, in task memory. */
static void
bind_buf(struct task *t, struct bind *b, struct buf *text)
{
	struct str s = arena_str(t->arena, buf_str(text));
	buf_release(text);
	bind_value(b, s.p, s.n, 0);
}

void
bind_i64_array(struct task *t, struct bind *b, const int64_t *v, size_t n)
{
	struct buf text = BUF_INIT;
	buf_putc(&text, '{');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(&text, ',');
		buf_i64(&text, v[i]);
	}
	buf_putc(&text, '}');
	bind_buf(t, b, &text);
}

static void
array_element(struct buf *text, struct str s)
{
	buf_putc(text, '"');
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '"' || c == '\\')
			buf_putc(text, '\\');
		buf_putc(text, c == '\0' ? '\xff' : c);
	}
	buf_putc(text, '"');
}

void
bind_str_array(struct task *t, struct bind *b, const struct str *v, size_t n)
{
	struct buf text = BUF_INIT;
	buf_putc(&text, '{');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(&text, ',');
		if (v[i].p == NULL)
			buf_puts(&text, "NULL");
		else
			array_element(&text, v[i]);
	}
	buf_putc(&text, '}');
	bind_buf(t, b, &text);
}
