/* fuzz.h - what a fuzz target defines; libFuzzer or replay.c calls it. */
#ifndef TM_FUZZ_FUZZ_H
#define TM_FUZZ_FUZZ_H

#include "base/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One task for all runs, reset for each. */
static inline struct task *
fuzz_task(void)
{
	static struct task t;
	if (t.arena == NULL)
		task_init(&t, arena_new((size_t)1 << 20));
	task_reset(&t);
	return &t;
}

#endif
