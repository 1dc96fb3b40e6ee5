/*
 * db.h - what database tests share: a private PostgreSQL (and Redis) of this
 * program alone, migrated, stopped and deleted at the end.
 *
 * A program ends with `return DB_RUN(tests)`; it may ask for Redis with
 * db_redis(). Paths come from TIDEMARK_TOP, else from where it was built.
 */
#ifndef TM_DB_DB_H
#define TM_DB_DB_H

#include "queue/redis.h"
#include "store/pg.h"
#include "t/unit/test.h"

enum db_role { DB_OWNER, DB_APP, DB_CONSUMER, DB_SUPERUSER };

/* A connection of this role; the same one each time. */
struct pg *db_pg(enum db_role role);
/* A further, new connection; the caller closes it. */
struct pg *db_pg_new(enum db_role role);
/* A private Redis, started at the first call. */
struct redis *db_redis(void);
/* The folder of the migrations. */
const char *db_sql_dir(void);
/* Folder of this run, for files of the test. */
const char *db_dir(void);

/* Run one statement that must work; the rows. */
struct rows *db_query(struct task *t, struct pg *pg, const char *sql);
/* Its single number; its single text. */
int64_t db_number(struct task *t, struct pg *pg, const char *sql);
struct str db_text(struct task *t, struct pg *pg, const char *sql);
/* Run; the SQLSTATE, "" when it worked. */
const char *db_state(struct task *t, struct pg *pg, const char *sql);

/* New rows, as owner of the schema: a user, a system administrator, a team with
 * a project and its prod, and another team. Nobody is a member. */
struct db_tenant {
	struct str user, admin, team, other, project;
	int32_t env;
};
struct db_tenant db_tenant(struct task *t);

/* E_OK, else print the detail and fail. */
#define assert_ok(t, e) assert_ok_at((t), (e), __FILE__, __LINE__)
void assert_ok_at(struct task *t, enum err e, const char *file, int line);

int db_group_start(void **state);
int db_group_start_empty(void **state); /* without migrations */
int db_group_end(void **state);
#define DB_RUN(tests) \
	cmocka_run_group_tests_name(__FILE__, tests, db_group_start, db_group_end)
#define DB_RUN_EMPTY(tests) \
	cmocka_run_group_tests_name(__FILE__, tests, db_group_start_empty, db_group_end)

#endif
