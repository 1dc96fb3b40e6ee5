/*
 * room.h - where the server's data lie on this machine, and how full the file
 * systems below them are.
 *
 * PostgreSQL and Redis are asked for their folders; one that runs elsewhere, or
 * does not tell, is a place that cannot be seen, and that is said. A folder
 * need not be readable, only reachable. What lies behind links inside
 * PostgreSQL's folder (tablespaces, a WAL of its own) is not seen.
 */
#ifndef TM_MODEL_ROOM_H
#define TM_MODEL_ROOM_H

#include "base/conf.h"
#include "queue/redis.h"
#include "store/pg.h"

struct room_place {
	const char *what;  /* "PostgreSQL" */
	struct str folder; /* "" = not known */
	bool seen;         /* the rest holds */
	uint64_t device;   /* the same number: the same file system */
	double used;       /* percent, of blocks or of files, whichever is more */
	int64_t free, files; /* bytes, and files that may still be made */
};
#define ROOM_MAX 24
struct room {
	size_t n;
	struct room_place place[ROOM_MAX];
};

/* Any role; in a transaction or outside. pg, redis: NULL = cannot be asked.
 * Never fails for what it cannot see. */
enum err room_look(struct task *t, struct pg *pg, struct redis *redis, const struct conf *conf,
                   struct room *out) MUST_CHECK;

/* The folder of one place from its file system; pure but for statvfs. */
void room_measure(struct room_place *p);
/* The fullest; NULL when none is seen. Pure. */
const struct room_place *room_fullest(const struct room *r);
/* Without the places of this file system, and those not seen: what is left to be
 * told. Pure. */
void room_drop(struct room *r, uint64_t device);
/* "61 GB free where PostgreSQL and Redis lie; not seen: exports". Pure. */
struct str room_says(struct task *t, const struct room *r);

extern const struct stmt_list room_statements;

#endif
