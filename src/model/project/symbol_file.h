/*
 * symbol_file.h - the symbol files of a project: whose they are and what they
 * fit. The bytes lie elsewhere (symbols/shelf.h), under their SHA-256.
 * Inside the caller's transaction; scope: the team (the consumer and the owner
 * see all).
 */
#ifndef TM_MODEL_SYMBOL_FILE_H
#define TM_MODEL_SYMBOL_FILE_H

#include "store/pg.h"

struct symbol_file {
	struct str id, team_id, project_id;
	struct str kind;     /* elf, proguard, sourcemap, obfuscation */
	struct str build_id; /* elf */
	struct str platform, version, build; /* the others; "" = any */
	struct str name;     /* as uploaded; sourcemap: the bundle it is for */
	struct str arch;     /* elf: "arm64" …; "" unknown */
	struct str sha256;   /* hex */
	struct str uploaded_by;
	int64_t bytes, at_us, applied_us; /* applied 0 = older crashes wait */
};

/* Puts a file in, in place of one with the same key. max_bytes: of all files
 * of the project; E_TOO_LARGE. */
enum err symbol_file_put(struct task *t, struct pg *pg, const struct symbol_file *in,
                         int64_t max_bytes, struct symbol_file *out) MUST_CHECK;
/* Newest first. */
enum err symbol_file_list(struct task *t, struct pg *pg, struct str project_id,
                          struct symbol_file **out, size_t *n) MUST_CHECK;
/* E_NOT_FOUND. */
enum err symbol_file_get(struct task *t, struct pg *pg, struct str project_id,
                         struct str id, struct symbol_file *out) MUST_CHECK;
/* E_NOT_FOUND. */
enum err symbol_file_delete(struct task *t, struct pg *pg, struct str project_id,
                            struct str id, struct symbol_file *out) MUST_CHECK;
/*
 * The file that fits best: kind, and build_id for elf; for the others the
 * release, whose parts a file may leave open, and the name (of a bundle; p
 * NULL = any).
 */
enum err symbol_file_find(struct task *t, struct pg *pg, const struct symbol_file *want,
                          struct symbol_file *out, bool *found) MUST_CHECK;
/* Is the content of any file of anybody? The consumer and the owner. */
enum err symbol_file_is_used(struct task *t, struct pg *pg, struct str sha256,
                             bool *used) MUST_CHECK;

extern const struct stmt_list symbol_file_statements;

#endif
