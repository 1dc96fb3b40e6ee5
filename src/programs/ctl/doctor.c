/*
 * doctor.c - tidemarkctl doctor: is everything there that Tidemark needs?
 * One row a check: ok, warn or fail, what was seen, and the next step.
 */
#include <dirent.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypt.h"
#include "base/num.h"
#include "base/str.h"
#include "mail/carrier.h"
#include "model/account/mail.h"
#include "programs/ctl/ctl.h"
#include "store/migrate.h"

#define DISK_WARN (INT64_C(5) << 30)
#define DISK_FAIL (INT64_C(512) << 20)
#define CLOCK_WARN US_PER_S
#define PG_VERSION_MIN 150000
#define MAIL_LATE (10 * US_PER_MIN)

static const char *const columns[] = { "check", "state", "seen", "next_step", NULL };

enum state { OK, WARN, FAIL };

struct doctor {
	struct ctl *c;
	size_t fails, warns;
};

static void
report(struct doctor *d, const char *check, enum state s, struct str seen, const char *next)
{
	static const char *const names[] = { "ok", "warn", "fail" };
	d->fails += s == FAIL;
	d->warns += s == WARN;
	out_str(d->c, str_of(check));
	out_str(d->c, str_of(names[s]));
	out_str(d->c, seen);
	if (s == OK)
		out_null(d->c);
	else
		out_str(d->c, str_of(next));
}

/* The failure the task holds becomes the row, and is forgotten. */
static void
report_task(struct doctor *d, const char *check, const char *next)
{
	struct str seen = arena_str(d->c->t->arena, str_of(d->c->t->detail));
	report(d, check, FAIL, seen, next);
	task_clear(d->c->t);
}

static void
check_conf(struct doctor *d)
{
	static const enum conf_key needed[] = { CONF_DB_APP, CONF_DB_CONSUMER, CONF_DB_OWNER };
	for (size_t i = 0; i < NELEM(needed); i++) {
		if (conf_need(d->c->t, d->c->conf, needed[i]) != E_OK) {
			report_task(d, "config", "Set it in tidemark.conf; see tidemark.conf(5).");
			return;
		}
	}
	report(d, "config", OK, STR("complete"), NULL);
}

static void
check_master_key(struct doctor *d)
{
	const struct crypt *crypt;
	if (ctl_crypt(d->c, &crypt) != E_OK)
		report_task(d, "master-key", "Make one: openssl rand -hex 32");
	else
		report(d, "master-key", OK, STR("set"), NULL);
}

static const struct stmt pg_facts = { "doctor_facts",
	"SELECT current_setting('server_version_num')::int4, current_setting('server_version'),"
	" (extract(epoch from clock_timestamp())*1e6)::int8,"
	" (SELECT count(*) FROM pg_roles WHERE rolname IN"
	"   ('tidemark_owner', 'tidemark_app', 'tidemark_consumer')"
	"   AND NOT rolsuper AND NOT rolbypassrls),"
	" EXISTS (SELECT FROM pg_extension WHERE extname = 'tdigest')" };
static const struct stmt *const all[] = { &pg_facts };
const struct stmt_list ctl_doctor_statements = STMT_LIST("ctl_doctor", all);

static void
check_migrations(struct doctor *d, struct pg *pg)
{
	struct migrations m;
	if (migrate_status(d->c->t, pg, conf_text(d->c->conf, CONF_SQL_DIR), &m) != E_OK ||
	    migrate_check(d->c->t, &m) != E_OK) {
		report_task(d, "migrations", "Restore the files of this release, then migrate verify.");
		return;
	}
	struct str seen = arena_printf(d->c->t->arena, "%zu applied, %zu pending",
	                               m.n - m.pending, m.pending);
	report(d, "migrations", m.pending == 0 ? OK : FAIL, seen, "Run: tidemarkctl migrate up");
}

