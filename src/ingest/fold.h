/*
 * fold.h - what a set of stored items adds to the rollups. Pure.
 *
 * Only items really inserted go in, so a repeat adds nothing. The result is
 * sorted by the tables' primary keys: every consumer takes row locks in one
 * order. Dimensions are those of sql/0003_rollups.sql and of
 * sql/0026_explorers.sql, hours those of sql/0039_activity.sql.
 */
#ifndef TM_INGEST_FOLD_H
#define TM_INGEST_FOLD_H

#include "base/arena.h"
#include "base/map.h"
#include "base/zone.h"
#include "ingest/activity.h"
#include "ingest/batch.h"

enum fold_dim {
	DIM_ALL = 0,
	DIM_FATAL = 1, /* day_members only */
	DIM_NAME = 2,
	DIM_VERSION = 3,
	DIM_PLATFORM = 4,
	DIM_COUNTRY = 5,
	DIM_TRACE = 6, /* rollup_counts only */
	DIM_RELEASE = 7, /* days only; value: fold_release */
};

#define GRAIN_QUARTER 15
#define GRAIN_DAY 1440

struct fold_count {
	int32_t environment_id;
	int16_t grain, dim;
	int64_t bucket_us;
	struct str value;
	int64_t events, crashes, fatal_crashes, traces, sessions;
};

struct fold_member {
	int32_t environment_id;
	int16_t dim;
	int32_t day; /* days since 1970-01-01, local */
	struct str value;
	int32_t person_no;
};

struct fold_sample {
	int32_t environment_id;
	int32_t day;
	struct str name;
	double duration_ms;
};

/* Of one hour. */
struct fold_active {
	int32_t environment_id;
	int64_t hour_us;
	struct activity a;
};

/* Where the item before went: items of one batch mostly go to the same rows. */
struct fold_last {
	bool set;
	int32_t environment_id, day;
	int64_t bucket_us[2];
	struct str version, build, platform, country, release;
	size_t at[2][4]; /* per grain: all, version, platform, country */
	size_t release_at; /* of the day */
	int32_t person_no; /* whose members were added; 0 = none */
};

struct fold {
	struct arena *arena;
	struct fold_last last;
	char *scratch;
	size_t scratch_size;
	struct map counts, members; /* key bytes -> index + 1 */
	struct fold_count *count;
	struct fold_member *member;
	struct fold_sample *sample;
	struct fold_active *active;
	size_t ncount, nmember, nsample, nactive;
	size_t count_cap, member_cap, sample_cap, active_cap;
	int64_t active_from_us; /* older items are in no hour */
};

/* Where and when: shared by items and sessions. */
struct fold_place {
	int32_t environment_id;
	const struct zone *zone;
	int64_t ts_us;
	struct str version, build, platform, country;
	int32_t context_no;
};

/* What names a release: platform, version and build, by the byte 0x1f; without
 * a version there is no build either. */
#define FOLD_RELEASE_SQL(c) \
	"concat(" c "platform, E'\\x1f', " c "app_version, E'\\x1f', CASE WHEN " c \
	"app_version <> '' THEN " c "app_build ELSE '' END)"
struct str fold_release(struct arena *a, struct str platform, struct str version,
                        struct str build);

void fold_init(struct fold *f, struct arena *a);
/* Events, crashes and traces count; other types are ignored. person_no 0 =
 * no person. Strings must outlive the fold. */
void fold_item(struct fold *f, const struct fold_place *at, const struct item *item,
               int32_t person_no);
/* A session that starts at at->ts_us: +1; one that no longer does: -1. */
void fold_session(struct fold *f, const struct fold_place *at, int sign);
/* Sort; counts that came to nothing are left out. */
void fold_finish(struct fold *f);

#endif
