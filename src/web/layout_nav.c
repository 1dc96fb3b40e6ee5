/* layout_nav.c - side bar and switchers: see layout.h. */
#include "base/str.h"
#include "model/account/session.h"
#include "model/project/project.h"
#include "model/team/flag.h"
#include "model/team/team.h"
#include "view/format.h"
#include "web/layout.h"

/* What exists, in the order of DESIGN. */
struct nav_row {
	const char *group; /* heading above this row; NULL = none */
	const char *leaf, *name;
	const char *key;   /* second key after g; NULL = none */
	bool keeps;        /* range and filters go along */
	enum perm perm;    /* shown to whom it opens for */
};

static const struct nav_row PROJECT[] = {
	{ NULL, "overview", "Overview", "o", true, PERM_READ },
	{ NULL, "live", "Live", "l", false, PERM_READ },
	{ NULL, "events", "Events", "e", true, PERM_READ },
	{ "Understand", "sessions", "Sessions", "s", true, PERM_READ },
	{ NULL, "persons", "People", "p", true, PERM_READ },
	{ NULL, "reports", "Saved views", "v", false, PERM_READ },
	{ NULL, "review-packs", "Review packs", "y", false, PERM_READ },
	{ "Quality", "crashes", "Crashes", "c", true, PERM_READ },
	{ NULL, "performance", "Performance", "f", true, PERM_READ },
	{ NULL, "releases", "Releases", "r", true, PERM_READ },
	{ NULL, "symbols", "Symbols", "z", false, PERM_READ },
	{ "Data", "tracking-plan", "Tracking plan", "w", false, PERM_READ },
	{ NULL, "privacy", "Privacy", "i", false, PERM_READ },
	{ NULL, "pipeline", "Pipeline", "b", false, PERM_READ },
	{ NULL, "requests", "Privacy requests", "q", false, PERM_PERSON_ERASE },
	{ NULL, "onboarding", "Send events", "n", false, PERM_READ },
	{ NULL, "sdk", "SDKs", "d", false, PERM_READ },
	{ NULL, "storage", "Storage", "u", false, PERM_READ },
	{ "Project", "keys", "Keys", "k", false, PERM_READ },
	{ NULL, "settings", "Settings", "t", false, PERM_READ },
	{ NULL, "diagnostics", "Diagnostics", "x", false, PERM_PROJECT_EDIT },
};

/* Rows of a project that stand there only where their feature is on. */
static const struct {
	const char *leaf;
	enum flag flag;
} GATED[] = { { "performance", FLAG_PERFORMANCE } };

static const struct nav_row TEAM[] = {
	{ NULL, "projects", "Projects", "o", false, PERM_READ },
	{ NULL, "members", "Members", "m", false, PERM_READ },
	{ "Access", "tokens", "Access tokens", "k", false, PERM_TOKEN_EDIT },
	{ NULL, "clients", "OAuth clients", "c", false, PERM_CLIENT_EDIT },
	{ NULL, "audit", "Audit", "a", false, PERM_AUDIT_READ },
	{ "Team", "billing", "Plan and usage", "b", false, PERM_READ },
	{ NULL, "flags", "Features", "f", false, PERM_READ },
	{ NULL, "settings", "Settings", "t", false, PERM_READ },
};

static const struct nav_row ACCOUNT[] = {
	{ NULL, "", "Profile", "o", false, PERM_READ },
	{ NULL, "security", "Sign-in and security", "k", false, PERM_READ },
	{ NULL, "sessions", "Sessions", "s", false, PERM_READ },
	{ NULL, "teams", "Teams", "m", false, PERM_READ },
	{ NULL, "apps", "Connected apps", "c", false, PERM_READ },
	{ NULL, "data", "Your data", "d", false, PERM_READ },
};

static const struct nav_row DOCS[] = {
	{ NULL, "", "Documentation", "o", false, PERM_READ },
	{ NULL, "api", "API reference", "a", false, PERM_READ },
	{ NULL, "errors", "Errors", "e", false, PERM_READ },
	{ NULL, "compatibility", "Other vendors' SDKs", "v", false, PERM_READ },
	{ NULL, "definitions", "What the numbers mean", "d", false, PERM_READ },
	{ NULL, "runbook", "Runbook", "r", false, PERM_READ },
};

static const struct nav_row SYSTEM[] = {
	{ NULL, "", "Health", "o", false, PERM_READ },
	{ NULL, "queues", "Queue", "q", false, PERM_READ },
	{ NULL, "dead-letters", "Dead letters", "l", false, PERM_READ },
	{ NULL, "alarms", "Alarms", "w", false, PERM_READ },
	{ NULL, "webhooks", "Webhooks", "b", false, PERM_READ },
	{ "Teams", "adoption", "Adoption", "t", false, PERM_READ },
	{ NULL, "plans", "Plans", "p", false, PERM_READ },
	{ NULL, "flags", "Feature flags", "f", false, PERM_READ },
	{ "Records", "audit", "Audit", "a", false, PERM_READ },
	{ NULL, "outbox", "Outbox", "u", false, PERM_READ },
	{ NULL, "design", "Components", "d", false, PERM_READ },
};

