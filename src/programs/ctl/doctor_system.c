/* doctor_system.c - doctor's checks of the machine: units, files, certificate,
 * backups, clock, disks. See doctor.h. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/timex.h>

#include "base/clock.h"
#include "base/str.h"
#include "model/system/room.h"
#include "programs/ctl/doctor.h"

#define DISK_WARN (INT64_C(5) << 30)
#define DISK_FAIL (INT64_C(512) << 20)
#define FILES_FAIL 1000
#define BACKUP_LATE (50 * US_PER_HOUR)
#define CERTIFICATE_WARN "1209600" /* 14 days, in seconds */
#define LINE_MAX_BYTES 1024

/* --- units --------------------------------------------------------------------- */
/* "tidemark-web@1.service loaded active running Tidemark ..." */
static void
count_unit(struct str line, size_t *active, size_t *failed, struct str *worst, bool *target)
{
	struct str name = str_cut(&line, ' '), state;
	for (int i = 0; i < 2; i++) { /* LOAD, then ACTIVE */
		line = str_trim(line);
		state = str_cut(&line, ' ');
	}
	*active += str_is(state, "active");
	if (str_is(state, "failed")) {
		*worst = name;
		++*failed;
	}
	if (str_is(name, "tidemark.target"))
		*target = str_is(state, "active");
}

void
doctor_units(struct doctor *d)
{
	static const char *const list[] = { "systemctl", "list-units", "--all", "--plain",
		"--no-legend", "--no-pager", "tidemark*", NULL };
	struct arena *a = d->c->t->arena;
	struct str said, worst = STR("");
	size_t active = 0, failed = 0;
	bool target = false;
	if (!doctor_is_there(d, "/run/systemd/system") || d->root.n > 0)
		return;
	if (ctl_run(d->c, list, STR(""), &said) != E_OK) {
		task_clear(d->c->t);
		doctor_report(d, "units", DOCTOR_WARN, STR("systemctl cannot be asked"),
		    "Run doctor as root.");
		return;
	}
	while (said.p != NULL)
		count_unit(str_trim(str_cut(&said, '\n')), &active, &failed, &worst, &target);
	if (failed > 0)
		doctor_report(d, "units", DOCTOR_WARN, arena_printf(a, "%zu failed, %.*s among them",
		    failed, STRF(worst)), "Look at it: systemctl status, journalctl -u.");
	else
		doctor_report(d, "units", target ? DOCTOR_OK : DOCTOR_WARN,
		    arena_printf(a, "%zu active%s", active, target ? "" : ", but not tidemark.target"),
		    "Run: systemctl enable --now tidemark.target");
}

/* --- files that hold secrets --------------------------------------------------- */
void
doctor_permissions(struct doctor *d)
{
	static const char *const names[] = { "tidemark.conf", "masterkey", "redis.acl", "admin.env",
		"web.env", "ingest.env", "consumer.env" };
	struct arena *a = d->c->t->arena;
	struct str open = STR("");
	size_t n = 0;
	for (size_t i = 0; i < NELEM(names); i++) {
		struct stat st;
		const char *path = doctor_path(d, arena_printf(a, TM_SYSCONFDIR "/%s", names[i]).p);
		if (stat(path, &st) != 0)
			continue;
		n++;
		if ((st.st_mode & (S_IWGRP | S_IRWXO)) != 0)
			open = arena_str(a, str_of(path));
	}
	if (n == 0)
		return; /* configured in another way */
	doctor_report(d, "permissions", open.n > 0 ? DOCTOR_FAIL : DOCTOR_OK, open.n > 0 ?
	    arena_printf(a, "%.*s is open to others", STRF(open)) :
	    arena_printf(a, "%zu files, closed to others", n),
	    arena_printf(a, "Run: chown root:tidemark and chmod 0640 on %.*s", STRF(open)).p);
}

/* --- nginx' certificate -------------------------------------------------------- */
/* The first ssl_certificate of our site. */
static struct str
certificate_path(struct doctor *d)
{
	char line[LINE_MAX_BYTES];
	struct str found = STR("");
	FILE *f = fopen(doctor_path(d, "/etc/nginx/sites-enabled/tidemark"), "re");
	while (f != NULL && found.n == 0 && fgets(line, sizeof(line), f) != NULL) {
		struct str s = str_trim(str_of(line));
		if (str_starts(s, STR("ssl_certificate "))) {
			s = str_trim(str_slice(s, 16, s.n));
			found = arena_str(d->c->t->arena, str_cut(&s, ';'));
		}
	}
	if (f != NULL)
		fclose(f);
	return found;
}

