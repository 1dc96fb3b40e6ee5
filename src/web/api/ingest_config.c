/* ingest_config.c - GET /api/v1/ingest/config: what an SDK may send here. */
#include "base/str.h"
#include "ingest/adapt.h"
#include "web/api/ingest.h"

#define MAX_AGE_S 300

static void
add_versions(struct buf *b)
{
	struct str rest = str_of(adapter_versions());
	bool first = true;
	while (rest.p != NULL) {
		if (!first)
			buf_putc(b, ',');
		first = false;
		buf_json(b, str_trim(str_cut(&rest, ',')));
	}
}

/* The same text for the same settings: the ETag is its digest. */
static void
write_config(struct buf *b, const struct ingest_limits *l, const struct mirror_key *k)
{
	buf_puts(b, "{\"environment\":");
	buf_json(b, k->env_name);
	buf_puts(b, ",\"schema_versions\":[");
	add_versions(b);
	buf_printf(b,
	           "],\"limits\":{\"max_body_bytes\":%zu,\"max_inflated_bytes\":%zu,"
	           "\"max_inflate_ratio\":%zu,\"max_events\":%zu,\"max_event_bytes\":%zu,"
	           "\"max_crash_bytes\":%zu,\"max_depth\":%zu,\"max_properties\":%zu,"
	           "\"max_key_bytes\":%zu,\"max_string_bytes\":%zu},",
	           l->max_body, l->max_inflated, l->max_ratio, l->max_events, l->max_event_bytes,
	           l->max_crash_bytes, l->max_depth, l->max_properties, l->max_key_bytes,
	           l->max_string_bytes);
	buf_printf(b,
	           "\"rate_limit\":{\"requests_per_minute\":%lld,\"items_per_minute\":%lld},"
	           "\"encodings\":[\"gzip\",\"zstd\"],"
	           "\"sampling\":{\"events\":1,\"traces\":1},\"flags\":{},"
	           "\"kill_switch\":{\"all\":false,\"sdks\":[]},\"poll_seconds\":%d}",
	           (long long)k->rpm, (long long)k->rpm * 1000, MAX_AGE_S);
}

/* If-None-Match: "a", W/"b", * (RFC 9110 13.1.2, weak comparison). */
static bool
matches(struct str header, struct str etag)
{
	if (str_is(str_trim(header), "*"))
		return true;
	while (header.p != NULL) {
		struct str one = str_trim(str_cut(&header, ','));
		if (str_starts(one, STR("W/")))
			one = str_slice(one, 2, one.n);
		if (one.n > 0 && str_eq(one, etag))
			return true;
	}
	return false;
}

enum err
ingest_config(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	char hex[CRYPT_SHA256_HEX];
	res_json(res, 200);
	write_config(&res->body, &w->ingest->limits, &w->who.key->row);
	crypt_sha256_hex(buf_str(&res->body), hex);
	struct str etag = arena_printf(t->arena, "\"%.32s\"", hex);
	res_header(res, "ETag", etag);
	res_headerf(res, "Cache-Control", "private, max-age=%d", MAX_AGE_S);
	if (!matches(req_header(req, "if-none-match"), etag))
		return E_OK;
	buf_reset(&res->body);
	res->status = 304;
	return E_OK;
}
