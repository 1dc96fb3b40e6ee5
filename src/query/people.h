/*
 * people.h - the people explorer: list and search.
 *
 * A person is final: merged ones are not listed, their ids and sessions count
 * for whom they became. All calls run in a transaction with scope
 * {environment_id, team_id}; all memory is the task's.
 */
#ifndef TM_QUERY_PEOPLE_H
#define TM_QUERY_PEOPLE_H

#include "query/events.h"

#define PEOPLE_SESSIONS 200 /* a list counts no further */

struct person_row {
	struct str person_id;
	int32_t no;
	struct str user_id, anonymous_id; /* "" = none */
	int64_t first_us, last_us;
	int64_t sessions;        /* kept ones, up to PEOPLE_SESSIONS in a list */
	int64_t events;          /* in these sessions */
	bool more;               /* there are more sessions than were counted */
	struct origin origin;    /* of the newest session */
};

struct people_query {
	const struct range *range;     /* by when last seen */
	const struct filters *filters; /* may be NULL */
	struct str search;       /* a user, anonymous or device id or its
	                            beginning, or a person id; "" = all */
	size_t limit;            /* 1..EVENTS_LIMIT_MAX, 0 = 50 */
	struct str cursor;       /* "" = first page */
};
struct people_page {
	struct person_row *row;
	size_t n;
	struct str next_cursor;  /* p NULL = last page */
	struct query_meta meta;
};

/*
 * Newest seen first. Filters: user, anonymous, device, person by the person's
 * ids; prop.<path> on the person's properties; what belongs to app and device
 * on one of their sessions. E_BAD_CURSOR.
 */
enum err people_list(struct task *t, struct pg *pg, const struct query_env *env,
                     const struct people_query *q, struct people_page *out) MUST_CHECK;

/* The columns of person_row of persons already found (k); limit: how many
 * sessions are counted, as text. For person.c. */
#define PEOPLE_COLUMNS(limit)                                                                \
	"SELECT k.person_id, k.person_no, k.user_id, k.anonymous_id,"                        \
	" (extract(epoch FROM k.first_seen) * 1000000)::int8,"                               \
	" (extract(epoch FROM k.last_seen) * 1000000)::int8, t.n, t.ev, d.device_id,"        \
	" c.platform, c.os_version, c.model, c.locale, c.country, c.bundle_id, c.app_version," \
	" c.app_build FROM k CROSS JOIN LATERAL (SELECT count(*) AS n, coalesce(sum(events), 0)" \
	"::int8 AS ev, (array_agg(context_no ORDER BY started_at DESC, id DESC))[1] AS ctx," \
	" (array_agg(device_no ORDER BY started_at DESC, id DESC) FILTER"                    \
	" (WHERE device_no IS NOT NULL))[1] AS dev FROM (SELECT s.* FROM"                    \
	" (SELECT k.person_no AS no UNION ALL SELECT from_no FROM person_alias"              \
	" WHERE environment_id = $1 AND to_no = k.person_no) n CROSS JOIN LATERAL"           \
	" (SELECT id, started_at, events, context_no, device_no FROM sessions"               \
	" WHERE environment_id = $1 AND person_no = n.no AND started_at >= "                 \
	QUERY_SESSIONS_FROM " ORDER BY started_at DESC LIMIT "                               \
	limit ") s ORDER BY s.started_at DESC, s.id DESC LIMIT " limit ") s) t"              \
	" LEFT JOIN contexts c ON c.environment_id = $1 AND c.context_no = t.ctx"            \
	" LEFT JOIN devices d ON d.environment_id = $1 AND d.device_no = t.dev"
void people_row(const struct rows *r, size_t i, int64_t limit, struct person_row *out);

#endif
