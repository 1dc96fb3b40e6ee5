/* routes_ingest.h - the door's URLs; nginx's ingest.conf names the same. */
#ifndef TM_WEB_ROUTES_INGEST_H
#define TM_WEB_ROUTES_INGEST_H

#include "http/route.h"

extern const struct route routes_ingest[];
extern const size_t nroutes_ingest;

#endif
