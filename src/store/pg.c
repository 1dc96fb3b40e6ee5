/* pg.c - connection and transactions; see pg.h. */
#include "store/pg.h"

#include <stdio.h>

#include "base/buf.h"
#include "store/conn.h"

#define PG_TIMEOUT_MS 30000

static const char session_options[] =
	"-c statement_timeout=30000 -c lock_timeout=10000"
	" -c idle_in_transaction_session_timeout=120000"
	" -c timezone=UTC -c client_min_messages=warning -c jit=off"
	" -c search_path=public";

/* Prepared on every connection: names the work and the tenant. */
static const char scope_name[] = "pg_scope";
static const char scope_sql[] =
	"SELECT set_config('app.request_id', $1, true),"
	" set_config('app.environment_id', $2, true),"
	" set_config('app.team_id', $3, true),"
	" set_config('app.user_id', $4, true),"
	" set_config('application_name', $5, true)";
#define SCOPE_PARAMS 5

/* A prefix of a SQLSTATE and its class; the first match counts. */
static const struct {
	const char *prefix;
	enum err err;
} classes[] = {
	{ "40001", E_RETRY },       /* serialization failure */
	{ "40P01", E_RETRY },       /* deadlock */
	{ "55P03", E_RETRY },       /* lock not available in time */
	{ "0A000", E_RETRY },       /* cached plan must not change result type */
	{ "26000", E_RETRY },       /* prepared statement is gone */
	{ "57014", E_TIMEOUT },     /* statement_timeout */
	{ "23505", E_CONFLICT },    /* unique violation */
	{ "22",    E_DATA },
	{ "23",    E_DATA },
	{ "54",    E_DATA },        /* e.g. index row too large */
	{ "P0001", E_DATA },        /* RAISE in our own functions */
	{ "08",    E_UNAVAILABLE }, /* connection */
	{ "53",    E_UNAVAILABLE }, /* disk, memory, connections */
	{ "57P",   E_UNAVAILABLE }, /* shutdown, start-up */
	{ "58",    E_UNAVAILABLE }, /* system error */
	{ "25006", E_UNAVAILABLE }, /* read-only standby */
	{ "25P03", E_UNAVAILABLE }, /* idle in transaction too long */
	{ "28",    E_UNAVAILABLE }, /* authorization: configuration */
	{ "3D000", E_UNAVAILABLE }, /* no such database: configuration */
};

enum err
pg_classify(const char *sqlstate)
{
	for (size_t i = 0; i < NELEM(classes); i++) {
		if (strncmp(sqlstate, classes[i].prefix, strlen(classes[i].prefix)) == 0)
			return classes[i].err;
	}
	return E_INTERNAL;
}

static void
no_notice(void *arg UNUSED, const PGresult *res UNUSED)
{
}

static char *
copy_cstr(const char *s)
{
	char *p = strdup(s);
	ASSERT(p != NULL);
	return p;
}

struct pg *
pg_open(const char *conninfo, const char *application)
{
	struct pg *pg = calloc(1, sizeof(*pg));
	ASSERT(pg != NULL);
	pg->conninfo = copy_cstr(conninfo);
	pg->application = copy_cstr(application);
	pg->timeout_ms = PG_TIMEOUT_MS;
	return pg;
}

static void
disconnect(struct pg *pg)
{
	PQfinish(pg->conn);
	pg->conn = NULL;
	pg->in_tx = false;
	pg->stale = false;
	memset(pg->prepared, 0, sizeof(pg->prepared));
	pg->nprepared = 0;
}

void
pg_close(struct pg *pg)
{
	if (pg == NULL)
		return;
	disconnect(pg);
	free(pg->conninfo);
	free(pg->application);
	free(pg);
}

const char *
pg_sqlstate(const struct pg *pg)
{
	return pg->sqlstate;
}

const char *
pg_message(const struct pg *pg)
{
	return pg->message;
}

bool
pg_in_tx(const struct pg *pg)
{
	return pg->in_tx;
}

/* One line: libpq's messages end with a newline and may hold several. Those
 * that begin with a tab are advice ("Is the server running …?"). */
static void
keep_message(struct pg *pg, const char *text)
{
	size_t n = 0;
	for (; *text != '\0' && n + 1 < sizeof(pg->message); text++) {
		if (text[0] == '\n' && text[1] == '\t')
			text += strcspn(text + 1, "\n");
		else
			pg->message[n++] = *text == '\n' ? ' ' : *text;
	}
	while (n > 0 && pg->message[n - 1] == ' ')
		n--;
	pg->message[n] = '\0';
}

