/*
 * doctor.c - tidemarkctl doctor: is everything there that Tidemark needs?
 * See doctor.h.
 */
#include "programs/ctl/doctor.h"

#include <dirent.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "mail/carrier.h"
#include "model/account/mail.h"

#define MAIL_LATE (10 * US_PER_MIN)

static const char *const columns[] = { "check", "state", "seen", "next_step", NULL };

void
doctor_report(struct doctor *d, const char *check, enum doctor_state s, struct str seen,
              const char *next)
{
	static const char *const names[] = { "ok", "warn", "fail" };
	d->fails += s == DOCTOR_FAIL;
	d->warns += s == DOCTOR_WARN;
	out_str(d->c, str_of(check));
	out_str(d->c, str_of(names[s]));
	out_str(d->c, seen);
	if (s == DOCTOR_OK)
		out_null(d->c);
	else
		out_str(d->c, str_of(next));
}

void
doctor_report_task(struct doctor *d, const char *check, const char *next)
{
	struct str seen = arena_str(d->c->t->arena, str_of(d->c->t->detail));
	doctor_report(d, check, DOCTOR_FAIL, seen, next);
	task_clear(d->c->t);
}

const char *
doctor_path(const struct doctor *d, const char *path)
{
	return arena_printf(d->c->t->arena, "%.*s%s", STRF(d->root), path).p;
}

bool
doctor_is_there(const struct doctor *d, const char *path)
{
	return access(doctor_path(d, path), F_OK) == 0;
}

static void
check_conf(struct doctor *d)
{
	static const enum conf_key needed[] = { CONF_DB_APP, CONF_DB_CONSUMER, CONF_DB_OWNER };
	for (size_t i = 0; i < NELEM(needed); i++) {
		if (conf_need(d->c->t, d->c->conf, needed[i]) != E_OK) {
			doctor_report_task(d, "config", "Set it in tidemark.conf; see tidemark.conf(5).");
			return;
		}
	}
	doctor_report(d, "config", DOCTOR_OK, STR("complete"), NULL);
}

static void
check_master_key(struct doctor *d)
{
	const struct crypt *crypt;
	if (ctl_crypt(d->c, &crypt) != E_OK)
		doctor_report_task(d, "master-key", "Make one: openssl rand -hex 32");
	else
		doctor_report(d, "master-key", DOCTOR_OK, STR("set"), NULL);
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
		doctor_report_task(d, "mail", "Correct the TIDEMARK_MAIL_ keys; see tidemark.conf(5).");
		return;
	}
	struct str by = carrier_describe(t, carrier);
	carrier_close(carrier);
	if (ctl_pg(d->c, &pg) != E_OK || mail_count(t, pg, &n) != E_OK) {
		task_clear(t); /* the rows about PostgreSQL say why */
		doctor_report(d, "mail", DOCTOR_WARN, by, "Whether mails wait cannot be seen.");
		return;
	}
	bool late = n.oldest_us != 0 && clock_now_us() - n.oldest_us > MAIL_LATE;
	doctor_report(d, "mail", late || n.failed > 0 ? DOCTOR_WARN : DOCTOR_OK,
	    arena_printf(t->arena, "%.*s; %lld waiting, %lld given up", STRF(by),
	        (long long)n.waiting, (long long)n.failed),
	    "Run: tidemarkctl mail list --all, and tidemarkctl mail test --to you@example.com");
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
	doctor_report(d, check, ok ? DOCTOR_OK : DOCTOR_WARN, arena_str(d->c->t->arena, str_of(sa.sun_path)),
	       "Nobody listens there: start the pool, or ignore this before the first start.");
}

struct str
doctor_folder_of(struct str path)
{
	while (path.n > 1 && path.p[path.n - 1] != '/')
		path.n--;
	return path.n > 1 ? str_slice(path, 0, path.n - 1) : STR("/");
}