void
doctor_certificate(struct doctor *d)
{
	struct task *t = d->c->t;
	struct str path = certificate_path(d), until = STR(""), said;
	if (path.n == 0)
		return; /* another web server, or not yet */
	const char *file = doctor_path(d, arena_cstr(t->arena, path));
	const char *const end[] = { "openssl", "x509", "-noout", "-enddate", "-in", file, NULL };
	const char *const now[] = { "openssl", "x509", "-noout", "-checkend", "0", "-in", file, NULL };
	const char *const soon[] = { "openssl", "x509", "-noout", "-checkend", CERTIFICATE_WARN, "-in",
		file, NULL };
	static const char next[] = "Renew it, then: systemctl reload nginx";
	struct stat st;
	if (stat(file, &st) != 0 && errno == EACCES) {
		doctor_report(d, "certificate", DOCTOR_OK, STR("only root may look at it"), NULL);
		return;
	}
	if (ctl_run(d->c, end, STR(""), &until) != E_OK) {
		doctor_report_task(d, "certificate", "Correct ssl_certificate of nginx' site.");
		return;
	}
	bool over = ctl_run(d->c, now, STR(""), &said) != E_OK;
	task_clear(t);
	bool late = ctl_run(d->c, soon, STR(""), &said) != E_OK;
	task_clear(t);
	if (str_starts(until, STR("notAfter=")))
		until = str_slice(until, 9, until.n);
	doctor_report(d, "certificate", over ? DOCTOR_FAIL : late ? DOCTOR_WARN : DOCTOR_OK,
	    arena_printf(t->arena, "%s %.*s", over ? "ended" : "good until", STRF(until)), next);
}

/* --- backups ------------------------------------------------------------------- */
/* Not what lies beside them: the ledger of erasures is written more often. */
static bool
is_backup(const char *name)
{
	return strncmp(name, "tidemark-", strlen("tidemark-")) == 0 ||
	       str_ends(str_of(name), STR(".tar"));
}

void
doctor_backup(struct doctor *d)
{
	const char *folder = doctor_path(d, "/var/lib/tidemark/backups");
	static const char next[] = "Run: systemctl start tidemark-backup.service, and look at its log.";
	struct arena *a = d->c->t->arena;
	int64_t newest = 0;
	DIR *dir = opendir(folder);
	if (dir == NULL && errno == ENOENT)
		return; /* kept elsewhere */
	if (dir == NULL) {
		doctor_report(d, "backup", DOCTOR_WARN, arena_printf(a, "%s cannot be read", folder),
		    "Run doctor as root.");
		return;
	}
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		struct stat st;
		if (is_backup(entry->d_name) && fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 &&
		    st.st_mtime > newest)
			newest = st.st_mtime;
	}
	closedir(dir);
	int64_t age = clock_now_us() - newest * US_PER_S;
	if (newest == 0)
		doctor_report(d, "backup", DOCTOR_WARN, arena_printf(a, "none in %s", folder), next);
	else
		doctor_report(d, "backup", age < BACKUP_LATE ? DOCTOR_OK : DOCTOR_WARN,
		    arena_printf(a, "the last is %lld h old", (long long)(age / US_PER_HOUR)), next);
}

/* --- clock and disks ----------------------------------------------------------- */
/* The kernel knows whether somebody keeps its clock right. */
void
doctor_clock(struct doctor *d)
{
	struct timex tx = { 0 };
	int state = adjtimex(&tx);
	if (state < 0)
		return; /* not allowed to ask */
	bool synced = state != TIME_ERROR && (tx.status & STA_UNSYNC) == 0;
	doctor_report(d, "clock-source", synced ? DOCTOR_OK : DOCTOR_WARN,
	    synced ? STR("kept right") : STR("nobody keeps it right"),
	    "Install chrony or enable systemd-timesyncd: times of events and codes depend on it.");
}

/* One row for each file system that holds data, as far as it is on this machine. */
void
doctor_disk(struct doctor *d)
{
	static const char next[] = "Make room, or shorten the retention of raw events:"
	                           " tidemark-runbook(7), A disk is full.";
	struct task *t = d->c->t;
	struct pg *pg = NULL;
	struct redis *redis = NULL;
	struct room room;
	const struct room_place *p;
	if (ctl_pg(d->c, &pg) != E_OK)
		pg = NULL;
	if (ctl_redis(d->c, &redis) != E_OK)
		redis = NULL;
	task_clear(t); /* their own rows say what is wrong with them */
	if (room_look(t, pg, redis, d->c->conf, &room) != E_OK) {
		task_clear(t); /* no schema yet */
		if (room_look(t, NULL, redis, d->c->conf, &room) != E_OK)
			task_clear(t);
	}
	if (room_fullest(&room) == NULL)
		doctor_report(d, "disk", DOCTOR_WARN, room_says(t, &room), "Run doctor as root.");
	for (; (p = room_fullest(&room)) != NULL; room_drop(&room, p->device)) {
		bool fails = p->free < DISK_FAIL || p->files < FILES_FAIL;
		doctor_report(d, "disk", fails ? DOCTOR_FAIL : p->free < DISK_WARN ? DOCTOR_WARN :
		    DOCTOR_OK, room_says(t, &room), next);
	}
}
