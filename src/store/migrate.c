/* migrate.c - see migrate.h. */
#include "store/migrate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypt.h"
#include "base/str.h"

#define MIGRATION_BYTES_MAX (4 * 1024 * 1024)

static const struct stmt table_exists = { "migrate_table_exists",
	"SELECT to_regclass('public.schema_migrations') IS NOT NULL" };
static const struct stmt table_rows = { "migrate_rows",
	"SELECT number, name, checksum, (extract(epoch from applied_at)*1e6)::int8, duration_ms"
	" FROM schema_migrations ORDER BY number" };
static const struct stmt row_insert = { "migrate_insert",
	"INSERT INTO schema_migrations (number, name, checksum, duration_ms)"
	" VALUES ($1, $2, $3, $4)" };
static const struct stmt lock_take = { "migrate_lock", "SELECT pg_advisory_lock(7310, 0)" };
static const struct stmt lock_drop = { "migrate_unlock", "SELECT pg_advisory_unlock(7310, 0)" };
static const struct stmt *const statements[] = { &table_exists, &table_rows, &row_insert,
	&lock_take, &lock_drop };
const struct stmt_list migrate_statements = STMT_LIST("migrate", statements);

static const char table_sql[] =
	"CREATE TABLE IF NOT EXISTS schema_migrations ("
	" number int4 PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
	" applied_at timestamptz NOT NULL DEFAULT now(), duration_ms int8 NOT NULL);"
	"GRANT SELECT ON schema_migrations TO PUBLIC";

static const char *const state_names[] = { "pending", "applied", "changed", "missing", "skipped" };

const char *
migration_state_name(enum migration_state s)
{
	return state_names[s];
}

/* "0001_tenants.sql" -> 1; 0 = not a migration (bootstrap.sql, module.mk). */
static int
file_number(struct str file)
{
	if (file.n < 10 || !str_ends(file, STR(".sql")) || file.p[4] != '_')
		return 0;
	int number = 0;
	for (size_t i = 0; i < 4; i++) {
		if (file.p[i] < '0' || file.p[i] > '9')
			return 0;
		number = number * 10 + (file.p[i] - '0');
	}
	return number;
}

static enum err
read_text(struct task *t, const char *path, struct str *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) != 0) {
		if (fd >= 0)
			close(fd);
		return task_fail(t, E_IO, "%s: %s", path, strerror(errno));
	}
	if (st.st_size > MIGRATION_BYTES_MAX) {
		close(fd);
		return task_fail(t, E_CONFIG, "%s is larger than 4 MiB", path);
	}
	char *p = arena_raw(t->arena, (size_t)st.st_size + 1);
	size_t n = 0;
	ssize_t got = 1;
	while (n < (size_t)st.st_size && (got = read(fd, p + n, (size_t)st.st_size - n)) > 0)
		n += (size_t)got;
	close(fd);
	if (got < 0)
		return task_fail(t, E_IO, "%s: %s", path, strerror(errno));
	p[n] = '\0';
	if (memchr(p, '\0', n) != NULL)
		return task_fail(t, E_CONFIG, "%s holds a NUL byte", path);
	*out = (struct str){ p, n };
	return E_OK;
}

static int
by_number(const void *a, const void *b)
{
	const struct migration *x = a, *y = b;
	return x->number < y->number ? -1 : x->number > y->number;
}

static enum err
read_one(struct task *t, const char *dir, struct str file, struct migration *m)
{
	struct str path = arena_printf(t->arena, "%s/%.*s", dir, STRF(file));
	enum err e = read_text(t, path.p, &m->text);
	if (e != E_OK)
		return e;
	char hex[CRYPT_SHA256_HEX];
	crypt_sha256_hex(m->text, hex);
	m->number = file_number(file);
	m->name = arena_str(t->arena, str_slice(file, 0, file.n - 4));
	m->checksum = arena_str(t->arena, str_of(hex));
	m->state = MIGRATION_PENDING;
	return E_OK;
}

