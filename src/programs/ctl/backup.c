/* backup.c - tidemarkctl backup: a folder or a file that restore reads; see backup.h. */
#include "programs/ctl/backup.h"
#include "programs/ctl/erasures.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/jw.h"
#include "base/str.h"

#define PREFIX "tidemark-"
#define NAME_BYTES (sizeof(PREFIX) - 1 + 16) /* 20260223T024000Z */
#define PACKED "packed" /* beside the folder that goes into it */
#define FILE_END ".tar" /* what --to ends with for one file */
#define KEEP_MAX 10000

const struct backup_folder backup_folder[] = {
	{ "symbols", CONF_SYMBOL_DIR },
	{ "exports", CONF_EXPORT_DIR },
};
const size_t backup_nfolders = NELEM(backup_folder);

static const char *const columns[] = { "path", "bytes", "files", "tables", "rows", "queued_items",
	"duration_ms", NULL };

/* A backup in the making. */
struct making {
	struct ctl *c;
	struct str to, name; /* the folder it comes into, and what it is called */
	struct str file;     /* "" = it stays a folder */
	struct str part;     /* hidden, until it is whole */
	struct str tree;     /* what is filled: part, or a folder in it */
	int64_t jobs;
	int lock;
	struct pg *pg;
	struct backup_store store;
	struct backup_queue queue;
	struct backup_files files;
};

/* "2026-02-23T02:40:00.000Z" -> "20260223T024000Z" */
static struct str
name_of(struct task *t, int64_t us)
{
	char text[CLOCK_TEXT], out[NAME_BYTES + 1] = PREFIX;
	size_t n = sizeof(PREFIX) - 1, len = clock_format(us, text);
	for (size_t i = 0; i < len && text[i] != '.'; i++)
		if (text[i] != '-' && text[i] != ':' && n < NAME_BYTES - 1)
			out[n++] = text[i];
	out[n++] = 'Z';
	return arena_str(t->arena, (struct str){ out, n });
}

static bool
is_backup(const char *name)
{
	return strlen(name) == NAME_BYTES && strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0;
}

static bool
is_part(const char *name)
{
	return name[0] == '.' && is_backup(name + 1);
}

/* Names of the folder that fit, oldest first. Task memory. */
static enum err
names_in(struct task *t, struct str folder, bool (*fits)(const char *), struct backup_files *out)
{
	struct dirent **entry;
	int n = scandir(folder.p, &entry, NULL, alphasort);
	*out = (struct backup_files){ 0 };
	if (n < 0)
		return task_fail(t, E_IO, "%.*s: %s", STRF(folder), strerror(errno));
	for (int i = 0; i < n; i++) {
		if (fits(entry[i]->d_name)) {
			out->row = arena_grow(t->arena, out->row, out->n, &out->cap, sizeof(*out->row));
			out->row[out->n++].path = arena_str(t->arena, str_of(entry[i]->d_name));
		}
		free(entry[i]);
	}
	free(entry);
	return E_OK;
}

/* Remove all but the newest `keep` of them. */
static enum err
remove_old(struct task *t, struct str folder, bool (*fits)(const char *), size_t keep)
{
	struct backup_files f;
	enum err e = names_in(t, folder, fits, &f);
	for (size_t i = 0; e == E_OK && i + keep < f.n; i++)
		e = backup_remove(t, backup_path(t, folder, f.row[i].path));
	return e;
}

/* One at a time; what an interrupted one left is removed. */
static enum err
begin(struct making *m)
{
	struct task *t = m->c->t;
	if (mkdir(m->to.p, 0700) != 0 && errno != EEXIST)
		return task_fail(t, E_IO, "%.*s: %s", STRF(m->to), strerror(errno));
	m->lock = open(m->to.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->lock < 0)
		return task_fail(t, E_IO, "%.*s: %s", STRF(m->to), strerror(errno));
	if (flock(m->lock, LOCK_EX | LOCK_NB) != 0)
		return task_fail(t, E_CONFLICT, "Another backup into %.*s is running", STRF(m->to));
	enum err e = remove_old(t, m->to, is_part, 0);
	m->name = name_of(t, t->now_us);
	m->part = backup_path(t, m->to, arena_printf(t->arena, ".%.*s", STRF(m->name)));
	m->tree = m->file.n > 0 ? backup_path(t, m->part, m->name) : m->part;
	if (e == E_OK && (mkdir(m->part.p, 0700) != 0 ||
	                  (m->file.n > 0 && mkdir(m->tree.p, 0700) != 0)))
		e = task_fail(t, E_IO, "%.*s: %s", STRF(m->tree), strerror(errno));
	return e;
}

