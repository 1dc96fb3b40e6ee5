/*
 * audit.h - who changed what: append-only entries.
 * Written in the transaction of the change itself. Never secrets or payloads.
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
	int64_t id, at_us;      /* audit_list only */
	struct str request_id;  /* audit_add takes the task's */
};

enum err audit_add(struct task *t, struct pg *pg, const struct audit_entry *e) MUST_CHECK;

struct audit_entries {
	struct audit_entry *row;
	size_t n;
};
/* Newest first, before id `before` (0 = from the newest). */
enum err audit_list(struct task *t, struct pg *pg, struct str team_id, int64_t before,
                    int limit, struct audit_entries *out) MUST_CHECK;

extern const struct stmt_list audit_statements;

#endif
