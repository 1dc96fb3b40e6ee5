/*
 * door.h - requests that the door refused, counted until they are taken into
 * the store.
 *
 * One hash for each quarter-hour, so that whoever reads it gets totals: taking
 * the same ones twice changes nothing, and a reader that was killed has lost
 * nothing. Words come from clients: beyond DOOR_FIELDS different ones a
 * quarter-hour, the SDK is left out.
 */
#ifndef TM_QUEUE_DOOR_H
#define TM_QUEUE_DOOR_H

#include "queue/redis.h"

#define DOOR_BUCKET_US INT64_C(900000000)
#define DOOR_FIELDS 5000
#define DOOR_KEEP_S 172800

struct door_count {
	int32_t environment_id;
	struct str code;             /* slug of the error: "rate_limited" */
	struct str sdk, sdk_version; /* as the headers said, "" = not */
	int64_t requests;
};

/* Add to the quarter-hour that holds now. */
enum err door_add(struct task *t, struct redis *r, int64_t now_us, const struct door_count *c,
                  size_t n) MUST_CHECK;
/* The totals of the quarter-hour that begins at bucket_us; task memory. */
enum err door_read(struct task *t, struct redis *r, int64_t bucket_us, struct door_count **c,
                   size_t *n) MUST_CHECK;

#endif
