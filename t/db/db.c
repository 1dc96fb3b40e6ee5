/* db.c - see db.h. */
#include "t/db/db.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/migrate.h"

#define ROLES 4

static struct {
	char top[256];
	char dir[256];
	struct pg *pg[ROLES];
	struct redis *redis;
	pid_t redis_pid;
} db;

static const char *const users[ROLES] = { "tidemark_owner", "tidemark_app", "tidemark_consumer",
	"postgres" };

/* Run a command, keep the first line of its output. */
static int
shell(const char *command, char *line, int size)
{
	FILE *p = popen(command, "r");
	if (p == NULL)
		return -1;
	char rest[512];
	if (fgets(line, size, p) == NULL)
		line[0] = '\0';
	while (fgets(rest, sizeof(rest), p) != NULL)
		continue;
	return pclose(p);
}

const char *
db_dir(void)
{
	return db.dir;
}

const char *
db_sql_dir(void)
{
	static char dir[300];
	snprintf(dir, sizeof(dir), "%s/sql", db.top);
	return dir;
}

struct pg *
db_pg_new(enum db_role role)
{
	char info[400];
	snprintf(info, sizeof(info), "host=%s port=5432 dbname=tidemark user=%s", db.dir,
	         users[role]);
	return pg_open(info, "tidemark-test");
}

struct pg *
db_pg(enum db_role role)
{
	if (db.pg[role] == NULL)
		db.pg[role] = db_pg_new(role);
	return db.pg[role];
}

struct redis *
db_redis(void)
{
	char socket[300];
	if (db.redis != NULL)
		return db.redis;
	snprintf(socket, sizeof(socket), "/tmp/tidemark-redis.%d.sock", (int)getpid());
	db.redis_pid = fork();
	if (db.redis_pid == 0) {
		execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", socket,
		       "--save", "", "--logfile", "/dev/null", (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 1500 && access(socket, F_OK) != 0; i++)
		usleep(20000);
	db.redis = redis_open(socket, "", "");
	return db.redis;
}

int
db_group_start_empty(void **state)
{
	char command[400], line[400];
	(void)state;
	const char *top = getenv("TIDEMARK_TOP");
	snprintf(db.top, sizeof(db.top), "%s", top != NULL ? top : TM_SRCDIR);
	snprintf(command, sizeof(command), "'%s/t/lib/pg-start.sh' start", db.top);
	if (shell(command, line, sizeof(line)) != 0 ||
	    sscanf(line, "PG_DIR='%255[^']'", db.dir) != 1) {
		print_error("the private PostgreSQL did not start\n");
		return -1;
	}
	return 0;
}

int
db_group_start(void **state)
{
	struct task t;
	struct migrate_options o = { 0 };
	size_t n;
	if (db_group_start_empty(state) != 0)
		return -1;
	task_init(&t, arena_new(0));
	enum err e = migrate_up(&t, db_pg(DB_OWNER), db_sql_dir(), &o, &n);
	if (e != E_OK)
		print_error("migrate: %s\n", t.detail);
	arena_free(t.arena);
	return e == E_OK ? 0 : -1;
}

int
db_group_end(void **state)
{
	char command[600], line[16];
	(void)state;
	for (int i = 0; i < ROLES; i++)
		pg_close(db.pg[i]);
	if (db.redis != NULL) {
		redis_close(db.redis);
		kill(db.redis_pid, SIGTERM);
		waitpid(db.redis_pid, NULL, 0);
	}
	if (db.dir[0] == '\0')
		return 0;
	snprintf(command, sizeof(command), "'%s/t/lib/pg-start.sh' stop '%s'", db.top, db.dir);
	return shell(command, line, sizeof(line)) == 0 ? 0 : -1;
}

void
assert_ok_at(struct task *t, enum err e, const char *file, int line)
{
	if (e == E_OK)
		return;
	print_error("%s: %s\n", err_slug(e), t->detail);
	_fail(file, line);
}

struct rows *
db_query(struct task *t, struct pg *pg, const char *sql)
{
	struct rows *r = NULL;
	assert_ok(t, pg_run_sql(t, pg, sql, NULL, &r));
	return r;
}

int64_t
db_number(struct task *t, struct pg *pg, const char *sql)
{
	struct rows *r = db_query(t, pg, sql);
	assert_int_equal(rows_count(r), 1);
	return row_i64(r, 0, 0);
}

struct str
db_text(struct task *t, struct pg *pg, const char *sql)
{
	struct rows *r = db_query(t, pg, sql);
	assert_int_equal(rows_count(r), 1);
	return row_str(r, 0, 0);
}

struct db_tenant
db_tenant(struct task *t)
{
	static int n;
	struct pg *pg = db_pg(DB_OWNER);
	struct db_tenant a;
	n++;
	a.user = db_text(t, pg, arena_printf(t->arena, "INSERT INTO users (email, email_key,"
	    " verified_at) VALUES ('u%d@x.y', 'u%d@x.y', now()) RETURNING id", n, n).p);
	a.admin = db_text(t, pg, arena_printf(t->arena, "INSERT INTO users (email, email_key,"
	    " verified_at, system_admin) VALUES ('a%d@x.y', 'a%d@x.y', now(), true)"
	    " RETURNING id", n, n).p);
	a.team = db_text(t, pg, arena_printf(t->arena,
	    "INSERT INTO teams (slug, name) VALUES ('t%d', 'T') RETURNING id", n).p);
	a.other = db_text(t, pg, arena_printf(t->arena,
	    "INSERT INTO teams (slug, name) VALUES ('o%d', 'O') RETURNING id", n).p);
	a.project = db_text(t, pg, arena_printf(t->arena, "INSERT INTO projects (team_id, slug,"
	    " name) VALUES ('%.*s', 'p', 'P') RETURNING id", STRF(a.team)).p);
	a.env = (int32_t)db_number(t, pg, arena_printf(t->arena, "INSERT INTO environments"
	    " (project_id, team_id, name) VALUES ('%.*s', '%.*s', 'prod') RETURNING id",
	    STRF(a.project), STRF(a.team)).p);
	return a;
}

const char *
db_state(struct task *t, struct pg *pg, const char *sql)
{
	enum err e = pg_run_sql(t, pg, sql, NULL, NULL);
	if (e == E_OK)
		return "";
	task_clear(t);
	return pg_sqlstate(pg);
}
