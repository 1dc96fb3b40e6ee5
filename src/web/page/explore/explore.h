/*
 * explore.h - the explorers' pages (sessions, people, crashes, performance,
 * live, releases), and what their lists share: the query, the way to older
 * rows, the same question as curl.
 */
#ifndef TM_WEB_PAGE_EXPLORE_H
#define TM_WEB_PAGE_EXPLORE_H

#include "query/export.h"
#include "query/timeline.h"
#include "web/page/pages.h"

PAGE(page_sessions);
PAGE(page_sessions_csv);
PAGE(page_sessions_ndjson);
PAGE(page_session);
PAGE(page_people);
PAGE(page_people_csv);
PAGE(page_people_ndjson);
PAGE(page_person);
PAGE(page_live);          /* ?pause=1 stands still */
/* crashes.c, crash.c, crash_acts.c */
PAGE(page_crashes);
PAGE(page_crashes_csv);
PAGE(page_crashes_ndjson);
PAGE(page_crash);
PAGE(page_crash_samples);
PAGE(page_crash_resolve);
PAGE(page_crash_ignore);
PAGE(page_crash_reopen);
PAGE(page_crash_assign);
PAGE(page_crash_comment);
PAGE(page_crash_merge);
PAGE(page_crash_unmerge);
PAGE(page_crash_split);
PAGE(page_crash_unsplit);
PAGE(page_performance); /* ?trace=NAME: one name; &id=ID: one of its traces */
PAGE(page_performance_csv);
PAGE(page_performance_ndjson);
PAGE(page_releases_csv);
PAGE(page_releases_ndjson);
PAGE(page_releases);    /* ?platform=&version=&build=: one against the one before */

/* The state of one answer. Task memory. */
struct explore {
	struct page page;
	struct web *w;
	struct task *t;
	struct range *range;
	struct filters *filters;
	struct query_env env;
	struct pg_scope scope;
	struct str range_q, filter_q; /* of links to the same question */
	struct str cursor;
	int64_t newest_us;            /* newest stored item, 0 = none */
};

struct explore_page {
	const char *file, *title; /* template and title */
	const char *leaf;         /* side bar: "sessions" */
};
/*
 * Parse range and filters of the request into *out and make the page. Where
 * the page is elsewhere (layout.h, page_query), res is the redirection and *out
 * NULL. res NULL: the page cannot be elsewhere.
 */
enum err explore_open(struct web *w, struct task *t, const struct req *req, struct res *res,
                      const struct explore_page *as, struct explore **out) MUST_CHECK;
/* BEGIN with the scope of the environment, and what queries need of it. */
enum err explore_begin(struct explore *x) MUST_CHECK;
/* Side bar, top line, range, filters, freshness. After the reading. */
void explore_frame(struct explore *x, const struct explore_page *as);
/* The same where nothing can be filtered; ranged: the range is offered. */
void explore_frame_plain(struct explore *x, const struct explore_page *as, bool ranged);

/* {{CURL}}: the API call that answers the same; path behind the project,
 * "sessions". more: further parameters, "" = none. */
void explore_curl(struct explore *x, const char *path, struct str more);
/* The same of one thing, by its id: path "sessions". */
void explore_curl_one(struct explore *x, const char *path, struct str id);
/* {{#EXPORT}}{{CSV_URL}}, {{NDJSON_URL}} for who may: path "sessions". */
void explore_export(struct explore *x, const char *path);
/* All rows of the window as a file, told to the audit. query: of the source,
 * task memory. */
struct explore_file {
	const char *noun;      /* "sessions" */
	const void *query;
	const struct export_source *source;
	enum export_format format;
	bool people;           /* told as an export of people */
};
enum err explore_send(struct explore *x, const struct req *req, struct res *res,
                      const struct explore_file *file) MUST_CHECK;
/* {{#SEARCHED}}{{TEXT}}: how far a search came, or what is not exact. */
void explore_searched(struct explore *x, const struct query_meta *meta);
/* {{SHOWN}}, {{#FIRST}}{{URL}}, {{#NEXT}}{{URL}} of d. noun: "sessions". */
void explore_pager(struct explore *x, struct dict *d, size_t n, const char *noun,
                   struct str next_cursor);
/* {{#NONE}}: nothing is there; the way to a wider range or fewer filters. */
void explore_none(struct explore *x, const char *noun);
/* This page's address with one more filter, "key:eq:value". */
struct str explore_filter(struct explore *x, const char *key, struct str value);
/* "17 Nov 09:12:04.120" in the range's zone into {{TIME}}, {{ISO}} of d. */
void explore_time(struct explore *x, struct dict *d, int64_t us);

/* Of the page of one thing: path "sessions". */
struct str explore_url(struct explore *x, const char *path, struct str id);

/* "17 Nov 2026, 09:12:04" in the range's zone. */
struct str explore_moment(struct explore *x, int64_t us);

/* A line of facts into {{#PAIR}} of d; left out when it has no value. */
struct explore_fact {
	const char *name;
	struct str value;
	bool mono;
	const char *slug; /* of its definition; NULL = none */
	struct str url;   /* of the rows behind it; "" = none */
};
void explore_fact(struct dict *d, const struct explore_fact *f);

/* {{TIME}}, {{KIND}}, {{NAME}} … of an item of a timeline, and {{#MORE}} with
 * its payload, else {{#PLAIN}}. */
void explore_item(struct explore *x, struct dict *d, const struct timeline_row *r);

#endif