enum err
pg_failed(struct task *t, struct pg *pg, const PGresult *res)
{
	const char *state = res != NULL ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
	const char *text = res != NULL ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	snprintf(pg->sqlstate, sizeof(pg->sqlstate), "%s", state != NULL ? state : "");
	keep_message(pg, text != NULL ? text : PQerrorMessage(pg->conn));
	enum err e = state != NULL ? pg_classify(state) : E_UNAVAILABLE;
	if (PQstatus(pg->conn) == CONNECTION_BAD) {
		e = E_UNAVAILABLE;
		pg->in_tx = false;
	}
	if (strcmp(pg->sqlstate, "0A000") == 0 || strcmp(pg->sqlstate, "26000") == 0) {
		pg->stale = true;
		if (strstr(pg->message, "cached plan") == NULL && pg->sqlstate[0] == '0')
			e = E_INTERNAL;
	}
	/* 4xx details are shown to the caller: no server text in them */
	if (err_status(e) < 500)
		return task_fail(t, e, "%s", err_message(e));
	return task_fail(t, e, "PostgreSQL: %s%s%s%s", pg->message,
	                 pg->sqlstate[0] != '\0' ? " (SQLSTATE " : "", pg->sqlstate,
	                 pg->sqlstate[0] != '\0' ? ")" : "");
}

static void
clear_result(void *res)
{
	PQclear(res);
}

enum err
pg_take(struct task *t, struct pg *pg, PGresult *res, struct rows **out)
{
	ExecStatusType st = PQresultStatus(res);
	if (st != PGRES_TUPLES_OK && st != PGRES_COMMAND_OK) {
		enum err e = pg_failed(t, pg, res);
		PQclear(res);
		return e;
	}
	if (out == NULL) {
		PQclear(res);
		return E_OK;
	}
	struct rows *r = talloc(t, struct rows);
	r->res = res;
	arena_defer(t->arena, clear_result, res);
	*out = r;
	return E_OK;
}

enum err
pg_service(struct task *t, const char *conninfo, struct str *out)
{
	char *why = NULL;
	struct buf b = BUF_INIT;
	PQconninfoOption *all = PQconninfoParse(conninfo, &why);
	if (all == NULL) {
		enum err e = task_fail(t, E_CONFIG, "%s", why != NULL ? why : "No memory.");
		PQfreemem(why);
		return e;
	}
	buf_puts(&b, "[tidemark]\n");
	for (const PQconninfoOption *o = all; o->keyword != NULL; o++)
		if (o->val != NULL && o->val[0] != '\0')
			buf_printf(&b, "%s=%s\n", o->keyword, o->val);
	*out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	PQconninfoFree(all);
	return E_OK;
}

static enum err
set_timeout(struct task *t, struct pg *pg)
{
	char sql[64];
	snprintf(sql, sizeof(sql), "SET statement_timeout = %d", pg->timeout_ms);
	return pg_take(t, pg, PQexec(pg->conn, sql), NULL);
}

static enum err
connect_now(struct task *t, struct pg *pg)
{
	/* options before dbname: what the conninfo says itself wins */
	const char *const keys[] = { "fallback_application_name", "client_encoding",
	                             "connect_timeout", "options", "dbname", NULL };
	const char *const values[] = { pg->application, "UTF8", "5", session_options,
	                               pg->conninfo, NULL };
	disconnect(pg);
	pg->conn = PQconnectdbParams(keys, values, 1);
	ASSERT(pg->conn != NULL);
	if (PQstatus(pg->conn) != CONNECTION_OK) {
		pg_failed(t, pg, NULL);
		disconnect(pg);
		return E_UNAVAILABLE;
	}
	PQsetNoticeReceiver(pg->conn, no_notice, NULL);
	enum err e = pg_take(t, pg, PQprepare(pg->conn, scope_name, scope_sql, SCOPE_PARAMS, NULL),
	                     NULL);
	if (e == E_OK && pg->timeout_ms != PG_TIMEOUT_MS)
		e = set_timeout(t, pg);
	return e;
}

static bool
is_connected(const struct pg *pg)
{
	return pg->conn != NULL && PQstatus(pg->conn) == CONNECTION_OK && !pg->stale;
}

enum err
pg_connect(struct task *t, struct pg *pg)
{
	ASSERT(!pg->in_tx);
	return is_connected(pg) ? E_OK : connect_now(t, pg);
}

enum err
pg_ready(struct task *t, struct pg *pg)
{
	if (pg->in_tx)
		return E_OK;
	return pg_connect(t, pg);
}

void
pg_timeout(struct pg *pg, int ms)
{
	if (pg->timeout_ms == ms)
		return;
	pg->timeout_ms = ms;
	if (!is_connected(pg))
		return;
	char sql[64];
	snprintf(sql, sizeof(sql), "SET statement_timeout = %d", ms);
	PQclear(PQexec(pg->conn, sql)); /* a lost connection sets it anew */
}

/* The five parameters of scope_sql. */
struct scope_params {
	const char *value[SCOPE_PARAMS];
	char environment[16];
	char application[80];
};

static void
scope_fill(struct task *t, const struct pg *pg, const struct pg_scope *s,
           struct scope_params *p)
{
	static const struct pg_scope none;
	if (s == NULL)
		s = &none;
	p->environment[0] = '\0';
	if (s->environment_id != 0)
		snprintf(p->environment, sizeof(p->environment), "%d", s->environment_id);
	snprintf(p->application, sizeof(p->application), "%s%s%s", pg->application,
	         t->request_id[0] != '\0' ? " " : "", t->request_id);
	p->value[0] = t->request_id;
	p->value[1] = p->environment;
	p->value[2] = arena_cstr(t->arena, s->team_id);
	p->value[3] = arena_cstr(t->arena, s->user_id);
	p->value[4] = p->application;
}

