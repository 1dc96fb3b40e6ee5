/* routes_api.c - see routes_api.h. Every /api row stands in
 * static/openapi.json too; t/style/openapi compares them. Of OAuth 2, clients
 * prove themselves in the handlers, and the consent page checks its form. */
#include "web/routes_api.h"

#include "model/team/perm.h"
#include "web/api/api.h"
#include "web/api/auth.h"
#include "web/api/oauth.h"
#include "web/page/oauth/oauth.h"

#define PROJECT "/api/v1/projects/{project_id}"

const struct route routes_api[] = {
	{ M_GET, "/api/v1/projects", api_projects_list, .need = NEED_TOKEN,
	  .scope = "projects:read", .summary = "List the team's projects" },
	{ M_POST, "/api/v1/projects", api_projects_create, .need = NEED_TOKEN,
	  .scope = "projects:write", .no_csrf = true, .perm = PERM_PROJECT_EDIT,
	  .summary = "Create a project with its environments" },
	{ M_GET, PROJECT "/metrics/overview", api_overview, .need = NEED_TOKEN,
	  .scope = "metrics:read", .read_key = true, .summary = "Key numbers of a window" },
	{ M_GET, PROJECT "/events", api_events, .need = NEED_TOKEN, .scope = "events:read",
	  .read_key = true, .summary = "List events, newest first" },
	{ M_GET, PROJECT "/events/{event_id}", api_event, .need = NEED_TOKEN,
	  .scope = "events:read", .read_key = true, .summary = "Get one event" },
	{ M_GET, PROJECT "/sessions", api_sessions, .need = NEED_TOKEN, .scope = "events:read",
	  .read_key = true, .summary = "List sessions, newest first" },
	{ M_GET, PROJECT "/sessions/{session_id}", api_session, .need = NEED_TOKEN,
	  .scope = "events:read", .summary = "Get one session with its timeline" },
	{ M_GET, PROJECT "/traces", api_traces, .need = NEED_TOKEN, .scope = "events:read",
	  .read_key = true, .summary = "List traces, newest first" },
	{ M_GET, PROJECT "/traces/names", api_trace_names, .need = NEED_TOKEN,
	  .scope = "metrics:read", .read_key = true, .summary = "Percentiles by trace name" },
	{ M_GET, PROJECT "/traces/detail", api_trace_detail, .need = NEED_TOKEN,
	  .scope = "metrics:read", .read_key = true, .summary = "One trace name over time" },
	{ M_GET, PROJECT "/traces/{trace_id}", api_trace, .need = NEED_TOKEN,
	  .scope = "events:read", .read_key = true, .summary = "Get one trace" },
	{ M_GET, "/api/v1/metrics", api_metrics_list, .need = NEED_TOKEN,
	  .scope = "metrics:read", .summary = "What the numbers mean" },
	{ M_GET, "/api/v1/metrics/{name}", api_metric, .need = NEED_TOKEN,
	  .scope = "metrics:read", .summary = "What one number means" },
	{ M_GET, PROJECT "/crashes", api_crashes, .need = NEED_TOKEN, .scope = "events:read",
	  .read_key = true, .summary = "List crash groups, most users first" },
	{ M_GET, PROJECT "/crashes/{group_id}", api_crash, .need = NEED_TOKEN,
	  .scope = "events:read", .read_key = true, .summary = "Get one crash group" },
	{ M_GET, PROJECT "/crashes/{group_id}/samples", api_crash_samples, .need = NEED_TOKEN,
	  .scope = "events:read", .read_key = true,
	  .summary = "List the crashes of a group, newest first" },
	{ M_GET, PROJECT "/persons", api_persons, .need = NEED_TOKEN, .scope = "persons:read",
	  .summary = "List people, newest seen first" },
	{ M_GET, PROJECT "/persons/{person_id}", api_person, .need = NEED_TOKEN,
	  .scope = "persons:read", .summary = "Get one person with their timeline" },
	{ M_GET, "/api/v1/ingest/batches/{batch_id}", api_batch, .need = NEED_PUBLIC,
	  .summary = "What became of an accepted batch" },
	{ M_GET, "/api/openapi.json", api_openapi, .need = NEED_PUBLIC,
	  .summary = "This description" },
	{ M_POST, "/api/auth/register", auth_register, .need = NEED_PUBLIC, .no_csrf = true,
	  .summary = "Register an account" },
	{ M_POST, "/api/auth/login", auth_login, .need = NEED_PUBLIC, .no_csrf = true,
	  .summary = "Sign in and get an access token" },
	{ M_POST, "/api/auth/refresh", auth_refresh, .need = NEED_PUBLIC, .no_csrf = true,
	  .summary = "Exchange a token for a new one" },
	{ M_POST, "/api/auth/logout", auth_logout, .need = NEED_PUBLIC, .no_csrf = true,
	  .summary = "Sign out: the token and its refresh token end" },
	{ M_GET, "/oauth/authorize", page_authorize, .need = NEED_PUBLIC,
	  .summary = "Ask the user to let an app in" },
	{ M_POST, "/oauth/authorize", page_authorize_post, .need = NEED_PUBLIC,
	  .summary = "The user's answer" },
	{ M_POST, "/oauth/token", oauth_token, .need = NEED_PUBLIC, .no_csrf = true, .cors = true,
	  .summary = "Get an access token" },
	{ M_POST, "/oauth/revoke", oauth_revoke, .need = NEED_PUBLIC, .no_csrf = true, .cors = true,
	  .summary = "Revoke a token and all that belongs to it" },
	{ M_POST, "/oauth/introspect", oauth_introspect, .need = NEED_PUBLIC, .no_csrf = true,
	  .summary = "What a token is good for" },
	{ M_GET, "/.well-known/oauth-authorization-server", oauth_metadata, .need = NEED_PUBLIC,
	  .cors = true, .summary = "What the OAuth server offers" },
	{ M_GET, "/.well-known/jwks.json", oauth_jwks, .need = NEED_PUBLIC, .cors = true,
	  .summary = "Public keys of the access tokens" },
	{ M_GET, "/livez", health_livez, .need = NEED_PUBLIC },
	{ M_GET, "/readyz", health_readyz, .need = NEED_PUBLIC },
	{ M_GET, "/metrics", health_metrics, .need = NEED_PUBLIC },
};

const size_t nroutes_api = NELEM(routes_api);
