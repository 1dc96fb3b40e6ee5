/* restore_check.c - is a backup whole, does it fit, and did it arrive? See backup.h. */
#include <unistd.h>

#include "base/num.h"
#include "base/str.h"
#include "programs/ctl/backup.h"
#include "store/migrate.h"

#define MANIFEST_MAX ((size_t)64 << 20)
#define SUM_DIGITS (CRYPT_SHA256_HEX - 1)

static enum err
read_manifest(struct ctl *c, struct str folder, const struct json **out)
{
	struct task *t = c->t;
	struct str text, line;
	char sum[CRYPT_SHA256_HEX];
	enum err e = ctl_read(c, backup_path(t, folder, STR(BACKUP_MANIFEST)), MANIFEST_MAX, &text);
	/* it is written last */
	if (e == E_NOT_FOUND && access(folder.p, F_OK) == 0) {
		task_clear(t);
		return task_fail(t, E_DATA, "No whole backup: " BACKUP_MANIFEST " is missing, so it was cut"
		                 " short, or never was one");
	}
	if (e == E_OK)
		e = ctl_read(c, backup_path(t, folder, STR(BACKUP_SUM)), 4096, &line);
	if (e != E_OK)
		return e;
	crypt_sha256_hex(text, sum);
	if (!str_eq(str_slice(line, 0, SUM_DIGITS), str_of(sum)))
		return task_fail(t, E_DATA, BACKUP_MANIFEST " was changed: its sum is not that of " BACKUP_SUM);
	if ((e = json_parse(t, text, out)) != E_OK)
		return e;
	int64_t format = json_i64(json_get(*out, "format"), 0);
	if (format != BACKUP_FORMAT)
		return task_fail(t, E_DATA, "The backup has format %lld; this release reads format %d",
		                 (long long)format, BACKUP_FORMAT);
	return E_OK;
}

static void
take_lists(struct task *t, const struct json *j, struct backup *out)
{
	const struct json *keys = json_get(j, "master_keys"), *tables = json_get(j, "tables");
	const struct json *files = json_get(j, "files");
	out->nkeys = json_count(keys);
	out->master_key = tarray(t, out->nkeys + 1, struct str);
	for (size_t i = 0; i < out->nkeys; i++)
		out->master_key[i] = json_str(json_at(keys, i), STR(""));
	out->ntables = json_count(tables);
	out->table = tarray(t, out->ntables + 1, struct backup_table);
	for (size_t i = 0; i < out->ntables; i++) {
		out->table[i].name = json_get_str(json_at(tables, i), "name");
		out->table[i].rows = json_i64(json_get(json_at(tables, i), "rows"), -1);
	}
	out->files.n = json_count(files);
	out->files.row = tarray(t, out->files.n + 1, struct backup_file);
	for (size_t i = 0; i < out->files.n; i++) {
		struct backup_file *f = &out->files.row[i];
		struct str sum = json_get_str(json_at(files, i), "sha256");
		f->path = json_get_str(json_at(files, i), "path");
		f->bytes = json_i64(json_get(json_at(files, i), "bytes"), -1);
		snprintf(f->sum, sizeof(f->sum), "%.*s", STRF(sum));
		out->files.bytes += f->bytes;
	}
}

static bool
is_own(struct str path)
{
	return str_is(path, BACKUP_MANIFEST) || str_is(path, BACKUP_SUM);
}

/* Both are sorted by path: what is on one side only? */
static enum err
compare_names(struct task *t, const struct backup_files *want, struct backup_files *have)
{
	size_t n = 0;
	for (size_t i = 0; i < have->n; i++)
		if (is_own(have->row[i].path))
			have->bytes -= have->row[i].bytes;
		else
			have->row[n++] = have->row[i];
	have->n = n;
	for (size_t i = 0; i < want->n || i < have->n; i++) {
		int d = i >= want->n ? 1 : i >= have->n ? -1 :
		        str_cmp(want->row[i].path, have->row[i].path);
		if (d < 0)
			return task_fail(t, E_DATA, "%.*s is missing", STRF(want->row[i].path));
		if (d > 0)
			return task_fail(t, E_DATA, "%.*s does not belong to the backup",
			                 STRF(have->row[i].path));
	}
	return E_OK;
}

static enum err
compare_sums(struct task *t, const struct backup_files *want, const struct backup_files *have)
{
	for (size_t i = 0; i < want->n; i++) {
		if (want->row[i].bytes != have->row[i].bytes)
			return task_fail(t, E_DATA, "%.*s has %lld bytes instead of %lld",
			                 STRF(want->row[i].path), (long long)have->row[i].bytes,
			                 (long long)want->row[i].bytes);
		if (strcmp(want->row[i].sum, have->row[i].sum) != 0)
			return task_fail(t, E_DATA, "%.*s was changed: its SHA-256 differs",
			                 STRF(want->row[i].path));
	}
	return E_OK;
}

