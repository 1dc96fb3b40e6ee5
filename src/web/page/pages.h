/*
 * pages.h - the handlers of the page routes (web/routes_web.c), and the
 * drawing of a chart into its template.
 */
#ifndef TM_WEB_PAGE_PAGES_H
#define TM_WEB_PAGE_PAGES_H

#include "view/chart.h"
#include "web/layout.h"

#define PAGE(name) \
	enum err name(struct web *w, struct task *t, const struct req *req, struct res *res)

PAGE(page_login);
PAGE(page_login_post);
PAGE(page_logout);
PAGE(page_theme);
PAGE(page_home);          /* to the last project, or the first one */
PAGE(page_team_home);     /* {team}: its first project */
PAGE(page_project_home);  /* {team}/p/{project}[/{env}]: its overview */
PAGE(page_overview);
PAGE(page_events);
PAGE(page_events_csv);
PAGE(page_events_ndjson);
PAGE(page_onboarding);
PAGE(page_design);
PAGE(page_docs_home);     /* /docs */
PAGE(page_quickstart);    /* {name}: of one SDK */
PAGE(page_quickstart_project); /* the same with the environment's key */
PAGE(page_reference);
PAGE(page_operation);     /* {name}: operationId */
PAGE(page_errors);
PAGE(page_definitions);
PAGE(page_compatibility);
PAGE(page_runbook);

/* Expand the chart at {{>marker}}; kind "line" or "bars". now, before: words
 * of the legend (before "" = none). about: one more sentence. url: where the
 * rows of each bucket are (figure_links), NULL = nowhere. */
struct figure {
	const char *marker, *kind;
	const struct chart *chart;
	struct str now, before, about;
	const struct str *url;
};
void figure_fill(struct task *t, struct dict *body, const struct figure *f);

/* path with the window of each bucket of r, and the filters. */
const struct str *figure_links(struct task *t, const struct range *r, struct str path,
                               struct str filter_q);
/* Series of a range as a chart's time axis: wall-clock bucket starts. */
void figure_axis(struct task *t, const struct range *r, struct chart *c);
/* "on 30 days before" … for deltas; "" without comparison. */
struct str range_before_words(struct task *t, const struct range *r);

/* JSON text indented by two blanks; malformed text loses nothing but blanks. */
struct str json_pretty(struct task *t, struct str json);

#endif
