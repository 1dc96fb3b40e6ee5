/*
 * base.h - the few words every file of Tidemark uses.
 *
 * Holds no behaviour: compiler attributes, the length-first string, and the
 * two checks that separate our own bugs (ASSERT) from the world's faults
 * (enum err, see base/err.h).
 */
#ifndef TM_BASE_BASE_H
#define TM_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/banned.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define UNUSED __attribute__((unused))

/*
 * A run of bytes: borrowed, not NUL-terminated unless its source says so.
 * n is the length in bytes. The empty string is {"", 0} or {NULL, 0}.
 */
struct str {
	const char *p;
	size_t n;
};

#define STR(lit) ((struct str){ (lit), sizeof(lit) - 1 })
#define STR_NULL ((struct str){ NULL, 0 })
/* For printf("%.*s", STRF(s)). */
#define STRF(s) (int)(s).n, ((s).p ? (s).p : "")

/* Our bug: say where and abort; the supervisor restarts the process. */
#ifdef __cplusplus
extern "C" [[noreturn]] void assert_failed(const char *expr, const char *file, int line);
#else
_Noreturn void assert_failed(const char *expr, const char *file, int line);
#endif
#define ASSERT(e) ((e) ? (void)0 : assert_failed(#e, __FILE__, __LINE__))

#endif
