/*
 * foreign_out.h - the writer of canonical batches: what a translator says,
 * item by item. Positions belong to out.scan; values are copied at once.
 */
#ifndef TM_INGEST_FOREIGN_FOREIGN_OUT_H
#define TM_INGEST_FOREIGN_FOREIGN_OUT_H

#include "base/scan.h"
#include "base/tape.h"
#include "base/zone.h"

enum foreign_unit { FOREIGN_S, FOREIGN_MS, FOREIGN_S_OR_MS, FOREIGN_NS };

/* What all items of one message have in common. "" = not sent. */
struct foreign_head {
	uint32_t at;   /* the message */
	struct str id;
	int64_t salt;  /* without an id: tells apart what the bytes do not */
	uint32_t time; /* where its time stands, 0 = now */
	enum foreign_unit unit;
	int64_t nudge_us; /* added, so that messages of one millisecond keep their order */
	struct str user_id, anonymous_id, device_id, session;
	struct str app_id, app_version, app_build;
	struct str platform, os, model, locale;
};

struct foreign_out {
	struct task *task;
	const struct scan *scan; /* what positions belong to */
	const char *vendor;
	int64_t now_us;
	struct tape *w; /* the batch, borrowed */
	/* What a request may make of itself, in bytes of the batch and of what ids
	 * are made of; 0 = no bound (an import). Beyond it no value is written, and
	 * foreign_translate fails. */
	size_t bound, hashed;
	bool too_much;
	struct buf scratch;
	struct foreign_head before; /* whose app and device were written last */
	size_t items;
	/* what the translator finds besides items */
	struct str sdk, sdk_version;
	int64_t sent_us;    /* when the client sent it, by its clock; 0 = unknown */
	bool historical;    /* an import: times are not corrected */
	const struct zone *zone; /* an import: times are wall times there; NULL = UTC */
	struct str reply_id; /* for row->reply */
	size_t messages;     /* likewise: how many the vendor counts */
	size_t passed;       /* what we keep nothing of (metrics …), to be counted */
	size_t rejected;     /* set before row->reply: items that were refused */
};

/* Begin an item of our type ("event", "identify" …). part tells apart the
 * items of one message; "" is the first. What follows are its other members,
 * until foreign_end. */
void foreign_item(struct foreign_out *o, const struct foreign_head *h, const char *type,
                  const char *part);
void foreign_end(struct foreign_out *o);
/* A member; nothing is written for "" or 0. */
void foreign_text_str(struct foreign_out *o, struct str key, struct str text);
void foreign_value_str(struct foreign_out *o, struct str key, uint32_t at);
static inline void
foreign_text(struct foreign_out *o, const char *key, struct str text)
{
	if (text.n > 0)
		foreign_text_str(o, (struct str){ key, strlen(key) }, text);
}
static inline void
foreign_value(struct foreign_out *o, const char *key, uint32_t at)
{
	if (at != 0)
		foreign_value_str(o, (struct str){ key, strlen(key) }, at);
}
/* A value of the array that is open. */
void foreign_element(struct foreign_out *o, uint32_t at);
/* Would the door take the value (depth, members, keys)? For what is better left
 * out than the reason that a crash is refused. */
bool foreign_fits(struct foreign_out *o, uint32_t at);
/* An event's name: $pageview is page_view, $screen and screen are screen_view,
 * all others stay. */
void foreign_name(struct foreign_out *o, uint32_t at);
/* Why a call of theirs becomes no item; codes of ingest/reason.c. */
#define FOREIGN_NOT_MAPPED "not_mapped"
#define FOREIGN_ERASE_BY_REQUEST "erase_by_request"
/* A call for the rejects; what: how the vendor names it. */
void foreign_refuse(struct foreign_out *o, const struct foreign_head *h, const char *what,
                    const char *code);
/* All members of an object into the object that is open, without those named
 * in skip (NULL-terminated, may be NULL) and without nulls. */
void foreign_spread(struct foreign_out *o, uint32_t obj, const char *const *skip);

/* User properties: as many items as MAX_OPERATIONS asks for. */
struct foreign_ops {
	struct foreign_out *out;
	const struct foreign_head *head;
	const char *part;
	size_t n; /* in all */
};
/* op: "set", "set_once", "increment", "unset" (at is not looked at). */
void foreign_op(struct foreign_ops *ops, const char *op, struct str key, uint32_t at);
/* One operation a member of obj; a null unsets. */
void foreign_op_each(struct foreign_ops *ops, const char *op, uint32_t obj,
                     const char *const *skip);
void foreign_ops_end(struct foreign_ops *ops);

#endif
