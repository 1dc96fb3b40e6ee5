/*
 * tidemark.h - events, user properties, crashes and traces of a C or C++
 * service, for a Tidemark server. One header; a source file of its own says
 *
 *     #define TIDEMARK_IMPLEMENTATION
 *     #define TIDEMARK_GZIP       // compress, with zlib (-lz)
 *     #define TIDEMARK_BACKTRACE  // stacks, with <execinfo.h>
 *     #include "tidemark.h"
 *
 * and link with -lcurl -lpthread. C99 or C++17, POSIX.
 *
 *     struct tidemark_options o;
 *     tidemark_defaults(&o);
 *     o.endpoint = "https://tidemark.example.com";
 *     o.key = "tm_wk_...";
 *     struct tidemark *tm = tidemark_open(&o);
 *
 *     const struct tidemark_value props[] = {
 *         tidemark_num("amount", 99.5), tidemark_str("currency", "EUR"),
 *     };
 *     tidemark_track(tm, tidemark_user("user_123"), "order_paid", TIDEMARK_LIST(props));
 *     tidemark_close(tm, 2000);
 *
 * No call blocks on the network or fails: what cannot be recorded is counted,
 * and the counts are sent. Every function takes NULL for tm and does nothing.
 * All of them may be called by many threads, except tidemark_close. Text is
 * UTF-8 and ends with NUL; the caller's memory is free again when a call
 * returns. After fork() the child has a queue of its own, in memory.
 *
 * License: Apache 2.0, see LICENSE of the Tidemark repository.
 */
#ifndef TIDEMARK_H
#define TIDEMARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIDEMARK_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

struct tidemark; /* one queue and the thread that sends it; a process needs one */

/* --- values --- */

enum tidemark_kind {
	TIDEMARK_NULL, TIDEMARK_STR, TIDEMARK_NUM, TIDEMARK_INT, TIDEMARK_BOOL, TIDEMARK_JSON
};

/* A property, made by the functions below. Strings are cut at 1,024 bytes, NaN
 * and infinities become null. */
struct tidemark_value {
	const char *key;
	enum tidemark_kind kind;
	const char *text;
	double number;
	int64_t integer;
};

/* "props, 2" of an array of values */
#define TIDEMARK_LIST(array) (array), sizeof(array) / sizeof((array)[0])

static inline struct tidemark_value
tidemark_value_of(const char *key, enum tidemark_kind kind)
{
	struct tidemark_value v;
	v.key = key;
	v.kind = kind;
	v.text = NULL;
	v.number = 0;
	v.integer = 0;
	return v;
}

/* NULL is null. */
static inline struct tidemark_value
tidemark_str(const char *key, const char *text)
{
	struct tidemark_value v = tidemark_value_of(key, text != NULL ? TIDEMARK_STR : TIDEMARK_NULL);
	v.text = text;
	return v;
}

static inline struct tidemark_value
tidemark_num(const char *key, double number)
{
	struct tidemark_value v = tidemark_value_of(key, TIDEMARK_NUM);
	v.number = number;
	return v;
}

static inline struct tidemark_value
tidemark_int(const char *key, int64_t integer)
{
	struct tidemark_value v = tidemark_value_of(key, TIDEMARK_INT);
	v.integer = integer;
	return v;
}

static inline struct tidemark_value
tidemark_bool(const char *key, bool on)
{
	struct tidemark_value v = tidemark_value_of(key, TIDEMARK_BOOL);
	v.integer = on;
	return v;
}

/* Lists and objects, as JSON text. Text that is no JSON is kept as a string. */
static inline struct tidemark_value
tidemark_json(const char *key, const char *json)
{
	struct tidemark_value v = tidemark_value_of(key, TIDEMARK_JSON);
	v.text = json;
	return v;
}

/* --- whose --- */

/* Whose an item is. NULL is unknown. */
struct tidemark_who {
	const char *user_id;      /* at most 256 bytes */
	const char *anonymous_id; /* that the app or browser sent along */
	const char *session_id;   /* of a client SDK */
	const char *org_id;       /* of events; else that of the options */
};

static inline struct tidemark_who
tidemark_user(const char *user_id)
{
	struct tidemark_who w;
	w.user_id = user_id;
	w.anonymous_id = w.session_id = w.org_id = NULL;
	return w;
}

static inline struct tidemark_who
tidemark_nobody(void)
{
	return tidemark_user(NULL);
}

/* --- options --- */

enum { TIDEMARK_ANALYTICS = 1, TIDEMARK_CRASHES = 2, TIDEMARK_TRACES = 4, TIDEMARK_ALL = 7 };

/* What before_send sees, already redacted. It may let name, user_id and anonymous_id point to
 * text of its own, and props to JSON of an object, valid until the call that
 * recorded returns. */
struct tidemark_item {
	const char *type; /* "event", "user_properties", "identify", "alias", "crash", "trace" */
	const char *name; /* of an event or a trace, else NULL */
	const char *user_id, *anonymous_id;
	const char *props; /* JSON, or NULL */
};

struct tidemark_host; /* clock and chance, for tests: see client.h */

