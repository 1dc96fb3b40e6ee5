/*
 * adoption.h - Tidemark's own adoption ledger, product_usage_events: which
 * teams reach which of five milestones.
 *
 * adoption_record() is its only writer. It is one cheap INSERT in the
 * transaction of the act, before the audit entry (which has to come last), so
 * a signal is kept exactly when the act is. A signal belongs to a team and a
 * user who started it: what the server does by itself, and what happens
 * before there is a team, is none. Metadata has a closed schema per
 * milestone: words from a list, booleans, small integers; never free text.
 * Nobody browses the rows: system administrators read sums.
 */
#ifndef TM_MODEL_ADOPTION_H
#define TM_MODEL_ADOPTION_H

#include "store/pg.h"

/* All there are; another one is a decision, not a row. */
enum adoption_event {
	ADOPT_ONBOARDING, /* the first event of a project was watched coming in */
	ADOPT_SUPPORT,    /* support diagnostics were opened */
	ADOPT_OPERATION,  /* an export, erasure, replay or import was started */
	ADOPT_REPORT,     /* a view was saved */
	ADOPT_REVIEW,     /* a review pack was asked for */
	ADOPT_EVENTS
};
struct adoption_row {
	const char *slug; /* as it is stored */
	const char *name; /* "Operation started" */
	const char *about;
};
extern const struct adoption_row adoption_rows[ADOPT_EVENTS];
/* ADOPT_EVENTS when there is none of that name. */
enum adoption_event adoption_find(struct str slug);

enum adoption_kind { ADOPT_WORD, ADOPT_BOOL, ADOPT_INT };
struct adoption_datum {
	const char *key;
	enum adoption_kind kind;
	struct str word;
	int64_t number; /* of ADOPT_INT; 0 or 1 of ADOPT_BOOL */
};
struct adoption_fact {
	enum adoption_event event;
	const char *area;        /* "exports" */
	struct str team_id;      /* "": that of the environment, for system administrators */
	struct str user_id;
	struct str project_id;   /* "" = of the whole team */
	int32_t environment_id;  /* 0 = of the whole project */
	struct str subject;      /* "environment:3"; "" = none */
	const struct adoption_datum *datum;
	size_t n;
};

/* Pure. E_INVALID with the reason: a key or word that the milestone does not
 * have, a key that is missing or twice, an area that is not its own, no user. */
enum err adoption_check(struct task *t, const struct adoption_fact *f) MUST_CHECK;
/* In the transaction of the act. Onboarding counts once a project. */
enum err adoption_record(struct task *t, struct pg *pg, const struct adoption_fact *f) MUST_CHECK;

/* --- sums, for system administrators; inside a transaction with their scope --- */
struct adoption_query {
	int64_t from_us, to_us, step_us;
};
struct adoption_sum {
	int64_t signals, teams;
};
struct adoption_summary {
	struct adoption_sum all, event[ADOPT_EVENTS];
	int64_t teams;                   /* that there are */
	size_t nsteps;
	int64_t *signals[ADOPT_EVENTS];  /* by step */
};
enum err adoption_load(struct task *t, struct pg *pg, const struct adoption_query *q,
                       struct adoption_summary *out) MUST_CHECK;

/* Consumer: signals older than days, at most 10,000 a call. */
enum err adoption_prune(struct task *t, struct pg *pg, int64_t days, int64_t *gone) MUST_CHECK;
/* Consumer: closed days into sums (sql/0044), which adoption_load reads in
 * place of their signals; *days: how many. None when others hold the ledger. */
enum err adoption_fold(struct task *t, struct pg *pg, int64_t *days) MUST_CHECK;

extern const struct stmt_list adoption_statements;

#endif
