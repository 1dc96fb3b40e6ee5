/*
 * gather.h - for tests of what the consumer writes: batches made by hand or
 * at random, a consumer, and oracles: plain SQL over the raw rows that finds
 * every number of the rollups that is not theirs.
 */
#ifndef TM_DB_GATHER_H
#define TM_DB_GATHER_H

#include "ingest/persist.h"
#include "t/db/db.h"

#include "ingest/batch.h"

#define ITEMS 12
#define BATCHES 60

extern int64_t base_us; /* a moment some hours ago */
extern const uint8_t master_key[32];

/* A batch under construction. */
struct make {
	struct batch b;
	struct context context[3];
	struct identity who[ITEMS];
	struct item item[ITEMS];
	char id[24];
};

void make_init(struct make *m, int env, int no);
/* One more item, at_s seconds from base_us. */
struct item *make_add(struct make *m, enum item_type type, const char *user, const char *anon,
                      const char *device, int64_t at_s);
struct persist_entry make_entry(struct task *t, const struct make *m);
/* BATCHES random ones; the same for the same seed. */
struct persist_entry *random_entries(struct task *t, int env, uint64_t with);

/* The process's consumer; store one batch with it. */
struct persist *consumer(void);
struct persist_result store(struct task *t, const struct make *m);
/* A consumer of its own connection: BATCHES entries in its own order. 0 = all
 * stored. For child processes. */
int store_shuffled(struct persist_entry *e, uint64_t with);

/* A new environment; its id. */
int environment(struct task *t, const char *zone);
/* SELECT <what>, where e is the environment's id. */
int64_t number(struct task *t, int env, const char *what);

/* Each is a count of wrong rows. */
extern const char *const truths[];
extern const size_t truths_n;
void check_truths(struct task *t);

/* For cmocka's group. */
int gather_start(void **state);

#endif
