/*
 * sqlb.h - SQL text built at run time, safely.
 *
 * Text comes only from string literals (the macro refuses anything else) and
 * from identifier tables in our own code; values become $n. So user text can
 * never reach the SQL. The builder lives in task memory.
 */
#ifndef TM_STORE_SQLB_H
#define TM_STORE_SQLB_H

#include "base/buf.h"
#include "store/pg.h"

struct sqlb {
	struct task *t;
	struct buf text; /* released at task_reset */
	struct bind bind;
};

/* A name as the outside spells it, and the SQL that stands for it. */
struct sqlb_ident {
	const char *name;
	const char *sql;
};

/* In task memory. */
struct sqlb *sqlb_new(struct task *t);

/* Append a literal fragment. */
#define sqlb_add(q, lit) sqlb_literal((q), "" lit, sizeof("" lit) - 1)
void sqlb_literal(struct sqlb *q, const char *sql, size_t n);
/* Append the SQL of `name`; false (and nothing appended) when unknown. */
bool sqlb_ident(struct sqlb *q, const struct sqlb_ident *table, size_t n,
                struct str name) MUST_CHECK;
/* Append "$n" and bind the value. BIND_MAX values at most (ASSERT). */
void sqlb_str(struct sqlb *q, struct str v);
void sqlb_i64(struct sqlb *q, int64_t v);
void sqlb_time(struct sqlb *q, int64_t us);
void sqlb_i64_array(struct sqlb *q, const int64_t *v, size_t n);
void sqlb_str_array(struct sqlb *q, const struct str *v, size_t n);
/* The SQL so far, NUL-terminated; borrowed until the next append. */
const char *sqlb_text(const struct sqlb *q);

enum err sqlb_run(struct task *t, struct pg *pg, const struct sqlb *q,
                  struct rows **out) MUST_CHECK;

#endif
