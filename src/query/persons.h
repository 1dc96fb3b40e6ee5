/*
 * persons.h - sets of person numbers, and the ones that rollups keep per
 * local day (day_chunks and day_members; DATA.md "Rollups").
 *
 * A set is a list of fixed chunks of 32,768 bits; number n is bit n % 32768
 * of chunk n / 32768, most significant bit of each byte first, as PostgreSQL
 * sends bit strings. Sets live in task memory.
 */
#ifndef TM_QUERY_PERSONS_H
#define TM_QUERY_PERSONS_H

#include "store/pg.h"

#define PERSONS_CHUNK_BITS 32768
#define PERSONS_CHUNK_BYTES (PERSONS_CHUNK_BITS / 8)

/* The number a person goes by, of an alias row that may be missing. Not
 * coalesce(): that is not among the expressions that reach an index under
 * row-level security, and every person would be read for a list of fifty. */
#define PERSON_FINAL(alias, no) \
	"CASE WHEN " alias ".to_no IS NULL THEN " no " ELSE " alias ".to_no END"
/* p: the person of rows k; $1 is the environment. */
#define PERSON_JOIN \
	" LEFT JOIN person_alias a ON a.environment_id = $1 AND a.from_no = k.person_no" \
	" LEFT JOIN persons p ON p.environment_id = $1" \
	" AND p.person_no = " PERSON_FINAL("a", "k.person_no")

struct persons {
	uint8_t **chunk;
	size_t n, cap;
};

void persons_add(struct task *t, struct persons *p, int32_t person_no);
bool persons_has(const struct persons *p, int32_t person_no);
/* bytes: PERSONS_CHUNK_BYTES of them. */
void persons_or(struct task *t, struct persons *p, int32_t chunk, const uint8_t *bytes);
/* cell: a one-dimensional int4[] in PostgreSQL's binary form: numbers, or
 * offsets in a chunk. */
void persons_add_list(struct task *t, struct persons *p, struct str cell);
void persons_or_list(struct task *t, struct persons *p, int32_t chunk, struct str cell);
void persons_join(struct task *t, struct persons *p, const struct persons *other);
int64_t persons_count(const struct persons *p);

/* A dimension and its value, as rollups keep them (sql/0003_rollups.sql). */
struct person_key {
	int16_t dim;
	struct str value;
};

/* Local days of the environment's zone in groups of `width` days. */
struct person_days {
	int32_t first, end; /* days since 1970-01-01, end excluded */
	int32_t width;
	int32_t skipped;    /* days that the first group has before `first` */
};
size_t person_days_groups(const struct person_days *d);

/*
 * Who was active: out[key * groups + group] is joined with the persons of
 * that key and group. Exact at every moment, folded or not: loose rows are
 * read before folded ones, since folding moves them that way. One group over
 * all days takes blocks of days where they are built.
 */
enum err persons_load(struct task *t, struct pg *pg, int32_t environment_id,
                      const struct person_key *key, size_t nkeys,
                      const struct person_days *days, struct persons *out) MUST_CHECK;

/*
 * How many per day (width 1): count[key * days + day]. Reads the stored sums
 * of folded days and builds sets only for days that still have loose rows.
 */
enum err persons_daily(struct task *t, struct pg *pg, int32_t environment_id,
                       const struct person_key *key, size_t nkeys,
                       const struct person_days *days, int64_t *count) MUST_CHECK;

/* The same from folded days alone, without loose rows and blocks. */
enum err persons_load_folded(struct task *t, struct pg *pg, int32_t environment_id,
                             const struct person_key *key, size_t nkeys,
                             const struct person_days *days, struct persons *out) MUST_CHECK;

extern const struct stmt_list persons_statements;

#endif
