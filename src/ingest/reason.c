/* reason.c - see reason.h. */
#include "ingest/reason.h"

#include "base/str.h"

#define QUEUE "Send more often, or raise the limit of the queue."

static const struct reason reasons[] = {
	/* items */
	{ "missing_field", "A field is missing", "Send the field; the path names it." },
	{ "invalid_type", "A field has the wrong type",
	  "Send the type that the reference names for this path: a string, a number, an object." },
	{ "unknown_type", "The type of the item is not known",
	  "Use one of the item types of the reference, or update the server before the SDK." },
	{ "invalid_timestamp", "The timestamp cannot be read",
	  "Send RFC 3339 with a zone, such as 2026-02-23T09:45:09.012Z." },
	{ "timestamp_out_of_range", "The timestamp is before the year 2000",
	  "Check the unit: milliseconds sent as seconds, or a clock that was never set." },
	{ "beyond_retention", "Older than this environment keeps",
	  "Lengthen the retention, or import history with tidemarkctl import." },
	{ "event_too_large", "The item is too large",
	  "Send less with one item; the limits are in GET /api/v1/ingest/config." },
	{ "too_long", "An id is too long", "Ids have at most 256 bytes, session ids 128." },
	{ "too_deep", "Values are nested too deep", "Flatten the properties." },
	{ "too_many_properties", "Too many properties", "Send fewer keys with one item." },
	{ "too_many_identities", "The batch names too many people",
	  "Send the items of fewer people in one batch." },
	{ "key_too_long", "The name of a property is too long", "Shorten the name." },
	{ "duplicate_key", "A key stands there twice", "Send each key once." },
	{ "number_out_of_range", "A number is out of range", "Send a finite number." },
	{ "invalid_operation", "An operation on a user property is not known",
	  "Use set, set_once, increment or unset." },
	{ "not_mapped", "Another vendor's call without a counterpart",
	  "Nothing; /docs/compatibility says what is mapped and what is not." },
	{ "erase_by_request", "Another vendor's call to delete a person",
	  "Open a privacy request: a write key stands in every app and must not erase." },
	{ "pii_policy", "A privacy rule drops it", "Nothing: the rule says so; see Privacy." },
	{ "schema_violation", "It does not fit the schema of its namespace",
	  "Correct the event, or the schema on the tracking plan." },
	{ "erased", "Of a person whose data were erased",
	  "Nothing: items up to the erasure are dropped on purpose." },
	{ "quota_exceeded", "The plan's quota is used up",
	  "Wait for the next month, or ask for a larger plan." },
	{ "sdk_disabled", "The SDK was told to stop", "Switch it on again in the settings." },
	/* requests */
	{ "unauthorized", "The key is unknown or revoked", "Use a live write key." },
	{ "forbidden", "The key may not send", "Use a write key; a read key cannot send." },
	{ "origin_not_allowed", "Origin or bundle is not allowed",
	  "Add it to the settings, \"Who may send\", or remove the key from that app." },
	{ "bad_request", "The request could not be read", "Check the headers." },
	{ "invalid_json", "The body is not valid JSON",
	  "Check the encoding; NaN and trailing bytes are not JSON." },
	{ "validation_failed", "No item could be used",
	  "Send the body to /api/v1/ingest/validate: it lists every mistake." },
	{ "idempotency_mismatch", "An Idempotency-Key came again with another body",
	  "Make a new key for each body." },
	{ "payload_too_large", "The body is too large", "Halve the batch and send both parts." },
	{ "unsupported_media_type", "Content type or encoding is not supported",
	  "Send JSON or NDJSON, plain, gzip or zstd." },
	{ "rate_limited", "Too many requests for this key",
	  "SDKs keep and resend by themselves; raise the key's limit if it stays." },
	{ "queue_full", "The server was behind",
	  "SDKs keep and resend by themselves; the queue console says what it waits for." },
	{ "unavailable", "A store was down", "SDKs keep and resend by themselves." },
	/* repeats */
	{ "request", "Twice in one request", "Give each item an id of its own." },
	{ "stored", "Sent again after it was stored",
	  "Nothing: a reply was lost on the way, and the event counts once." },
};

/* What SDKs say of what they threw away: their words, not ours. */
static const struct reason device_reasons[] = {
	{ "not_said", "The SDK did not say why", "" },
	{ "queue_full", "The device's queue was full", QUEUE },
	{ "queue_overflow", "The device's queue was full", QUEUE },
	{ "cache_overflow", "The device's queue was full", QUEUE },
	{ "queue_age", "Grew too old on the device", "" },
	{ "sampled", "Left out by sampling", "Nothing: sampling is on." },
	{ "sample_rate", "Left out by sampling", "Nothing: sampling is on." },
	{ "too_large", "The item was too large", "Send less with one item." },
	{ "before_send", "Left out by the app's own rule", "Nothing: beforeSend decided so." },
	{ "opt_out", "The user opted out", "Nothing." },
	{ "consent", "Waited when consent was taken back", "Nothing: it must not be sent." },
	{ "unreadable", "The device could not read its file any more", "" },
	{ "ratelimit_backoff", "Given up while the server was limiting", "Raise the key's limit." },
	{ "network_error", "Given up after failed tries", "" },
	{ "rejected", "The server had refused it", "See the refusals." },
	{ "expired", "Grew too old on the device", "" },
};

const struct reason *
reason_list(bool device, size_t *n)
{
	*n = device ? NELEM(device_reasons) : NELEM(reasons);
	return device ? device_reasons : reasons;
}

const struct reason *
reason_find(struct str code, bool device)
{
	size_t n;
	const struct reason *all = reason_list(device, &n);
	for (size_t i = 0; i < n; i++)
		if (str_is(code, all[i].code))
			return &all[i];
	return NULL;
}