/* Fill in with tidemark_defaults() and change; copied by tidemark_open(). */
struct tidemark_options {
	const char *endpoint; /* "https://tidemark.example.com" */
	const char *key;      /* write key of one environment */
	const char *app_id, *app_version, *app_build; /* context of each batch */
	const char *device_id, *platform, *os, *model, *locale;
	const char *service, *service_version, *org_id; /* context of each event */
	const char *spool;       /* folder: items are on disk before a call returns; NULL: in memory */
	int64_t queue_bytes;     /* 64 MiB; beyond it the oldest batch is thrown away */
	int64_t queue_age_ms;    /* 7 days */
	int64_t flush_interval_ms; /* 5,000: how long the first unsent item waits */
	int batch_size;          /* 100, the most there is */
	double sample_events, sample_traces; /* share of people kept, 0 to 1; crashes always are */
	const char *const *redact_keys;      /* their values become "[redacted]", at any depth */
	size_t nredact_keys;
	bool (*before_send)(void *arg, struct tidemark_item *item); /* false throws it away */
	void *before_send_arg;
	int consent;        /* TIDEMARK_ALL */
	bool gzip;          /* true, where TIDEMARK_GZIP is defined */
	bool remote_config; /* true: sampling, flags and kill switch from the server */
	/* what is kept to itself otherwise; it must not call the client */
	void (*log)(void *arg, const char *message);
	void *log_arg;
	const struct tidemark_host *host; /* NULL */
};

void tidemark_defaults(struct tidemark_options *o);

/* NULL only when endpoint or key is missing, or memory or a thread cannot be
 * had. A folder that cannot be used is told to log; the queue is in memory then. */
struct tidemark *tidemark_open(const struct tidemark_options *o);

/* --- recording --- */

/* name: 1 to 200 bytes, longer ones are cut. props may be NULL with n = 0. */
void tidemark_track(struct tidemark *tm, struct tidemark_who who, const char *name,
                    const struct tidemark_value *props, size_t n);
/* In another namespace than "product". */
void tidemark_track_in(struct tidemark *tm, struct tidemark_who who, const char *ns,
                       const char *name, const struct tidemark_value *props, size_t n);
/* who.user_id and who.anonymous_id are one person, with these traits. */
void tidemark_identify(struct tidemark *tm, struct tidemark_who who,
                       const struct tidemark_value *traits, size_t n);
/* alias is the same person as who. */
void tidemark_alias(struct tidemark *tm, struct tidemark_who who, const char *alias);

/* User properties; at most 64 a call. tidemark_unset looks at the keys only. */
void tidemark_set(struct tidemark *tm, struct tidemark_who who,
                  const struct tidemark_value *values, size_t n);
void tidemark_set_once(struct tidemark *tm, struct tidemark_who who,
                       const struct tidemark_value *values, size_t n);
void tidemark_increment(struct tidemark *tm, struct tidemark_who who,
                        const struct tidemark_value *values, size_t n);
void tidemark_unset(struct tidemark *tm, struct tidemark_who who,
                    const struct tidemark_value *keys, size_t n);

/* A finished trace; trace_id NULL is none. */
void tidemark_trace(struct tidemark *tm, struct tidemark_who who, const char *name,
                    const char *trace_id, double duration_ms,
                    const struct tidemark_value *props, size_t n);

/* A trace that is measured. */
struct tidemark_timer {
	const char *name; /* borrowed until the stop */
	int64_t wall_ms, mono_us;
	char id[37];
};
struct tidemark_timer tidemark_trace_start(struct tidemark *tm, const char *name);
void tidemark_trace_stop(struct tidemark *tm, struct tidemark_who who,
                         const struct tidemark_timer *timer,
                         const struct tidemark_value *props, size_t n);

struct tidemark_crash {
	const char *type;        /* "std::bad_alloc", "assertion" */
	const char *message;     /* cut at 8 KiB */
	const char *stack;       /* NULL: the caller's, where TIDEMARK_BACKTRACE is defined */
	const char *fingerprint; /* crashes with the same one are a group; NULL: the server decides */
	bool fatal;              /* the process ends: with a spool it is sent by the next one */
};
void tidemark_crash(struct tidemark *tm, struct tidemark_who who,
                    const struct tidemark_crash *crash,
                    const struct tidemark_value *props, size_t n);
/* What happened before a crash; the newest 100 are kept. */
void tidemark_breadcrumb(struct tidemark *tm, const char *type, const char *message,
                         const struct tidemark_value *data, size_t n);

/* Records SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT as fatal crashes: the
 * handler writes a file with async-signal-safe calls only, calls the handler
 * that was there before, and the next process sends it. Needs a spool; false
 * when it cannot be done. For one client of a process. */
bool tidemark_catch_signals(struct tidemark *tm);

/* --- sending --- */

/* Sends what may be sent; false when timeout_ms ended first. */
bool tidemark_flush(struct tidemark *tm, int64_t timeout_ms);
/* Flushes, ends the thread, frees tm. What fails is tried again as long as
 * timeout_ms lasts; what could not be sent stays in the spool, without one it is
 * lost. No other thread may use tm any more. */
void tidemark_close(struct tidemark *tm, int64_t timeout_ms);
/* A rotated key; ends the hour's pause that an unknown one causes. */
void tidemark_set_key(struct tidemark *tm, const char *key);

/* --- switches --- */

/* TIDEMARK_ANALYTICS | ...; what waits of the others is deleted. */
void tidemark_consent(struct tidemark *tm, int kinds);
/* Deletes the queue and forgets the install; holds for later processes with the
 * same spool, until tidemark_opt_in. */
void tidemark_opt_out(struct tidemark *tm);
void tidemark_opt_in(struct tidemark *tm);
/* false: nothing is recorded or sent until true; what waits stays. */
void tidemark_enable(struct tidemark *tm, bool on);
/* A switch of the server for this project, or otherwise while it is not known. */
bool tidemark_flag(struct tidemark *tm, const char *name, bool otherwise);

struct tidemark_stats {
	size_t queued;     /* items that wait */
	int64_t paused_ms; /* until something that waits may be sent; 0 is now */
	bool enabled;      /* false when disabled, opted out, or killed by the server */
	char discarded[1024]; /* JSON list of {"reason","category","quantity"} since the last report */
};
void tidemark_stats(struct tidemark *tm, struct tidemark_stats *out);

#ifdef __cplusplus
}
#endif
#endif /* TIDEMARK_H */
