/*
 * test.h - what unit tests share: cmocka, a task per test, checks of strings.
 *
 * A program lists its tests with T(name) and ends with RUN(tests). Set
 * CMOCKA_MESSAGE_OUTPUT=TAP for TAP.
 */
#ifndef TM_UNIT_TEST_H
#define TM_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"
#include "base/task.h"

static inline int
test_setup(void **state)
{
	struct task *t = calloc(1, sizeof(*t));
	task_init(t, arena_new(0));
	*state = t;
	return 0;
}

static inline int
test_teardown(void **state)
{
	struct task *t = *state;
	arena_free(t->arena);
	free(t);
	return 0;
}

/* A test gets its task as *state. */
#define T(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)
#define RUN(tests) cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL)

/* Before conf_open(): the runner's TIDEMARK_* are no settings. */
static inline void
test_env_clear(void)
{
	char name[64];
	for (char **e = environ; *e != NULL;) {
		const char *end = strchr(*e, '=');
		if (strncmp(*e, "TIDEMARK_", 9) != 0 || end == NULL ||
		    end - *e >= (ptrdiff_t)sizeof(name)) {
			e++;
			continue;
		}
		snprintf(name, sizeof(name), "%.*s", (int)(end - *e), *e);
		unsetenv(name); /* the rest moves up */
	}
}

/* Compare a struct str with a C string; say which row of a table failed. */
#define assert_str(s, want) assert_str_at((s), str_of(want), __FILE__, __LINE__)
static inline void
assert_str_at(struct str s, struct str want, const char *file, int line)
{
	if (str_eq(s, want))
		return;
	print_error("\"%.*s\" is not \"%.*s\"\n", STRF(s), STRF(want));
	_fail(file, line);
}

#define assert_row(condition, what)                                            \
	do {                                                                   \
		if (!(condition)) {                                            \
			print_error("row \"%s\": %s\n", (what), #condition);   \
			_fail(__FILE__, __LINE__);                             \
		}                                                              \
	} while (0)

#endif
