/* setup_files.c - the files of `tidemarkctl setup`: see setup.h. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"
#include "programs/ctl/setup.h"

#define FILE_MAX ((size_t)1 << 20)
#define PASSWORD_BYTES 24
#define KEY_BYTES 32

const char *
setup_path(const struct setup *s, struct str folder, const char *name)
{
	return arena_printf(s->c->t->arena, "%.*s/%s", STRF(folder), name).p;
}

enum err
setup_read(struct setup *s, const char *path, struct str *out)
{
	struct task *t = s->c->t;
	FILE *f = fopen(path, "re");
	if (f == NULL)
		return task_fail(t, E_IO, "%s cannot be read: %s.", path, strerror(errno));
	char *p = arena_raw(t->arena, FILE_MAX);
	size_t n = fread(p, 1, FILE_MAX, f);
	bool whole = ferror(f) == 0 && n < FILE_MAX;
	fclose(f);
	if (!whole)
		return task_fail(t, E_IO, "%s cannot be read, or is larger than 1 MiB.", path);
	*out = (struct str){ p, n };
	return E_OK;
}

static bool
write_all(int fd, struct str text)
{
	while (text.n > 0) {
		ssize_t n = write(fd, text.p, text.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text = str_slice(text, (size_t)n, text.n);
	}
	return fsync(fd) == 0;
}

/* The file keeps the owner and mode that it has. */
static bool
own(const struct setup *s, int fd, const char *path, mode_t mode)
{
	struct stat st;
	if (stat(path, &st) == 0)
		return fchmod(fd, st.st_mode & 07777) == 0 && fchown(fd, st.st_uid, st.st_gid) == 0;
	return fchmod(fd, mode) == 0 && (!s->system || fchown(fd, 0, s->group) == 0);
}

enum err
setup_write(struct setup *s, const char *path, mode_t mode, struct str text)
{
	struct task *t = s->c->t;
	const char *temp = arena_printf(t->arena, "%s.new", path).p;
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool ok = fd >= 0 && own(s, fd, path, mode) && write_all(fd, text);
	int why = errno;
	if (fd >= 0 && close(fd) != 0 && ok) {
		why = errno;
		ok = false;
	}
	if (ok && rename(temp, path) == 0)
		return E_OK;
	if (ok)
		why = errno;
	unlink(temp);
	return task_fail(t, E_IO, "%s cannot be written: %s.", path, strerror(why));
}

static struct str
random_hex(struct setup *s, size_t n)
{
	uint8_t raw[KEY_BYTES];
	ASSERT(n <= sizeof(raw));
	crypt_random(raw, n);
	struct str hex = codec_hex_str(s->c->t->arena, (struct str){ (const char *)raw, n });
	crypt_wipe(raw, sizeof(raw));
	return hex;
}

enum err
setup_key(struct setup *s, struct step_result *r)
{
	const char *path = setup_path(s, s->etc, "masterkey");
	r->seen = str_of(path);
	if (access(path, F_OK) == 0)
		return E_OK;
	if (setup_only_says(s, r, "would make a key"))
		return E_OK;
	struct str line = arena_printf(s->c->t->arena, "%.*s\n", STRF(random_hex(s, KEY_BYTES)));
	r->state = STEP_MADE;
	r->seen = arena_printf(s->c->t->arena, "%s; keep a copy apart from the backups", path);
	return setup_write(s, path, 0640, line);
}

/* --- the queue's users --------------------------------------------------------- */
/* ctl's password goes into tidemark.conf, the others' into NAME.env. */
static const char *const USERS[] = { "admin", "web", "ingest", "consumer", "ctl" };