static enum err
write_list(struct making *m, struct str all, bool late)
{
	struct buf b = BUF_INIT;
	while (all.p != NULL) {
		struct str line = str_cut(&all, '\n');
		const char *text = arena_cstr(m->c->t->arena, line);
		bool is_late = strstr(text, " ROW SECURITY ") != NULL || strstr(text, " POLICY ") != NULL;
		/* what bootstrap.sql makes as a superuser */
		bool given = strstr(text, " EXTENSION ") != NULL ||
		             strstr(text, " SCHEMA - public ") != NULL;
		if (!given && is_late == late) {
			buf_add(&b, line);
			buf_putc(&b, '\n');
		}
	}
	enum err e = backup_write(m->c->t, backup_path(m->c->t, m->tree,
	    late ? STR(BACKUP_LATE) : STR(BACKUP_LIST)), buf_str(&b));
	buf_release(&b);
	return e;
}

static enum err
write_lists(struct making *m, struct str dump)
{
	const char *const argv[] = { "pg_restore", "--list", dump.p, NULL };
	struct backup_run run = { .argv = argv };
	enum err e = backup_run(m->c, &run);
	if (e == E_OK && run.cut)
		e = task_fail(m->c->t, E_TOO_LARGE, "The list of the dump is too long");
	if (e == E_OK)
		e = write_list(m, run.said, false);
	return e == E_OK ? write_list(m, run.said, true) : e;
}

/* Rows are counted in the snapshot that pg_dump reads. */
static enum err
dump(struct making *m)
{
	struct task *t = m->c->t;
	struct progress p;
	struct str to = backup_path(t, m->tree, STR(BACKUP_DUMP));
	const char *const argv[] = { "pg_dump", "--format=directory", "--enable-row-security",
		"--verbose", "--no-password",
		arena_printf(t->arena, "--jobs=%lld", (long long)m->jobs).p,
		arena_printf(t->arena, "--snapshot=%.*s", STRF(m->store.snapshot)).p,
		arena_printf(t->arena, "--file=%.*s", STRF(to)).p, NULL };
	struct backup_run run = { .argv = argv, .conninfo = conf_text(m->c->conf, CONF_DB_OWNER),
		.count = { "dumping contents", " of table " }, .progress = &p };
	progress_begin(&p, "tables dumped", m->store.parts);
	enum err e = backup_run(m->c, &run);
	if (e == E_OK) {
		progress_end(&p, run.done);
		e = write_lists(m, to);
	}
	return e;
}

static void
config_row(void *ctx, const struct conf_row *row, const char *shown, const char *source)
{
	if (row->type != CONF_SECRET && row->name != NULL && strcmp(source, "default") != 0 &&
	    strstr(shown, "password") == NULL)
		buf_printf(ctx, "%s=%s\n", row->name, shown);
}

static enum err
write_config(struct making *m)
{
	struct buf b = BUF_INIT;
	conf_each(m->c->conf, config_row, &b);
	enum err e = backup_write(m->c->t, backup_path(m->c->t, m->tree, STR(BACKUP_CONFIG)),
	                          buf_str(&b));
	buf_release(&b);
	return e;
}

/* Files after the rows that name them: a file is written before its row. */
static enum err
copy_folders(struct making *m)
{
	enum err e = E_OK;
	for (size_t i = 0; e == E_OK && i < backup_nfolders; i++)
		e = backup_copy(m->c->t, conf_str(m->c->conf, backup_folder[i].key),
		                backup_path(m->c->t, m->tree, str_of(backup_folder[i].name)));
	return e;
}

struct str_list
backup_fingerprints(struct ctl *c)
{
	struct str rest = conf_str(c->conf, CONF_MASTER_KEY);
	struct str_list out = { .item = tarray(c->t, rest.n + 1, struct str) };
	while (rest.p != NULL && rest.n > 0) {
		uint8_t mac[32];
		struct str key = str_trim(str_cut(&rest, ','));
		crypt_hmac_sha256(key, STR("fingerprint of a backup"), mac);
		out.item[out.n++] = codec_hex_str(c->t->arena, (struct str){ (const char *)mac, 16 });
	}
	return out;
}

