/* redact.c - see redact.h. */
#include "ingest/redact.h"

#include "base/buf.h"
#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"
#include "base/utf8.h"

#define NOTE_TEXT 160
#define MASKED "[masked]"

/* --- notes --- */

static void
note(struct redact *r, struct str key, const char *action, struct str rule, struct str before,
     struct str after)
{
	struct redact_notes *n = r->notes;
	struct arena *a = r->task->arena;
	if (n == NULL)
		return;
	if (n->n == REDACT_NOTES_MAX) {
		n->cut = true;
		return;
	}
	n->note = arena_grow(a, n->note, n->n, &n->cap, sizeof(*n->note));
	n->note[n->n++] = (struct redact_note){
		.index = r->index, .scope = policy_scope_name(r->scope), .key = arena_str(a, key),
		.action = action, .rule = rule,
		.before = n->values ? arena_str(a, utf8_cut(before, NOTE_TEXT)) : STR(""),
		.after = n->values ? arena_str(a, utf8_cut(after, NOTE_TEXT)) : STR(""),
	};
}

/* A value as it would be shown; only for notes. */
static struct str
shown(const struct redact *r, uint32_t at)
{
	struct scan_writer w = { .max_depth = 8, .max_keys = 64, .max_key = 64,
		.max_string = NOTE_TEXT };
	struct buf b = BUF_INIT;
	struct str text;
	if (r->notes == NULL || !r->notes->values || at == 0)
		return STR("");
	if (scan_string(r->scan, at, &text))
		return text;
	(void)scan_write(&b, r->scan, at, &w);
	text = arena_str(r->task->arena, buf_str(&b));
	buf_release(&b);
	return text;
}

/* --- what a rule makes of a text --- */

static struct str
hashed(struct redact *r, struct str text)
{
	uint8_t mac[32];
	char hex[2 + 64 + 1] = "h_";
	crypt_hmac_sha256((struct str){ (const char *)r->scrub->secret, 32 }, text, mac);
	codec_hex(mac, 16, hex + 2);
	return arena_str(r->task->arena, str_of(hex));
}

/* A number or a word as text; false for null, arrays and objects. */
static bool
scalar(const struct redact *r, uint32_t at, struct str *out)
{
	struct scan_writer w = { .max_depth = 1 };
	struct buf b = BUF_INIT;
	enum scan_type kind = scan_kind(r->scan, at);
	if (kind == SCAN_STRING)
		return scan_string(r->scan, at, out);
	if (kind == SCAN_NULL || kind >= SCAN_ARRAY)
		return false;
	bool fine = scan_write(&b, r->scan, at, &w) == SCAN_FINE;
	*out = arena_str(r->task->arena, buf_str(&b));
	buf_release(&b);
	return fine;
}

static struct str
replacement(struct redact *r, uint32_t at)
{
	struct str text;
	if (r->rule->action == POLICY_HASH && scalar(r, at, &text))
		return hashed(r, text);
	return STR(MASKED);
}

/* What stands for the part that a value rule found. */
static void
put_part(struct redact *r, struct buf *b, const struct policy_rule *rule, struct str part)
{
	switch (rule->action) {
	case POLICY_MASK:
		if (rule->kind == POLICY_VALUE)
			buf_printf(b, "[%s]", detect_name(rule->detector));
		else
			buf_puts(b, MASKED);
		break;
	case POLICY_HASH:
		buf_add(b, hashed(r, part));
		break;
	default:
		break;
	}
}

static bool
find_part(const struct policy_rule *rule, struct str s, size_t from, size_t *begin, size_t *end)
{
	struct detect_span span;
	if (rule->kind == POLICY_PATTERN)
		return pattern_find(rule->pattern, s, from, begin, end);
	if (!detect_next(s, from, DETECT_BIT(rule->detector), &span))
		return false;
	*begin = span.from;
	*end = span.to;
	return true;
}

/* One rule over a text; true when it found something. */
static bool
apply_rule(struct redact *r, const struct policy_rule *rule, struct str in, struct str *out)
{
	size_t at = 0, begin, end;
	if (!find_part(rule, in, 0, &begin, &end))
		return false;
	if (rule->action == POLICY_DROP_EVENT) {
		r->refused = true;
		*out = STR(MASKED);
		return true;
	}
	struct buf b = BUF_INIT;
	do {
		buf_add(&b, str_slice(in, at, begin));
		put_part(r, &b, rule, str_slice(in, begin, end));
		at = end;
	} while (at < in.n && find_part(rule, in, at, &begin, &end));
	buf_add(&b, str_slice(in, at, in.n));
	*out = arena_str(r->task->arena, buf_str(&b));
	buf_release(&b);
	return true;
}

