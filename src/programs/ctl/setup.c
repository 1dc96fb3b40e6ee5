/* setup.c - tidemarkctl setup: the steps in their order; see setup.h. */
#include "programs/ctl/setup.h"

#include <errno.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"
#include "model/account/user.h"

#define PASSWORD_BYTES 12
#define QUEUE_TRIES 50 /* of 100 ms */

static const char *const columns[] = { "step", "state", "seen", NULL };

bool
setup_only_says(const struct setup *s, struct step_result *r, const char *what)
{
	if (!s->c->dry_run)
		return false;
	r->state = STEP_WOULD;
	r->seen = str_of(what);
	return true;
}

/* --- the machine --------------------------------------------------------------- */
static bool
has_systemd(const struct setup *s)
{
	return s->system && access("/run/systemd/system", F_OK) == 0;
}

/* The user of the daemons and their folders, where no package made them. */
static enum err
step_user(struct setup *s, struct step_result *r)
{
	static const char *const users[] = { "systemd-sysusers", NULL };
	static const char *const folders[] = { "systemd-tmpfiles", "--create", NULL };
	struct str said;
	enum err e = E_OK;
	r->seen = STR("tidemark");
	if (!s->system) {
		r->state = STEP_SKIPPED;
		r->seen = STR("a setup apart from the system's");
		return E_OK;
	}
	const struct group *g = getgrnam("tidemark");
	if (g == NULL) {
		if (setup_only_says(s, r, "would make the user tidemark and its folders"))
			return E_OK;
		r->state = STEP_MADE;
		e = ctl_run(s->c, users, STR(""), &said);
		if (e == E_OK)
			e = ctl_run(s->c, folders, STR(""), &said);
		g = getgrnam("tidemark");
	}
	if (e == E_OK && g == NULL)
		e = task_fail(s->c->t, E_CONFIG, "There is no group tidemark; see sysusers.d(5)");
	if (e == E_OK)
		s->group = g->gr_gid;
	return e;
}

static bool
queue_answers(struct setup *s)
{
	const struct str ping[] = { STR("PING") };
	struct redis *redis;
	struct reply reply;
	bool ok = ctl_redis(s->c, &redis) == E_OK &&
	          redis_run(s->c->t, redis, NELEM(ping), ping, &reply) == E_OK;
	task_clear(s->c->t);
	return ok;
}

static enum err
step_queue(struct setup *s, struct step_result *r)
{
	static const char *const start[] = { "systemctl", "start", "tidemark-redis.service", NULL };
	struct str said;
	r->seen = conf_str(s->c->conf, CONF_REDIS_SOCKET);
	if (queue_answers(s) || setup_only_says(s, r, "would start tidemark-redis.service"))
		return E_OK;
	if (!has_systemd(s)) {
		r->state = STEP_BY_HAND;
		r->seen = arena_printf(s->c->t->arena, "start Redis with %s",
		    setup_path(s, s->etc, "redis.conf"));
		return E_OK;
	}
	r->state = STEP_MADE;
	enum err e = ctl_run(s->c, start, STR(""), &said);
	for (int i = 0; e == E_OK && !queue_answers(s) && i < QUEUE_TRIES; i++)
		usleep(100000);
	if (e == E_OK && !queue_answers(s))
		e = task_fail(s->c->t, E_UNAVAILABLE, "Redis does not answer at %.*s: journalctl -u"
		              " tidemark-redis", STRF(r->seen));
	return e;
}

static enum err
step_services(struct setup *s, struct step_result *r)
{
	static const char *const reload[] = { "systemctl", "daemon-reload", NULL };
	static const char *const start[] = { "systemctl", "enable", "--now", "tidemark-web.socket",
		"tidemark-ingest.socket", "tidemark.target", "tidemark-doctor.timer",
		"tidemark-backup.timer", NULL };
	static const char *const active[] = { "systemctl", "is-active", "tidemark.target",
		"tidemark-web.socket", "tidemark-ingest.socket", "tidemark-web@1.service", NULL };
	struct str said;
	r->seen = STR("tidemark.target, its sockets and timers");
	if (!has_systemd(s)) {
		r->state = STEP_BY_HAND;
		r->seen = STR("start the pools and a consumer: tidemark(7)");
		return E_OK;
	}
	if (ctl_run(s->c, active, STR(""), &said) == E_OK)
		return E_OK;
	task_clear(s->c->t);
	if (setup_only_says(s, r, "would enable and start tidemark.target"))
		return E_OK;
	r->state = STEP_MADE;
	enum err e = ctl_run(s->c, reload, STR(""), &said);
	return e == E_OK ? ctl_run(s->c, start, STR(""), &said) : e;
}

