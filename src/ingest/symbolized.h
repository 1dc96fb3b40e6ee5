/*
 * symbolized.h - stacks that need symbols, and the frames that symbols made
 * of them.
 *
 * A crash of a stripped build names addresses, one-letter classes or places
 * in a bundle. When such a crash is stored its row keeps a symbols_key, and
 * symbol_results has one row for the key: first waiting, then with frames
 * (jobs/symbolicate). Nothing that was sent is overwritten. Grouping and
 * pages take the frames from here when there are any.
 */
#ifndef TM_INGEST_SYMBOLIZED_H
#define TM_INGEST_SYMBOLIZED_H

#include "base/buf.h"
#include "ingest/fingerprint.h"
#include "store/pg.h"

/* Which files a stack waits for. */
enum symbols_kind {
	SYMBOLS_NONE, SYMBOLS_ELF, SYMBOLS_PROGUARD, SYMBOLS_SOURCEMAP, SYMBOLS_OBFUSCATION,
	SYMBOLS_KINDS
};
#define SYMBOLS_BUILDS_MAX 8

struct symbols_release {
	struct str platform, version, build;
};

struct symbols_need {
	enum symbols_kind kind;
	struct str key;      /* 64 hex digits; "" (n 0) when kind is SYMBOLS_NONE */
	struct str build_id[SYMBOLS_BUILDS_MAX]; /* SYMBOLS_ELF, lower case */
	size_t nbuild_ids;
	struct symbols_release release;
};

/* Pure: does this stack need symbols, and which? Task memory. */
void symbolized_need(struct task *t, const struct crash_text *crash, const struct stack *stack,
                     const struct symbols_release *release, struct symbols_need *out);

/* Rows of symbol_results for needs that have none yet; in the transaction
 * that stores the crashes. Needs without a key are skipped. */
enum err symbolized_want(struct task *t, struct pg *pg, int32_t environment_id,
                         const struct symbols_need *need, size_t n) MUST_CHECK;

struct symbolized {
	struct stack stack; /* replaces the printed one: innermost first, inlined too */
	struct str type;    /* exception type; "" = as sent */
	struct str files;   /* what it was made with, for people */
	bool complete;
};
/* Results of keys (hex, "" skipped): out[i] NULL = none yet. Task memory. */
enum err symbolized_load(struct task *t, struct pg *pg, int32_t environment_id,
                         const struct str *key, size_t n, struct symbolized **out) MUST_CHECK;
/* The group of a crash, by its symbols when there are any (s may be NULL), and
 * with more own frames (fingerprint_finer; 0 = as the rules have it). */
void symbolized_finer(struct task *t, const struct crash_text *crash, const struct symbolized *s,
                      int frames, struct fingerprint *out);

/* Frames as symbol_results keeps them, and back (false: not ours). */
void symbolized_format(struct buf *b, const struct stack *stack);
bool symbolized_parse(struct task *t, struct str json, struct stack *out) MUST_CHECK;

/* "elf" …; SYMBOLS_NONE when unknown. */
const char *symbols_kind_name(enum symbols_kind k);
enum symbols_kind symbols_kind_find(struct str name);

extern const struct stmt_list symbolized_statements;

#endif
