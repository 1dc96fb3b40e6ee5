/*
 * live.h - what comes in now: the newest events and crashes by when they
 * were received, and how many items a minute.
 *
 * Rows have no index by time of receipt; the search goes back over the time
 * they happened, newest first, in growing slices for at most LIVE_MS, and
 * only when a batch came within the window. So an item that happened long
 * before it was received is found where little goes on, and is left out
 * where much does: `reached_us` says how far the search came. History (an
 * import, "historical": true) is no part of it.
 *
 * In a transaction with scope {environment_id, team_id}; all memory is the
 * task's.
 */
#ifndef TM_QUERY_LIVE_H
#define TM_QUERY_LIVE_H

#include "query/events.h"

#define LIVE_ROWS 20
#define LIVE_WINDOW_US (30 * INT64_C(60) * 1000000) /* received within */
#define LIVE_MS 150

struct live_row {
	bool crash, fatal;
	int64_t ts_us, received_us;
	struct str id;            /* stored uuid */
	struct str name;          /* of a crash: the title of its group */
	struct str detail;        /* JSON object */
	struct str group_id, session_key; /* "" = none */
	struct str platform, version, country;
};
struct live {
	struct live_row *row;     /* newest received first */
	size_t n;
	int64_t minute;           /* items stored of the last 60 s, any type */
	int64_t historical;       /* items of the window that were sent as history: in none of the others */
	int64_t newest_us;        /* newest batch received, 0 = none in the window */
	int64_t reached_us;       /* searched back to here */
	double query_ms;
};

/* filters: as of events; crashes are left out where they do not fit. */
enum err live_read(struct task *t, struct pg *pg, const struct query_env *env,
                   const struct filters *filters, struct live *out) MUST_CHECK;

extern const struct stmt_list live_statements;

#endif