static void
check_postgres(struct doctor *d)
{
	struct arena *a = d->c->t->arena;
	struct pg *pg;
	struct rows *r;
	int64_t before = clock_now_us();
	if (ctl_pg(d->c, &pg) != E_OK || pg_one(d->c->t, pg, &pg_facts, NULL, &r) != E_OK) {
		report_task(d, "postgresql", "Start PostgreSQL, or correct TIDEMARK_DB_OWNER.");
		return;
	}
	report(d, "postgresql", row_i64(r, 0, 0) >= PG_VERSION_MIN ? OK : FAIL,
	       arena_printf(a, "version %.*s", STRF(row_str(r, 0, 1))),
	       "PostgreSQL 15 or later is needed.");
	int64_t off = row_time(r, 0, 2) - before;
	if (off < 0)
		off = -off;
	report(d, "clock", off < CLOCK_WARN && before > clock_days(2024, 1, 1) * US_PER_DAY ? OK : WARN,
	       arena_printf(a, "%lld ms from the database's clock", (long long)(off / US_PER_MS)),
	       "Synchronise the clocks (chrony, systemd-timesyncd).");
	report(d, "roles", row_i64(r, 0, 3) == 3 ? OK : FAIL,
	       arena_printf(a, "%lld of 3 without superuser and BYPASSRLS",
	                    (long long)row_i64(r, 0, 3)),
	       "Run sql/bootstrap.sql as a superuser.");
	report(d, "extension", row_bool(r, 0, 4) ? OK : FAIL,
	       row_bool(r, 0, 4) ? STR("tdigest") : STR("tdigest is missing"),
	       "Install postgresql-NN-tdigest and run sql/bootstrap.sql.");
	check_migrations(d, pg);
}

/* The way out, and whether mails are stuck before it. */
static void
check_mail(struct doctor *d)
{
	struct task *t = d->c->t;
	struct carrier *carrier;
	struct mail_counts n;
	struct pg *pg;
	if (carrier_open(t, d->c->conf, &carrier) != E_OK) {
		report_task(d, "mail", "Correct the TIDEMARK_MAIL_ keys; see tidemark.conf(5).");
		return;
	}
	struct str by = carrier_describe(t, carrier);
	carrier_close(carrier);
	if (ctl_pg(d->c, &pg) != E_OK || mail_count(t, pg, &n) != E_OK) {
		task_clear(t); /* the rows about PostgreSQL say why */
		report(d, "mail", WARN, by, "Whether mails wait cannot be seen.");
		return;
	}
	bool late = n.oldest_us != 0 && clock_now_us() - n.oldest_us > MAIL_LATE;
	report(d, "mail", late || n.failed > 0 ? WARN : OK,
	    arena_printf(t->arena, "%.*s; %lld waiting, %lld given up", STRF(by),
	        (long long)n.waiting, (long long)n.failed),
	    "Run: tidemarkctl mail list --all, and tidemarkctl mail test --to you@example.com");
}

static void
check_role(struct doctor *d, const char *check, enum conf_key key)
{
	struct pg *pg = pg_open(conf_text(d->c->conf, key), "tidemarkctl");
	if (conf_text(d->c->conf, key)[0] != '\0') {
		if (pg_connect(d->c->t, pg) != E_OK)
			report_task(d, check, "Check the connection string and pg_hba.conf.");
		else
			report(d, check, OK, STR("connects"), NULL);
	}
	pg_close(pg);
}

/* CONFIG GET name; "" when the ACL user may not ask. */
static struct str
redis_setting(struct doctor *d, struct redis *r, const char *name)
{
	const struct str argv[] = { STR("CONFIG"), STR("GET"), str_of(name) };
	struct reply reply;
	if (redis_run(d->c->t, r, NELEM(argv), argv, &reply) != E_OK) {
		task_clear(d->c->t);
		return STR("");
	}
	return reply.type == REPLY_ARRAY && reply.n == 2 ? reply.item[1].s : STR("");
}

