/*
 * audit.h - who did what, when and from where: append-only, hash-chained.
 *
 * One chain a team, and one (team_id "") for what belongs to no team: sign-in,
 * accounts, the system. An entry is written in the transaction of the act
 * itself, as its last statement: the chain stays locked until the end. A
 * transaction that writes to both chains writes the team's first. Never
 * secrets or payloads. The hash is documented in sql/0017_audit.sql; anybody
 * can recompute it from an export.
 */
#ifndef TM_MODEL_AUDIT_H
#define TM_MODEL_AUDIT_H

#include "store/pg.h"

struct audit_entry {
	struct str team_id;     /* "" = system-wide */
	struct str actor;       /* "user:<id>", "ctl:<login>", "token:<id>" */
	struct str action;      /* "key.revoke" */
	struct str target;      /* "key:<id>" */
	struct str detail;      /* JSON object, "" = {} */
	struct str remote_addr;
	/* audit_list only */
	int64_t id, seq, at_us;
	struct str request_id;       /* audit_add takes the task's */
	struct str actor_name;       /* of a user the reader may see, else "" */
	struct str target_name;
	struct str prev_hash, hash;  /* 64 hexadecimal digits */
};

enum err audit_add(struct task *t, struct pg *pg, const struct audit_entry *e) MUST_CHECK;
/* The same, unless an entry of the same team, actor, action and target was
 * written this hour: reads that happen many times a second. */
enum err audit_once(struct task *t, struct pg *pg, const struct audit_entry *e) MUST_CHECK;

/* "" or 0 = any. */
struct audit_filter {
	struct str team_id;      /* "" = the system's chain */
	struct str actor;        /* whole: "user:<id>" */
	struct str action;       /* prefix: "key." */
	struct str target;       /* whole */
	struct str text;         /* part of actor, action, target, detail, address, request id */
	int64_t from_us, to_us;  /* to: exclusive */
	int64_t before, after;   /* seq: older than before; newer than after */
	bool oldest_first;
	int limit;
};

struct audit_entries {
	struct audit_entry *row;
	size_t n;
};
/* Newest first unless told otherwise. */
enum err audit_list(struct task *t, struct pg *pg, const struct audit_filter *f,
                    struct audit_entries *out) MUST_CHECK;

struct audit_head {
	int64_t seq;     /* 0 = no entry yet */
	struct str hash; /* hexadecimal; of the entry seq */
};
enum err audit_head(struct task *t, struct pg *pg, struct str team_id,
                    struct audit_head *out) MUST_CHECK;

/* What was found in a chain. */
struct audit_verdict {
	int64_t checked;    /* entries that are in order */
	int64_t broken_seq; /* 0 = unbroken */
	const char *what;   /* of the break: "The entry was changed." … */
};
/* Recompute a whole chain, and compare it with its head and, when pinned is
 * given, with a head that was written down elsewhere. Reads 1,000 entries at a
 * time, in a transaction of its own; E_OK also when it is broken. */
enum err audit_verify(struct task *t, struct pg *pg, struct str team_id,
                      const struct audit_head *pinned, struct audit_verdict *out) MUST_CHECK;
/* Entries of a list alone: each hash, and the links between neighbours. */
void audit_verify_list(struct task *t, const struct audit_entries *list,
                       struct audit_verdict *out);
/* The text whose hash it is, see sql/0017_audit.sql. Task memory. */
struct str audit_text(struct task *t, const struct audit_entry *e);
#define AUDIT_HASH 65
#define AUDIT_ZERO_HASH STR("0000000000000000000000000000000000000000000000000000000000000000")
/* From the fields and prev_hash; the entry's own hash is not looked at. */
void audit_hash(struct task *t, const struct audit_entry *e, char hex[AUDIT_HASH]);

/* "Revoked a key", or the action itself when it has no row (audit_words.c). */
struct str audit_words(struct str action);
/* The table, for the filter and the test. */
struct audit_word {
	const char *action, *words;
};
extern const struct audit_word audit_word[];
extern const size_t naudit_words;

extern const struct stmt_list audit_statements;

#endif
