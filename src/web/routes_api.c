/* routes_api.c - see routes_api.h. Every /api row stands in
 * static/openapi.json too; t/unit/web/openapi compares them. */
#include "web/routes_api.h"

#include "web/api/api.h"

#define PROJECT "/api/v1/projects/{project_id}"

const struct route routes_api[] = {
	{ M_GET, "/api/v1/projects", api_projects_list, .need = NEED_TOKEN,
	  .scope = "projects:read", .summary = "List the team's projects" },
	{ M_POST, "/api/v1/projects", api_projects_create, .need = NEED_TOKEN,
	  .scope = "projects:write", .no_csrf = true,
	  .summary = "Create a project with its environments" },
	{ M_GET, PROJECT "/metrics/overview", api_overview, .need = NEED_TOKEN,
	  .scope = "metrics:read", .read_key = true, .summary = "Key numbers of a window" },
	{ M_GET, PROJECT "/events", api_events, .need = NEED_TOKEN, .scope = "events:read",
	  .read_key = true, .summary = "List events, newest first" },
	{ M_GET, PROJECT "/events/{event_id}", api_event, .need = NEED_TOKEN,
	  .scope = "events:read", .read_key = true, .summary = "Get one event" },
	{ M_GET, "/api/v1/ingest/batches/{batch_id}", api_batch, .need = NEED_PUBLIC,
	  .summary = "What became of an accepted batch" },
	{ M_GET, "/api/openapi.json", api_openapi, .need = NEED_PUBLIC,
	  .summary = "This description" },
	{ M_GET, "/livez", health_livez, .need = NEED_PUBLIC },
	{ M_GET, "/readyz", health_readyz, .need = NEED_PUBLIC },
	{ M_GET, "/metrics", health_metrics, .need = NEED_PUBLIC },
};

const size_t nroutes_api = NELEM(routes_api);