enum err
restore_open(struct ctl *c, struct str path, struct backup *out)
{
	const struct json *j;
	struct backup_files have;
	*out = (struct backup){ .named = arena_str(c->t->arena, path) };
	enum err e = E_OK;
	if (backup_is_file(c->t, path))
		e = backup_unpack(c, out->named, &out->folder);
	else
		out->folder = out->named;
	if (e == E_OK)
		e = read_manifest(c, out->folder, &j);
	if (e != E_OK)
		return e;
	out->version = json_get_str(j, "version");
	out->schema = json_get_str(j, "schema");
	out->began_at = json_get_str(j, "began_at");
	out->queue.batches = json_i64(json_get(json_get(j, "queue"), "batches"), 0);
	out->queue.items = json_i64(json_get(json_get(j, "queue"), "items"), 0);
	take_lists(c->t, j, out);
	e = backup_list(c->t, out->folder, &have);
	if (e == E_OK)
		e = compare_names(c->t, &out->files, &have);
	if (e == E_OK)
		e = backup_sum(c->t, out->folder, &have, false);
	return e == E_OK ? compare_sums(c->t, &out->files, &have) : e;
}

void
restore_close(struct ctl *c, const struct backup *b)
{
	if (b->folder.n > 0 && !str_eq(b->folder, b->named) &&
	    backup_remove(c->t, b->folder) != E_OK)
		ctl_note(c, "%.*s could not be removed", STRF(b->folder));
}

static bool
knows_key(struct ctl *c, const struct backup *b)
{
	struct str_list mine = backup_fingerprints(c);
	size_t known = 0;
	for (size_t i = 0; i < b->nkeys; i++)
		for (size_t k = 0; k < mine.n; k++)
			if (str_eq(b->master_key[i], mine.item[k])) {
				known++;
				break;
			}
	return known == b->nkeys;
}

enum err
restore_fits(struct ctl *c, const struct backup *b)
{
	struct migrations m;
	bool known = false;
	enum err e = migrate_read(c->t, conf_text(c->conf, CONF_SQL_DIR), &m);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < m.n; i++)
		known = known || str_eq(m.row[i].name, b->schema);
	if (!known)
		return task_fail(c->t, E_CONFLICT, "The backup is of release %.*s with schema %.*s,"
		                 " which this release does not know: install that one or a later one",
		                 STRF(b->version), STRF(b->schema));
	if (!ctl_given(c, "without-key") && !knows_key(c, b))
		return task_fail(c->t, E_CONFLICT, "TIDEMARK_MASTER_KEY is not the key of this backup:"
		                 " with another, write keys and second factors stay sealed (--without-key)");
	return E_OK;
}

static enum err
run_list(struct ctl *c, const struct backup *b, const char *list, const char *conninfo,
         struct progress *p)
{
	struct arena *a = c->t->arena;
	int64_t jobs;
	enum err e = ctl_number(c, "jobs", BACKUP_JOBS, 1, BACKUP_JOBS_MAX, &jobs);
	const char *const argv[] = { "pg_restore", "--exit-on-error", "--verbose", "--no-password",
		arena_printf(a, "--jobs=%lld", (long long)jobs).p,
		arena_printf(a, "--use-list=%.*s/%s", STRF(b->folder), list).p,
		"--dbname=service=tidemark",
		arena_printf(a, "%.*s/" BACKUP_DUMP, STRF(b->folder)).p, NULL };
	/* one job says something else than several */
	struct backup_run run = { .argv = argv, .conninfo = conninfo, .progress = p,
		.count = { jobs > 1 ? "finished item" : "processing data",
		           jobs > 1 ? " TABLE DATA " : " for table " } };
	return e == E_OK ? backup_run(c, &run) : e;
}

enum err
restore_dump(struct ctl *c, const struct backup *b, const char *conninfo)
{
	struct progress p;
	int64_t parts = 0;
	for (size_t i = 0; i < b->files.n; i++)
		parts += str_starts(b->files.row[i].path, STR(BACKUP_DUMP "/")) &&
		         !str_ends(b->files.row[i].path, STR("toc.dat"));
	progress_begin(&p, "tables restored", parts);
	enum err e = run_list(c, b, BACKUP_LIST, conninfo, &p);
	if (e == E_OK)
		e = run_list(c, b, BACKUP_LATE, conninfo, NULL);
	if (e == E_OK)
		progress_end(&p, parts);
	return e;
}

enum err
restore_compare(struct ctl *c, struct pg *pg, const struct backup *b)
{
	struct backup_store have;
	enum err e = backup_store_begin(c, pg, &have);
	if (e == E_OK)
		e = backup_store_count(c, pg, &have);
	if (e == E_OK)
		e = backup_store_end(c, pg);
	for (size_t i = 0; e == E_OK && i < b->ntables; i++) {
		const struct backup_table *want = &b->table[i];
		int64_t rows = -1;
		for (size_t k = 0; k < have.n; k++)
			if (str_eq(have.table[k].name, want->name))
				rows = have.table[k].rows;
		if (rows != want->rows)
			e = task_fail(c->t, E_DATA, "Table %.*s has %lld rows instead of %lld",
			              STRF(want->name), (long long)rows, (long long)want->rows);
	}
	return e;
}