static void
check_folder(struct doctor *d, const char *check, enum conf_key key)
{
	DIR *dir = opendir(conf_text(d->c->conf, key));
	doctor_report(d, check, dir != NULL ? DOCTOR_OK : DOCTOR_FAIL, conf_str(d->c->conf, key),
	       "The folder is not there or not readable: reinstall, or correct the configuration.");
	if (dir != NULL)
		closedir(dir);
}

/* Sign-in elsewhere: complete, and under systemd with a way out. */
static void
check_providers(struct doctor *d)
{
	static const enum conf_key pair[][2] = {
		{ CONF_GITHUB_CLIENT_ID, CONF_GITHUB_CLIENT_SECRET },
		{ CONF_GOOGLE_CLIENT_ID, CONF_GOOGLE_CLIENT_SECRET },
	};
	size_t on = 0, half = 0;
	for (size_t i = 0; i < NELEM(pair); i++) {
		bool id = conf_str(d->c->conf, pair[i][0]).n > 0;
		bool secret = conf_str(d->c->conf, pair[i][1]).n > 0;
		on += id && secret;
		half += id != secret;
	}
	bool shut = on > 0 && doctor_is_there(d, "/run/systemd/system") &&
	            !doctor_is_there(d, "/etc/systemd/system/tidemark-web@.service.d/outbound.conf");
	struct str seen = arena_printf(d->c->t->arena, "%zu on, %zu incomplete%s", on, half,
	    shut ? "; the web unit has no network" : "");
	doctor_report(d, "sign-in-elsewhere", shut || half > 0 ? DOCTOR_WARN : DOCTOR_OK, seen, half > 0 ?
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
	doctor_report(d, "exposure", tls && (shown || plain) ? DOCTOR_WARN : DOCTOR_OK,
	    shown ? STR("the outbox is open to anybody") : plain ?
	    STR("cookies are not marked Secure") : STR("nothing for one's own machine only"),
	    shown ? "Its mails open accounts: set TIDEMARK_OUTBOX_SHOWN=false." :
	            "Pages come over https: set TIDEMARK_COOKIE_SECURE=true.");
}

static enum err
doctor(struct ctl *c)
{
	struct doctor d = { .c = c, .root = ctl_given(c, "root") ? ctl_value(c, "root") : STR("") };
	struct str run = doctor_folder_of(conf_str(c->conf, CONF_REDIS_SOCKET));
	if (d.root.n > 0 && access(arena_cstr(c->t->arena, d.root), X_OK) != 0)
		return task_fail(c->t, E_NOT_FOUND, "%.*s: %s", STRF(d.root), strerror(errno));
	c->show_anyway = true;
	out_list(c, columns);
	check_conf(&d);
	check_master_key(&d);
	doctor_permissions(&d);
	doctor_postgres(&d);
	doctor_redis(&d);
	check_mail(&d);
	check_providers(&d);
	check_exposure(&d);
	doctor_units(&d);
	check_socket(&d, "web-socket", run, "web.sock");
	check_socket(&d, "ingest-socket", run, "ingest.sock");
	check_folder(&d, "sql", CONF_SQL_DIR);
	check_folder(&d, "templates", CONF_TEMPLATE_DIR);
	check_folder(&d, "static", CONF_STATIC_DIR);
	doctor_certificate(&d);
	doctor_backup(&d);
	doctor_clock(&d);
	doctor_disk(&d);
	if (d.fails > 0)
		return task_fail(c->t, E_CONFIG, "%zu %s failed", d.fails,
		                 d.fails == 1 ? "check" : "checks");
	if (d.warns > 0)
		ctl_note(c, d.warns == 1 ? "%zu warning" : "%zu warnings", d.warns);
	return E_OK;
}

static const struct ctl_flag doctor_flags[] = {
	{ "root", "DIR", false, "look for the machine's files and units below this folder" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "doctor", NULL, doctor_flags, NULL, 0, 0,
	  "Check configuration, stores, units, certificates, backups, clock and disk; say what to do.", doctor },
};
const struct ctl_module ctl_doctor = { commands, NELEM(commands) };
