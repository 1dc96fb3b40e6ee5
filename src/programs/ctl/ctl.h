/*
 * ctl.h - tidemarkctl's frame: commands as table rows, flags, output.
 *
 * A command is a row {noun, verb, flags, arguments, help, function}. The
 * frame parses the line, opens nothing: a command asks for what it needs
 * (ctl_pg, ctl_redis) and reports its result with a struct out. stdout holds
 * the result only; ctl_note() and progress go to stderr, whose last line is
 * the reason of a failure. Exit codes are sysexits(3), from err.def.
 */
#ifndef TM_PROGRAMS_CTL_H
#define TM_PROGRAMS_CTL_H

#include "base/conf.h"
#include "model/project/environment.h"
#include "queue/redis.h"
#include "store/pg.h"

#define CTL_FLAGS_MAX 24
#define CTL_ARGS_MAX 64

struct ctl_flag {
	const char *name;  /* "email" for --email; NULL ends the table */
	const char *value; /* "E" in the usage; NULL = a switch */
	bool required;
	const char *help;
};

struct ctl;

struct ctl_command {
	const char *noun, *verb;       /* verb NULL: the noun is the command */
	const struct ctl_flag *flags;  /* NULL = none */
	const char *args;              /* "FILE", "ID..." or NULL = none */
	int min_args, max_args;
	const char *help;              /* one line */
	enum err (*run)(struct ctl *c);
};

/* A module's rows; tidemarkctl.c lists the modules. */
struct ctl_module {
	const struct ctl_command *command;
	size_t n;
};
extern const struct ctl_module ctl_config, ctl_setup, ctl_doctor, ctl_migrate, ctl_backup, ctl_restore, ctl_upgrade, ctl_user, ctl_team, ctl_member,
	ctl_project, ctl_environment_module, ctl_key, ctl_token, ctl_queue, ctl_dead_letter,
	ctl_rollup, ctl_mail, ctl_oauth, ctl_signing_key, ctl_audit_module, ctl_completion,
	ctl_symbols, ctl_crash, ctl_person, ctl_policy, ctl_schema, ctl_plan, ctl_flag_module, ctl_job, ctl_alarm, ctl_retention,
	ctl_support, ctl_erasures;
/* SQL of commands that have no model of their own, for the db test */
extern const struct stmt_list ctl_audit_statements, ctl_doctor_statements,
	ctl_setup_statements, ctl_backup_statements, ctl_restore_statements, ctl_upgrade_statements,
	ctl_demo_statements, ctl_feed_statements;
/* owned by the demo and import files */
extern const struct ctl_module ctl_demo, ctl_import;

enum ctl_format { CTL_TABLE, CTL_JSON, CTL_CSV };

struct ctl {
	struct task *t;
	const struct conf *conf;
	const struct ctl_command *command;
	enum ctl_format format;
	bool dry_run;
	bool show_anyway; /* print the result although the command failed (doctor) */
	int nargs;
	struct str arg[CTL_ARGS_MAX];
	/* use the functions below */
	struct pg *pg;
	struct redis *redis;
	struct crypt *crypt;
	struct str value[CTL_FLAGS_MAX];
	bool given[CTL_FLAGS_MAX];
	struct out *out;
};

/* Flag by name: value ("" and p NULL when not given) / given at all. */
struct str ctl_value(const struct ctl *c, const char *flag);
bool ctl_given(const struct ctl *c, const char *flag);
/* Whole number in [min,max], or `fallback` when not given. E_USAGE. */
enum err ctl_number(struct ctl *c, const char *flag, int64_t fallback, int64_t min,
                    int64_t max, int64_t *out) MUST_CHECK;