/* The site has a name and a certificate that only the operator knows. */
static enum err
step_nginx(struct setup *s, struct step_result *r)
{
	r->seen = STR("sites-enabled/tidemark");
	if (s->system && access("/etc/nginx/sites-enabled/tidemark", F_OK) == 0)
		return E_OK;
	r->state = STEP_BY_HAND;
	r->seen = arena_printf(s->c->t->arena,
	    "set server_name and certificate in a copy, then in the http block: include %s;",
	    setup_path(s, s->data, "nginx/site.conf"));
	return E_OK;
}

/* --- the first administrator --------------------------------------------------- */
static enum err
find_admin(struct setup *s, struct str *email)
{
	struct pg *pg;
	struct user *u;
	size_t n;
	enum err e = ctl_pg(s->c, &pg);
	if (e == E_OK)
		e = user_list(s->c->t, pg, &u, &n);
	for (size_t i = 0; e == E_OK && i < n && email->n == 0; i++) {
		if (u[i].system_admin && !u[i].disabled)
			*email = u[i].email;
	}
	return e;
}

static enum err
create_admin(struct setup *s, struct str email, struct str password)
{
	struct user_new in = { .email = email, .password = password, .verified = true,
		               .system_admin = true };
	struct task *t = s->c->t;
	struct pg *pg;
	struct user u = { 0 };
	enum err e = ctl_begin(s->c, &pg);
	if (e == E_OK)
		e = user_create(t, pg, &in, &u);
	if (e == E_OK)
		e = ctl_audit(s->c, STR_NULL, "user.create",
		              arena_printf(t->arena, "user:%.*s", STRF(u.id)));
	return e == E_OK ? pg_commit(t, pg) : e;
}

/* Without --password-stdin: a random one, shown this once. */
static enum err
step_admin(struct setup *s, struct step_result *r)
{
	struct ctl *c = s->c;
	struct str email = ctl_value(c, "admin"), have = STR(""), password;
	uint8_t raw[PASSWORD_BYTES];
	if (c->dry_run && conf_text(c->conf, CONF_DB_OWNER)[0] == '\0') {
		r->state = STEP_WOULD;
		r->seen = email.n > 0 ? email : STR("needs --admin EMAIL");
		return E_OK;
	}
	enum err e = find_admin(s, &have);
	if (e != E_OK && c->dry_run) {
		task_clear(c->t); /* no schema yet */
		e = E_OK;
	}
	r->seen = have;
	if (e != E_OK || have.n > 0)
		return e;
	r->state = STEP_SKIPPED;
	r->seen = STR("there is none; give --admin EMAIL");
	if (email.n == 0 || setup_only_says(s, r, "would make this account"))
		return E_OK;
	crypt_random(raw, sizeof(raw));
	password = codec_hex_str(c->t->arena, (struct str){ (const char *)raw, sizeof(raw) });
	if (ctl_given(c, "password-stdin"))
		e = ctl_secret(c, "The password", &password);
	if (e == E_OK)
		e = create_admin(s, email, password);
	r->state = STEP_MADE;
	r->seen = ctl_given(c, "password-stdin") ? email :
	    arena_printf(c->t->arena, "%.*s, password %.*s", STRF(email), STRF(password));
	return e;
}

/* --- the table ----------------------------------------------------------------- */
static const struct step {
	const char *name;
	enum err (*take)(struct setup *s, struct step_result *r);
} steps[] = {
	{ "user", step_user },
	{ "master-key", setup_key },
	{ "configuration", setup_conf },
	{ "queue", step_queue },
	{ "database", setup_database },
	{ "schema", setup_schema },
	{ "administrator", step_admin },
	{ "services", step_services },
	{ "nginx", step_nginx },
};

static void
report(struct setup *s, const char *name, const struct step_result *r)
{
	static const char *const words[] = { "done", "made", "would", "skipped", "by hand", "failed" };
	out_str(s->c, str_of(name));
	out_str(s->c, str_of(words[r->state]));
	out_str(s->c, r->seen);
}

