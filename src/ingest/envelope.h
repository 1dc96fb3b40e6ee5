/*
 * envelope.h - from a request body to struct batch and a verdict per item.
 *
 * The door's pure centre: no I/O, no clock. Steps: scan -> adapter (which
 * shape is it? ingest/adapt.h) -> envelope fields -> each item checked, its
 * time corrected, its id settled, scrubbed -> duplicates inside the request
 * removed.
 *
 * One bad item never blocks the others: it becomes a result ("drop"), with a
 * field error in the task's list. The envelope unusable, or every item
 * malformed: E_INVALID with field errors, in seed 000's words. Text not JSON:
 * E_BAD_JSON. With SHAPE_FOREIGN malformed items never fail the batch, since
 * those clients would throw it away or send it for ever.
 */
#ifndef TM_INGEST_ENVELOPE_H
#define TM_INGEST_ENVELOPE_H

#include "base/scan.h"
#include "ingest/batch.h"
#include "ingest/limits.h"
#include "ingest/redact.h"
#include "model/governance/schema.h"

enum body_form { BODY_JSON, BODY_NDJSON };
enum body_shape {
	SHAPE_INGEST,       /* seed 000: envelope with events; versions by table */
	SHAPE_EVENT,        /* seed 001: one event */
	SHAPE_EVENTS,       /* seed 001: {"events":[…]}, an array, or NDJSON lines */
	SHAPE_FOREIGN       /* another vendor's, translated (ingest/foreign) */
};

/* What is known before the body is read. */
struct intake {
	const struct ingest_limits *limits;
	const struct scrub *scrub;
	const struct schema_set *schemas; /* NULL = none */
	int32_t environment_id;
	struct str environment;     /* its name */
	struct str key_id;
	int64_t retention_days;     /* 0 = for ever */
	struct str bundles;         /* allowed, newline-separated; "" = any */
	struct str remote_addr;
	struct str country;         /* of remote_addr, "" unknown */
	struct str idempotency_key; /* "" none */
	struct str sdk, sdk_version, schema_version; /* X-… headers */
	const char *source;         /* SHAPE_FOREIGN: the vendor */
	enum body_shape shape;
	enum body_form form;
	int64_t received_us;
	bool strict;                /* any drop = E_INVALID */
	bool historical;            /* as "historical": true of the envelope (import) */
	bool all_errors;            /* validate: keep going over everything */
	struct redact_notes *notes; /* NULL, or gathers what the rules do */
};

/* One item that is not simply accepted. */
struct item_result {
	uint32_t index;
	struct str event_id;  /* as sent, else the one given, else "" */
	const char *result;   /* "warning", "drop", "retry" */
	const char *code;
	struct str field;     /* path inside the item, "" = the item */
	struct str type;      /* as sent, for the rejects list */
	size_t size;          /* of the item, bytes */
};

struct warning {
	const char *code;
	struct str message;
};

struct verdict {
	size_t sent;          /* items in the body */
	size_t accepted, rejected, duplicates;
	struct item_result *results;
	size_t nresults, cap;
	struct warning warnings[16]; /* about the batch, a code once */
	size_t nwarnings;
	int64_t quota_until_us; /* dropped for the quota: until then; 0 = was not, -1 = no date */
	const char *quota_category;
};

/* body: inflated. On E_OK *b holds the accepted items (maybe none). */
enum err envelope_parse(struct task *t, struct scan *s, const struct intake *in,
                        struct str body, struct batch *b, struct verdict *v) MUST_CHECK;
/* The same for a body that is on a tape already, as ingest/foreign makes it;
 * size: its bytes, or more. */
enum err envelope_check(struct task *t, const struct scan *s, size_t size,
                        const struct intake *in, struct batch *b,
                        struct verdict *v) MUST_CHECK;

#endif
