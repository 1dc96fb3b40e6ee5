/*
 * throttle.h - how often somebody may try a password or a code.
 *
 * A throttle is a list of budgets, each a number of tries in a window. One
 * try is taken from all of them, or, when one is used up, from none: then
 * the answer is E_RATE_LIMITED and wait_s the true time until it has room.
 * A try that was right is given back, so budgets count mistakes. Subjects are
 * stored as SHA-256: the table holds no addresses and no names.
 *
 * throttle_take() runs a short transaction of its own, before the slow work
 * (argon2) that it protects; nothing is locked while that work is done.
 * Parallel tries of one subject queue up in it, so the numbers are exact.
 */
#ifndef TM_MODEL_ACCOUNT_THROTTLE_H
#define TM_MODEL_ACCOUNT_THROTTLE_H

#include "store/pg.h"

#define THROTTLE_RULES_MAX 4

struct throttle_rule {
	struct str subject;  /* "kind:id", task memory */
	int max, window_s;
	bool clear;          /* a right try empties this budget */
};

struct throttle {
	struct throttle_rule rule[THROTTLE_RULES_MAX];
	size_t n;
	int64_t ticket;      /* of the try; 0 = none was taken */
	int wait_s;          /* E_RATE_LIMITED: until the next try */
	int left;            /* tries left in the first budget */
};

/* kind: "login", "confirm" … */
void throttle_add(struct task *t, struct throttle *th, const char *kind, struct str id,
                  struct throttle_rule rule);
/* Not inside a transaction. E_RATE_LIMITED with a sentence for the user. */
enum err throttle_take(struct task *t, struct pg *pg, struct throttle *th) MUST_CHECK;
/* The same inside the caller's transaction, which must be short. */
enum err throttle_take_in(struct task *t, struct pg *pg, struct throttle *th) MUST_CHECK;
/* The try was right. Inside the caller's transaction. */
enum err throttle_done(struct task *t, struct pg *pg, const struct throttle *th) MUST_CHECK;
/* "Too many attempts. Try again in 12 minutes." Task memory. */
struct str throttle_words(struct task *t, int wait_s);

extern const struct stmt_list throttle_statements;

#endif
