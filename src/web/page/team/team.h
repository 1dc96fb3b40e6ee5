/*
 * team.h - pages of a team: a new one, members, invitations, settings, and
 * the list of one's teams.
 */
#ifndef TM_WEB_PAGE_TEAM_TEAM_H
#define TM_WEB_PAGE_TEAM_TEAM_H

#include "model/team/perm.h"
#include "web/layout.h"
#include "web/page/pages.h"

/* list.c */
PAGE(page_teams);            /* /account/teams: one's own, and deleted ones */
PAGE(page_team_restore);
PAGE(page_team_new);
PAGE(page_team_new_post);

/* members.c, member.c, member_acts.c */
PAGE(page_members);
PAGE(page_member);
PAGE(page_member_role);
PAGE(page_member_projects);
PAGE(page_member_remove);
PAGE(page_team_leave);

/* invite.c */
PAGE(page_invite);
PAGE(page_invitation_resend);
PAGE(page_invitation_revoke);

/* invitation.c: public */
PAGE(page_invitation);
PAGE(page_invitation_post);

/* Who makes an account on the way to an invitation comes back to it from the
 * start page. True: redirected. */
bool invitation_resume(const struct web *w, struct task *t, const struct req *req,
                       struct res *res);

/* settings.c, delete.c */
PAGE(page_team_settings);
PAGE(page_team_rename);
PAGE(page_team_transfer);
PAGE(page_team_two_factor);
PAGE(page_team_delete);
PAGE(page_team_delete_post);

/* What the invite form sent, to show it again. */
struct invite_form {
	struct str emails, role;
	bool all_projects;
	const struct str *project; /* ids that were ticked */
	size_t nprojects;
	struct str problem;        /* "" = none */
};
enum err members_show(struct web *w, struct task *t, const struct req *req, struct res *res,
                      const struct invite_form *typed, int status) MUST_CHECK;
enum err team_settings_show(struct web *w, struct task *t, const struct req *req,
                            struct res *res, struct str name, int status) MUST_CHECK;

/* BEGIN with the scope of the page's team and user. */
enum err team_begin(struct web *w, struct task *t) MUST_CHECK;
/* May the user of this page? */
bool team_can(const struct web *w, enum perm perm);
/* Back to a page of the team with ?done=slug. */
enum err team_back(struct web *w, struct task *t, struct res *res, const char *leaf,
                   const char *done) MUST_CHECK;
/* The sentence of ?done=slug; the table ends with slug NULL. */
struct team_done {
	const char *slug, *text;
};
void team_note(struct page *p, const struct team_done *table);
/* {{#section}} for each role that `actor` may give instead of `from`:
 * {{VALUE}}, {{NAME}}, {{TEXT}}, {{#HERE}}. */
void team_roles(struct dict *d, const char *section, enum role from, struct str here,
                enum role actor);
/* {{#section}} for each project of the team: {{ID}}, {{NAME}}, {{#ON}}. */
struct project;
void team_projects(struct dict *d, const char *section, const struct project *list, size_t n,
                   const struct str *on, size_t non);
/* "member:<id>", "invitation:<id>" … for the audit. */
struct str team_target(struct task *t, const char *kind, struct str id);

#endif
