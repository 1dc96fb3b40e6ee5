/*
 * pipeline.h - what became of what SDKs sent: the balance of a window.
 *
 *   sent = stored + duplicate + rejected + dropped + dead letters
 *        + reported + still open + unaccounted
 *
 * By the quarter-hour in which the server received it (a gap: the number
 * behind it). Everything but the last three reached the server. "Still open"
 * is missing for less than a day; "unaccounted" for longer, and no client
 * report explains it. Requests refused as a whole are tries, not items: their
 * SDK keeps and resends, or reports, what was in them.
 *
 * All calls run in a transaction with scope {environment_id, team_id}; all
 * memory is the task's.
 */
#ifndef TM_QUERY_PIPELINE_H
#define TM_QUERY_PIPELINE_H

#include "query/env.h"
#include "query/filter.h"
#include "query/events.h"
#include "query/export.h"
#include "query/range.h"

enum pipeline_outcome { PIPELINE_STORED, PIPELINE_DUPLICATE, PIPELINE_REJECTED, PIPELINE_DROPPED,
	                PIPELINE_DEAD, PIPELINE_REPORTED, PIPELINE_OPEN, PIPELINE_MISSING,
	                PIPELINE_OUTCOMES };

/* The outcomes' names, of the API and of the page. */
struct pipeline_word {
	const char *name, *title;
};
extern const struct pipeline_word pipeline_words[PIPELINE_OUTCOMES];

struct pipeline_balance {
	int64_t n[PIPELINE_OUTCOMES];
	int64_t requests, refused; /* accepted, turned away */
};
int64_t pipeline_sent(const struct pipeline_balance *b);

/* Items of an outcome by code; requests of refusals. */
struct pipeline_reason {
	const char *outcome;       /* "rejected", "refused" … */
	struct str code;
	int64_t items, requests;
};
/* By SDK and version, or by key. */
struct pipeline_sender {
	struct str name, version;  /* of a key: its name, its id */
	struct pipeline_balance sum;
};

struct pipeline {
	struct pipeline_balance all;
	struct pipeline_balance *bucket; /* range.now.n */
	struct pipeline_reason *reason;
	size_t nreasons;
	struct pipeline_sender *sdk, *key; /* most items first, 50 at most */
	size_t nsdks, nkeys;
	struct query_meta meta;
};
enum err pipeline_load(struct task *t, struct pg *pg, const struct query_env *env,
                       const struct range *range, struct pipeline *out) MUST_CHECK;

/* pipeline_file.c: the whole as one JSON object without its braces (the caller
 * adds metadata), or its buckets as rows of a file. */
struct jw;
void pipeline_json(struct jw *w, const struct range *range, const struct pipeline *p);
void pipeline_file(struct buf *b, enum export_format f, const struct range *range,
                   const struct pipeline *p);

/* One accepted batch, of the ledger. */
struct pipeline_batch {
	struct str id, status, source, sdk, sdk_version, schema_version, request_id, key_id, key_name;
	int64_t received_us, stored_us;
	int64_t items, inserted, duplicates, request_duplicates, rejected, dropped, dead;
	struct str rejected_by, dropped_by; /* JSON objects: code, count */
};
struct pipeline_batches {
	struct pipeline_batch *row;
	size_t n;
	struct str next_cursor; /* "" = no more */
	struct query_meta meta;
};
/* Newest first; outcome: only those with some of it (PIPELINE_OUTCOMES: all).
 * cursor: received_us of the last and its id. E_BAD_CURSOR. */
enum err pipeline_batches(struct task *t, struct pg *pg, const struct query_env *env,
                          const struct range *range, enum pipeline_outcome outcome,
                          struct str cursor, size_t limit, struct pipeline_batches *out) MUST_CHECK;
/* E_NOT_FOUND while it is queued, or when there is none. */
enum err pipeline_batch(struct task *t, struct pg *pg, const struct query_env *env,
                        struct str id, int64_t ms, struct pipeline_batch *out) MUST_CHECK;

/* Gaps of the window, largest first, 100 at most. */
struct pipeline_gap {
	struct str install;    /* 8 digits: the same install, no id */
	int64_t lo, hi, explained, opened_us;
};
enum err pipeline_gaps(struct task *t, struct pg *pg, const struct query_env *env,
                       const struct range *range, struct pipeline_gap **out,
                       size_t *n) MUST_CHECK;

extern const struct stmt_list pipeline_statements, pipeline_batch_statements;

#endif
