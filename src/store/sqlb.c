/* sqlb.c - see sqlb.h. */
#include "store/sqlb.h"

#include "base/str.h"

static void
sqlb_free(void *arg)
{
	struct sqlb *q = arg;
	buf_release(&q->text);
}

struct sqlb *
sqlb_new(struct task *t)
{
	struct sqlb *q = talloc(t, struct sqlb);
	q->t = t;
	arena_defer(t->arena, sqlb_free, q);
	return q;
}

void
sqlb_literal(struct sqlb *q, const char *sql, size_t n)
{
	buf_add(&q->text, (struct str){ sql, n });
}

bool
sqlb_ident(struct sqlb *q, const struct sqlb_ident *table, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_is(name, table[i].name)) {
			buf_puts(&q->text, table[i].sql);
			return true;
		}
	}
	return false;
}

/* The number of the value just bound. */
static void
placeholder(struct sqlb *q)
{
	buf_printf(&q->text, "$%d", q->bind.n);
}

void
sqlb_str(struct sqlb *q, struct str v)
{
	bind_str(q->t, &q->bind, v);
	placeholder(q);
}

void
sqlb_i64(struct sqlb *q, int64_t v)
{
	bind_i64(q->t, &q->bind, v);
	placeholder(q);
}

void
sqlb_time(struct sqlb *q, int64_t us)
{
	bind_time(q->t, &q->bind, us);
	placeholder(q);
}

void
sqlb_i64_array(struct sqlb *q, const int64_t *v, size_t n)
{
	bind_i64_array(q->t, &q->bind, v, n);
	placeholder(q);
}

void
sqlb_str_array(struct sqlb *q, const struct str *v, size_t n)
{
	bind_str_array(q->t, &q->bind, v, n);
	placeholder(q);
}

const char *
sqlb_text(const struct sqlb *q)
{
	return buf_str(&q->text).p;
}

enum err
sqlb_run(struct task *t, struct pg *pg, const struct sqlb *q, struct rows **out)
{
	return pg_run_sql(t, pg, sqlb_text(q), &q->bind, out);
}