/* "90d", "12h", "30m", "45s", "2w" → µs. E_USAGE. */
enum err ctl_duration(struct ctl *c, const char *flag, int64_t fallback, int64_t *us) MUST_CHECK;
/* a, b, c of a comma list, blanks trimmed, empty parts dropped. */
struct str_list ctl_list(const struct ctl *c, const char *flag);
/* A usage failure: reason, exit 64. */
enum err ctl_usage(struct ctl *c, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_CHECK;
/* The drivers, opened at first use; owner role. Closed by the frame. */
enum err ctl_pg(struct ctl *c, struct pg **out) MUST_CHECK;
enum err ctl_redis(struct ctl *c, struct redis **out) MUST_CHECK;
/* ctl_pg and BEGIN in one. */
enum err ctl_begin(struct ctl *c, struct pg **out) MUST_CHECK;
/* The ring of TIDEMARK_MASTER_KEY; E_CONFIG. Closed by the frame. */
struct crypt;
enum err ctl_crypt(struct ctl *c, const struct crypt **out) MUST_CHECK;
/* A secret from stdin: the first line, without its end. E_USAGE when empty. */
enum err ctl_secret(struct ctl *c, const char *what, struct str *out) MUST_CHECK;
/* A whole file, "-" = stdin, of at most max bytes. */
enum err ctl_read(struct ctl *c, struct str path, size_t max, struct str *out) MUST_CHECK;
/* The file's rules for personal data become the environment's, at the door
 * too once its keys are mirrored. (policy.c) */
enum err ctl_rules_set(struct ctl *c, struct pg *pg, struct redis *redis, int32_t environment_id,
                       struct str path) MUST_CHECK;
/* Audit entry by "ctl:<login>" in the running transaction. */
enum err ctl_audit(struct ctl *c, struct str team_id, const char *action,
                   struct str target) MUST_CHECK;
/* Run a program of PATH, ten minutes at most (run.c). *said: what it said on both
 * streams; its first line is the reason of a failure. E_DATA, E_TIMEOUT, E_IO. */
enum err ctl_run(struct ctl *c, const char *const *argv, struct str input,
                 struct str *said) MUST_CHECK;
/* The same with a JSON object. */
enum err ctl_audit_detail(struct ctl *c, struct str team_id, const char *action,
                          struct str target, struct str detail) MUST_CHECK;
/* "ctl:<login>" */
struct str ctl_actor(struct ctl *c);
/* A line to stderr. */
void ctl_note(const struct ctl *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* --project ID --env NAME|ID (or --env ID alone) → the environment. */
enum err ctl_environment(struct ctl *c, struct pg *pg, struct environment *out) MUST_CHECK;
/* Where --env may be missing: out->id is 0 then. --project alone is E_USAGE,
 * since it would choose nothing. */
enum err ctl_environment_opt(struct ctl *c, struct pg *pg, struct environment *out) MUST_CHECK;

/*
 * Output: declare the columns, add rows cell by cell, done. An object is a
 * list that is known to have one row: JSON prints {..} instead of [..].
 * Written to stdout by the frame after the command has succeeded.
 */
/* columns: NULL-terminated, static. Cells follow in order, row by row. */
void out_object(struct ctl *c, const char *const *columns);
void out_list(struct ctl *c, const char *const *columns);
void out_str(struct ctl *c, struct str v);
void out_i64(struct ctl *c, int64_t v);
void out_bool(struct ctl *c, bool v);
void out_time(struct ctl *c, int64_t us); /* RFC 3339; 0 = null */
void out_null(struct ctl *c);
/* A raw JSON value (an array of objects); table and CSV print it as it is. */
void out_json(struct ctl *c, struct str json);
/* Text as it is, whatever the format (completion scripts). */
void out_text(struct ctl *c, struct str text);

/* Write what was declared to stdout; the frame calls it. E_IO. */
enum err out_flush(struct ctl *c) MUST_CHECK;

/* All modules, in the order of the manual; nearest word for a typing error. */
extern const struct ctl_module *const ctl_modules[];
extern const size_t ctl_nmodules;
const char *ctl_suggest(struct str word, const char *const *known, size_t n);

/* Rebuild days with progress and say what could not be (rollup.c). */
struct rebuild;
enum err ctl_rebuild(struct ctl *c, struct pg *pg, struct rebuild *r, const int32_t *day,
                     size_t n) MUST_CHECK;

/* Progress on stderr: a bar on a terminal, plain lines otherwise. */
struct progress {
	const char *what;
	int64_t total; /* 0 = unknown */
	int64_t begun_us, shown_us;
};
void progress_begin(struct progress *p, const char *what, int64_t total);
void progress_step(struct progress *p, int64_t done); /* at most 4 a second */
void progress_end(struct progress *p, int64_t done);

#endif