struct str
page_team_path(const struct web *w, struct task *t, const char *leaf)
{
	return page_encode(t, arena_printf(t->arena, "/t/%.*s%s%s", STRF(w->who.team.slug),
	    leaf[0] != '\0' ? "/" : "", leaf));
}

/* What a row of the side bar shows, and what the list of keys says of it. */
static void
nav_item(struct page *p, struct dict *list, const struct nav_row *row, struct str url, bool here)
{
	struct dict *d = dict_row(list, "NAV_ITEM");
	dict_set(d, "NAME", row->name);
	dict_str(d, "URL", url);
	dict_show_if(d, "HERE", here);
	if (row->key == NULL)
		return;
	dict_set(dict_row(d, "GO"), "KEY", row->key);
	struct dict *key = dict_row(p->root, "GO_KEY");
	dict_set(key, "KEY", row->key);
	dict_set(key, "NAME", row->name);
}

static struct str
row_url(const struct page *p, const struct nav_row *row, const struct nav_row *table)
{
	struct task *t = p->t;
	if (table == TEAM)
		return page_team_path(p->w, t, row->leaf);
	if (table != PROJECT)
		return arena_printf(t->arena, "%s%s%s", table == ACCOUNT ? "/account" :
		    table == DOCS ? "/docs" : "/system", row->leaf[0] != '\0' ? "/" : "",
		    row->leaf);
	struct str url = page_path(p->w, t, row->leaf);
	return row->keeps ? page_link(t, url, p->keep, STR_NULL, STR_NULL) : url;
}

static bool
is_on(const struct web *w, const char *leaf)
{
	for (size_t i = 0; i < NELEM(GATED); i++)
		if (strcmp(GATED[i].leaf, leaf) == 0)
			return (w->who.flags >> GATED[i].flag & 1) != 0;
	return true;
}

static void
fill_nav(struct page *p, const struct nav_row *table, size_t n, const char *here)
{
	struct dict *nav = dict_row(p->root, "NAV"), *group = NULL;
	enum role role = role_find(p->w->who.team.role);
	struct str leaf = str_of(here);
	bool tenant = table == TEAM || table == PROJECT;
	for (size_t i = 0; i < n; i++) {
		if (tenant && !perm_has(role, table[i].perm))
			continue;
		if (table == PROJECT && !is_on(p->w, table[i].leaf))
			continue;
		if (group == NULL || table[i].group != NULL)
			group = dict_row(nav, "NAV_GROUP");
		if (table[i].group != NULL)
			dict_set(dict_row(group, "GROUP_NAME"), "NAME", table[i].group);
		nav_item(p, group, &table[i], row_url(p, &table[i], table),
		    str_is(leaf, table[i].leaf));
	}
}

/* Where one gets from here: the team, the account, the system. */
static void
fill_foot(struct page *p, bool team, bool account, bool system)
{
	static const struct nav_row ALL = { .name = "All projects", .key = "h" };
	static const struct nav_row MEMBERS = { .name = "Team", .key = "m" };
	static const struct nav_row OWN = { .name = "Your account", .key = "y" };
	static const struct nav_row SERVER = { .name = "System" };
	static const struct nav_row MANUAL = { .name = "Docs" };
	struct dict *foot = dict_row(p->root, "NAV_FOOT");
	bool has = p->w->who.team.slug.n > 0;
	if (!team)
		nav_item(p, foot, &ALL, has ? page_team_path(p->w, p->t, "projects") : STR("/"),
		    false);
	if (has && !team)
		nav_item(p, foot, &MEMBERS, page_team_path(p->w, p->t, "members"), false);
	if (!account)
		nav_item(p, foot, &OWN, STR("/account"), false);
	if (p->w->who.user.system_admin && !system)
		nav_item(p, foot, &SERVER, STR("/system"), false);
	if (!str_starts(p->req->path, STR("/docs")))
		nav_item(p, foot, &MANUAL, STR("/docs"), false);
}

/* Above the page: what comes near its limit, and where to look. */
static void
fill_quota(struct page *p)
{
	const struct who_quota *q = &p->w->who.quota;
	if (q->level == 0)
		return;
	struct dict *d = dict_row(p->root, "QUOTA");
	dict_set(d, "KIND", q->level == 100 ? "bad" : "warn");
	dict_printf(d, "TEXT", q->level == 100 ? "%s: %s limit of the plan is reached." :
	    "%s: more than 80" THIN "%% of %s limit is used.", q->label,
	    q->lasting ? "the" : "this month's");
	dict_str(d, "URL", page_team_path(p->w, p->t, "billing"));
}

