/*
 * adapt.h - schema versions and shapes, brought onto one set of fields.
 *
 * An adapter is a row: names of the keys of its envelope, blocks and items,
 * and what its times look like. Everything after it sees fields, not names,
 * so a new version is a new row.
 *
 * "1.0" (seed 000): sent_at, environment, app{bundle_id, version_name,
 *   build_number}, device{device_id, platform, os_version, model, locale},
 *   user{anonymous_id, user_id}, events[{type, event_id, name, timestamp,
 *   session_id, background, properties, …}]; times are RFC 3339.
 * "1.1": sent, env, context{app{id, version, build}, device{id, platform,
 *   os, model, locale}, user{id, anonymous_id}}, items[{type, id, name, ts,
 *   session, seq, props, …}], install; times are RFC 3339 or epoch milliseconds.
 *   An event may carry a context{org_id, service, version, …} of its own.
 * "events" (seed 001): events[{event or name, namespace, properties,
 *   context{user_id, session_id, service, …}, id, timestamp}]; type is
 *   always event, a missing time is the time of arrival.
 * All: sdk, "name/version", of a sender that cannot set X-SDK.
 */
#ifndef TM_INGEST_ADAPT_H
#define TM_INGEST_ADAPT_H

#include "base/scan.h"

enum envelope_field {
	ENV_SCHEMA = 1,
	ENV_SENT_AT,
	ENV_ENVIRONMENT,
	ENV_HISTORICAL,
	ENV_INSTALL, /* whose numbers seq are */
	ENV_SDK,     /* where a header cannot be set */
	ENV_APP,
	ENV_DEVICE,
	ENV_USER,
	ENV_CONTEXT, /* holds app, device, user */
	ENV_EVENTS,
	ENV_END
};

enum block_field {
	BLK_BUNDLE_ID = 1, BLK_APP_VERSION, BLK_APP_BUILD,
	BLK_DEVICE_ID, BLK_PLATFORM, BLK_OS_VERSION, BLK_MODEL, BLK_LOCALE,
	BLK_USER_ID, BLK_ANONYMOUS_ID,
	BLK_END
};

enum item_field {
	F_TYPE = 1,
	F_ID,
	F_NAME,
	F_NAMESPACE,
	F_TIME,
	F_SESSION,
	F_SEQ,
	F_BACKGROUND,
	F_PROPERTIES,
	F_OPERATIONS,
	F_FATAL,
	F_FINGERPRINT,
	F_EXCEPTION,
	F_BREADCRUMBS,
	F_TRACE,
	F_TRACE_ID,
	F_DURATION,
	F_SPANS,
	F_USER_ID,
	F_ANONYMOUS_ID,
	F_DEVICE_ID,
	F_ALIAS,
	F_CONTEXT,
	F_APP,    /* of this item alone */
	F_DEVICE,
	F_SAME,   /* app and device as of the item that had some last */
	F_REFUSE, /* why another vendor's call is no item */
	F_END
};

struct key_name {
	const char *name;
	int field;
};

/* Names to fields; a small hash table built on first use. */
struct key_map {
	const struct key_name *rows;
	size_t n;
	bool ready;
	uint8_t slot[128]; /* row + 1 */
	uint8_t len[64];   /* of each row's name */
	uint64_t head[64]; /* its first bytes: head_of */
};

struct adapter {
	const char *version; /* value of schema_version; NULL = not by version */
	const char *source;  /* batch.source */
	const char *list;    /* name of the list, for paths in field errors */
	const char *name;    /* name of an event's name, likewise */
	bool epoch_ms;       /* numbers are times too */
	bool only_events;    /* no type: every item is an event */
	struct key_map *envelope, *app, *device, *user, *item;
	struct key_map *context;      /* of the envelope */
	struct key_map *item_context; /* of an item */
};

/* NULL when the version is not known. */
const struct adapter *adapter_find(struct str version);
/* "1.0, 1.1" */
const char *adapter_versions(void);
extern const struct adapter adapter_events;
/* What ingest/foreign writes: as 1.1, and with app and device in each item. */
extern const struct adapter adapter_foreign;

/*
 * Positions of obj's members by field, in pos[0..end), 0 = absent. Unknown
 * keys are passed over. False when a key stands there twice or there are
 * more than max members; *bad (may be "") then names the key.
 */
bool key_map_collect(struct key_map *m, const struct scan *s, uint32_t obj, size_t max,
                     uint32_t *pos, size_t end, struct str *bad);
/*
 * The same of an object that others have made, in which nothing is wrong: of a
 * key that stands there twice the first counts, and no object (or obj 0) has no
 * members. other: NULL, or room for scan_count of keys that are not in the map
 * and whose value is not null; how many is returned.
 */
size_t key_map_pick(struct key_map *m, const struct scan *s, uint32_t obj, uint32_t *pos,
                    size_t end, uint32_t *other);

#endif
