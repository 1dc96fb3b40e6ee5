/*
 * seqrun.h - which of the numbers that an SDK gave its items have not come.
 *
 * An SDK numbers what it records, one by one, for each install (`seq`). A run
 * is one such numbering: the numbers between its lowest and highest that have
 * not arrived are its gaps. Late arrivals close gaps; client reports ("thrown
 * away: 3") explain them, the oldest first. What is neither closed nor
 * explained is unaccounted for. Pure; order of arrival does not matter, except
 * that a run whose numbers begin again is told from late items by their time.
 *
 * Arrivals may repeat: a number counts once.
 */
#ifndef TM_INGEST_SEQRUN_H
#define TM_INGEST_SEQRUN_H

#include "base/arena.h"

/* Gaps of one install that are remembered; older ones are written off. */
#define SEQ_GAPS_MAX 256
/* Runs of one install; a jump of more than SEQ_JUMP_MAX is no loss, but
 * another way of counting. */
#define SEQ_RUNS_MAX 8
#define SEQ_JUMP_MAX INT64_C(1000000)
/* A number begins anew when it comes this much after everything of its run. */
#define SEQ_SLACK_US INT64_C(60000000)

struct seq_gap {
	int32_t run;
	int64_t lo, hi;
	int64_t opened_us;  /* receipt of the number behind it */
	int64_t explained;  /* of its numbers, by reports */
};

struct seq_run {
	int32_t run;
	int64_t lo, hi;
	int64_t first_us, last_us; /* effective times */
};

/* Numbers lo..hi without a hole, or (lo > hi) a report alone. */
struct seq_arrival {
	int64_t lo, hi;
	int64_t lo_us, hi_us;  /* effective times of the first and the last */
	int64_t received_us;
	int64_t reported;
};

/* A gap past waiting for. */
struct seq_missing {
	int64_t opened_us;
	int64_t n;
};

/* One install. Arrays grow in the arena. */
struct seq_state {
	struct arena *arena;
	struct seq_run *run;   /* ascending */
	size_t nruns, run_cap;
	int32_t next_run;
	struct seq_gap *gap;   /* no order */
	size_t ngaps, gap_cap;
	int64_t credit;        /* reported, without a gap yet */
	struct seq_missing *missing; /* written off by the calls since init */
	size_t nmissing, missing_cap;
};

void seq_init(struct seq_state *s, struct arena *a);
/* State read back from the store. */
void seq_add_run(struct seq_state *s, const struct seq_run *run);
void seq_add_gap(struct seq_state *s, const struct seq_gap *gap);

void seq_arrive(struct seq_state *s, const struct seq_arrival *a);
/* Write off the gaps opened before. */
void seq_expire(struct seq_state *s, int64_t before_us);
/* Numbers that are neither here nor explained. */
int64_t seq_unaccounted(const struct seq_state *s);

#endif
