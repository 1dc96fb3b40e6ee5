/* limits.c - see limits.h. */
#include "ingest/limits.h"

#include "base/conf.h"

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

struct ingest_limits
ingest_limits_of(const struct conf *c)
{
	return (struct ingest_limits){
		.max_body = (size_t)conf_int(c, CONF_MAX_BODY),
		.max_inflated = (size_t)conf_int(c, CONF_MAX_INFLATED),
		.max_ratio = (size_t)conf_int(c, CONF_MAX_RATIO),
		.max_events = (size_t)conf_int(c, CONF_MAX_EVENTS),
		.max_event_bytes = (size_t)conf_int(c, CONF_MAX_EVENT_BYTES),
		.max_crash_bytes = (size_t)conf_int(c, CONF_MAX_CRASH_BYTES),
		.max_depth = (size_t)conf_int(c, CONF_MAX_DEPTH),
		.max_properties = (size_t)conf_int(c, CONF_MAX_PROPERTIES),
		.max_key_bytes = (size_t)conf_int(c, CONF_MAX_KEY_BYTES),
		.max_string_bytes = (size_t)conf_int(c, CONF_MAX_STRING_BYTES),
	};
}
