/* tombstone.c - see tombstone.h. */
#include "ingest/tombstone.h"

#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"
#include "ingest/identity.h"
#include "ingest/scrub.h"

struct str
tombstone_hash(struct task *t, const uint8_t secret[32], char kind, struct str id)
{
	uint8_t user[SCRUB_HASH], mac[32];
	struct str text;

	if (kind == ID_USER) {
		scrub_user_hash(secret, id, user);
		id = codec_hex_str(t->arena, (struct str){ (const char *)user, sizeof(user) });
	}
	text = arena_printf(t->arena, "tombstone %c %.*s", kind, STRF(id));
	crypt_hmac_sha256((struct str){ (const char *)secret, 32 }, text, mac);
	return codec_hex_str(t->arena, (struct str){ (const char *)mac, sizeof(mac) });
}
