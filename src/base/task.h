/*
 * task.h - one unit of work: a request, a job, a command.
 *
 * First argument of whatever allocates or fails. Holds the arena, the time
 * the work started, who does it, and the first failure with its detail, so
 * that an early return is always right: task_reset() releases everything.
 */
#ifndef TM_BASE_TASK_H
#define TM_BASE_TASK_H

#include "base/arena.h"
#include "base/base.h"
#include "base/err.h"

#define TASK_FIELDS_MAX 200

/* One entry of "details" in an error reply: {path: [message]}. */
struct field_error {
	struct str path;    /* e.g. "events.0.name" */
	struct str message; /* a sentence */
};

struct task {
	struct arena *arena;
	int64_t now_us; /* wall clock at the start, µs since 1970 UTC */
	char request_id[40];
	enum err err;     /* first failure, E_OK while none */
	char detail[256]; /* its sentence; shown to the caller for 4xx only */
	struct field_error *fields;
	size_t nfields;
	size_t fields_cap;
	bool fields_cut; /* more than TASK_FIELDS_MAX were found */
};

void task_init(struct task *t, struct arena *a);
/* Reset arena and state, take a new now_us. request_id is cleared. */
void task_reset(struct task *t);

/* Record the failure (the first one wins) and return e. */
enum err task_fail(struct task *t, enum err e, const char *fmt, ...) PRINTF_LIKE(3, 4);
#ifdef __clang_analyzer__ /* which reads one file at a time */
#define task_fail(t, e, ...) ((void)task_fail((t), (e), __VA_ARGS__), (e))
#endif
/* Add one field error; path and message are copied. */
void task_field(struct task *t, struct str path, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Forget a failure that has been dealt with. */
void task_clear(struct task *t);

#define talloc(t, type) ((type *)arena_alloc((t)->arena, sizeof(type)))
#define tarray(t, n, type) ((type *)arena_array((t)->arena, (n), sizeof(type)))

#endif
