/*
 * batch.h - one accepted batch: the shape every adapter ends in, that the
 * wire carries (ingest/wire.h) and that the consumer persists.
 *
 * All text is UTF-8 without U+0000, already scrubbed, already within limits.
 * Strings are borrowed from the body, the wire or task memory. Times are µs
 * since 1970 UTC, effective: the clock is corrected and the future clamped.
 */
#ifndef TM_INGEST_BATCH_H
#define TM_INGEST_BATCH_H

#include "base/base.h"

/* Values are on the wire and in seen.kind: append only. */
enum item_type {
	ITEM_EVENT = 1,
	ITEM_USER_PROPERTIES = 2,
	ITEM_IDENTIFY = 3,
	ITEM_ALIAS = 4,
	ITEM_CRASH = 5,
	ITEM_TRACE = 6,
	ITEM_SESSION_START = 7,
	ITEM_SESSION_END = 8,
	ITEM_CLIENT_REPORT = 9,
	ITEM_TYPE_END
};

/* App and device as they were when the item happened. "" = not sent. */
struct context {
	struct str bundle_id, app_version, app_build;
	struct str platform, os_version, model, locale;
	struct str country; /* ISO 3166-1 alpha-2, "" unknown */
};

/* Who and where from; an item's own value wins over the envelope's. */
struct identity {
	struct str user_id, anonymous_id, device_id;
};

struct item {
	enum item_type type;
	uint16_t context;      /* index into batch.contexts */
	uint16_t identity;     /* index into batch.identities */
	uint32_t index;        /* position in the request, for results and dead letters */
	uint8_t event_id[16];
	struct str original_id; /* the id as sent when it is not a UUID, else "" */
	int64_t ts_us;         /* effective time */
	int64_t seq;           /* SDK's sequence number, -1 = none */
	struct str name;       /* event and trace name; "" otherwise */
	struct str namespace_; /* "product" by default */
	struct str session_id; /* "" = infer */
	bool background;       /* while the app was not in front: opens no session */
	struct str properties; /* JSON object: event properties, trace attributes,
	                          client_report body; "" = {} */
	struct str extra;      /* JSON object: service, version, org_id, custom…
	                          of /events; spans of a trace; "" = none */
	/* user_properties: JSON array of {"op","key","value"} */
	struct str operations;
	/* alias: the id that joins identity.user_id (or anonymous_id) */
	struct str alias_id;
	/* crash */
	bool fatal;
	struct str fingerprint; /* the client's, "" = compute */
	struct str exception_type, exception_message, stacktrace;
	struct str breadcrumbs; /* JSON array, "" = none */
	/* trace */
	struct str trace_id;
	double duration_ms;
};

/* Items of this request that were not accepted, for the ledger. */
struct reject_count {
	struct str code;
	uint32_t count;
};

struct batch {
	int32_t environment_id;
	struct str key_id;     /* uuid text of the write key */
	int64_t received_us;
	int64_t sent_us;       /* 0 = not sent */
	struct str request_id;
	struct str schema_version;
	struct str sdk, sdk_version;
	struct str source;     /* "ingest", "events", "import", adapter name */
	bool historical;       /* no correction, live feed or alerts */
	/* With items, at least one context and one identity (may be empty). A
	 * batch without items is stored too: its ledger row tells of rejects. */
	struct context *contexts;
	size_t ncontexts;
	struct identity *identities;
	size_t nidentities;
	struct item *items;
	size_t nitems;
	struct reject_count *rejects;
	size_t nrejects;
	struct str install;    /* whose numbers the items' seq are, "" = the device's
	                          or the person's */
	int64_t *lost_seq;     /* SDK's numbers of items that were not accepted, */
	size_t nlost;          /* so that they do not count as missing too */
	uint32_t duplicates;   /* repeats inside the request, already removed */
};

#endif
