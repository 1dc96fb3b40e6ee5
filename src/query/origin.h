/*
 * origin.h - where an item or a session came from: the device, and what its
 * context says of phone and app. A member of every row that has one.
 */
#ifndef TM_QUERY_ORIGIN_H
#define TM_QUERY_ORIGIN_H

#include "base/csv.h"
#include "base/jw.h"
#include "store/pg.h"

/* "" = unknown. */
struct origin {
	struct str device_id;
	struct str platform, os_version, model, locale, country;
	struct str bundle_id, version, build;
};

/* Of a row of contexts c, in the order in which origin_row reads them. */
#define ORIGIN_CONTEXT "c.platform, c.os_version, c.model, c.locale, c.country," \
	" c.bundle_id, c.app_version, c.app_build"
/* What leads there from rows k; $1 is the environment. */
#define ORIGIN_JOIN \
	" LEFT JOIN devices d ON d.environment_id = $1 AND d.device_no = k.device_no" \
	" LEFT JOIN contexts c ON c.environment_id = $1 AND c.context_no = k.context_no"
/* device, context: the columns of the device id and of ORIGIN_CONTEXT's first. */
struct origin origin_row(const struct rows *r, size_t i, int device, int context);

/* "android 14", "2.4.0 (241)"; "" = unknown. */
struct str origin_system(struct task *t, const struct origin *o);
struct str origin_app(struct task *t, const struct origin *o);

/* "device":{…},"app":{…} */
void origin_json(struct jw *w, const struct origin *o);
/* The same as columns of a file, and the cells below them. */
void origin_csv(struct csv *c, const struct origin *o);
#define ORIGIN_COLUMNS "device_id", "platform", "os_version", "model", "locale", "country", \
	"bundle_id", "version_name", "build_number"

#endif