static enum err
read_dir(struct task *t, const char *dir, DIR *d, struct migrations *out)
{
	const struct dirent *entry;
	size_t cap = 0;
	while ((entry = readdir(d)) != NULL) {
		struct str file = str_of(entry->d_name);
		if (file_number(file) == 0)
			continue;
		if (out->n == cap) {
			cap = cap != 0 ? cap * 2 : 32;
			struct migration *more = tarray(t, cap, struct migration);
			if (out->n > 0)
				memcpy(more, out->row, out->n * sizeof(*more));
			out->row = more;
		}
		enum err e = read_one(t, dir, file, &out->row[out->n]);
		if (e != E_OK)
			return e;
		out->n++;
	}
	return E_OK;
}

enum err
migrate_read(struct task *t, const char *dir, struct migrations *out)
{
	*out = (struct migrations){ 0 };
	DIR *d = opendir(dir);
	if (d == NULL)
		return task_fail(t, E_IO, "%s: %s", dir, strerror(errno));
	enum err e = read_dir(t, dir, d, out);
	closedir(d);
	if (e != E_OK)
		return e;
	if (out->n == 0)
		return task_fail(t, E_CONFIG, "%s holds no migrations", dir);
	qsort(out->row, out->n, sizeof(*out->row), by_number);
	for (size_t i = 1; i < out->n; i++) {
		if (out->row[i].number == out->row[i - 1].number)
			return task_fail(t, E_CONFIG, "two migrations have the number %04d: %.*s, %.*s",
			                 out->row[i].number, STRF(out->row[i - 1].name),
			                 STRF(out->row[i].name));
	}
	out->pending = out->n;
	return E_OK;
}

static struct migration *
find_number(struct migrations *m, int64_t number)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->row[i].number == number)
			return &m->row[i];
	}
	return NULL;
}

/* Put what the table says beside the files; both are in number order. */
static void
merge(struct task *t, struct migrations *m, const struct rows *r)
{
	size_t applied = rows_count(r);
	size_t files = m->n;
	struct migration *all = tarray(t, files + applied, struct migration);
	if (files > 0)
		memcpy(all, m->row, files * sizeof(*all));
	m->row = all;
	for (size_t i = 0; i < applied; i++) {
		struct migration *f = find_number(m, row_i64(r, i, 0));
		if (f == NULL) {
			f = &all[m->n++];
			f->number = (int)row_i64(r, i, 0);
			f->name = row_str(r, i, 1);
			f->state = MIGRATION_MISSING;
		} else {
			f->state = str_eq(f->checksum, row_str(r, i, 2)) ? MIGRATION_APPLIED
			                                                 : MIGRATION_CHANGED;
		}
		f->applied_us = row_i64(r, i, 3);
		f->duration_ms = row_i64(r, i, 4);
	}
	qsort(all, m->n, sizeof(*all), by_number);
}

/* A pending file below an applied one can no longer run in order. */
static void
count_states(struct migrations *m)
{
	bool later = false;
	m->pending = m->wrong = 0;
	for (size_t i = m->n; i-- > 0;) {
		struct migration *f = &m->row[i];
		if (f->state == MIGRATION_PENDING && later)
			f->state = MIGRATION_SKIPPED;
		if (f->applied_us != 0)
			later = true;
		if (f->state == MIGRATION_PENDING)
			m->pending++;
		else if (f->state != MIGRATION_APPLIED)
			m->wrong++;
	}
}

enum err
migrate_status(struct task *t, struct pg *pg, const char *dir, struct migrations *out)
{
	struct rows *r;
	enum err e = migrate_read(t, dir, out);
	if (e == E_OK)
		e = pg_one(t, pg, &table_exists, NULL, &r);
	if (e != E_OK || !row_bool(r, 0, 0))
		return e;
	e = pg_run(t, pg, &table_rows, NULL, &r);
	if (e != E_OK)
		return e;
	merge(t, out, r);
	count_states(out);
	return E_OK;
}

