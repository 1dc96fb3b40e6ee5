/*
 * item.h - check one item of a batch and fill struct item.
 *
 * Pure. What is wrong with an item becomes a result in the verdict and a
 * field error in the task ("events.0.name": "The name field is required when
 * type=event."). An item that no rule of the shape refuses may still be
 * dropped by policy (its time), which is not the sender's mistake.
 */
#ifndef TM_INGEST_ITEM_H
#define TM_INGEST_ITEM_H

#include "base/buf.h"
#include "ingest/adapt.h"
#include "ingest/envelope.h"
#include "ingest/redact.h"

enum item_verdict { ITEM_TAKEN, ITEM_MALFORMED, ITEM_DROPPED };

/* One batch under check; set up by envelope_parse. */
struct item_check {
	struct task *task;
	const struct scan *scan;
	const struct intake *in;
	const struct adapter *adapter;
	struct batch *batch;
	struct verdict *verdict;
	int64_t offset_us;   /* added to every time */
	bool measure;        /* the body is large enough for an item to be */
	bool alone;          /* the body is one event: paths have no prefix */
	struct buf *scratch;
	struct redact redact; /* the rules, at what is being read */
	struct {
		uint16_t context; /* of the item that had one last */
		bool refused;     /* by a rule, at its device */
		bool barred;      /* its bundle is not allowed */
	} before;
	bool blocks_refused;  /* a rule drops all items: the envelope's blocks */
	/* the item at hand */
	uint32_t at, index;
	uint32_t pos[F_END];
	uint32_t ctx[F_END]; /* of its context block */
	struct str type_name, id_text;
	bool failed;
};

/* item_context.c: the item's own app and device, when it has them. */
bool item_context(struct item_check *c, struct item *out);

enum item_verdict item_check(struct item_check *c, uint32_t at, uint32_t index,
                             struct item *out);

/* Shared with envelope.c. */
struct item_result *verdict_add(struct task *t, struct verdict *v);
/* One warning of a kind for the whole batch. */
void verdict_warn(struct verdict *v, const char *code, struct str message);
/* The SDK's number of an item that does not get in; -1 is none. */
void batch_lose(struct task *t, struct batch *b, int64_t seq);
/* Index of an identity in the batch, added when new; -1 = too many. */
int identity_index(struct task *t, struct batch *b, const struct identity *d);
/* Is a bundle id in the environment's list (one a line, empty = any)? */
bool bundle_listed(struct str allowed, struct str bundle);
/* A time: RFC 3339 text, or milliseconds where the adapter allows it. */
bool time_read(const struct adapter *a, const struct scan *s, uint32_t at, int64_t *us);
/* A string, or a number as text (ids and build numbers are often sent so). */
bool text_read(struct task *t, const struct scan *s, uint32_t at, struct str *out);

#endif
