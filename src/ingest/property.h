/*
 * property.h - user properties: what a list of operations adds up to. Pure.
 *
 * Operations of one (person, key) are ordered by (ts, event id, position):
 * set - the last one wins; set_once - only when the key was never set before
 * it; increment - adds to the number at its place (anything else counts as
 * 0); unset - removes. An operation that arrives late is put in its place
 * and the key is replayed, so the order of arrival does not matter.
 */
#ifndef TM_INGEST_PROPERTY_H
#define TM_INGEST_PROPERTY_H

#include "base/task.h"

enum property_op { PROP_SET, PROP_SET_ONCE, PROP_INCREMENT, PROP_UNSET, PROP_END };

struct property_change {
	int64_t ts_us;
	uint8_t event_id[16];
	int position; /* inside the item */
	enum property_op op;
	struct str value; /* JSON; "" for unset */
};

struct property_state {
	bool present;  /* has a value */
	bool ever_set; /* set_once no longer has an effect */
	struct str value; /* JSON */
	int64_t ts_us; /* of the last change that had an effect */
};

/* "set", "set_once", "increment", "unset". */
bool property_op_find(struct str name, enum property_op *out);
const char *property_op_name(enum property_op op);
/* Total order of changes: (ts, event id, position). */
int property_cmp(const void *a, const void *b);
/* One more change that lies after all before it. */
void property_apply(struct task *t, struct property_state *s, const struct property_change *c);
/* Sorts changes and applies them to nothing. */
void property_replay(struct task *t, struct property_change *c, size_t n,
                     struct property_state *out);

#endif
