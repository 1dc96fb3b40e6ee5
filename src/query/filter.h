/*
 * filter.h - "f=key:op:value" parameters: parse, describe, compile to SQL.
 *
 * Pure. Several filters are joined by AND; `in` lists by OR. In `in`, values
 * are separated by commas, "\," is a comma. SQL text holds only $n; names
 * and values travel as parameters.
 */
#ifndef TM_QUERY_FILTER_H
#define TM_QUERY_FILTER_H

#include "store/sqlb.h"

#define FILTERS_MAX 16
#define FILTER_VALUES_MAX 50
#define FILTER_VALUE_BYTES 1024

enum filter_key {
	FILTER_NAME, FILTER_NAMESPACE, FILTER_PLATFORM, FILTER_VERSION, FILTER_BUILD,
	FILTER_COUNTRY, FILTER_OS_VERSION, FILTER_MODEL, FILTER_LOCALE,
	FILTER_USER, FILTER_ANONYMOUS, FILTER_PERSON, FILTER_SESSION, FILTER_DEVICE,
	FILTER_PROP, FILTER_KEYS
};
enum filter_op {
	FILTER_EQ, FILTER_NE, FILTER_IN, FILTER_CONTAINS,
	FILTER_GT, FILTER_GTE, FILTER_LT, FILTER_LTE, FILTER_EXISTS, FILTER_OPS
};

struct filter {
	enum filter_key key;
	enum filter_op op;
	struct str path;       /* prop.<path>: "plan" or "cart.total"; else "" */
	struct str *value;     /* exists: none; in: several; else one */
	size_t nvalues;
	struct str raw;        /* as asked, for links */
};

struct filters {
	struct filter f[FILTERS_MAX];
	size_t n;
};

/* For the "add filter" form and the manual. */
struct filter_key_info {
	const char *key;       /* "platform", "prop." */
	const char *label;     /* "platform", "property" */
	unsigned ops;          /* bit set of 1 << enum filter_op */
};
extern const struct filter_key_info filter_keys[FILTER_KEYS];
struct filter_op_info {
	const char *op;        /* "gte" */
	const char *label;     /* "≥" */
};
extern const struct filter_op_info filter_ops[FILTER_OPS];

/* E_BAD_PARAM with a field error at "f" that quotes the part at fault. */
enum err filters_parse(struct task *t, const struct str *raw, size_t n, struct filters *out) MUST_CHECK;
/* For a chip: "platform is android", "version ≥ 2.3.0". Plain text. */
struct str filter_describe(struct task *t, const struct filter *f);
/* "f=…&f=…" URL-encoded, leaving out index `skip` (-1 = none). */
struct str filters_query(struct task *t, const struct filters *f, int skip);

/*
 * Append conditions " AND (…)" on rows aliased `e` of the table. The query
 * must have bound environment_id as $1. A key that a table does not carry
 * (name of crashes, properties of sessions) makes its condition false:
 * ask filters_fit() first.
 */
enum filter_table { FILTER_EVENTS, FILTER_CRASHES, FILTER_TRACES, FILTER_SESSIONS };
void filters_sql(struct sqlb *q, const struct filters *f, enum filter_table table);
bool filters_fit(const struct filters *f, enum filter_table table);
/* All of them are on what a context says; so are none. */
bool filters_contexts(const struct filters *f);
/* A person, user or session: an index leads straight to the rows. */
bool filters_indexed(const struct filters *f);
/* Exactly one `eq` on a dimension that rollups keep: its number (2 name,
 * 3 version, 4 platform, 5 country) and value; 0 = no filter; -1 = raw rows. */
int filters_rollup(const struct filters *f, struct str *value);

#endif
