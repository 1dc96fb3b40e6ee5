/*
 * geo.h - country of a request. From a MaxMind DB when the operator supplies
 * one, else the region of the device's locale ("de-AT" -> AT). Resolved
 * before the address is cut.
 */
#ifndef TM_INGEST_GEO_H
#define TM_INGEST_GEO_H

#include "base/task.h"

struct geo;

/* NULL path or "" = no database (returns E_OK and *g NULL). */
enum err geo_open(struct task *t, struct geo **g, const char *path) MUST_CHECK;
void geo_close(struct geo *g);
/* ISO 3166-1 alpha-2 in task memory, "" when unknown. g may be NULL. */
struct str geo_country(struct task *t, struct geo *g, struct str ip);
/* Region of a locale: "pt_BR", "zh-Hans-CN"; "" when it names none. */
struct str geo_of_locale(struct task *t, struct str locale);

#endif
