/* persist_gather.h - one gather of batches on its way into the store. Private
 * to persist*.c, which include persist_tx.h. */
#ifndef TM_INGEST_PERSIST_GATHER_H
#define TM_INGEST_PERSIST_GATHER_H

#include "base/zone.h"
#include "ingest/batch.h"
#include "ingest/fold.h"
#include "ingest/identity.h"
#include "ingest/memo.h"
#include "ingest/persist.h"

/* A timestamptz from µs, and back, in SQL text. */
#define TS(x) "(timestamptz 'epoch' + " x " * interval '1 microsecond')"
#define US(x) "(extract(epoch from " x ")*1000000)::int8"

enum { RETAIN_RAW, RETAIN_CRASH, RETAIN_TRACE, RETAIN_KINDS };

struct env_info {
	int32_t id;
	const struct zone *zone;
	struct str timezone; /* its name as stored */
	int64_t retain_us[RETAIN_KINDS]; /* 0 = for ever */
	int16_t class[RETAIN_KINDS];
	int64_t idle_us, cap_us;
	bool has_first_event;
	int64_t erasures;       /* how many there were: under the lock still so many */
	uint8_t secret[32]; /* scrub_secret */
};

enum number_kind { NUM_PERSON, NUM_IDENTITY, NUM_DEVICE, NUM_CONTEXT, NUM_GROUP, NUM_KINDS };

struct number_pool {
	int32_t environment_id;
	enum number_kind kind;
	int32_t next, end;
};

enum memo_kind { MEMO_CONTEXT, MEMO_ID, MEMO_DEVICE, MEMO_MEMBER, MEMO_NAMESPACE,
	         MEMO_FIRST, MEMO_KEY, MEMO_KINDS };

struct env_erasures {
	int32_t environment_id;
	int64_t n;
};

struct persist {
	struct pg *pg;
	uint8_t master_key[32];
	struct memo *memo[MEMO_KINDS];
	struct env_erasures *erasures; /* that the memos are newer than; only those > 0 */
	size_t nerasures;
	struct number_pool *pool;
	size_t npool, pool_cap;
	int careful;      /* gathers left that expect repeats (persist_seen.c) */
	char sqlstate[8]; /* of the last failure */
	char detail[200];
};

struct dead_item {
	bool dead;
	char sqlstate[8];
	char detail[200];
	const char *reason;
};

struct gbatch {
	const struct persist_entry *entry;
	struct batch b;
	bool decoded;
	bool stored;           /* the ledger has it: nothing to do */
	const struct env_info *env; /* NULL = unknown */
	int32_t *context_no;   /* of b.contexts */
	struct dead_item *dead; /* per item; NULL = none */
	size_t from, to;       /* items in this try */
	uint32_t inserted, duplicates, dropped, erased, ndead;
};

struct grow {
	const struct item *item;
	struct gbatch *batch;
	const struct env_info *env;
	struct str uuid;       /* event id as text */
	int16_t class;
	int32_t context_no;
	int user, anonymous, device, alias, alias_user; /* id entries, -1 none */
	int device_at;         /* index into devices, -1 none */
	int person;            /* index, then final; -1 none */
	int32_t person_no, anon_no, device_no, group_no;
	int session;           /* index into sessions, -1 none */
	int64_t session_no;
	bool live;             /* really inserted */
	struct str symbols_key; /* hex, "" = the stack needs no symbols */
	struct grow_crash *crash; /* persist_symbols.c; NULL = no crash */
};

struct gdevice {
	int32_t environment_id;
	struct str id;
	int32_t device_no, context_no;
	bool known;
	int64_t first_us, last_us;
};

struct gsession {
	const struct env_info *env;
	struct str session_id;  /* "" = inferred */
	int64_t session_no;
	bool known, touched, ended;
	bool opened;            /* stored, or an item that is not of the background */
	int into;               /* bridged into this one, -1 */
	int32_t person_no, device_no, context_no;
	int64_t old_start_us, start_us, end_us; /* end: last use; INT64_MIN = none */
	int64_t told_us;        /* when its end was said to be; 0 = not */
	struct str version, build, platform, country;
	int64_t events, crashes, fatal_crashes, traces;
	struct str entry_name;
	int64_t entry_us;       /* INT64_MAX = no event yet */
};

/* A fact to remember when the transaction is committed. */
struct fact {
	enum memo_kind memo;
	struct str key;
	int64_t value;
};

struct gather {
	struct persist *p;
	struct gbatch *batch;
	size_t nbatch;
	struct grow *row;
	size_t nrow;
	struct env_info *env;
	size_t nenv;
	struct identity_set ids;
	struct gdevice *device;
	size_t ndevice;
	struct gsession *session;
	size_t nsession, session_cap;
	struct fold fold;
	struct fact *fact;
	size_t nfact, fact_cap;
};

#endif
