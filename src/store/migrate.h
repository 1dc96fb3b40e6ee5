/*
 * migrate.h - the schema, file by file: sql/NNNN_name.sql in number order.
 *
 * Each file runs in its own transaction, unless its first line is
 * "-- no-transaction". Applied files are kept in schema_migrations with their
 * SHA-256; a file that changed afterwards, vanished, or was slipped in before
 * an applied one stops everything (E_CONFLICT) with a sentence that says
 * which. One advisory lock: two runners never interleave.
 */
#ifndef TM_STORE_MIGRATE_H
#define TM_STORE_MIGRATE_H

#include "store/pg.h"

enum migration_state {
	MIGRATION_PENDING,
	MIGRATION_APPLIED,
	MIGRATION_CHANGED, /* applied, but the file differs now */
	MIGRATION_MISSING, /* applied, but there is no file */
	MIGRATION_SKIPPED, /* pending, but a later one is applied */
};

struct migration {
	int number;
	struct str name;      /* "0001_tenants" */
	struct str checksum;  /* hex SHA-256 of the file ("" when missing) */
	enum migration_state state;
	int64_t applied_us;   /* 0 = not yet */
	int64_t duration_ms;
	struct str text;      /* the file ("" when missing) */
};

struct migrations {
	struct migration *row;
	size_t n;
	size_t pending;
	size_t wrong; /* changed, missing or skipped */
};

const char *migration_state_name(enum migration_state s);
/* Files of dir, sorted, with text and checksum; no database. E_IO, E_CONFIG
 * (two files with one number, a name that is not NNNN_name.sql). */
enum err migrate_read(struct task *t, const char *dir, struct migrations *out) MUST_CHECK;
/* Files and table side by side. Works before the first migration and for
 * every role. */
enum err migrate_status(struct task *t, struct pg *pg, const char *dir,
                        struct migrations *out) MUST_CHECK;
/* E_CONFLICT unless every applied file is unchanged and in order. */
enum err migrate_check(struct task *t, const struct migrations *m) MUST_CHECK;

struct migrate_options {
	bool dry_run; /* list only */
	/* called before and after each file (done); may be NULL */
	void (*progress)(void *arg, const struct migration *m, bool done);
	void *arg;
};
/* Apply what is pending; *applied counts (dry run: would be applied). */
enum err migrate_up(struct task *t, struct pg *pg, const char *dir,
                    const struct migrate_options *o, size_t *applied) MUST_CHECK;
/* For /readyz: *current = everything in dir is applied and unchanged. */
enum err migrate_is_current(struct task *t, struct pg *pg, const char *dir,
                            bool *current) MUST_CHECK;

extern const struct stmt_list migrate_statements;

#endif
