/*
 * limits.h - how large a body and its parts may be. One struct, filled from
 * the configuration by the program; published by GET /api/v1/ingest/config.
 */
#ifndef TM_INGEST_LIMITS_H
#define TM_INGEST_LIMITS_H

#include "base/base.h"

struct conf;

struct ingest_limits {
	size_t max_body;        /* bytes on the wire */
	size_t max_inflated;    /* bytes after gzip or zstd */
	size_t max_ratio;       /* inflated : wire */
	size_t max_events;      /* items of one batch */
	size_t max_event_bytes; /* one item, minified, unescaped */
	size_t max_crash_bytes; /* one crash */
	size_t max_depth;       /* containers inside a property object, itself = 1 */
	size_t max_properties;  /* members of one object */
	size_t max_key_bytes;
	size_t max_string_bytes; /* longer: cut at a character, with a warning */
};

/* The documented defaults. */
extern const struct ingest_limits ingest_limits_default;
/* Those that are configured. */
struct ingest_limits ingest_limits_of(const struct conf *c);

#define MAX_NAME_BYTES 200       /* event and trace names, namespace */
#define MAX_ID_BYTES 128         /* session, trace and event ids as text */
#define MAX_PERSON_ID_BYTES 256  /* user_id, anonymous_id, device_id, alias */
#define MAX_CONTEXT_BYTES 128    /* bundle id, versions, model, locale … */
#define MAX_SDK_BYTES 64         /* an SDK's name; its version */
#define MAX_MESSAGE_BYTES 8192   /* exception message */
#define MAX_BREADCRUMBS 200
#define MAX_OPERATIONS 64
#define MAX_RESULTS 1000

#endif
