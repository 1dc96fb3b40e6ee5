/*
 * layout.h - the frame around every page: side bar, team / project /
 * environment, range and comparison, filter chips, theme.
 *
 * A handler makes a page, fills its body dictionary, and sends it. All
 * memory is the task's.
 */
#ifndef TM_WEB_LAYOUT_H
#define TM_WEB_LAYOUT_H

#include "http/req.h"
#include "http/res.h"
#include "query/filter.h"
#include "query/range.h"
#include "view/view.h"
#include "web/web.h"

struct page {
	struct web *w;
	struct task *t;
	const struct req *req;
	struct dict *root, *head, *body;
	struct dict *top;       /* set by page_project */
	const char *frame;      /* "layout.tpl", "plain.tpl" */
	struct str path;        /* of this page, encoded */
	struct str extra;       /* own query part that links keep: "metric=users" */
	struct str keep;        /* range and filters, for links to other pages */
};

/* A value that the filter form offers, and what it is one of. */
struct suggestion {
	struct str value;
	const char *label;     /* "platform" */
};

/* What the top line says of time and filters. */
struct page_view {
	const struct range *range;
	const struct filters *filters;
	bool compare;          /* offer the comparison */
	bool no_range;         /* the page has its own window */
	bool no_filters;       /* nothing on it can be filtered */
	int64_t newest_us;     /* newest stored item, 0 = none: freshness */
	const struct suggestion *known;
	size_t nknown;
	const struct str *prop; /* "prop.plan" */
	size_t nprops;
};

/* Once per process: a word that changes when the static files do. */
void layout_open(struct task *t, const char *static_dir);
/* The style sheets as one text without fonts, for a file that stands alone. */
struct str layout_style(struct task *t);

/* A page without the frame (sign-in, errors). */
struct page page_plain(struct web *w, struct task *t, const struct req *req,
                       const char *file, const char *title);
/* A page with side bar. */
struct page page_framed(struct web *w, struct task *t, const struct req *req,
                        const char *file, const char *title);
/* Side bar of the project, top line with the switchers. here: "overview" …
 * (the page's last path segment). */
void page_project(struct page *p, const char *here);
/* Side bar and switcher of a team's pages: "members", "tokens" … */
void page_team(struct page *p, const char *here);
/* Side bar of the signed-in user's own pages: "" (profile), "security" … */
void page_account(struct page *p, const char *here);
/* Side bar of the documentation: "" (its start), "api" … */
void page_docs(struct page *p, const char *here);
/* Side bar of the system pages: "outbox", "design" … */
void page_system(struct page *p, const char *here);
/* A sentence above the page: kind "good", "warn" or "bad" (role=alert). The
 * template has {{>NOTE}} where it stands. */
void page_note(struct page *p, const char *kind, const char *text);
/* Does the page offer rows as files: the role, and the feature exports? */
bool page_may_export(const struct web *w);
/* Every form needs it: {{CSRF}} of this dictionary. */
void page_csrf(struct page *p, struct dict *d);
/* Range, comparison, chips. After page_project. */
void page_view(struct page *p, const struct page_view *v);
/* Render with the status; HTML headers. */
enum err page_send(struct page *p, struct res *res, int status) MUST_CHECK;

/* A path with what must be escaped in it escaped. Task memory. */
struct str page_encode(struct task *t, struct str path);
/* "/t/acme/members"; leaf "": "/t/acme". */
struct str page_team_path(const struct web *w, struct task *t, const char *leaf);
/* "/t/acme/p/shop/prod/events" */
struct str page_path(const struct web *w, struct task *t, const char *leaf);
/* path?a&b&c without the empty parts. */
struct str page_link(struct task *t, struct str path, struct str a, struct str b, struct str c);
/* "f=" + one filter "key:op:value", encoded. */
struct str page_filter(struct task *t, const char *key, const char *op, struct str value);

/*
 * Read range and filters of a page's query. A form that adds a filter sends
 * fk, fp, fo, fv (or the explorer's name, user, session, prop, value): then
 * *redirect is the same page with the filter in its canonical form.
 */
enum err page_query(struct page *p, struct range *range, struct filters *filters,
                    struct str *redirect) MUST_CHECK;

/* "system", "light" or "dark": account, else cookie. */
struct str layout_theme(const struct web *w, const struct req *req);

#endif