/* text with each @user@ as `with`. */
static struct str
replaced(struct setup *s, struct str text, const char *user, struct str with)
{
	struct buf b = BUF_INIT;
	struct str mark = arena_printf(s->c->t->arena, "@%s@", user);
	while (text.n > 0) {
		if (str_starts(text, mark)) {
			buf_add(&b, with);
			text = str_slice(text, mark.n, text.n);
		} else {
			buf_putc(&b, text.p[0]);
			text = str_slice(text, 1, text.n);
		}
	}
	struct str out = arena_str(s->c->t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

/* The "user" lines of the shipped list, others are comments. */
static struct str
user_lines(struct setup *s, struct str text)
{
	struct buf b = BUF_INIT;
	while (text.p != NULL) {
		struct str line = str_cut(&text, '\n');
		if (str_starts(line, STR("user "))) {
			buf_add(&b, line);
			buf_putc(&b, '\n');
		}
	}
	struct str out = arena_str(s->c->t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

static enum err
write_env(struct setup *s, const char *user, struct str password)
{
	struct task *t = s->c->t;
	const char *path = setup_path(s, s->etc, arena_printf(t->arena, "%s.env", user).p);
	return setup_write(s, path, 0600, arena_printf(t->arena,
	    "TIDEMARK_REDIS_USER=%s\nTIDEMARK_REDIS_PASSWORD=%.*s\n", user, STRF(password)));
}

static enum err
write_users(struct setup *s, struct str *ctl_password)
{
	struct task *t = s->c->t;
	struct str acl;
	enum err e = setup_read(s, setup_path(s, s->data, "redis.acl"), &acl);
	if (e != E_OK)
		return e;
	acl = user_lines(s, acl);
	for (size_t i = 0; i < NELEM(USERS) && e == E_OK; i++) {
		char digest[CRYPT_SHA256_HEX];
		struct str password = random_hex(s, PASSWORD_BYTES);
		crypt_sha256_hex(password, digest);
		acl = replaced(s, acl, USERS[i], arena_printf(t->arena, "#%s", digest));
		if (strcmp(USERS[i], "ctl") == 0)
			*ctl_password = password;
		else
			e = write_env(s, USERS[i], password);
	}
	return e == E_OK ? setup_write(s, setup_path(s, s->etc, "redis.acl"), 0640, acl) : e;
}

/* --- tidemark.conf ------------------------------------------------------------- */
static struct str
conf_lines(struct setup *s, struct str ctl_password)
{
	struct str url = ctl_value(s->c, "url"), host = ctl_value(s->c, "postgres");
	struct buf b = BUF_INIT;
	if (host.n == 0)
		host = STR("/run/postgresql");
	buf_puts(&b, "# tidemark.conf - every key is in tidemark.conf(5). Written by "
	             "`tidemarkctl setup`;\n# yours from now on.\n");
	buf_printf(&b, "TIDEMARK_PUBLIC_URL=%.*s\n", STRF(url));
	if (!str_starts(url, STR("https://")))
		buf_puts(&b, "TIDEMARK_COOKIE_SECURE=false\n");
	buf_printf(&b, "TIDEMARK_DB_OWNER=\"host=%.*s user=tidemark_owner dbname=tidemark\"\n"
	               "TIDEMARK_DB_APP=\"host=%.*s user=tidemark_app dbname=tidemark\"\n"
	               "TIDEMARK_DB_CONSUMER=\"host=%.*s user=tidemark_consumer dbname=tidemark\"\n",
	           STRF(host), STRF(host), STRF(host));
	buf_printf(&b, "TIDEMARK_REDIS_SOCKET=%.*s/redis.sock\nTIDEMARK_REDIS_USER=ctl\n"
	               "TIDEMARK_REDIS_PASSWORD=%.*s\n", STRF(s->run), STRF(ctl_password));
	buf_printf(&b, "TIDEMARK_MASTER_KEY_FILE=%.*s/masterkey\n", STRF(s->etc));
	buf_puts(&b, "# apply migrations when the package is upgraded\n#TIDEMARK_AUTO_MIGRATE=yes\n"
	             "# without a mail server, mails are files shown at /system/outbox\n"
	             "#TIDEMARK_MAIL_URL=smtp://mail.example.com:587\n");
	struct str out = arena_str(s->c->t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

static void
drop_conf(void *p)
{
	conf_free(p);
}

/* What is written last is what later steps look at. */
static enum err
use(struct setup *s, const char *path)
{
	struct conf *conf;
	enum err e = conf_open(s->c->t, path, &conf);
	if (e != E_OK)
		return e;
	arena_defer(s->c->t->arena, drop_conf, conf);
	s->c->conf = conf;
	return E_OK;
}

enum err
setup_conf(struct setup *s, struct step_result *r)
{
	const char *path = setup_path(s, s->etc, "tidemark.conf");
	struct str password = STR("");
	r->seen = str_of(path);
	if (access(path, F_OK) == 0)
		return use(s, path);
	if (setup_only_says(s, r, "would write it, redis.acl and the passwords"))
		return E_OK;
	enum err e = write_users(s, &password);
	if (e == E_OK)
		e = setup_write(s, path, 0640, conf_lines(s, password));
	r->state = STEP_MADE;
	r->seen = arena_printf(s->c->t->arena, "%s, redis.acl, web.env, ingest.env, consumer.env", path);
	return e == E_OK ? use(s, path) : e;
}