static void
check_setting(struct doctor *d, struct redis *r, const char *name, const char *want)
{
	struct str v = redis_setting(d, r, name);
	struct str check = arena_printf(d->c->t->arena, "redis-%s", name);
	struct str next = arena_printf(d->c->t->arena, "Set in redis.conf: %s %s", name, want);
	if (v.n == 0)
		report(d, check.p, WARN, STR("this Redis user may not read it"), next.p);
	else
		report(d, check.p, str_is(v, want) ? OK : FAIL, v, next.p);
}

/* "redis_version:7.0.15" of INFO. */
static struct str
redis_version(struct str info)
{
	while (info.p != NULL) {
		struct str line = str_trim(str_cut(&info, '\n'));
		if (str_starts(line, STR("redis_version:")))
			return str_slice(line, 14, line.n);
	}
	return STR("");
}

static void
check_redis(struct doctor *d)
{
	const struct str argv[] = { STR("INFO"), STR("server") };
	struct redis *r;
	struct reply reply;
	int64_t major = 0;
	if (ctl_redis(d->c, &r) != E_OK ||
	    redis_run(d->c->t, r, NELEM(argv), argv, &reply) != E_OK) {
		report_task(d, "redis", "Start Redis, or correct TIDEMARK_REDIS_SOCKET.");
		return;
	}
	struct str version = redis_version(reply.s), rest = version;
	bool ok = num_range(str_cut(&rest, '.'), 0, 1000, &major) && major >= 7;
	report(d, "redis", ok ? OK : FAIL,
	       arena_printf(d->c->t->arena, "version %.*s", STRF(version)),
	       "Redis 7.0 or later is needed.");
	check_setting(d, r, "appendonly", "yes");
	check_setting(d, r, "appendfsync", "always");
	check_setting(d, r, "maxmemory-policy", "noeviction");
}

/* Does somebody listen? The pools' sockets lie beside that of Redis. */
static void
check_socket(struct doctor *d, const char *check, struct str folder, const char *name)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int n = snprintf(sa.sun_path, sizeof(sa.sun_path), "%.*s/%s", STRF(folder), name);
	bool ok = n > 0 && (size_t)n < sizeof(sa.sun_path);
	int fd = ok ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
	ok = fd >= 0 && connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0;
	if (fd >= 0)
		close(fd);
	report(d, check, ok ? OK : WARN, arena_str(d->c->t->arena, str_of(sa.sun_path)),
	       "Nobody listens there: start the pool, or ignore this before the first start.");
}

static struct str
folder_of(struct str path)
{
	while (path.n > 1 && path.p[path.n - 1] != '/')
		path.n--;
	return path.n > 1 ? str_slice(path, 0, path.n - 1) : STR("/");
}

static void
check_disk(struct doctor *d, struct str folder)
{
	struct statvfs fs;
	if (statvfs(arena_cstr(d->c->t->arena, folder), &fs) != 0) {
		report(d, "disk", WARN, folder, "This folder cannot be read.");
		return;
	}
	int64_t bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	report(d, "disk", bytes < DISK_FAIL ? FAIL : bytes < DISK_WARN ? WARN : OK,
	       arena_printf(d->c->t->arena, "%.1f GiB free at %.*s",
	                    (double)bytes / (double)(INT64_C(1) << 30), STRF(folder)),
	       "Make room, or shorten the retention of raw events.");
}

static void
check_folder(struct doctor *d, const char *check, enum conf_key key)
{
	DIR *dir = opendir(conf_text(d->c->conf, key));
	report(d, check, dir != NULL ? OK : FAIL, conf_str(d->c->conf, key),
	       "The folder is not there or not readable: reinstall, or correct the configuration.");
	if (dir != NULL)
		closedir(dir);
}

static bool
is_there(struct doctor *d, struct str root, const char *path)
{
	return access(arena_printf(d->c->t->arena, "%.*s%s", STRF(root), path).p, F_OK) == 0;
}

