/* onboarding.c - how to send the first event: the real key, snippets that
 * work as they are, what was refused, and a line that turns live. */
#include "base/clock.h"
#include "base/conf.h"
#include "base/str.h"
#include "model/project/environment.h"
#include "model/project/key.h"
#include "model/team/perm.h"
#include "query/env.h"
#include "query/events.h"
#include "view/format.h"
#include "web/milestone.h"
#include "web/page/docs/guides.h"
#include "web/page/pages.h"
#include "web/page/rejects.h"
#include "web/page/snippets.h"
#include "web/trail.h"
#include "web/who.h"

#define REJECTS_SHOWN 10

static void
fill_snippets(struct page *p, struct str key)
{
	struct task *t = p->t;
	const char *url = conf_text(p->w->conf, CONF_PUBLIC_URL);
	for (size_t i = 0; i < nsnippets; i++) {
		struct dict *d = dict_row(p->body, "SNIPPET");
		dict_set(d, "ID", snippets[i].id);
		dict_set(d, "NAME", snippets[i].name);
		dict_set(d, "HINT", snippets[i].hint);
		dict_str(d, "CODE", snippet_fill(t, &snippets[i], url, key, p->w->who.env.name));
		dict_show_if(d, "FIRST", i == 0);
	}
}

/* The quickstarts, which have the same key in their code. */
static void
fill_guides(struct page *p)
{
	for (size_t i = 0; i < nguides; i++) {
		struct dict *d = dict_row(p->body, "GUIDE");
		dict_str(d, "URL", page_path(p->w, p->t,
		    arena_printf(p->t->arena, "quickstart/%s", guides[i].id).p));
		dict_set(d, "NAME", guides[i].name);
	}
}

/* The first event came in today: then the page shows what arrived. */
static bool
is_fresh(const struct task *t, const struct query_env *env)
{
	return env->first_event_us > t->now_us - US_PER_DAY;
}

/* The project's first event came in today, in this environment: watching it is
 * a milestone. (The ledger keeps one a project, but forgets after some time.) */
static bool
is_first(const struct web *w, const struct task *t, const struct query_env *env)
{
	for (size_t i = 0; i < w->who.places.nenvs; i++) {
		int64_t first = w->who.places.env[i].first_event_us;
		if (first > 0 && first <= t->now_us - US_PER_DAY)
			return false;
	}
	return is_fresh(t, env);
}

/* The newest event of the last days; no name when there is none. */
static enum err
load_newest(struct page *p, const struct query_env *env, struct event_row *newest)
{
	struct task *t = p->t;
	struct range range;
	struct events_page list = { 0 };
	const struct range_input in = { .range = STR("7d"), .env_tz = env->timezone, .page = true };
	const struct events_query q = { .range = &range, .limit = 1 };
	enum err e = range_parse(t, &in, &range);
	if (e == E_OK)
		e = events_list(t, p->w->pg, env, &q, &list);
	if (e == E_OK && list.n > 0)
		*newest = list.row[0];
	return e;
}

static enum err
load(struct page *p, struct query_env *env, struct event_row *newest, struct str *key,
     bool *found)
{
	struct web *w = p->w;
	struct task *t = p->t;
	enum err e = who_begin(t, w);
	*found = false;
	if (e == E_OK)
		e = query_env_load(t, w->pg, w->who.env.id, env);
	if (e == E_OK && is_fresh(t, env))
		e = load_newest(p, env, newest);
	if (e == E_OK && is_first(w, t, env))
		e = milestone_onboarded(w, t);
	if (e == E_OK && perm_has(role_find(w->who.team.role), PERM_KEY_SHOW))
		e = key_show(t, w->pg, w->who.env.id, w->crypt, key, found);
	if (e == E_OK && *found)
		e = trail_once(w, t, p->req, "key.show",
		    arena_printf(t->arena, "environment:%d", w->who.env.id), STR_NULL);
	return pg_end(t, w->pg, e);
}

static void
fill_live(struct page *p, const struct query_env *env, const struct event_row *newest)
{
	struct task *t = p->t;
	struct dict *live = dict_row(p->body, "LIVE");
	dict_str(live, "AGO", format_ago(t, env->first_event_us, t->now_us));
	dict_str(live, "OVERVIEW_URL", page_path(p->w, t, "overview"));
	dict_str(live, "EVENTS_URL", page_path(p->w, t, "events"));
	if (newest->name.n == 0)
		return;
	struct dict *d = dict_row(live, "NEWEST");
	dict_str(d, "NAME", newest->name);
	dict_str(d, "AGO", format_ago(t, newest->ts_us, t->now_us));
	dict_str(d, "JSON", json_pretty(t, newest->properties));
}

/* The key, or who can give or make one. */
static void
fill_key(struct page *p, struct str key, bool found)
{
	struct web *w = p->w;
	enum role role = role_find(w->who.team.role);
	if (found) {
		dict_str(dict_row(p->body, "KEY"), "VALUE", key);
	} else if (!perm_has(role, PERM_KEY_SHOW)) {
		dict_show(p->body, "HIDDEN_KEY");
	} else {
		struct dict *d = dict_row(p->body, "NO_KEY");
		struct dict *act = dict_row(d, perm_has(role, PERM_KEY_EDIT) ? "MAKE" : "ASK");
		dict_str(act, "URL", page_path(w, p->t, "keys"));
		page_csrf(p, act);
	}
}

enum err
page_onboarding(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "onboarding.tpl", "Send events");
	struct query_env env = { 0 };
	struct event_row newest = { 0 };
	struct str key = STR_NULL;
	bool found;
	enum err e;
	if ((e = load(&p, &env, &newest, &key, &found)) != E_OK)
		return e;
	page_project(&p, "onboarding");
	dict_set(p.body, "STATE", env.first_event_us > 0 ? "live" : "waiting");
	if (env.first_event_us > 0) {
		fill_live(&p, &env, &newest);
	} else {
		dict_show(p.body, "WAITING");
		dict_set(dict_row(p.root, "REFRESH"), "SECONDS", "10");
	}
	if (env.first_event_us == 0 || is_fresh(t, &env))
		dict_set(dict_row(p.body, "STEP"), "TEXT", env.first_event_us > 0 ?
		    "Step 3 of 3: look at what arrived" : "Step 2 of 3: send the first event");
	fill_key(&p, key, found);
	rejects_fill(&p, REJECTS_SHOWN);
	fill_guides(&p);
	fill_snippets(&p, found ? key : STR("YOUR_WRITE_KEY"));
	return page_send(&p, res, 200);
}
