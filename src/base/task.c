/* task.c - see task.h. */
#include "base/task.h"

#include <stdarg.h>

#include "base/clock.h"

void
task_init(struct task *t, struct arena *a)
{
	memset(t, 0, sizeof(*t));
	t->arena = a;
	t->now_us = clock_now_us();
}

void
task_reset(struct task *t)
{
	struct arena *a = t->arena;
	arena_reset(a);
	task_init(t, a);
}

enum err
(task_fail)(struct task *t, enum err e, const char *fmt, ...)
{
	if (t->err != E_OK)
		return e;
	t->err = e;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(t->detail, sizeof(t->detail), fmt, ap);
	va_end(ap);
	return e;
}

void
task_field(struct task *t, struct str path, const char *fmt, ...)
{
	if (t->nfields == TASK_FIELDS_MAX) {
		t->fields_cut = true;
		return;
	}
	if (t->nfields == t->fields_cap) {
		size_t cap = t->fields_cap != 0 ? t->fields_cap * 2 : 8;
		struct field_error *more = tarray(t, cap, struct field_error);
		if (t->nfields > 0)
			memcpy(more, t->fields, t->nfields * sizeof(*more));
		t->fields = more;
		t->fields_cap = cap;
	}
	char text[256];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	t->fields[t->nfields++] = (struct field_error){
		.path = arena_str(t->arena, path),
		.message = arena_str(t->arena, (struct str){ text, strlen(text) }),
	};
}

void
task_clear(struct task *t)
{
	t->err = E_OK;
	t->detail[0] = '\0';
	t->nfields = 0;
	t->fields_cut = false;
}