static void
write_about(struct making *m, struct jw *w)
{
	struct str_list keys = backup_fingerprints(m->c);
	jw_ki64(w, "format", BACKUP_FORMAT);
	jw_kstr(w, "version", STR(TM_VERSION));
	jw_kstr(w, "schema", m->store.schema);
	jw_kstr(w, "postgresql", m->store.server);
	jw_ktime(w, "began_at", m->c->t->now_us);
	jw_ktime(w, "ended_at", clock_now_us());
	jw_key(w, "master_keys");
	jw_array_begin(w);
	for (size_t i = 0; i < keys.n; i++)
		jw_str(w, keys.item[i]);
	jw_array_end(w);
	jw_key(w, "queue");
	jw_object_begin(w);
	jw_ki64(w, "batches", m->queue.batches);
	jw_ki64(w, "items", m->queue.items);
	jw_object_end(w);
}

static void
write_tables(const struct backup_store *s, struct jw *w)
{
	jw_key(w, "tables");
	jw_array_begin(w);
	for (size_t i = 0; i < s->n; i++) {
		jw_object_begin(w);
		jw_kstr(w, "name", s->table[i].name);
		jw_ki64(w, "rows", s->table[i].rows);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
write_files(const struct backup_files *f, struct jw *w)
{
	jw_key(w, "files");
	jw_array_begin(w);
	for (size_t i = 0; i < f->n; i++) {
		jw_object_begin(w);
		jw_kstr(w, "path", f->row[i].path);
		jw_ki64(w, "bytes", f->row[i].bytes);
		jw_kstr(w, "sha256", str_of(f->row[i].sum));
		jw_object_end(w);
	}
	jw_array_end(w);
}

static enum err
write_manifest(struct making *m)
{
	struct task *t = m->c->t;
	struct buf b = BUF_INIT;
	struct jw w;
	char sum[CRYPT_SHA256_HEX];
	jw_init(&w, &b);
	jw_object_begin(&w);
	write_about(m, &w);
	write_tables(&m->store, &w);
	write_files(&m->files, &w);
	jw_object_end(&w);
	crypt_sha256_hex(buf_str(&b), sum);
	enum err e = backup_write(t, backup_path(t, m->tree, STR(BACKUP_MANIFEST)), buf_str(&b));
	if (e == E_OK)
		e = backup_write(t, backup_path(t, m->tree, STR(BACKUP_SUM)),
		                 arena_printf(t->arena, "%s  " BACKUP_MANIFEST "\n", sum));
	buf_release(&b);
	return e;
}

/* The order is the promise: see backup.h. */
static enum err
fill(struct making *m)
{
	struct ctl *c = m->c;
	struct task *t = c->t;
	enum err e = backup_queue_write(c, backup_path(t, m->tree, STR(BACKUP_QUEUE)), &m->queue);
	if (e == E_OK)
		e = ctl_pg(c, &m->pg);
	if (e == E_OK)
		e = backup_store_begin(c, m->pg, &m->store);
	if (e == E_OK)
		e = backup_store_count(c, m->pg, &m->store);
	if (e == E_OK)
		e = dump(m);
	if (e == E_OK)
		e = backup_store_end(c, m->pg);
	if (e == E_OK)
		e = copy_folders(m);
	if (e == E_OK)
		e = write_config(m);
	if (e == E_OK)
		e = backup_list(t, m->tree, &m->files);
	if (e == E_OK)
		e = backup_sum(t, m->tree, &m->files, true);
	return e == E_OK ? write_manifest(m) : e;
}

/* Beside the backups, so that it is newer than each of them. */
static enum err
write_erasures(struct making *m)
{
	struct erasures x;
	enum err e = erasures_read(m->c, m->pg, 0, &x);
	return e == E_OK ? erasures_save(m->c, &x, backup_path(m->c->t, m->to,
	    STR(ERASURES_FILE))) : e;
}

/* From here on it exists. */
static enum err
name_it(struct making *m, struct str *path)
{
	struct task *t = m->c->t;
	struct str whole = m->part;
	enum err e = backup_flush(t, m->tree);
	*path = m->file.n > 0 ? m->file : backup_path(t, m->to, m->name);
	if (e == E_OK && m->file.n > 0) {
		whole = backup_path(t, m->part, STR(PACKED));
		e = backup_pack(m->c, m->part, m->name, whole);
	}
	if (e == E_OK && rename(whole.p, path->p) != 0)
		e = task_fail(t, E_IO, "%.*s: %s", STRF(*path), strerror(errno));
	if (e == E_OK && m->file.n > 0)
		e = backup_remove(t, m->part);
	if (e == E_OK)
		m->part = STR("");
	return e == E_OK ? backup_flush(t, m->to) : e;
}

static enum err
finish(struct making *m, int64_t keep, struct str *path)
{
	struct task *t = m->c->t;
	enum err e = name_it(m, path);
	if (e == E_OK)
		e = write_erasures(m);
	if (e == E_OK && keep > 0)
		e = remove_old(t, m->to, is_backup, (size_t)keep);
	if (e == E_OK)
		e = pg_begin(t, m->pg, NULL);
	if (e == E_OK)
		e = ctl_audit(m->c, STR_NULL, "backup.create", *path);
	return e == E_OK ? pg_commit(t, m->pg) : e;
}

/* A folder of backups, or one file. A pipe it is not: what comes out of one that
 * was cut looks whole until it is needed. */
static enum err
take_to(struct ctl *c, struct making *m)
{
	struct str to = ctl_value(c, "to");
	if (to.n == 0 || str_is(to, "-"))
		return ctl_usage(c, "--to is a folder, or a file whose name ends with " FILE_END);
	m->to = arena_str(c->t->arena, to);
	if (!str_ends(to, STR(FILE_END)) || access(arena_printf(c->t->arena, "%.*s/.", STRF(to)).p,
	                                           F_OK) == 0) {
		if (backup_is_file(c->t, to))
			return ctl_usage(c, "%.*s is a file: for one file let --to end with " FILE_END, STRF(to));
		return ctl_given(c, "replace") ?
			ctl_usage(c, "--replace is about one file; a folder gets a new backup") : E_OK;
	}
	if (ctl_given(c, "keep"))
		return ctl_usage(c, "--keep counts the backups of a folder, and --to is one file");
	size_t n = to.n;
	while (n > 0 && to.p[n - 1] != '/')
		n--;
	m->file = m->to;
	m->to = n == 0 ? STR(".") : arena_str(c->t->arena, str_slice(to, 0, n > 1 ? n - 1 : n));
	if (access(m->file.p, F_OK) == 0 && !ctl_given(c, "replace"))
		return task_fail(c->t, E_CONFLICT, "%.*s is there already (--replace)", STRF(m->file));
	return E_OK;
}

static enum err
backup(struct ctl *c)
{
	struct making m = { .c = c, .lock = -1 };
	const struct crypt *crypt;
	int64_t keep, began = clock_mono_us(), rows, tables;
	struct str path;
	enum err e = take_to(c, &m);
	if (e == E_OK)
		e = ctl_number(c, "jobs", BACKUP_JOBS, 1, BACKUP_JOBS_MAX, &m.jobs);
	if (e == E_OK)
		e = ctl_number(c, "keep", 0, 1, KEEP_MAX, &keep);
	if (e == E_OK)
		e = ctl_crypt(c, &crypt);
	if (e == E_OK)
		e = begin(&m);
	if (e == E_OK)
		e = fill(&m);
	if (e == E_OK)
		e = finish(&m, keep, &path);
	if (e != E_OK && m.part.n > 0 && backup_remove(c->t, m.part) != E_OK)
		ctl_note(c, "%.*s could not be removed", STRF(m.part));
	if (m.lock >= 0)
		close(m.lock);
	if (e != E_OK)
		return e;
	rows = backup_rows(m.store.table, m.store.n, &tables);
	out_object(c, columns);
	out_str(c, path);
	out_i64(c, m.files.bytes);
	out_i64(c, (int64_t)m.files.n);
	out_i64(c, tables);
	out_i64(c, rows);
	out_i64(c, m.queue.items);
	out_i64(c, (clock_mono_us() - began) / US_PER_MS);
	return E_OK;
}

static const struct ctl_flag flags[] = {
	{ "to", "PATH", true, "folder of backups, in which a new one is made; or FILE" FILE_END ", one file" },
	{ "replace", NULL, false, "let FILE" FILE_END " take the place of one that is there, once it is whole" },
	{ "jobs", "N", false, "tables dumped at once; 2" },
	{ "keep", "N", false, "remove all but the newest N afterwards; none, when not given" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "backup", NULL, flags, NULL, 0, 0,
	  "Write a consistent backup of database, queue, symbol files and settings while everything runs.",
	  backup },
};
const struct ctl_module ctl_backup = { commands, NELEM(commands) };
