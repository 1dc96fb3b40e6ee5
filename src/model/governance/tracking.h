/*
 * tracking.h - the tracking plan: every event by name, what is known of it and
 * what people say of it. Filled by the consumer (jobs/tracking.c); volume comes
 * from the rollups. In a transaction that sees the environment; task memory.
 */
#ifndef TM_MODEL_TRACKING_H
#define TM_MODEL_TRACKING_H

#include "model/project/environment.h"

#define TRACKING_EVENTS_MAX 1000
#define TRACKING_OWNER_MAX 80
#define TRACKING_DESCRIPTION_MAX 500

struct tracking_event {
	struct str name, status, owner, description;
	struct str_list namespaces, releases; /* releases: "android 2.3.1" */
	int64_t first_seen_us, last_seen_us;  /* 0 = planned, not sent yet */
	int64_t sampled, violations;          /* rows looked into; not as the schema says */
	int64_t events;                       /* of the last 30 days, in all namespaces */
	int64_t properties, conflicts;        /* keys; of them with more than one type */
};
/* Most events first; *more: there are further names. */
enum err tracking_list(struct task *t, struct pg *pg, int32_t environment_id,
                   struct tracking_event **out, size_t *n, bool *more) MUST_CHECK;
enum err tracking_find(struct task *t, struct pg *pg, int32_t environment_id, struct str name,
                   struct tracking_event *out, bool *found) MUST_CHECK;

struct tracking_property {
	struct str key;
	struct str types;   /* "string", "integer, string" */
	int64_t seen;       /* of tracking_event.sampled */
	int64_t first_seen_us, last_seen_us;
	bool conflict;      /* null aside, integers are numbers */
};
enum err tracking_properties(struct task *t, struct pg *pg, int32_t environment_id, struct str name,
                         struct tracking_property **out, size_t *n) MUST_CHECK;

/* status: planned, live, deprecated, unexpected. A name that was never sent is
 * made. E_INVALID with fields name, status, owner, description. */
struct tracking_edit {
	struct str name, status, owner, description, by;
};
enum err tracking_set(struct task *t, struct pg *pg, int32_t environment_id,
                  const struct tracking_edit *edit) MUST_CHECK;

extern const struct stmt_list tracking_statements;

#endif
