/*
 * token.h - personal access tokens ("tm_pat_…") and their scopes.
 *
 * Shown once, kept as SHA-256. A token acts for one user in one team and
 * never gives more than the user's role there. Inside the caller's
 * transaction; token_check needs no scope, the others the team's.
 */
#ifndef TM_MODEL_TOKEN_H
#define TM_MODEL_TOKEN_H

#include "model/team/perm.h"
#include "store/pg.h"

/* Bits of a scope set; the table is in token.c, names as in the contract. */
enum scope {
	SCOPE_EVENTS_WRITE = 1 << 0,
	SCOPE_EVENTS_READ = 1 << 1,
	SCOPE_METRICS_READ = 1 << 2,
	SCOPE_PROJECTS_READ = 1 << 3,
	SCOPE_PROJECTS_WRITE = 1 << 4,
	SCOPE_DASHBOARDS_READ = 1 << 5,
	SCOPE_DASHBOARDS_WRITE = 1 << 6,
	SCOPE_PERSONS_READ = 1 << 7,
	SCOPE_PERSONS_ERASE = 1 << 8,
	SCOPE_ADMIN = 1 << 9, /* every other scope */
};

/* What a scope is for, and what the role must allow for it to count. */
struct scope_info {
	const char *name;
	unsigned bit;
	enum perm perm;
	const char *about; /* one sentence, for forms and consent pages */
};
extern const struct scope_info scope_table[];
extern const size_t nscopes;
/* Of a set, what a role can use: a token never gives more than its owner's
 * role, also when the role changed since. */
unsigned scope_within(unsigned set, enum role role);

/* 0 when the name is unknown. */
unsigned scope_find(struct str name);
/* Names separated by `sep` → set. E_BAD_PARAM names the first unknown one. */
enum err scope_parse(struct task *t, struct str list, char sep, unsigned *set) MUST_CHECK;
/* "events:read,metrics:read", task memory. */
struct str scope_format(struct task *t, unsigned set, char sep);
/* Does the set hold the scope of this name (admin holds all)? */
bool scope_allows(unsigned set, struct str name);

struct token {
	struct str id, name, hint, user_id, user_email, team_id;
	unsigned scopes;
	enum role role;      /* token_check only */
	bool factor_owed;    /* token_check only: the team asks for a factor he has not */
	int64_t created_us, expires_us, revoked_us, last_used_us; /* 0 = never */
};
struct token_new {
	struct str user_id, team_id, name;
	unsigned scopes;
	int64_t expires_us; /* 0 = never */
};

/* *secret: the token itself, once. E_FORBIDDEN when the user is no member. */
enum err token_create(struct task *t, struct pg *pg, const struct token_new *in,
                      struct token *out, struct str *secret) MUST_CHECK;
/* Bearer value → token; *found false: unknown, expired, revoked. */
enum err token_check(struct task *t, struct pg *pg, struct str secret,
                     struct token *out, bool *found) MUST_CHECK;
/* Of one team; team_id "": of all that the scope sees. */
enum err token_list(struct task *t, struct pg *pg, struct str team_id,
                    struct token **out, size_t *n) MUST_CHECK;
/* team_id "": whatever its team. *owner: that team. E_NOT_FOUND. Revoking
 * twice is fine. */
enum err token_revoke(struct task *t, struct pg *pg, struct str team_id,
                      struct str id, struct str *owner) MUST_CHECK;

extern const struct stmt_list token_statements;

#endif
