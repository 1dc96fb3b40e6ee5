/* routes_web.c - the map of the pages. */
#include "web/routes_web.h"

#include "web/page/pages.h"

#define P "/t/{team}/p/{project}/{env}"

const struct route routes_web[] = {
	/* method, path, handler, need */
	{ M_GET, "/login", page_login, NEED_PUBLIC, NULL, false, false, "Sign in" },
	{ M_POST, "/login", page_login_post, NEED_PUBLIC, NULL, false, false, "Sign in" },
	{ M_POST, "/logout", page_logout, NEED_USER, NULL, false, false, "Sign out" },
	{ M_POST, "/theme", page_theme, NEED_PUBLIC, NULL, false, false, "Choose the theme" },
	{ M_GET, "/", page_home, NEED_USER, NULL, false, false, "To a project" },
	{ M_GET, "/system/design", page_design, NEED_SYSTEM, NULL, false, false, "Components" },
	{ M_GET, "/t/{team}", page_team_home, NEED_TEAM, NULL, false, false, "To a project" },
	{ M_GET, "/t/{team}/p/{project}", page_project_home, NEED_TEAM, NULL, false, false,
	  "To the overview" },
	{ M_GET, P, page_project_home, NEED_PROJECT, NULL, false, false, "To the overview" },
	{ M_GET, P "/", page_project_home, NEED_PROJECT, NULL, false, false, "To the overview" },
	{ M_GET, P "/overview", page_overview, NEED_PROJECT, NULL, false, false, "Overview" },
	{ M_GET, P "/events", page_events, NEED_PROJECT, NULL, false, false, "Events" },
	{ M_GET, P "/events.csv", page_events_csv, NEED_PROJECT, NULL, false, false,
	  "Events as CSV" },
	{ M_GET, P "/events.ndjson", page_events_ndjson, NEED_PROJECT, NULL, false, false,
	  "Events as NDJSON" },
	{ M_GET, P "/onboarding", page_onboarding, NEED_PROJECT, NULL, false, false,
	  "Send events" },
	{ M_GET, P "/settings", page_settings, NEED_PROJECT, NULL, false, false, "Settings" },
};
const size_t nroutes_web = NELEM(routes_web);
