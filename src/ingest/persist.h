/*
 * persist.h - batches into rows: the one writer of the event side.
 *
 * One call stores a gather of batches exactly once. All that belongs
 * together happens in one transaction: dedupe, persons, devices, sessions,
 * rows, properties, rollups, ledger. Only items really inserted change a
 * number. After E_OK every batch has its ledger row and may be acknowledged.
 *
 * A value the database refuses (SQLSTATE 22, 23) or a wire that cannot be
 * read is found by halving: the bad item goes to dead_letters, the rest is
 * stored. Store errors (E_UNAVAILABLE, E_TIMEOUT, E_RETRY after some tries,
 * E_INTERNAL) leave nothing behind: keep the batches, back off, call again.
 *
 * Several processes may work at once; no order between them is needed.
 */
#ifndef TM_INGEST_PERSIST_H
#define TM_INGEST_PERSIST_H

#include "store/pg.h"

struct persist;

/* pg is borrowed; master_key (32 bytes, scrub_master_key) is copied: persons
 * are kept with the hash of their user id. Owned; process lifetime. */
struct persist *persist_open(struct pg *pg, const uint8_t master_key[32]);
void persist_close(struct persist *p);

struct persist_entry {
	struct str batch_id; /* "bat_…" */
	struct str wire;
	int32_t environment_id; /* when the wire cannot be read */
	uint32_t items;
	int64_t received_us;    /* likewise */
	/* From 5 on the batch is stored alone, from 10 on it is given up: its
	 * items become dead letters (it has killed consumers). */
	uint32_t deliveries;
};

struct persist_result {
	int64_t batches, items, inserted, duplicates, dropped, dead;
	int64_t transactions;
};

/*
 * Advisory lock (PERSIST_ENV_LOCK, environment): shared in every transaction
 * that writes rows, persons, sessions or sums of the environment; alone for
 * whoever must see them stand still (a change of zone, a rebuild).
 */
#define PERSIST_ENV_LOCK "7330"
/*
 * Shared by whoever changes a crash of a day that is over, or whose it was;
 * alone for jobs/crash_days.c (sql/0026_explorers.sql, crash_day_gone).
 */
#define PERSIST_CRASH_LOCK "7340"
/* The same of traces, for jobs/trace_days.c (sql/0046_trace_days.sql). */
#define PERSIST_TRACE_LOCK "7341"

/* Adds to *r. On failure some halves may be stored already: that is safe. */
enum err persist_store(struct task *t, struct persist *p, const struct persist_entry *e,
                       size_t n, struct persist_result *r) MUST_CHECK;

/* Its statements, file by file, for the test that prepares them all. */
extern const struct stmt_list *const persist_lists[];
extern const size_t persist_lists_n;

#endif
