/*
 * symbol_use.h - what symbol files are to the crashes of an environment:
 * which files crashes wait for, and how many a file has named.
 *
 * Counts stop at SYMBOL_USE_CRASHES for one stack and look at the newest
 * SYMBOL_USE_STACKS stacks (`more`): a page is bounded whatever is stored.
 * In a transaction with scope {environment_id, team_id}; task memory.
 */
#ifndef TM_QUERY_SYMBOL_USE_H
#define TM_QUERY_SYMBOL_USE_H

#include "model/project/symbol_file.h"

#define SYMBOL_USE_STACKS 300
#define SYMBOL_USE_CRASHES 1000
#define SYMBOL_USE_MISSING 50

/* A file that is not there. */
struct symbol_missing {
	struct str kind;                     /* as symbol_file's */
	struct str build_id;                 /* elf */
	struct str platform, version, build; /* of the others */
	int64_t crashes, last_us;
	bool more;                           /* at least so many */
};
/* Most crashes first. project_id: whose files count. */
enum err symbol_missing_list(struct task *t, struct pg *pg, int32_t environment_id,
                             struct str project_id, struct symbol_missing **out,
                             size_t *n) MUST_CHECK;

struct symbol_named {
	int64_t stacks, crashes;
	bool more;
};
/* Crashes whose frames have names and whose build or release is the file's. */
enum err symbol_named_count(struct task *t, struct pg *pg, int32_t environment_id,
                            const struct symbol_file *f, struct symbol_named *out) MUST_CHECK;

extern const struct stmt_list symbol_use_statements;

#endif
