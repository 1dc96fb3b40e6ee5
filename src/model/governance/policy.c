/* policy.c - see policy.h. */
#include "model/governance/policy.h"

#include <stdarg.h>

#include "base/str.h"
#include "base/utf8.h"

static const char *const actions[] = {
	[POLICY_KEEP] = "keep", [POLICY_DROP] = "drop", [POLICY_MASK] = "mask",
	[POLICY_HASH] = "hash", [POLICY_DROP_EVENT] = "drop-event",
};
static const char *const kinds[] = {
	[POLICY_KEY] = "key", [POLICY_VALUE] = "value", [POLICY_PATTERN] = "pattern",
};
static const char *const scopes[] = { "properties", "user", "device", "breadcrumbs", "attributes",
	"exception", "name" };

const char *
policy_action_name(enum policy_action a)
{
	return actions[a];
}

const char *
policy_scope_name(unsigned scope)
{
	ASSERT(scope != 0 && scope <= SCOPE_ALL);
	return scopes[__builtin_ctz(scope)];
}

size_t
policy_normalise(struct str key, char out[POLICY_KEY_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < key.n && n < POLICY_KEY_MAX; i++) {
		char c = key.p[i];
		if (c == '_' || c == '-' || c == '.' || c == ' ')
			continue;
		out[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	return n;
}

/* --- reading a line --- */

/* One line at a time; the first thing that is wrong with it is told. */
struct reader {
	struct task *t;
	struct arena *arena;
	struct str rest;
	size_t line, patterns;
	bool failed;
};

static bool PRINTF_LIKE(2, 3)
wrong(struct reader *r, const char *fmt, ...)
{
	char path[32], text[300];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(path, sizeof(path), "rules.%zu", r->line);
	task_field(r->t, str_of(path), "%s", text);
	r->failed = true;
	return false;
}

static struct str
word(struct reader *r)
{
	struct str rest = str_trim(r->rest), w = str_cut(&rest, ' ');
	r->rest = rest.p != NULL ? str_trim(rest) : STR("");
	return w;
}

static int
find(struct str w, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(w, list[i]))
			return (int)i;
	return -1;
}

static bool
read_scopes(struct reader *r, struct policy_rule *rule)
{
	rule->scopes = SCOPE_ALL;
	if (r->rest.n == 0)
		return true;
	struct str in = word(r), list = r->rest;
	if (!str_is(in, "in") || list.n == 0)
		return wrong(r, "After the rule comes nothing, or \"in\" with scopes.");
	rule->scopes = 0;
	while (list.p != NULL) {
		struct str one = str_trim(str_cut(&list, ','));
		int i = find(one, scopes, NELEM(scopes));
		if (i < 0)
			return wrong(r, "\"%.*s\" is not a scope. Scopes are properties, user, device,"
			             " breadcrumbs, attributes, exception and name.",
			             STRF(utf8_cut(one, 40)));
		rule->scopes |= 1U << i;
	}
	return true;
}

static bool
read_key(struct reader *r, struct policy_rule *rule)
{
	char norm[POLICY_KEY_MAX];
	struct str name = word(r);
	size_t n = policy_normalise(name, norm);
	if (n == 0)
		return wrong(r, "The rule names no key.");
	rule->name = arena_str(r->arena, (struct str){ norm, n });
	rule->glob = memchr(norm, '*', n) != NULL || memchr(norm, '?', n) != NULL;
	return true;
}

static bool
read_value(struct reader *r, struct policy_rule *rule)
{
	struct str name = word(r);
	if (detect_find(name, &rule->detector))
		return true;
	return wrong(r, "\"%.*s\" is not a kind of value. Kinds are email, phone, card, iban, ip,"
	             " token, url_secret, ssn and home.", STRF(utf8_cut(name, 40)));
}

/* /…/ up to the last slash that an "in" or nothing follows. */
static bool
read_pattern(struct reader *r, struct policy_rule *rule)
{
	char why[PATTERN_WHY];
	struct str s = r->rest;
	size_t end = s.n;
	while (end > 1 && s.p[end - 1] != '/')
		end--;
	if (s.n < 3 || s.p[0] != '/' || end < 3)
		return wrong(r, "A pattern stands between slashes, such as /EMP-[0-9]{6}/.");
	if (++r->patterns > POLICY_PATTERNS_MAX)
		return wrong(r, "At most %d patterns.", POLICY_PATTERNS_MAX);
	rule->pattern = pattern_new(r->arena, str_slice(s, 1, end - 1), why);
	r->rest = str_trim(str_slice(s, end, s.n));
	if (rule->pattern == NULL)
		return wrong(r, "The pattern is refused: %s.", why);
	return true;
}

static bool
read_rule(struct reader *r, struct policy_rule *rule)
{
	static bool (*const read[])(struct reader *, struct policy_rule *) = {
		[POLICY_KEY] = read_key, [POLICY_VALUE] = read_value, [POLICY_PATTERN] = read_pattern,
	};
	rule->text = arena_str(r->arena, r->rest);
	struct str w = word(r);
	int action = find(w, actions, NELEM(actions));
	if (action < 0)
		return wrong(r, "\"%.*s\" is not an action. Actions are keep, drop, mask, hash and"
		             " drop-event.", STRF(utf8_cut(w, 40)));
	w = word(r);
	int kind = find(w, kinds, NELEM(kinds));
	if (kind < 0)
		return wrong(r, "After the action comes key, value or pattern.");
	rule->action = (enum policy_action)action;
	rule->kind = (enum policy_kind)kind;
	if (action == POLICY_KEEP && kind != POLICY_KEY)
		return wrong(r, "Only keys are kept; a value is kept with its key.");
	return read[kind](r, rule) && read_scopes(r, rule);
}

enum err
policy_compile(struct task *t, struct arena *a, struct str text, struct policy *out)
{
	struct reader r = { .t = t, .arena = a };
	size_t cap = 0;
	*out = (struct policy){ 0 };
	while (text.p != NULL) {
		struct policy_rule rule = { 0 };
		r.rest = str_trim(str_cut(&text, '\n'));
		r.line++;
		if (r.rest.n == 0 || r.rest.p[0] == '#')
			continue;
		if (r.rest.n > POLICY_LINE_MAX || !utf8_is_line(r.rest)) {
			(void)wrong(&r, "A rule is one line of at most %d bytes.", POLICY_LINE_MAX);
			continue;
		}
		if (out->n == POLICY_RULES_MAX) {
			(void)wrong(&r, "At most %d rules.", POLICY_RULES_MAX);
			break;
		}
		if (!read_rule(&r, &rule))
			continue;
		out->rule = arena_grow(a, out->rule, out->n, &cap, sizeof(*out->rule));
		out->rule[out->n++] = rule;
		if (rule.kind == POLICY_KEY)
			out->key_scopes |= rule.scopes;
		else
			out->value_scopes |= rule.scopes;
		if (rule.kind == POLICY_VALUE)
			out->detectors |= DETECT_BIT(rule.detector);
	}
	if (r.failed)
		return task_fail(t, E_INVALID, "%.*s: %.*s", STRF(t->fields[0].path),
		                 STRF(t->fields[0].message));
	return E_OK;
}

/* --- asking --- */

/* '*' is greedy with one way back: at most n times m steps of short texts. */
static bool
glob_is(struct str g, struct str s)
{
	size_t i = 0, j = 0, star = SIZE_MAX, mark = 0;
	while (j < s.n) {
		if (i < g.n && g.p[i] == '*') {
			star = i++;
			mark = j;
		} else if (i < g.n && (g.p[i] == '?' || g.p[i] == s.p[j])) {
			i++;
			j++;
		} else if (star != SIZE_MAX) {
			i = star + 1;
			j = ++mark;
		} else {
			return false;
		}
	}
	while (i < g.n && g.p[i] == '*')
		i++;
	return i == g.n;
}

const struct policy_rule *
policy_key(const struct policy *p, unsigned scope, struct str key)
{
	char norm[POLICY_KEY_MAX];
	if ((p->key_scopes & scope) == 0)
		return NULL;
	struct str k = { norm, policy_normalise(key, norm) };
	for (size_t i = 0; i < p->n; i++) {
		const struct policy_rule *r = &p->rule[i];
		if (r->kind != POLICY_KEY || (r->scopes & scope) == 0)
			continue;
		if (r->glob ? glob_is(r->name, k) : str_eq(r->name, k))
			return r;
	}
	return NULL;
}