/* Read the results of one pipelined command; its failure is kept in *e. */
static void
pipeline_result(struct task *t, struct pg *pg, enum err *e)
{
	PGresult *res = PQgetResult(pg->conn);
	if (res == NULL) {
		if (*e == E_OK)
			*e = pg_failed(t, pg, NULL);
		return;
	}
	if (*e == E_OK)
		*e = pg_take(t, pg, res, NULL);
	else
		PQclear(res);
	while ((res = PQgetResult(pg->conn)) != NULL)
		PQclear(res);
}

/* BEGIN and the scope in one round trip. */
static enum err
begin_once(struct task *t, struct pg *pg, const struct scope_params *p)
{
	PGconn *c = pg->conn;
	if (PQenterPipelineMode(c) != 1 ||
	    PQsendQueryParams(c, "BEGIN", 0, NULL, NULL, NULL, NULL, 0) != 1 ||
	    PQsendQueryPrepared(c, scope_name, SCOPE_PARAMS, p->value, NULL, NULL, 0) != 1 ||
	    PQpipelineSync(c) != 1)
		return pg_failed(t, pg, NULL);
	enum err e = E_OK;
	pipeline_result(t, pg, &e);
	if (PQstatus(c) == CONNECTION_OK)
		pipeline_result(t, pg, &e);
	PGresult *sync = NULL;
	if (PQstatus(c) == CONNECTION_OK)
		sync = PQgetResult(c);
	if (sync == NULL && e == E_OK)
		e = pg_failed(t, pg, NULL);
	PQclear(sync);
	if (PQstatus(c) == CONNECTION_OK && PQexitPipelineMode(c) != 1 && e == E_OK)
		e = pg_failed(t, pg, NULL);
	if (e == E_OK)
		pg->in_tx = true;
	else
		pg_rollback(t, pg); /* BEGIN may have worked, the scope not */
	return e;
}

enum err
pg_begin(struct task *t, struct pg *pg, const struct pg_scope *scope)
{
	ASSERT(!pg->in_tx);
	struct scope_params p;
	scope_fill(t, pg, scope, &p);
	if (is_connected(pg)) {
		bool was_clear = t->err == E_OK;
		enum err e = begin_once(t, pg, &p);
		if (e != E_UNAVAILABLE)
			return e;
		if (was_clear)
			task_clear(t); /* the server restarted: once more */
	}
	enum err e = connect_now(t, pg);
	if (e == E_OK)
		e = begin_once(t, pg, &p);
	return e;
}

enum err
pg_scope_set(struct task *t, struct pg *pg, const struct pg_scope *scope)
{
	ASSERT(pg->in_tx);
	struct scope_params p;
	scope_fill(t, pg, scope, &p);
	return pg_take(t, pg, PQexecPrepared(pg->conn, scope_name, SCOPE_PARAMS, p.value,
	                                     NULL, NULL, 0), NULL);
}

enum err
pg_commit(struct task *t, struct pg *pg)
{
	if (!pg->in_tx)
		return task_fail(t, E_UNAVAILABLE, "PostgreSQL: the transaction was lost");
	PGresult *res = PQexec(pg->conn, "COMMIT");
	pg->in_tx = false;
	/* a failed transaction answers COMMIT with ROLLBACK, and no error */
	bool lost = PQresultStatus(res) == PGRES_COMMAND_OK &&
	            strcmp(PQcmdStatus(res), "COMMIT") != 0;
	enum err e = pg_take(t, pg, res, NULL);
	if (e == E_OK && lost)
		return task_fail(t, E_INTERNAL, "PostgreSQL: COMMIT of a failed transaction");
	return e;
}

void
pg_drain(struct pg *pg)
{
	PGresult *res;
	while ((res = PQgetResult(pg->conn)) != NULL) {
		ExecStatusType st = PQresultStatus(res);
		PQclear(res);
		if (st == PGRES_COPY_IN &&
		    PQputCopyEnd(pg->conn, "given up by the client") != 1)
			return;
		if (st == PGRES_COPY_OUT || st == PGRES_FATAL_ERROR) {
			if (PQstatus(pg->conn) != CONNECTION_OK)
				return;
		}
	}
}

void
pg_rollback(struct task *t UNUSED, struct pg *pg)
{
	pg->in_tx = false;
	if (pg->conn == NULL || PQstatus(pg->conn) != CONNECTION_OK)
		return;
	if (PQtransactionStatus(pg->conn) == PQTRANS_ACTIVE)
		pg_drain(pg);
	if (PQtransactionStatus(pg->conn) != PQTRANS_IDLE)
		PQclear(PQexec(pg->conn, "ROLLBACK"));
	if (PQtransactionStatus(pg->conn) != PQTRANS_IDLE)
		disconnect(pg);
}
