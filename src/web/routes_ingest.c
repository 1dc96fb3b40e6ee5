/* routes_ingest.c - see routes_ingest.h. */
#include "web/routes_ingest.h"

#include "web/api/ingest.h"

#define DOOR .need = NEED_WRITE_KEY, .no_csrf = true

const struct route routes_ingest[] = {
	{ M_POST, "/api/v1/ingest/batch", ingest_batch, DOOR,
	  .summary = "Send a batch of events, crashes, traces and user properties" },
	{ M_POST, "/api/v1/ingest/validate", ingest_validate, DOOR,
	  .summary = "Check a batch without storing it" },
	{ M_GET, "/api/v1/ingest/config", ingest_config, DOOR,
	  .summary = "Limits, sampling and switches for SDKs" },
	{ M_POST, "/api/v1/events", ingest_event, DOOR, .summary = "Send one event" },
	{ M_POST, "/api/v1/events/batch", ingest_events, DOOR, .summary = "Send events" },
};

const size_t nroutes_ingest = NELEM(routes_ingest);