static void
switch_item(struct dict *top, const char *section, struct str name, struct str url, bool here)
{
	struct dict *d = dict_row(top, section);
	dict_str(d, "NAME", name);
	dict_str(d, "URL", url);
	dict_show_if(d, "HERE", here);
}

static void
fill_teams(struct page *p, const char *leaf)
{
	const struct who *who = &p->w->who;
	const struct who_places *x = &who->places;
	fill_quota(p);
	p->top = dict_row(p->root, "TOP");
	dict_str(p->top, "TEAM", who->team.name);
	for (size_t i = 0; i < x->nteams; i++)
		switch_item(p->top, "TEAMS", x->team[i].name,
		    page_encode(p->t, arena_printf(p->t->arena, "/t/%.*s%s%s",
		        STRF(x->team[i].slug), leaf[0] != '\0' ? "/" : "", leaf)),
		    str_eq(x->team[i].id, who->team.id));
	switch_item(p->top, "TEAMS", STR("New team"), STR("/teams/new"), false);
}

static void
fill_places(struct page *p, struct dict *d, const char *here)
{
	const struct who *who = &p->w->who;
	const struct who_places *x = &who->places;
	struct task *t = p->t;
	for (size_t i = 0; i < x->nprojects; i++)
		switch_item(d, "PROJECTS", x->project[i].name,
		    page_encode(t, arena_printf(t->arena, "/t/%.*s/p/%.*s",
		        STRF(who->team.slug), STRF(x->project[i].slug))),
		    str_eq(x->project[i].id, who->project.id));
	for (size_t i = 0; i < x->nenvs; i++)
		switch_item(d, "ENVS", x->env[i].name,
		    page_link(t, page_encode(t, arena_printf(t->arena, "/t/%.*s/p/%.*s/%.*s/%s",
		        STRF(who->team.slug), STRF(who->project.slug),
		        STRF(x->env[i].name), here)), p->keep, STR_NULL, STR_NULL),
		    x->env[i].id == who->env.id);
}

/* Titles tell pages of the same name apart: "Keys · Shop app, prod". */
static void
title_of(struct page *p, struct str place)
{
	dict_str(dict_row(p->head, "OF"), "NAME", place);
}

/* The top line where there is nothing to switch. */
static void
top_plain(struct page *p, const char *name)
{
	dict_set(dict_row(p->root, "TOP_PLAIN"), "NAME", name);
	title_of(p, str_of(name));
}

void
page_project(struct page *p, const char *here)
{
	const struct who *who = &p->w->who;
	fill_nav(p, PROJECT, NELEM(PROJECT), here);
	fill_foot(p, false, false, false);
	fill_teams(p, "");
	struct dict *place = dict_row(p->top, "PLACE");
	dict_str(place, "PROJECT", who->project.name);
	dict_str(place, "ENV", who->env.name);
	title_of(p, arena_printf(p->t->arena, "%.*s, %.*s", STRF(who->project.name),
	    STRF(who->env.name)));
	fill_places(p, place, here);
	dict_str(p->body, "PROJECT", who->project.name);
	dict_str(p->body, "ENV", who->env.name);
}

void
page_team(struct page *p, const char *here)
{
	fill_nav(p, TEAM, NELEM(TEAM), here);
	fill_foot(p, true, false, false);
	title_of(p, p->w->who.team.name);
	fill_teams(p, here);
	dict_str(p->body, "TEAM", p->w->who.team.name);
}

void
page_account(struct page *p, const char *here)
{
	fill_nav(p, ACCOUNT, NELEM(ACCOUNT), here);
	fill_foot(p, false, true, false);
	top_plain(p, "Your account");
}

void
page_docs(struct page *p, const char *here)
{
	fill_nav(p, DOCS, NELEM(DOCS), here);
	fill_foot(p, false, false, false);
	top_plain(p, "Documentation");
}

void
page_system(struct page *p, const char *here)
{
	fill_nav(p, SYSTEM, NELEM(SYSTEM), here);
	fill_foot(p, false, false, true);
	top_plain(p, "System");
}

void
page_note(struct page *p, const char *kind, const char *text)
{
	struct dict *d = dict_include(p->body, "NOTE", "note.tpl");
	dict_set(d, "KIND", kind);
	dict_set(d, "TEXT", text);
	dict_show_if(d, "ALERT", strcmp(kind, "bad") == 0);
}

bool
page_may_export(const struct web *w)
{
	return perm_has(role_find(w->who.team.role), PERM_EXPORT) &&
	    (w->who.flags >> FLAG_EXPORTS & 1) != 0;
}

void
page_csrf(struct page *p, struct dict *d)
{
	dict_str(d, "CSRF", session_csrf(p->t, p->w->who.user.csrf));
}
