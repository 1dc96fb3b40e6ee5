/* limits.c - see limits.h. */
#include "ingest/limits.h"

const struct ingest_limits ingest_limits_default = {
	.max_body = 1048576,
	.max_inflated = 8388608,
	.max_ratio = 100,
	.max_events = 1000,
	.max_event_bytes = 32768,
	.max_crash_bytes = 524288,
	.max_depth = 16,
	.max_properties = 64,
	.max_key_bytes = 64,
	.max_string_bytes = 1024,
};
