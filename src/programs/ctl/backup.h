/*
 * backup.h - a backup: a folder with all that a lost machine takes along, or
 * one file, a tar of such a folder.
 *
 *   tidemark-20260223T024000Z/
 *     manifest.json     release, schema, fingerprints of the master keys, rows of
 *                       each table, every file with its size and SHA-256
 *     manifest.sha256   of manifest.json; both in the form of sha256sum
 *     postgres/         pg_dump, directory format
 *     postgres.list     its entries, without those that only a superuser may make
 *     postgres.late.list  its row-level security, on when all keys are checked: until
 *                       then the owner, who is held to it too, sees every row
 *     queue.ndjson      batches that were accepted and not stored
 *     symbols/          uploaded symbol files
 *     exports/          archives made for people who asked for their data
 *     config.txt        the settings; no secret, no master key
 *
 * A backup gets its name when all of it is on disk. Until then it is a hidden
 * folder beside (".tidemark-…Z"), which a run that fails removes, and the next
 * run where one was killed. restore takes nothing that is not what the manifest
 * says, file by file; so no part is ever taken for a whole.
 *
 * Nothing accepted is missing, because of the order: the queue is read first, the
 * database's snapshot is taken after. An entry leaves the queue only after its
 * rows are committed, so what the reader of the queue no longer met is in the
 * snapshot. What is in both is stored once: event ids are exact.
 *
 * pg_dump and not pg_basebackup: it needs no superuser and no replication, only
 * our owner's rows; it restores into any later PostgreSQL; and it holds neither
 * bloat nor indexes. Who needs point-in-time recovery archives WAL beside it.
 *
 * Not in it: idempotent replies and refusals of the last day, limits of the
 * running minute, sessions of Redis alone; they are either made again or harmless.
 */
#ifndef TM_PROGRAMS_CTL_BACKUP_H
#define TM_PROGRAMS_CTL_BACKUP_H

#include "base/crypt.h"
#include "base/json.h"
#include "programs/ctl/ctl.h"

#define BACKUP_FORMAT 1
#define BACKUP_MANIFEST "manifest.json"
#define BACKUP_SUM "manifest.sha256"
#define BACKUP_QUEUE "queue.ndjson"
#define BACKUP_DUMP "postgres"
#define BACKUP_LIST "postgres.list"
#define BACKUP_LATE "postgres.late.list"
#define BACKUP_CONFIG "config.txt"
#define BACKUP_SCRATCH "/var/tmp" /* where restore works */
#define BACKUP_JOBS 2
#define BACKUP_JOBS_MAX 32

/* Folders that are copied; added to by a row. */
struct backup_folder {
	const char *name;
	enum conf_key key;
};
extern const struct backup_folder backup_folder[];
extern const size_t backup_nfolders;

struct backup_file {
	struct str path; /* below the backup */
	int64_t bytes;
	char sum[CRYPT_SHA256_HEX];
};
struct backup_files {
	struct backup_file *row;
	size_t n, cap;
	int64_t bytes;
};

/* --- files (backup_file.c). Paths are task memory; failures are E_IO. --- */
struct str backup_path(struct task *t, struct str folder, struct str name);
/* Every regular file below folder, sorted by path, without its sum. E_DATA:
 * there is something else than files and folders. */
enum err backup_list(struct task *t, struct str folder, struct backup_files *out) MUST_CHECK;
/* Sums of all of them; flush: to disk as well. */
enum err backup_sum(struct task *t, struct str folder, struct backup_files *f, bool flush) MUST_CHECK;
/* A file of the owner only, on disk when this returns. */
enum err backup_write(struct task *t, struct str path, struct str text) MUST_CHECK;
/* All files of a folder into another, which is made; none is not an error. */
enum err backup_copy(struct task *t, struct str from, struct str to) MUST_CHECK;
/* The folder entry itself to disk. */
enum err backup_flush(struct task *t, struct str folder) MUST_CHECK;
/* A folder and all below it. */
enum err backup_remove(struct task *t, struct str folder) MUST_CHECK;

