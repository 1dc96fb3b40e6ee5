/*
 * conf.h - configuration. Rows live in conf.def; they feed the reader, the
 * defaults, `tidemarkctl config dump` and the manual page tidemark.conf(5).
 *
 * Sources, weakest first: the row's default, the file (KEY=VALUE lines; '#'
 * begins a comment line; "quotes" around a value are removed), environment
 * variables. KEY_FILE names a file whose first line is the value. A
 * TIDEMARK_* key that no row knows is E_CONFIG with the nearest name.
 */
#ifndef TM_BASE_CONF_H
#define TM_BASE_CONF_H

#include "base/task.h"

enum conf_type { CONF_TEXT, CONF_SECRET, CONF_INT, CONF_BOOL };

enum conf_key {
#define C(name, type, fallback, min, max, help) CONF_##name,
#include "base/conf.def"
#undef C
	CONF_COUNT
};

struct conf_row {
	const char *name; /* with the prefix TIDEMARK_ */
	enum conf_type type;
	const char *fallback; /* as text; "" = not set */
	int64_t min, max;     /* CONF_INT */
	const char *help;     /* one or two sentences */
};

struct conf;

/*
 * Read file and environment into a new conf; owned, process-lifetime.
 * path NULL: $TIDEMARK_CONF, else the compiled default, which may be absent.
 * E_CONFIG with a sentence that names file, line and key.
 */
enum err conf_open(struct task *t, const char *path, struct conf **out) MUST_CHECK;
void conf_free(struct conf *c);

/* NUL-terminated; "" when not set. Borrowed for the conf's life. */
const char *conf_text(const struct conf *c, enum conf_key key);
struct str conf_str(const struct conf *c, enum conf_key key);
int64_t conf_int(const struct conf *c, enum conf_key key);
bool conf_bool(const struct conf *c, enum conf_key key);
/* E_CONFIG "TIDEMARK_X is not set" when empty. */
enum err conf_need(struct task *t, const struct conf *c, enum conf_key key) MUST_CHECK;

/* Where the value came from: "default", "file" or "environment". */
const char *conf_source(const struct conf *c, enum conf_key key);
const struct conf_row *conf_row(enum conf_key key);
/* For `config dump`: secrets appear as "(hidden)" or "". */
void conf_each(const struct conf *c, void (*fn)(void *ctx, const struct conf_row *row,
               const char *shown, const char *source), void *ctx);
/* Nearest known key to a mistyped one; NULL when none is near. */
const char *conf_suggest(struct str name);

#endif
