/* routes_web.c - the map of the pages. */
#include "web/routes_web.h"

#include "model/team/perm.h"
#include "web/page/account/social.h"
#include "web/page/account/two_factor.h"
#include "web/page/pages.h"
#include "web/page/system/system.h"
#include "web/page/team/audit.h"

#define T "/t/{team}"
#define P "/t/{team}/p/{project}/{env}"
#define GET(path, fn, who, text, ...) \
	{ .method = M_GET, .pattern = path, .handler = fn, .need = who, .summary = text, __VA_ARGS__ }
#define POST(path, fn, who, text, ...) \
	{ .method = M_POST, .pattern = path, .handler = fn, .need = who, .summary = text, __VA_ARGS__ }

/* The last column: .perm of the role (reading when left out), .confirm. */
const struct route routes_web[] = {
	/* signing in and out */
	GET("/login", page_login, NEED_PUBLIC, "Sign in"),
	POST("/login", page_login_post, NEED_PUBLIC, "Sign in"),
	POST("/logout", page_logout, NEED_SESSION, "Sign out"),
	GET("/confirm", page_confirm, NEED_SESSION, "Confirm who you are"),
	POST("/confirm", page_confirm_post, NEED_SESSION, "Confirm who you are"),
	GET("/auth/{provider}/redirect", page_social_redirect, NEED_PUBLIC, "Sign in elsewhere"),
	GET("/auth/{provider}/callback", page_social_callback, NEED_PUBLIC, "Back from elsewhere"),
	GET("/auth/{provider}/pending", page_social_pending, NEED_USER, "Link what waits"),
	POST("/auth/{provider}/link", page_social_link, NEED_USER, "Link an account elsewhere",
	    .confirm = true),
	POST("/auth/{provider}/unlink", page_social_unlink, NEED_USER, "Remove a linked account",
	    .confirm = true),
	POST("/auth/{provider}/confirm", page_social_confirm, NEED_USER, "Confirm elsewhere"),
	POST("/theme", page_theme, NEED_PUBLIC, "Choose the theme"),

	/* from short addresses to a project */
	GET("/", page_home, NEED_USER, "To a project"),
	GET(T, page_team_home, NEED_TEAM, "To a project"),
	GET(T "/p/{project}", page_project_home, NEED_TEAM, "To the overview"),
	GET(P, page_project_home, NEED_PROJECT, "To the overview"),
	GET(P "/", page_project_home, NEED_PROJECT, "To the overview"),

	/* a project's environment */
	GET(P "/overview", page_overview, NEED_PROJECT, "Overview"),
	GET(P "/events", page_events, NEED_PROJECT, "Events"),
	GET(P "/events.csv", page_events_csv, NEED_PROJECT, "Events as CSV", .perm = PERM_EXPORT),
	GET(P "/events.ndjson", page_events_ndjson, NEED_PROJECT, "Events as NDJSON",
	    .perm = PERM_EXPORT),
	GET(P "/onboarding", page_onboarding, NEED_PROJECT, "Send events"),
	GET(P "/settings", page_settings, NEED_PROJECT, "Settings"),

	/* audit */
	GET(T "/audit", page_audit, NEED_TEAM, "Audit", .perm = PERM_AUDIT_READ),
	GET(T "/audit.csv", page_audit_csv, NEED_TEAM, "Audit as CSV", .perm = PERM_AUDIT_READ),
	GET(T "/audit.ndjson", page_audit_ndjson, NEED_TEAM, "Audit as NDJSON",
	    .perm = PERM_AUDIT_READ),

	/* the system; the outbox opens for whom system.h says */
	GET("/system/outbox", page_outbox, NEED_PUBLIC, "Mails that were not sent"),
	GET("/system/outbox/{id}", page_outbox_mail, NEED_PUBLIC, "One of them"),
	GET("/system/outbox/{id}/html", page_outbox_html, NEED_PUBLIC, "Its HTML part"),
	GET("/system/audit", page_system_audit, NEED_SYSTEM, "Audit of the system"),
	GET("/system/audit.csv", page_system_audit_csv, NEED_SYSTEM, "The same as CSV"),
	GET("/system/audit.ndjson", page_system_audit_ndjson, NEED_SYSTEM, "The same as NDJSON"),
	GET("/system/design", page_design, NEED_SYSTEM, "Components"),
};
const size_t nroutes_web = NELEM(routes_web);
