/* ingest_config.c - GET /api/v1/ingest/config: what an SDK may send here. */
#include "base/str.h"
#include "base/num.h"
#include "ingest/adapt.h"
#include "model/team/flag.h"
#include "queue/flags.h"
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

#define PLACES 3 /* system, team, project */

/* The rules for the key's project, from their copy in Redis. */
static enum err
load_flags(struct web *w, struct task *t, const struct mirror_key *k, unsigned *mask)
{
	const enum flag_scope scope[PLACES] = { FLAG_SYSTEM, FLAG_TEAM, FLAG_PROJECT };
	const struct str subject[PLACES] = { STR(FLAG_ZEROS), k->team, k->project };
	const struct flag_who who = { .team_id = k->team, .project_id = k->project };
	struct flags_place place[FLAG_COUNT * PLACES];
	struct flag_rule rule[FLAG_COUNT * PLACES];
	int percent[FLAG_COUNT * PLACES];
	size_t n = 0, kept = 0;
	for (int f = FLAG_NONE + 1; f < FLAG_COUNT; f++)
		for (size_t i = 0; i < PLACES; i++, n++) {
			place[n] = (struct flags_place){ str_of(flag_rows[f].key),
				flag_scope_name(scope[i]), subject[i] };
			rule[n] = (struct flag_rule){ (enum flag)f, scope[i], subject[i], 0 };
		}
	enum err e = flags_get(t, w->redis, place, n, percent);
	for (size_t i = 0; e == E_OK && i < n; i++) {
		if (percent[i] < 0)
			continue;
		rule[kept] = rule[i];
		rule[kept++].percent = percent[i];
	}
	*mask = flag_mask(rule, kept, &who);
	return e;
}

static void
add_flags(struct buf *b, unsigned mask)
{
	for (int f = FLAG_NONE + 1; f < FLAG_COUNT; f++)
		buf_printf(b, "%s\"%s\":%s", f > FLAG_NONE + 1 ? "," : "", flag_rows[f].key,
		           (mask >> f & 1) != 0 ? "true" : "false");
}

static void
add_share(struct buf *b, double v)
{
	char text[NUM_TEXT];
	buf_add(b, (struct str){ text, num_format(v, text) });
}

/* "*" is every SDK; the others by name. */
static void
add_killed(struct buf *b, struct str list)
{
	bool all = false, first = true;
	struct str rest = list;
	while (rest.p != NULL)
		all = str_is(str_trim(str_cut(&rest, '\n')), "*") || all;
	buf_printf(b, "\"kill_switch\":{\"all\":%s,\"sdks\":[", all ? "true" : "false");
	while (list.p != NULL) {
		struct str one = str_trim(str_cut(&list, '\n'));
		if (one.n == 0 || str_is(one, "*"))
			continue;
		if (!first)
			buf_putc(b, ',');
		first = false;
		buf_json(b, one);
	}
	buf_puts(b, "]}");
}

/* The same text for the same settings: the ETag is its digest. */
static void
write_config(struct buf *b, const struct ingest_limits *l, const struct mirror_key *k,
             unsigned flags)
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
	           "\"sampling\":{\"events\":",
	           (long long)k->rpm, (long long)k->rpm * 1000);
	add_share(b, k->sample_events);
	buf_puts(b, ",\"traces\":");
	add_share(b, k->sample_traces);
	buf_puts(b, "},\"flags\":{");
	add_flags(b, flags);
	buf_puts(b, "},");
	add_killed(b, k->killed_sdks);
	buf_printf(b, ",\"poll_seconds\":%d}", MAX_AGE_S);
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
	unsigned flags = 0;
	enum err e = load_flags(w, t, &w->who.key->row, &flags);
	if (e != E_OK)
		return e;
	res_json(res, 200);
	write_config(&res->body, &w->ingest->limits, &w->who.key->row, flags);
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