/* Before anything is made: what is wrong in the command line. */
static enum err
check_line(struct ctl *c)
{
	struct str url = ctl_value(c, "url"), key;
	bool http = str_starts(url, STR("http://")) || str_starts(url, STR("https://"));
	if (url.n > 0 && (!http || str_ends(url, STR("/")) || str_index(url, ' ') >= 0 ||
	                  str_index(url, '"') >= 0 || str_index(url, '\n') >= 0))
		return ctl_usage(c, "--url takes an address such as https://tidemark.example, without a"
		                 " slash at the end");
	if (ctl_given(c, "admin") && !user_email_key(c->t, ctl_value(c, "admin"), &key))
		return ctl_usage(c, "--admin takes a mail address, not \"%.*s\"",
		                 STRF(ctl_value(c, "admin")));
	if (ctl_given(c, "password-stdin") && !ctl_given(c, "admin"))
		return ctl_usage(c, "--password-stdin belongs to --admin EMAIL");
	if (!ctl_given(c, "etc") && geteuid() != 0 && !c->dry_run)
		return task_fail(c->t, E_FORBIDDEN, "Only root can set the machine up; --etc DIR and"
		                 " --superuser make a private one");
	return E_OK;
}

/* The first time needs more; nothing is made before that is clear. */
static enum err
check_first(struct setup *s)
{
	const char *etc = arena_cstr(s->c->t->arena, s->etc);
	if (access(setup_path(s, s->etc, "tidemark.conf"), F_OK) == 0)
		return E_OK;
	if (!ctl_given(s->c, "url"))
		return ctl_usage(s->c, "--url is missing: where will people reach this server?");
	if (s->c->dry_run || mkdir(etc, 0755) == 0 || errno == EEXIST)
		return E_OK;
	return task_fail(s->c->t, E_IO, "%s cannot be made: %s.", etc, strerror(errno));
}

/* The folder that holds sql/, nginx/, redis.acl. */
static struct str
data_folder(const struct conf *conf)
{
	struct str sql = conf_str(conf, CONF_SQL_DIR);
	while (sql.n > 1 && sql.p[sql.n - 1] != '/')
		sql.n--;
	return str_slice(sql, 0, sql.n - 1);
}

static enum err
setup(struct ctl *c)
{
	struct setup s = { .c = c, .system = !ctl_given(c, "etc"), .etc = STR(TM_SYSCONFDIR),
		           .run = STR("/run/tidemark"), .data = data_folder(c->conf) };
	enum err e = check_line(c);
	if (e != E_OK)
		return e;
	if (!s.system)
		s.etc = ctl_value(c, "etc");
	if (ctl_given(c, "run"))
		s.run = ctl_value(c, "run");
	e = check_first(&s);
	if (e != E_OK)
		return e;
	c->show_anyway = true;
	out_list(c, columns);
	for (size_t i = 0; i < NELEM(steps) && e == E_OK; i++) {
		struct step_result r = { .state = STEP_DONE, .seen = STR("") };
		e = steps[i].take(&s, &r);
		if (e != E_OK) {
			r.state = STEP_FAILED;
			r.seen = arena_str(c->t->arena, str_of(c->t->detail));
		}
		report(&s, steps[i].name, &r);
	}
	return e;
}

static const struct ctl_flag setup_flags[] = {
	{ "url", "URL", false, "where people will reach this server; needed the first time" },
	{ "admin", "EMAIL", false, "make this account if there is no system administrator yet" },
	{ "password-stdin", NULL, false, "read its password from stdin; else a random one is shown" },
	{ "superuser", "CONNINFO", false, "PostgreSQL's superuser; else the system user postgres" },
	{ "postgres", "DIR", false, "folder of PostgreSQL's socket; else /run/postgresql" },
	{ "etc", "DIR", false, "folder of the files, for a setup apart from the system's" },
	{ "run", "DIR", false, "folder of the sockets; else /run/tidemark" },
	{ "dry-run", NULL, false, "only say what would be made" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "setup", NULL, setup_flags, NULL, 0, 0,
	  "Make a running system: key, configuration, database, schema, administrator, services."
	  " May be run again.", setup },
};
const struct ctl_module ctl_setup = { commands, NELEM(commands) };
