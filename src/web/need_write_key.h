/*
 * need_write_key.h - the need check of ingest routes.
 *
 * The key comes from `Authorization: Bearer`, else `?key=`, else, for
 * beacons, from "write_key" in a text/plain body. The row is read from the
 * mirror in Redis and kept for KEY_CACHE_US: it refuses early and holds the
 * scrubbing rules; the accept script asks again.
 *
 * Unknown, malformed, expired and revoked: one and the same E_UNAUTHORIZED.
 * A read key or a personal token: E_FORBIDDEN. Another web origin than the
 * environment allows: E_ORIGIN. Mirror not complete yet: E_UNAVAILABLE, so
 * that SDKs do not pause for an unknown key.
 */
#ifndef TM_WEB_NEED_WRITE_KEY_H
#define TM_WEB_NEED_WRITE_KEY_H

#include "base/crypt.h"
#include "http/route.h"
#include "ingest/scrub.h"
#include "queue/mirror.h"
#include "web/door_rules.h"

#define KEY_CACHE_US INT64_C(500000)
#define KEY_CACHE_SLOTS 64

struct write_key {
	char sha256[CRYPT_SHA256_HEX]; /* hex; "" = empty slot */
	struct mirror_key row;
	struct scrub scrub;
	struct arena *arena; /* holds row and scrub */
	struct door_rules rules;
	int64_t read_us;     /* monotonic */
};

struct key_cache {
	struct write_key slot[KEY_CACHE_SLOTS];
	uint8_t master_key[32];
};

enum err need_write_key(struct web *w, struct task *t, struct req *req, const struct route *row);
/* The same for a key that was found elsewhere ("" = none). */
enum err write_key_admit(struct web *w, struct task *t, const struct req *req,
                         struct str token) MUST_CHECK;
void key_cache_release(struct key_cache *c);

/* Pure: is an Origin header allowed by a newline-separated list? Entries are
 * origins, hosts, or "*.domain"; an empty list allows all. */
bool origin_allowed(struct str list, struct str origin);
/* Pure: is an X-Bundle-Id header in the list (empty = any)? The batch's own
 * app.bundle_id is checked by ingest/envelope. */
bool bundle_allowed(struct str list, struct str bundle);

#endif
