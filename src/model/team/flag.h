/*
 * flag.h - feature flags: what exists is a table here, what is on for whom
 * are rules in flag_rules.
 *
 * The most specific rule counts: of the user, the project, the team, the
 * system; without one the flag's own default. A rule of 1 to 99 percent holds
 * for a stable share of what lies one step below its scope: teams of the
 * system, projects of a team, users of a project; where that is not known
 * (a page of the whole team), only 100 is on.
 */
#ifndef TM_MODEL_FLAG_H
#define TM_MODEL_FLAG_H

#include "queue/redis.h"
#include "store/pg.h"

enum flag {
	FLAG_NONE, /* routes without one */
	FLAG_REACT_NATIVE,
	FLAG_PERFORMANCE,
	FLAG_EXPORTS,
	FLAG_RETENTION,
	FLAG_COUNT
};

struct flag_row {
	const char *key;   /* "exports.enabled" */
	const char *name;  /* "Exports" */
	const char *about; /* what is gone without it */
	bool on;           /* without any rule */
};
extern const struct flag_row flag_rows[FLAG_COUNT];
/* FLAG_NONE when there is no such key. */
enum flag flag_find(struct str key);

enum flag_scope { FLAG_DEFAULT, FLAG_SYSTEM, FLAG_TEAM, FLAG_PROJECT, FLAG_USER, FLAG_SCOPES };
/* "default", "system", "team", "project", "user" */
const char *flag_scope_name(enum flag_scope s);
/* FLAG_DEFAULT when it is none of the four. */
enum flag_scope flag_scope_find(struct str name);

struct flag_rule {
	enum flag flag;
	enum flag_scope scope;
	struct str subject; /* uuid; zeros: the system */
	int percent;
};
/* "" = not known. */
struct flag_who {
	struct str team_id, project_id, user_id;
};
/* Whether, and why. */
struct flag_state {
	bool on;
	enum flag_scope scope; /* of the rule that counted */
	int percent;
};
#define FLAG_ZEROS "00000000-0000-0000-0000-000000000000"

/* --- pure (flag_rule.c) --- */
struct flag_state flag_eval(const struct flag_rule *rule, size_t n, const struct flag_who *who,
                            enum flag flag);
/* Bit 1 << flag for each that is on. */
unsigned flag_mask(const struct flag_rule *rule, size_t n, const struct flag_who *who);
/* 0 to 99, of flag and unit; the same for ever. */
int flag_bucket(enum flag flag, struct str unit);

/* --- rules; inside the caller's transaction, scope: team and user --- */
enum err flag_list(struct task *t, struct pg *pg, const struct flag_who *who,
                   struct flag_rule **out, size_t *n) MUST_CHECK;
enum err flag_load(struct task *t, struct pg *pg, const struct flag_who *who,
                   unsigned *mask) MUST_CHECK;
/* E_DISABLED with a sentence, unless it is on. */
enum err flag_need(struct task *t, unsigned mask, enum flag flag) MUST_CHECK;

/* --- for system administrators and tidemarkctl --- */
/* The id of what people write: slug, team/project, address; an id is kept.
 * E_NOT_FOUND. */
enum err flag_subject(struct task *t, struct pg *pg, enum flag_scope scope, struct str text,
                      struct str *id) MUST_CHECK;
struct flag_change {
	enum flag flag;
	enum flag_scope scope;
	struct str subject;  /* as people write it: slug, team/project, address; or an id */
	int percent;         /* -1: remove the rule */
};
struct flag_changed {
	struct str subject, team_id; /* ids; team_id "" unless of a team or project */
	int before;          /* -1: there was no rule */
};
/* The door's copy is written before COMMIT. E_NOT_FOUND (subject). */
enum err flag_change(struct task *t, struct pg *pg, struct redis *r,
                     const struct flag_change *in, struct flag_changed *out) MUST_CHECK;
struct flag_listed {
	struct flag_rule rule;
	struct str name;     /* of the subject; "" for the system */
	int64_t set_us;
};
enum err flag_list_all(struct task *t, struct pg *pg, int limit, struct flag_listed **out,
                       size_t *n) MUST_CHECK;
/* Consumer, in a transaction: all rules into Redis, where they differ. */
enum err flag_mirror(struct task *t, struct pg *pg, struct redis *r) MUST_CHECK;

extern const struct stmt_list flag_statements;

#endif