enum err
migrate_check(struct task *t, const struct migrations *m)
{
	static const char *const why[] = {
		[MIGRATION_CHANGED] = "was changed after it had been applied; restore the file",
		[MIGRATION_MISSING] = "is applied, but its file is missing; is this an older release?",
		[MIGRATION_SKIPPED] = "is pending, but a later migration is applied; give it a higher number",
	};
	for (size_t i = 0; i < m->n; i++) {
		enum migration_state s = m->row[i].state;
		if (s == MIGRATION_PENDING || s == MIGRATION_APPLIED)
			continue;
		return task_fail(t, E_CONFLICT, "migration %.*s %s", STRF(m->row[i].name), why[s]);
	}
	return E_OK;
}

static enum err
record(struct task *t, struct pg *pg, const struct migration *m, int64_t begun)
{
	struct bind b = { 0 };
	bind_i64(t, &b, m->number);
	bind_str(t, &b, m->name);
	bind_str(t, &b, m->checksum);
	bind_i64(t, &b, (clock_mono_us() - begun) / US_PER_MS);
	return pg_run(t, pg, &row_insert, &b, NULL);
}

static enum err
apply_one(struct task *t, struct pg *pg, const struct migration *m)
{
	int64_t begun = clock_mono_us();
	bool tx = !str_starts(m->text, STR("-- no-transaction"));
	enum err e = tx ? pg_begin(t, pg, NULL) : E_OK;
	if (e == E_OK)
		e = pg_script(t, pg, m->text.p);
	if (e == E_OK)
		e = record(t, pg, m, begun);
	if (e == E_OK && tx)
		e = pg_commit(t, pg);
	if (e == E_OK)
		return E_OK;
	pg_rollback(t, pg);
	/* say which file, and what the server said */
	if (pg_message(pg)[0] == '\0')
		return e;
	task_clear(t);
	return task_fail(t, e, "migration %.*s: %s (SQLSTATE %s)", STRF(m->name),
	                 pg_message(pg), pg_sqlstate(pg));
}

static enum err
apply_pending(struct task *t, struct pg *pg, const struct migrations *m,
              const struct migrate_options *o, size_t *applied)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct migration *f = &m->row[i];
		if (f->state != MIGRATION_PENDING)
			continue;
		if (o->progress != NULL)
			o->progress(o->arg, f, false);
		if (!o->dry_run) {
			enum err e = apply_one(t, pg, f);
			if (e != E_OK)
				return e;
		}
		if (o->progress != NULL)
			o->progress(o->arg, f, true);
		(*applied)++;
	}
	return E_OK;
}

/* The lock is the session's: a lost connection drops it. */
static enum err
up_locked(struct task *t, struct pg *pg, const char *dir, const struct migrate_options *o,
          size_t *applied)
{
	struct migrations m;
	enum err e = o->dry_run ? E_OK : pg_script(t, pg, table_sql);
	if (e == E_OK)
		e = migrate_status(t, pg, dir, &m);
	if (e == E_OK)
		e = migrate_check(t, &m);
	if (e == E_OK)
		e = apply_pending(t, pg, &m, o, applied);
	return e;
}

enum err
migrate_up(struct task *t, struct pg *pg, const char *dir, const struct migrate_options *o,
           size_t *applied)
{
	*applied = 0;
	pg_timeout(pg, 0); /* an index build takes what it takes */
	enum err e = pg_script(t, pg, "SET lock_timeout = 0");
	if (e == E_OK)
		e = pg_run(t, pg, &lock_take, NULL, NULL);
	if (e == E_OK)
		e = pg_script(t, pg, "SET lock_timeout = '10s'");
	if (e != E_OK)
		return e;
	e = up_locked(t, pg, dir, o, applied);
	struct task quiet;
	task_init(&quiet, t->arena);
	if (pg_run(&quiet, pg, &lock_drop, NULL, NULL) != E_OK && e == E_OK)
		e = task_fail(t, quiet.err, "%s", quiet.detail);
	pg_timeout(pg, 30000);
	return e;
}

enum err
migrate_is_current(struct task *t, struct pg *pg, const char *dir, bool *current)
{
	struct migrations m;
	enum err e = migrate_status(t, pg, dir, &m);
	if (e == E_OK)
		*current = m.pending == 0 && m.wrong == 0;
	return e;
}
