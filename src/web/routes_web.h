/*
 * routes_web.h - the pages of the product, as rows.
 */
#ifndef TM_WEB_ROUTES_WEB_H
#define TM_WEB_ROUTES_WEB_H

#include "http/route.h"

extern const struct route routes_web[];
extern const size_t nroutes_web;

#endif
