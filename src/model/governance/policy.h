/*
 * policy.h - rules for personal data, as people write them, one a line:
 *
 *   ACTION key NAME [in SCOPE, SCOPE…]         a member of an object
 *   ACTION value KIND [in …]                   what a text holds: detect.h
 *   ACTION pattern /EXPRESSION/ [in …]         the same, pattern.h
 *
 * ACTION  keep        (keys) this one stays as it is, whatever else is said
 *         drop        the member is left out; of a text, the part is cut out
 *         mask        "[masked]"; of a text, the part becomes "[email]" …
 *         hash        "h_" + 32 hex of HMAC-SHA-256 under the environment's
 *                     secret, as user ids are hashed
 *         drop-event  the whole item is dropped
 * NAME    without case and without _ - . and blanks; * any text, ? one byte.
 *         Of keys the first rule that fits decides; values obey every rule.
 * SCOPE   properties, user, device, breadcrumbs, attributes, exception, name;
 *         none = all of them. attributes also are the spans of a trace;
 *         exception has the keys message and stacktrace; name is what events
 *         and traces are called.
 *
 * Empty lines and lines that begin with # are passed over. Pure.
 */
#ifndef TM_MODEL_POLICY_H
#define TM_MODEL_POLICY_H

#include "base/pattern.h"
#include "base/task.h"
#include "model/governance/detect.h"

#define POLICY_RULES_MAX 100
#define POLICY_LINE_MAX 400
#define POLICY_PATTERNS_MAX 20

enum policy_action { POLICY_KEEP, POLICY_DROP, POLICY_MASK, POLICY_HASH, POLICY_DROP_EVENT };
enum policy_kind { POLICY_KEY, POLICY_VALUE, POLICY_PATTERN };
/* Bits. */
enum policy_scope {
	SCOPE_PROPERTIES = 1, SCOPE_USER = 2, SCOPE_DEVICE = 4, SCOPE_BREADCRUMBS = 8,
	SCOPE_ATTRIBUTES = 16, SCOPE_EXCEPTION = 32, SCOPE_NAME = 64,
	SCOPE_ALL = 127
};

struct policy_rule {
	enum policy_action action;
	enum policy_kind kind;
	unsigned scopes;
	struct str text;           /* the line, trimmed */
	struct str name;           /* key: normalised */
	bool glob;
	enum detector detector;    /* value */
	struct pattern *pattern;
};

struct policy {
	struct policy_rule *rule;
	size_t n;
	unsigned key_scopes, value_scopes; /* where any rule looks */
	uint32_t detectors;                /* any rule looks for; DETECT_BIT */
};

/*
 * Compile the text; all memory, patterns too, is the arena's. What is wrong
 * becomes field errors "rules.LINE" (from 1) of the task, and E_INVALID.
 */
enum err policy_compile(struct task *t, struct arena *a, struct str text,
                        struct policy *out) MUST_CHECK;
/* The first rule that fits a key there, NULL = none. */
const struct policy_rule *policy_key(const struct policy *p, unsigned scope, struct str key);

const char *policy_action_name(enum policy_action a);
/* "properties"; of one bit. */
const char *policy_scope_name(unsigned scope);
/* Lower case without separators, at most POLICY_KEY_MAX bytes of it. */
#define POLICY_KEY_MAX 256
size_t policy_normalise(struct str key, char out[POLICY_KEY_MAX]);

#endif
