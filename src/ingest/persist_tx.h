/*
 * persist_tx.h - what the files of persist share: one gather on its way into
 * the store. Private to persist*.c.
 *
 * Stages run in the order of the functions below, the same in every process,
 * each taking its row locks in key order; so two consumers never deadlock.
 * Everything but struct persist is task memory.
 */
#ifndef TM_INGEST_PERSIST_TX_H
#define TM_INGEST_PERSIST_TX_H

#include "ingest/persist_gather.h"

#define text_of(s) ((s).n > 0 ? (s) : STR("")) /* '', never NULL */

struct str fact_key(struct task *t, int32_t environment_id, char tag, struct str text);
void fact_add(struct task *t, struct gather *g, enum memo_kind memo, struct str key,
              int64_t value);

/* persist_env.c: before the transaction (autocommit) */
enum err env_load(struct task *t, struct gather *g) MUST_CHECK;
enum err namespace_load(struct task *t, struct gather *g) MUST_CHECK;
enum err number_reserve(struct task *t, struct persist *p, int32_t environment_id,
                        enum number_kind kind, int32_t n) MUST_CHECK;
/* The next reserved number; ASSERTs that there is one. */
int32_t number_next(struct persist *p, int32_t environment_id, enum number_kind kind);

/* persist_context.c: before the transaction, and in it (first_seen) */
enum err context_load(struct task *t, struct gather *g) MUST_CHECK;
enum err context_store(struct task *t, struct gather *g) MUST_CHECK;

/* persist_seen.c */
enum err ledger_check(struct task *t, struct gather *g) MUST_CHECK;
enum err env_hold(struct task *t, struct gather *g) MUST_CHECK;
enum err lock_all(struct task *t, struct gather *g) MUST_CHECK;
enum err seen_insert(struct task *t, struct gather *g) MUST_CHECK;

/* persist_erased.c */
void erasures_note(struct persist *p, const struct env_info *e);
/* Items of erased persons live no more. After env_hold and lock_all. */
enum err erased_drop(struct task *t, struct gather *g) MUST_CHECK;

/* persist_person.c */
void person_want(struct task *t, struct gather *g);
enum err person_reserve(struct task *t, struct gather *g) MUST_CHECK;
enum err person_store(struct task *t, struct gather *g) MUST_CHECK;
enum err device_store(struct task *t, struct gather *g) MUST_CHECK;
/* persist_merge.c: from's bits, properties and ids become to's */
enum err person_merge(struct task *t, struct gather *g, int32_t env, int32_t from_no,
                      int32_t to_no) MUST_CHECK;

/* persist_session_find.c: g->session, and the session of each row; of session_store */
enum err session_find(struct task *t, struct gather *g) MUST_CHECK;
/* persist_session.c */
enum err session_store(struct task *t, struct gather *g) MUST_CHECK;

/* persist_wait.c: rows of the background without a session, and what becomes
 * of them when one opens; of session_store */
enum err wait_store(struct task *t, struct gather *g) MUST_CHECK;
enum err wait_end(struct task *t, struct gather *g) MUST_CHECK;

/* persist_symbols.c: before group_store */
enum err crash_store(struct task *t, struct gather *g) MUST_CHECK;
struct fingerprint;
void crash_fingerprint(struct task *t, const struct grow *row, int frames,
                       struct fingerprint *out);

/* persist_group.c */
enum err group_reserve(struct task *t, struct gather *g) MUST_CHECK;
enum err group_store(struct task *t, struct gather *g) MUST_CHECK;

/* persist_release.c */
struct release_seen {
	int32_t environment_id;
	const struct context *c;
	int64_t first_us;
};
enum err release_store(struct task *t, struct gather *g, struct release_seen *w,
                       size_t n) MUST_CHECK;

/* persist_rows.c */
enum err rows_store(struct task *t, struct gather *g) MUST_CHECK;
enum err report_store(struct task *t, struct gather *g) MUST_CHECK;

/* persist_property.c; rebuild replays all keys of a person after a merge */
enum err property_store(struct task *t, struct gather *g) MUST_CHECK;
enum err property_rebuild(struct task *t, struct persist *p, int32_t environment_id,
                          int32_t person_no) MUST_CHECK;

/* persist_rollup.c */
enum err rollup_store(struct task *t, struct gather *g) MUST_CHECK;

/* persist_usage.c */
enum err usage_store(struct task *t, struct gather *g) MUST_CHECK;

/* persist_arrivals.c: the SDKs' numbers, and what they say they threw away */
enum err arrivals_store(struct task *t, struct gather *g) MUST_CHECK;

/* persist_ledger.c */
enum err ledger_store(struct task *t, struct gather *g) MUST_CHECK;
/* After COMMIT: when keys were last seen, once a minute; failures are logged. */
void key_touch(struct task *t, struct gather *g);
/* Make the partitions that the gather's rows and ledger rows need. */
enum err partition_make(struct task *t, struct gather *g) MUST_CHECK;

extern const struct stmt_list persist_env_statements, persist_context_statements,
	persist_seen_statements,
	persist_erased_statements,
	persist_person_statements, persist_merge_statements, persist_session_statements,
	persist_session_find_statements,
	persist_rows_statements, persist_group_statements,
	persist_release_statements, persist_property_statements, persist_rollup_statements,
	persist_usage_statements, persist_arrivals_statements, persist_ledger_statements,
	persist_wait_statements;

#endif
