/* flag_rule.c - which flags there are, and which rule counts; see flag.h. */
#include "base/crypt.h"
#include "base/str.h"
#include "model/team/flag.h"

const struct flag_row flag_rows[FLAG_COUNT] = {
	[FLAG_NONE] = { "", "", "", true },
	[FLAG_REACT_NATIVE] = { "sdk.react_native.enabled", "React Native",
		"React Native is no platform of a project, and SDKs are told so.", true },
	[FLAG_PERFORMANCE] = { "dashboard.performance.enabled", "Performance",
		"The performance pages and the API of traces answer 404; traces are still stored.",
		true },
	[FLAG_EXPORTS] = { "exports.enabled", "Exports",
		"Rows cannot be downloaded as CSV or NDJSON.", true },
	[FLAG_RETENTION] = { "retention.advanced.enabled", "Advanced retention",
		"Events are kept 30 or 90 days; crashes and traces as they are set.", true },
};

static const char *const scope_names[FLAG_SCOPES] = { "default", "system", "team", "project",
	"user" };

enum flag
flag_find(struct str key)
{
	for (int f = FLAG_NONE + 1; f < FLAG_COUNT; f++)
		if (str_is(key, flag_rows[f].key))
			return (enum flag)f;
	return FLAG_NONE;
}

const char *
flag_scope_name(enum flag_scope s)
{
	ASSERT(s < FLAG_SCOPES);
	return scope_names[s];
}

enum flag_scope
flag_scope_find(struct str name)
{
	for (int s = FLAG_SYSTEM; s < FLAG_SCOPES; s++)
		if (str_is(name, scope_names[s]))
			return (enum flag_scope)s;
	return FLAG_DEFAULT;
}

int
flag_bucket(enum flag flag, struct str unit)
{
	char text[128];
	uint8_t hash[32];
	int n = snprintf(text, sizeof(text), "%s:%.*s", flag_rows[flag].key, STRF(unit));
	ASSERT(n > 0 && (size_t)n < sizeof(text));
	crypt_sha256((struct str){ text, (size_t)n }, hash);
	return (int)(((unsigned)hash[0] << 16 | (unsigned)hash[1] << 8 | hash[2]) % 100);
}

/* Whom the rule is about, and what its share is of. */
static bool
fits(const struct flag_rule *r, const struct flag_who *who, struct str *unit)
{
	const struct str subject[FLAG_SCOPES] = {
		[FLAG_SYSTEM] = STR(FLAG_ZEROS), [FLAG_TEAM] = who->team_id,
		[FLAG_PROJECT] = who->project_id, [FLAG_USER] = who->user_id,
	};
	const struct str below[FLAG_SCOPES] = {
		[FLAG_SYSTEM] = who->team_id, [FLAG_TEAM] = who->project_id,
		[FLAG_PROJECT] = who->user_id, [FLAG_USER] = who->user_id,
	};
	*unit = below[r->scope];
	return subject[r->scope].n > 0 && str_eq(r->subject, subject[r->scope]);
}

struct flag_state
flag_eval(const struct flag_rule *rule, size_t n, const struct flag_who *who, enum flag flag)
{
	struct flag_state s = { flag_rows[flag].on, FLAG_DEFAULT, flag_rows[flag].on ? 100 : 0 };
	for (size_t i = 0; i < n; i++) {
		const struct flag_rule *r = &rule[i];
		struct str unit;
		if (r->flag != flag || r->scope <= s.scope || !fits(r, who, &unit))
			continue;
		s.scope = r->scope;
		s.percent = r->percent;
		s.on = r->percent >= 100 ||
		    (r->percent > 0 && unit.n > 0 && flag_bucket(flag, unit) < r->percent);
	}
	return s;
}

unsigned
flag_mask(const struct flag_rule *rule, size_t n, const struct flag_who *who)
{
	unsigned mask = 0;
	for (int f = FLAG_NONE; f < FLAG_COUNT; f++)
		if (flag_eval(rule, n, who, (enum flag)f).on)
			mask |= 1u << f;
	return mask;
}
