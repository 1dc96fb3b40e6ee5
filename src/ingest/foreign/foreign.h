/*
 * foreign.h - other vendors' protocols, brought onto our own items.
 *
 * A row of the table is one protocol. Its translator reads the vendor's body
 * and writes a canonical batch onto a tape, which goes through envelope_check
 * like every other batch: limits, privacy rules, schemas, quotas, rejects and
 * the ledger are written once. Pure: no I/O, no clock.
 *
 *   foreign_read    bytes -> struct scan (unpacked by what they are, not by
 *                   what the headers say; a form's data= likewise)
 *   foreign_key     the write key, wherever this protocol puts it
 *   row->translate  scan -> items, by foreign_item and what follows it
 *   row->reply      the vendor's own success shape, status 200
 *   row->refuse     its error shape
 *
 * An item that is not well-formed is written all the same: item_check refuses
 * it with its reason, and the batch around it stays. A translator fails only
 * when the body as a whole cannot be read.
 *
 * Ids: a UUID (with or without dashes) stays; other text becomes
 * "vendor:part:text", of which the door makes a UUIDv5; without one it is a
 * UUIDv5 of the item's own bytes. So the same bytes sent twice are one item, and
 * ids of two vendors never meet.
 */
#ifndef TM_INGEST_FOREIGN_FOREIGN_H
#define TM_INGEST_FOREIGN_FOREIGN_H

#include "http/inflate.h"
#include "http/req.h"
#include "http/res.h"
#include "ingest/foreign/foreign_out.h"

/* Rows of the table; a route names one in .vendor. */
enum foreign_id {
	FOREIGN_NONE,
	FOREIGN_APTABASE,
	FOREIGN_OTLP_TRACES,
	FOREIGN_OTLP_LOGS,
	FOREIGN_OTLP_METRICS,
	FOREIGN_SEGMENT,
	FOREIGN_SEGMENT_SETTINGS,
	FOREIGN_AMPLITUDE,
	FOREIGN_MIXPANEL,
	FOREIGN_POSTHOG,
	FOREIGN_POSTHOG_FLAGS,
	FOREIGN_POSTHOG_NONE,
	FOREIGN_POSTHOG_CONFIG,
	FOREIGN_SENTRY,
	FOREIGN_END
};

/* One request. Texts are borrowed or task memory; scan holds body until
 * something else is parsed. */
struct foreign_request {
	struct task *task;
	const struct req *req;
	struct scan *scan;
	struct inflate_limits limits;
	struct str form; /* the body, or a GET's query, when it is a form; else "" */
	struct str body; /* unpacked; what data= of a form held */
	bool read;
};

struct foreign {
	const char *vendor; /* batch.source */
	bool raw;           /* the body is no JSON: translate gets bytes */
	/* NULL, or the key where only this protocol puts it: headers, query.
	 * Authorization is always looked at first. */
	struct str (*find_key)(const struct foreign_request *r);
	/* NULL, or the key inside the body, which has been read. */
	struct str (*body_key)(const struct foreign_request *r);
	/* Two protocols of one address: NULL, or the other row when it is that. */
	const struct foreign *(*pick)(const struct foreign_request *r);
	/* NULL: nothing is taken, only answered. */
	enum err (*translate)(struct foreign_out *o, const struct foreign_request *r);
	/* The whole answer; status is 200 already. */
	void (*reply)(const struct foreign_out *o, const struct foreign_request *r, struct res *res);
	/* NULL, or another error body and status than ours, which is written. */
	void (*refuse)(const struct foreign_request *r, enum err e, struct res *res);
};

const struct foreign *foreign_row(enum foreign_id id);

/* Unpack and parse, once. E_BAD_JSON, or what inflate_body says. */
enum err foreign_read(const struct foreign *f, struct foreign_request *r) MUST_CHECK;
/* The key, p NULL when there is none; reads the body only when it must. */
enum err foreign_key(const struct foreign *f, struct foreign_request *r,
                     struct str *key) MUST_CHECK;
/* Run the translator; out receives the batch. */
enum err foreign_translate(const struct foreign *f, const struct foreign_request *r,
                           struct tape *out, struct foreign_out *o) MUST_CHECK;
/* The same in steps, for a batch of several requests: begin, then
 * row->translate with o->scan at each, then finish. */
void foreign_begin(const struct foreign *f, struct task *t, struct tape *out,
                   struct foreign_out *o);
void foreign_finish(struct foreign_out *o);

/* --- reading: positions may be 0, and then so is the result --- */

/* A member that is not null. Inline, so that the length of a literal is known
 * when this is compiled. */
static inline uint32_t
foreign_find_str(const struct scan *s, uint32_t obj, struct str key)
{
	if (obj == 0 || !scan_is_object(s, obj))
		return 0;
	uint32_t at = scan_find(s, obj, key);
	return at != 0 && !scan_is_null(s, at) ? at : 0;
}
static inline uint32_t
foreign_find(const struct scan *s, uint32_t obj, const char *key)
{
	return foreign_find_str(s, obj, (struct str){ key, strlen(key) });
}
/* A string, or a number as text; "" for anything else. Task memory. */
struct str foreign_string(struct task *t, const struct scan *s, uint32_t at);
/* foreign_string of a member. */
static inline struct str
foreign_member(struct task *t, const struct scan *s, uint32_t obj, const char *key)
{
	return foreign_string(t, s, foreign_find(s, obj, key));
}

/* RFC 3339 text, or a number of the unit (also as text). */
bool foreign_time(const struct scan *s, uint32_t at, enum foreign_unit unit, int64_t *us);

/* "iOS", "Mac OS X" … as our SDKs say it. */
struct str foreign_platform(struct task *t, struct str os_name);

/* --- rows, one file a vendor --- */

extern const struct foreign foreign_aptabase;
extern const struct foreign foreign_otlp_traces, foreign_otlp_logs, foreign_otlp_metrics;
extern const struct foreign foreign_segment, foreign_segment_settings;
extern const struct foreign foreign_amplitude, foreign_mixpanel;
extern const struct foreign foreign_posthog, foreign_posthog_flags, foreign_posthog_none,
    foreign_posthog_config;
extern const struct foreign foreign_sentry;

#endif
