/*
 * crash.h - what the files of the crash pages share. Private to
 * web/page/explore/crash*.c.
 */
#ifndef TM_WEB_PAGE_CRASH_H
#define TM_WEB_PAGE_CRASH_H

#include "ingest/symbolized.h"
#include "model/project/crash_group.h"
#include "model/team/member.h"
#include "query/crash_group.h"
#include "symbols/gap.h"
#include "web/page/explore/explore.h"

/* {{#TAG}}: the state in a word, and what is new; nothing for plain open. */
void crash_tag(struct task *t, struct dict *d, const struct crash_row *row);
/* Name of a member of the team; "" = nobody of it. */
struct str crash_member_name(const struct member *list, size_t n, struct str user_id);
/* "/t/…/crashes/<id>" + act ("/resolve", "" = the page). */
struct str crash_url(const struct web *w, struct task *t, struct str group_id, const char *act);
/* May this role change groups? */
bool crash_may(const struct web *w);

/* Everything one group's page shows. */
struct crash_found {
	struct crash_group group;
	struct crash_sample sample;
	bool has_sample;
	struct symbolized *symbolized; /* frames that symbols made of it; NULL */
	struct symbols_gap *gap;       /* files it still lacks */
	size_t ngaps;
	struct str newer, older;      /* ids of its neighbours */
	struct crash_log *log;
	size_t nlog;
	struct member *member;
	size_t nmembers;
	struct str *release;          /* known versions, newest first */
	size_t nreleases;
	struct crashes_page others;   /* groups that may be merged into this one */
};
/* What a form sent, to be shown again beside what was wrong with it. */
struct crash_form {
	struct str comment, version, crashes, date;
};
/* crash.c: the page of the group that the address names. typed may be NULL. */
enum err crash_show(struct web *w, struct task *t, const struct req *req, struct res *res,
                    const struct crash_form *typed, int status) MUST_CHECK;
/* crash_stack.c: {{#FRAMES}} … and how it was read; "why grouped";
 * breadcrumbs. */
void crash_stack(struct explore *x, const struct crash_found *f);
/* crash_work.c: acts, comments and log, what was merged. */
void crash_work(struct explore *x, const struct crash_found *f, const struct crash_form *typed);

#endif
