/*
 * routes_api.h - the routes of tidemark-web that are not pages: the query
 * and management API, its description, and the health end points.
 */
#ifndef TM_WEB_ROUTES_API_H
#define TM_WEB_ROUTES_API_H

#include "http/route.h"

extern const struct route routes_api[];
extern const size_t nroutes_api;

#endif