static bool
apply_values(struct redact *r, struct str key, struct str in, struct str *out)
{
	const struct policy *p = r->scrub->policy;
	struct detect_span span;
	bool changed = false;
	if (p == NULL || (p->value_scopes & r->scope) == 0)
		return false;
	/* most texts hold nothing: one look for all kinds says so */
	bool holds = p->detectors != 0 && detect_next(in, 0, p->detectors, &span);
	*out = in;
	for (size_t i = 0; i < p->n; i++) {
		const struct policy_rule *rule = &p->rule[i];
		struct str next;
		if (rule->kind == POLICY_KEY || (rule->scopes & r->scope) == 0 ||
		    (rule->kind == POLICY_VALUE && !holds) || !apply_rule(r, rule, *out, &next))
			continue;
		note(r, key, policy_action_name(rule->action), rule->text, *out, next);
		*out = next;
		changed = true;
	}
	return changed;
}

/* --- members --- */

/* The list of the environment, and then the rules. */
static bool
stays(struct redact *r, struct str key)
{
	const struct policy *p = r->scrub->policy;
	r->rule = p != NULL ? policy_key(p, r->scope, key) : NULL;
	r->key = key;
	if (r->rule == NULL)
		return !scrub_drops(r->scrub, key);
	if (r->rule->action == POLICY_DROP_EVENT)
		r->refused = true;
	return r->rule->action != POLICY_DROP && r->rule->action != POLICY_DROP_EVENT;
}

bool
redact_member(struct redact *r, struct str key, uint32_t at, struct str *text)
{
	*text = STR_NULL;
	if (!stays(r, key)) {
		const char *list = r->scrub->mode == PII_ALLOW ? "not on the list of what is kept" :
		                                                 "on the list of what is removed";
		if (r->notes != NULL)
			note(r, key, r->rule != NULL ? policy_action_name(r->rule->action) : "drop",
			     r->rule != NULL ? r->rule->text : str_of(list), shown(r, at), STR(""));
		return false;
	}
	if (r->rule == NULL || r->rule->action == POLICY_KEEP)
		return true;
	*text = replacement(r, at);
	note(r, key, policy_action_name(r->rule->action), r->rule->text, shown(r, at), *text);
	return true;
}

/* A string inside a value; key: the nearest one above it. */
static bool
hook_change(void *ctx, struct str key, struct str in, struct str *out)
{
	struct redact *r = ctx;
	if (r->scrub->ip_mode != IP_KEEP && scrub_is_ip_key(key)) {
		*out = scrub_ip(r->task, r->scrub, in);
		if (r->notes != NULL && !str_eq(in, *out))
			note(r, key, "ip", STR("network addresses"), in, *out);
		return true;
	}
	/* kept by name: its own text, not that of keys inside it */
	if (r->rule != NULL && r->rule->action == POLICY_KEEP && key.p == r->key.p)
		return false;
	return apply_values(r, key, in, out);
}

/* Where no rule asks for values. */
static bool
hook_ip(void *ctx, struct str key, struct str in, struct str *out)
{
	const struct redact *r = ctx;
	if (!scrub_is_ip_key(key))
		return false;
	*out = scrub_ip(r->task, r->scrub, in);
	return true;
}

static bool
hook_member(void *ctx, struct str key, uint32_t at, struct str *text)
{
	return redact_member(ctx, key, at, text);
}

static bool
hook_drop(void *ctx, struct str key)
{
	const struct redact *r = ctx;
	return scrub_drops(r->scrub, key);
}

void
redact_writer(struct redact *r, struct scan_writer *w)
{
	const struct policy *p = r->scrub->policy;
	bool by_key = r->notes != NULL || (p != NULL && (p->key_scopes & r->scope) != 0);
	bool by_value = p != NULL && (p->value_scopes & r->scope) != 0;
	r->rule = NULL;
	w->ctx = r;
	w->member = by_key ? hook_member : NULL;
	w->drop = !by_key && r->scrub->mode != PII_OFF ? hook_drop : NULL;
	w->change = by_value || r->notes != NULL ? hook_change :
	    r->scrub->ip_mode != IP_KEEP         ? hook_ip :
	                                           NULL;
}

/* The list of names is about properties; only rules reach other texts. */
struct str
redact_text(struct redact *r, struct str key, struct str text)
{
	const struct policy *p = r->scrub->policy;
	struct str out = text;
	if (p == NULL || ((p->key_scopes | p->value_scopes) & r->scope) == 0 || text.n == 0)
		return text;
	const struct policy_rule *rule = policy_key(p, r->scope, key);
	if (rule == NULL)
		return apply_values(r, key, text, &out) ? out : text;
	switch (rule->action) {
	case POLICY_KEEP:
		return text;
	case POLICY_DROP_EVENT:
		r->refused = true;
		/* fall through */
	case POLICY_DROP:
		out = STR("");
		break;
	case POLICY_MASK:
		out = STR(MASKED);
		break;
	case POLICY_HASH:
		out = hashed(r, text);
		break;
	}
	note(r, key, policy_action_name(rule->action), rule->text, text, out);
	return out;
}
