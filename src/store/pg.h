/*
 * pg.h - one PostgreSQL connection: connect, transactions, statements, rows.
 * The only users of libpq are the files of this folder.
 *
 * A statement is a static row {name, sql}; it is prepared on first use on
 * each connection. Values travel only as $n (struct bind). Results live in
 * task memory (PQclear is deferred to task_reset). Time-outs are set at
 * connect (statement_timeout, lock_timeout, idle_in_transaction). A lost
 * connection is reported as E_UNAVAILABLE and re-opened at the next pg_begin
 * with at most one attempt a call; serialization failures and deadlocks are
 * E_RETRY; SQLSTATE classes 22 and 23 are E_DATA (pg_sqlstate() tells which);
 * unique violations are E_CONFLICT.
 */
#ifndef TM_STORE_PG_H
#define TM_STORE_PG_H

#include "base/task.h"

struct pg;

/* conninfo: libpq keywords. application: shown in pg_stat_activity. Does not
 * connect yet. Owned; pg_close() frees. */
struct pg *pg_open(const char *conninfo, const char *application);
void pg_close(struct pg *pg);
/* Connect if not connected. E_UNAVAILABLE when the server is not there. */
enum err pg_connect(struct task *t, struct pg *pg) MUST_CHECK;

/*
 * BEGIN, and name the work in the session: app.request_id, and the tenant
 * context that row-level security reads. Zero/empty = not set.
 */
struct pg_scope {
	int32_t environment_id;   /* app.environment_id */
	struct str team_id;       /* app.team_id (uuid text) */
	struct str user_id;       /* app.user_id (uuid text) */
};
enum err pg_begin(struct task *t, struct pg *pg, const struct pg_scope *scope) MUST_CHECK;
/* Change the scope of the running transaction (the team became known). */
enum err pg_scope_set(struct task *t, struct pg *pg, const struct pg_scope *scope) MUST_CHECK;
enum err pg_commit(struct task *t, struct pg *pg) MUST_CHECK;
/* Safe in any state; never fails. */
void pg_rollback(struct task *t, struct pg *pg);
/* The end of a transaction's work: commit when e is E_OK, roll back
 * otherwise (also when pg_begin failed). Returns the first failure. Inline, so
 * that analysers see that a failure stays one. */
MUST_CHECK static inline enum err
pg_end(struct task *t, struct pg *pg, enum err e)
{
	if (e == E_OK)
		e = pg_commit(t, pg);
	if (e != E_OK)
		pg_rollback(t, pg);
	return e;
}
bool pg_in_tx(const struct pg *pg);

struct stmt {
	const char *name; /* unique in the program, e.g. "key_find" */
	const char *sql;
};

/* Parameters in order; up to BIND_MAX. Memory is the task's. */
#define BIND_MAX 48
struct bind {
	int n;
	const char *value[BIND_MAX];
	int length[BIND_MAX];
	int format[BIND_MAX]; /* 0 text, 1 binary */
};
void bind_null(struct bind *b);
void bind_str(struct task *t, struct bind *b, struct str s);      /* text, uuid, jsonb… */
void bind_str_or_null(struct task *t, struct bind *b, struct str s); /* "" -> NULL */
void bind_i64(struct task *t, struct bind *b, int64_t v);
void bind_f64(struct task *t, struct bind *b, double v);
void bind_bool(struct bind *b, bool v);
void bind_time(struct task *t, struct bind *b, int64_t us);       /* timestamptz */
void bind_bytes(struct task *t, struct bind *b, struct str raw);  /* bytea, binary */
/* Arrays, sent as text array literals: int8[], text[] (p NULL = NULL element). */
void bind_i64_array(struct task *t, struct bind *b, const int64_t *v, size_t n);
void bind_str_array(struct task *t, struct bind *b, const struct str *v, size_t n);

struct rows;
/* Run s; *out may be NULL when no rows are wanted. */
enum err pg_run(struct task *t, struct pg *pg, const struct stmt *s,
                const struct bind *b, struct rows **out) MUST_CHECK;
/* The same with results in PostgreSQL's binary form, for bulk: read cells with
 * row_str (raw bytes, network order). */
enum err pg_run_binary(struct task *t, struct pg *pg, const struct stmt *s,
                       const struct bind *b, struct rows **out) MUST_CHECK;
/* One-off SQL built by store/sqlb (never from user text). Not prepared. */
enum err pg_run_sql(struct task *t, struct pg *pg, const char *sql,
                    const struct bind *b, struct rows **out) MUST_CHECK;
/* Exactly one row, else E_NOT_FOUND. */
enum err pg_one(struct task *t, struct pg *pg, const struct stmt *s,
                const struct bind *b, struct rows **out) MUST_CHECK;
/* The same with results as of pg_run_binary. */
enum err pg_run_sql_binary(struct task *t, struct pg *pg, const char *sql,
                           const struct bind *b, struct rows **out) MUST_CHECK;

size_t rows_count(const struct rows *r);
int64_t rows_affected(const struct rows *r);
bool row_is_null(const struct rows *r, size_t row, int col);
struct str row_str(const struct rows *r, size_t row, int col); /* borrowed: task life */
int64_t row_i64(const struct rows *r, size_t row, int col);
double row_f64(const struct rows *r, size_t row, int col);
bool row_bool(const struct rows *r, size_t row, int col);
/* timestamptz: statements select it as (extract(epoch from x)*1e6)::int8. */
#define row_time row_i64
/* bytea column (text format \x…): decoded into task memory. */
struct str row_bytes(struct task *t, const struct rows *r, size_t row, int col);

/* What conninfo says as a section [tidemark] of a service file, for programs of
 * PostgreSQL: a password has no place on a command line. E_CONFIG. */
enum err pg_service(struct task *t, const char *conninfo, struct str *out) MUST_CHECK;

/* Statements that took PG_SLOW_MS or longer since the last call; each is logged
 * by its name. */
#define PG_SLOW_MS 1000
int64_t pg_slow_take(struct pg *pg);

/* Last error's SQLSTATE ("" = none) and server message. */
const char *pg_sqlstate(const struct pg *pg);
const char *pg_message(const struct pg *pg);

/*
 * A script of several statements without parameters, text from our own sql/
 * files only. Outside a transaction the server runs it as one, unless the
 * script says otherwise.
 */
enum err pg_script(struct task *t, struct pg *pg, const char *sql) MUST_CHECK;
/* PREPARE s without running it (the db test checks every statement so). */
enum err pg_prepare(struct task *t, struct pg *pg, const struct stmt *s) MUST_CHECK;
/* statement_timeout of this connection in ms, 0 = none; default 30 s. */
void pg_timeout(struct pg *pg, int ms);
/* A module's statements, for the test that prepares them all. */
struct stmt_list {
	const char *module;
	const struct stmt *const *stmt;
	size_t n;
};
#define STMT_LIST(module, array) { module, array, sizeof(array) / sizeof((array)[0]) }

/* COPY … FROM STDIN (text format). Rows are built in a struct copy. */
struct copy;
enum err copy_begin(struct task *t, struct pg *pg, const char *sql, struct copy **out) MUST_CHECK;
void copy_null(struct copy *c);
void copy_str(struct copy *c, struct str s); /* escapes \t \n \r \\ */
void copy_i64(struct copy *c, int64_t v);
void copy_f64(struct copy *c, double v);
void copy_bool(struct copy *c, bool v);
enum err copy_row_end(struct task *t, struct copy *c) MUST_CHECK; /* flushes at 256 KiB */
enum err copy_end(struct task *t, struct copy *c, int64_t *rows) MUST_CHECK;

#endif