/* --- one file (backup_pack.c) --- */
bool backup_is_file(struct task *t, struct str path);
/* The folder `name` in `in`, which goes, into a new file of the owner only, on
 * disk when this returns. */
enum err backup_pack(struct ctl *c, struct str in, struct str name, struct str file) MUST_CHECK;
/* Into a new folder below --scratch; "" = there is none to remove. */
enum err backup_unpack(struct ctl *c, struct str file, struct str *folder) MUST_CHECK;

/* --- the queue (backup_queue.c) --- */
struct backup_queue {
	int64_t batches, items;
};
enum err backup_queue_write(struct ctl *c, struct str path, struct backup_queue *out) MUST_CHECK;
enum err backup_queue_restore(struct ctl *c, struct str path, struct backup_queue *out) MUST_CHECK;

/* --- PostgreSQL (backup_store.c) --- */
struct backup_table {
	struct str name;
	int64_t rows;
};
struct backup_store {
	struct str snapshot;
	struct str schema; /* "0035_waits", the newest migration */
	struct str server; /* version of PostgreSQL */
	int64_t parts;     /* tables and partitions with rows of their own */
	struct backup_table *table;
	size_t n;
};
/* Begin a transaction whose snapshot the dump shares; backup_store_end ends it. */
enum err backup_store_begin(struct ctl *c, struct pg *pg, struct backup_store *out) MUST_CHECK;
enum err backup_store_end(struct ctl *c, struct pg *pg) MUST_CHECK;
/* Rows of each table, as the connection sees them, and of parts of the catalog. */
enum err backup_store_count(struct ctl *c, struct pg *pg, struct backup_store *out) MUST_CHECK;

/* Tables that are ours, and their rows. */
int64_t backup_rows(const struct backup_table *table, size_t n, int64_t *tables);

/* --- programs of PostgreSQL (backup_run.c) --- */
struct backup_run {
	const char *const *argv;  /* [0] is looked up in PATH */
	const char *conninfo;     /* NULL: the arguments say where */
	const char *count[2];     /* a line with these words is a step */
	struct progress *progress; /* may be NULL */
	int64_t done;
	struct str said;          /* out: stdout and stderr */
	bool cut;                 /* out: there was more than 64 MiB of it */
};
/* E_DATA with the program's first error. */
enum err backup_run(struct ctl *c, struct backup_run *r) MUST_CHECK;

/* --- restore --- */
struct backup {
	struct str named;  /* as it was given: the folder, or a file … */
	struct str folder; /* … that was unpacked here */
	struct str began_at, version, schema;
	struct str *master_key;
	size_t nkeys;
	struct backup_table *table;
	size_t ntables;
	struct backup_files files;
	struct backup_queue queue;
};
/* Read and check manifest, sums, sizes, nothing missing, nothing more (restore_check.c).
 * E_DATA names the file. Close it also when it failed. */
enum err restore_open(struct ctl *c, struct str path, struct backup *out) MUST_CHECK;
void restore_close(struct ctl *c, const struct backup *b);
/* Is this release new enough, and is the master key the right one? */
enum err restore_fits(struct ctl *c, const struct backup *b) MUST_CHECK;
/* The dump into a database that has nothing but what bootstrap.sql makes. */
enum err restore_dump(struct ctl *c, const struct backup *b, const char *conninfo) MUST_CHECK;
/* Rows against those of the manifest. E_DATA names the first table that differs. */
enum err restore_compare(struct ctl *c, struct pg *pg, const struct backup *b) MUST_CHECK;
/* Restore into a PostgreSQL of its own and throw that away (restore_scratch.c). */
enum err restore_verify(struct ctl *c, const struct backup *b) MUST_CHECK;
/* Fingerprint of each key of the ring, from which no key can be had. */
struct str_list backup_fingerprints(struct ctl *c);

#endif