/* Sign-in elsewhere: complete, and under systemd with a way out. */
static void
check_providers(struct doctor *d)
{
	static const enum conf_key pair[][2] = {
		{ CONF_GITHUB_CLIENT_ID, CONF_GITHUB_CLIENT_SECRET },
		{ CONF_GOOGLE_CLIENT_ID, CONF_GOOGLE_CLIENT_SECRET },
	};
	struct str root = ctl_given(d->c, "root") ? ctl_value(d->c, "root") : STR("");
	size_t on = 0, half = 0;
	for (size_t i = 0; i < NELEM(pair); i++) {
		bool id = conf_str(d->c->conf, pair[i][0]).n > 0;
		bool secret = conf_str(d->c->conf, pair[i][1]).n > 0;
		on += id && secret;
		half += id != secret;
	}
	bool shut = on > 0 && is_there(d, root, "/run/systemd/system") &&
	            !is_there(d, root, "/etc/systemd/system/tidemark-web@.service.d/outbound.conf");
	struct str seen = arena_printf(d->c->t->arena, "%zu on, %zu incomplete%s", on, half,
	    shut ? "; the web unit has no network" : "");
	report(d, "sign-in-elsewhere", shut || half > 0 ? WARN : OK, seen, half > 0 ?
	    "Give both the id and the secret of the client; see tidemark.conf(5)." :
	    "Copy systemd/outbound.conf of the data folder to"
	    " /etc/systemd/system/tidemark-web@.service.d/, then daemon-reload and restart.");
}

/* Settings that are right for one's own machine only. */
static void
check_exposure(struct doctor *d)
{
	struct str url = conf_str(d->c->conf, CONF_PUBLIC_URL);
	bool tls = str_starts(url, STR("https://"));
	bool shown = conf_bool(d->c->conf, CONF_OUTBOX_SHOWN);
	bool plain = tls && !conf_bool(d->c->conf, CONF_COOKIE_SECURE);
	report(d, "exposure", tls && (shown || plain) ? WARN : OK,
	    shown ? STR("the outbox is open to anybody") : plain ?
	    STR("cookies are not marked Secure") : STR("nothing for one's own machine only"),
	    shown ? "Its mails open accounts: set TIDEMARK_OUTBOX_SHOWN=false." :
	            "Pages come over https: set TIDEMARK_COOKIE_SECURE=true.");
}

static enum err
doctor(struct ctl *c)
{
	struct doctor d = { .c = c };
	struct str run = folder_of(conf_str(c->conf, CONF_REDIS_SOCKET));
	c->show_anyway = true;
	out_list(c, columns);
	check_conf(&d);
	check_master_key(&d);
	check_postgres(&d);
	check_role(&d, "role-app", CONF_DB_APP);
	check_role(&d, "role-consumer", CONF_DB_CONSUMER);
	check_mail(&d);
	check_providers(&d);
	check_exposure(&d);
	check_redis(&d);
	check_socket(&d, "web-socket", run, "web.sock");
	check_socket(&d, "ingest-socket", run, "ingest.sock");
	check_folder(&d, "sql", CONF_SQL_DIR);
	check_folder(&d, "templates", CONF_TEMPLATE_DIR);
	check_folder(&d, "static", CONF_STATIC_DIR);
	check_disk(&d, run);
	if (d.fails > 0)
		return task_fail(c->t, E_CONFIG, "%zu of the checks failed", d.fails);
	if (d.warns > 0)
		ctl_note(c, "%zu warnings", d.warns);
	return E_OK;
}

static const struct ctl_flag doctor_flags[] = {
	{ "root", "DIR", false, "look for the system's units below this folder" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "doctor", NULL, doctor_flags, NULL, 0, 0,
	  "Check configuration, stores, sockets, clock and disk; say what to do.", doctor },
};
const struct ctl_module ctl_doctor = { commands, NELEM(commands) };
