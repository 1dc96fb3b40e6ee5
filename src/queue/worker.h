/*
 * worker.h - who is at work: each process says so every WORKER_BEAT_S into a
 * hash of its own, which ends by itself WORKER_TTL_S later.
 *
 * A process that ends on purpose takes its row away (worker_leave); one that
 * is gone without is told as lost for WORKER_LOST_S. Consumers have stable
 * names, so a restarted one takes its row over.
 */
#ifndef TM_QUEUE_WORKER_H
#define TM_QUEUE_WORKER_H

#include "queue/redis.h"

#define WORKER_BEAT_S 10
#define WORKER_TTL_S 30
#define WORKER_LOST_S 600

/* One process as it tells of itself. */
struct worker {
	struct str kind;        /* "web", "ingest", "consumer", "mail" */
	struct str name;        /* unique: "host:pid"; consumers: "host-index" */
	int64_t pid;
	int64_t started_us, seen_us;
	int64_t pss_bytes;
	int64_t done;           /* requests, or items stored, since it began */
	struct str now;         /* "job purge", "paused", "" = idle */
	int64_t now_since_us;
};

enum err worker_beat(struct task *t, struct redis *r, const struct worker *w) MUST_CHECK;
enum err worker_leave(struct task *t, struct redis *r, struct str kind, struct str name) MUST_CHECK;

struct workers {
	struct worker *row; /* by kind and name */
	size_t n;
	size_t lost_consumers; /* gone without a word, up to WORKER_LOST_S ago */
};
enum err worker_list(struct task *t, struct redis *r, struct workers *out) MUST_CHECK;

/* "tm" host of this machine for names; static storage. */
struct str worker_host(void);
/*
 * For programs that answer requests: call often (idle, and after a request);
 * beats when it is time. Failures are forgotten: numbers for operators only.
 */
struct heart {
	const char *kind;
	int64_t started_us, next_us; /* wall, monotonic */
	int64_t done;
	char name[96];
};
void heart_open(struct heart *h, const char *kind);
void heart_turn(struct heart *h, struct task *t, struct redis *r);
void heart_close(struct heart *h, struct task *t, struct redis *r);

#endif
