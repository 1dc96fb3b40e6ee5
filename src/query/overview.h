/*
 * overview.h - the read model of the overview page and of
 * GET …/metrics/overview. Knows no HTML and no JSON.
 *
 * Every number follows PRODUCT "Definitions". All memory is the task's.
 * A double that is NAN means "none" (null in JSON, "–" on a page).
 */
#ifndef TM_QUERY_OVERVIEW_H
#define TM_QUERY_OVERVIEW_H

#include "query/env.h"
#include "query/filter.h"
#include "query/range.h"

/* One key number. Series have range.now.n / range.before.n values. */
struct kpi {
	double value;          /* NAN = none */
	double before;         /* the same over range.before; NAN = none */
	double high;           /* high-water: max of before_series; NAN = none */
	bool estimate;         /* value or series come from digests */
	double *series;
	double *before_series;
};

struct overview_release {
	struct str version;    /* first seen inside the window */
	int64_t at_us;
	size_t bucket;         /* of range.now */
};
/* Top event names. */
struct overview_name {
	struct str name;
	int64_t events, users;
	double share;          /* 0–1 of the largest, for the bar */
};
/* App versions, by users; "" = not said; the last row may be the rest. */
struct overview_version {
	struct str version;
	int64_t users, events;
	double adoption_pct;     /* of active users */
	double crash_free_pct;   /* users; NAN = none */
	double p95_cold_start_ms;/* NAN = none */
	bool rest;               /* all others together; version is empty */
};
struct overview_value {    /* platform or country ("" = unknown) */
	struct str value;
	int64_t users, events;
	double share_pct;      /* of active users */
};
struct overview_group {
	struct str group_id, title, culprit, status;
	struct str first_version, last_version;
	int64_t crashes, users;  /* inside the window */
	int64_t first_seen_us, last_seen_us;
	bool is_new;             /* first seen inside the window */
	bool regressed;          /* status is "regressed" */
};

struct query_meta {
	double query_ms;
	bool cached;
	int64_t fresh_until_us;  /* 0 = not cached */
	int64_t rows_scanned;
	bool estimate;           /* some number is not exact: see note */
	struct str note;         /* a sentence, "" = nothing to say */
	int64_t counted_from_us; /* lists: "counted back to"; 0 = all of it */
};

struct overview {
	struct kpi events, active_users, sessions;
	struct kpi crash_free_users, crash_free_sessions; /* percent, two decimals */
	struct kpi p95_cold_start, p95_all;               /* ms */
	struct overview_release *release;
	size_t nreleases;
	struct overview_name *name;
	size_t nnames;
	int64_t names_total;     /* distinct names in the window */
	struct overview_version *version;
	size_t nversions;
	struct overview_value *platform;
	size_t nplatforms;
	struct overview_value *country;
	size_t ncountries;
	struct overview_group *group;
	size_t ngroups;
	int64_t groups_open;     /* open or regressed groups with crashes in the window */
	int64_t newest_us;       /* received_at of the newest stored item, 0 = none */
	bool has_data;           /* anything in the window */
	struct query_meta meta;
};

/* What to compute beyond the key numbers. */
enum overview_part {
	OVERVIEW_KPIS = 0,
	OVERVIEW_TABLES = 1,     /* names, versions, platforms, countries, groups, releases */
	OVERVIEW_BEFORE = 2,     /* the period before */
	OVERVIEW_ALL = 3
};

/*
 * In a transaction begun with scope {environment_id, team_id}. filters may be
 * NULL. No filter, or one `eq` on name, version, platform or country, is
 * answered from rollups; the rest reads rows, at most 3 s: what is not counted
 * by then is NAN, meta.estimate is set and meta.note says so.
 */
enum err overview_load(struct task *t, struct pg *pg, const struct query_env *env,
                       const struct range *range, const struct filters *filters,
                       unsigned parts, struct overview *out) MUST_CHECK;
/* Versions first seen inside range.now, by time: the flags of charts. */
enum err overview_flags(struct task *t, struct pg *pg, const struct query_env *env,
                        const struct range *range, struct overview_release **out,
                        size_t *n) MUST_CHECK;
/* received_at of the newest stored batch, 0 = none. */
enum err overview_newest(struct task *t, struct pg *pg, int32_t environment_id,
                         int64_t *us) MUST_CHECK;

#endif
