/* privacy_save.c - the forms of the privacy page: try, keep, take a proposal
 * over. What is kept reaches the door in the same transaction. */
#include "base/str.h"
#include "http/form.h"
#include "model/governance/rules.h"
#include "model/project/key.h"
#include "web/page/data/data.h"
#include "web/page/field.h"
#include "web/trail.h"
#include "web/who.h"

#define TOLD_MAX 1000 /* bytes of rules in the audit log */

static enum err
read_rules(struct task *t, const struct req *req, struct str *rules)
{
	static const struct form_field FIELDS[] = {
		{ .name = "rules", .max = RULES_BYTES_MAX, .lines = true },
	};
	return form_read(t, req, FIELDS, 1, rules);
}

static struct str
told(struct task *t, struct str rules)
{
	size_t n = 0;
	if (rules.n <= TOLD_MAX)
		return rules;
	for (size_t i = 0; i < rules.n; i++)
		n += rules.p[i] == '\n';
	return arena_printf(t->arena, "%zu lines", n + 1);
}

/* In the caller's transaction. was: what it changes. */
static enum err
keep(struct web *w, struct task *t, const struct req *req, struct str was, struct str rules)
{
	enum err e = rules_set(t, w->pg, w->who.env.id, rules);
	if (e == E_OK)
		e = rules_mirror(t, w->pg, w->redis, w->who.env.id);
	if (e == E_OK)
		e = key_mirror_environment(t, w->pg, w->redis, w->who.env.id);
	if (e != E_OK)
		return e;
	const struct change list[] = { { "pii_rules", told(t, was), told(t, rules) } };
	struct str what = changes_json(t, list, NELEM(list));
	if (what.n == 0)
		return E_OK;
	return trail(w, t, req, "environment.set",
	             arena_printf(t->arena, "environment:%d", w->who.env.id), what);
}

static enum err
begin(struct web *w, struct task *t, struct str *was)
{
	enum err e = who_begin(t, w);
	return e == E_OK ? rules_get(t, w->pg, w->who.env.id, was) : e;
}

static enum err
back(struct web *w, struct task *t, struct res *res, const char *done)
{
	res_redirect(res, page_link(t, page_path(w, t, "privacy"),
	    arena_printf(t->arena, "done=%s", done), STR_NULL, STR_NULL));
	return E_OK;
}

enum err
page_privacy_preview(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str rules;
	struct policy p;
	enum err e = read_rules(t, req, &rules);
	if (e == E_OK)
		e = policy_compile(t, t->arena, rules, &p);
	if (e != E_OK && e != E_INVALID)
		return e;
	privacy_lines(t);
	return privacy_show(w, t, req, res, rules, e == E_OK, e == E_OK ? 200 : 422);
}

enum err
page_privacy_save(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str rules, was;
	enum err e = read_rules(t, req, &rules);
	if (e == E_OK) {
		e = begin(w, t, &was);
		if (e == E_OK)
			e = keep(w, t, req, was, rules);
		e = pg_end(t, w->pg, e);
	}
	if (e == E_INVALID) {
		privacy_lines(t);
		return privacy_show(w, t, req, res, rules, false, 422);
	}
	return e == E_OK ? back(w, t, res, "saved") : e;
}

/* Behind the rules that are there: the first one that names a key decides. */
enum err
page_privacy_accept(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field FIELDS[] = {
		{ .name = "rule", .max = POLICY_LINE_MAX, .required = true },
	};
	struct str rule, was = STR("");
	enum err e = form_read(t, req, FIELDS, 1, &rule);
	if (e == E_OK) {
		e = begin(w, t, &was);
		was = str_trim(was);
		if (e == E_OK)
			e = keep(w, t, req, was, arena_printf(t->arena, "%.*s%s%.*s", STRF(was),
			         was.n > 0 ? "\n" : "", STRF(rule)));
		e = pg_end(t, w->pg, e);
	}
	if (e == E_INVALID) {
		privacy_lines(t);
		return privacy_show(w, t, req, res, STR_NULL, false, 422);
	}
	return e == E_OK ? back(w, t, res, "accepted") : e;
}
