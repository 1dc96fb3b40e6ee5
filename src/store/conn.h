/*
 * conn.h - what the files of store/ share about a connection; nobody else
 * includes it (libpq stays in this folder).
 */
#ifndef TM_STORE_CONN_H
#define TM_STORE_CONN_H

#include <libpq-fe.h>

#include "store/pg.h"

#define PG_PREPARED_MAX 1024 /* slots; a power of two, never more than half full */

struct pg {
	PGconn *conn; /* NULL = not connected */
	char *conninfo;
	char *application;
	bool in_tx;
	bool stale; /* prepared statements no longer fit: reconnect */
	int timeout_ms;
	int64_t slow; /* statements since pg_slow_take */
	char sqlstate[6];
	char message[512];
	const struct stmt *prepared[PG_PREPARED_MAX];
	size_t nprepared;
};

struct rows {
	PGresult *res;
};

/* Class of a SQLSTATE. */
enum err pg_classify(const char *sqlstate);
/* Record the failure of res (NULL = the connection's) in pg and task. */
enum err pg_failed(struct task *t, struct pg *pg, const PGresult *res);
/* Take res over: failed → recorded and cleared; else cleared at task_reset
 * and, when out is given, handed out. */
enum err pg_take(struct task *t, struct pg *pg, PGresult *res, struct rows **out);
/* Connect unless connected; no work inside a lost transaction. */
enum err pg_ready(struct task *t, struct pg *pg);
/* End an unfinished COPY and read what is left, so that the next command can
 * be sent. */
void pg_drain(struct pg *pg);

#endif
