/* scrub.c - see scrub.h. */
#include "ingest/scrub.h"

#include <arpa/inet.h>

#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"

/* 1-26 for a letter of either case, 0 for any other byte. */
static unsigned
letter(char c)
{
	unsigned l = ((unsigned char)c | 32U) - 'a';
	return l < 26 ? l + 1 : 0;
}

/*
 * False when no listed key begins and ends like this one. Normalising keeps
 * the letters at both ends; anything else counts as its own letter 0, which
 * stands for every separator and digit.
 */
static bool
may_be_listed(const struct scrub *s, struct str key)
{
	if (key.n == 0)
		return false;
	unsigned first = letter(key.p[0]), last = letter(key.p[key.n - 1]);
	if (first == 0 || last == 0)
		return true;
	return (s->ends[first] >> last & 1) != 0;
}

static int
by_text(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static bool
is_listed(const struct scrub *s, struct str key)
{
	char tmp[POLICY_KEY_MAX];
	struct str norm = { tmp, policy_normalise(key, tmp) };
	return norm.n > 0 &&
	    bsearch(&norm, s->keys, s->nkeys, sizeof(*s->keys), by_text) != NULL;
}

static void
read_keys(struct scrub *s, struct arena *a, struct str list)
{
	size_t n = 1;
	for (size_t i = 0; i < list.n; i++)
		n += list.p[i] == '\n';
	s->keys = arena_array(a, n, sizeof(*s->keys));
	while (list.p != NULL) {
		char tmp[POLICY_KEY_MAX];
		struct str part = str_trim(str_cut(&list, '\n'));
		struct str key = { tmp, policy_normalise(part, tmp) };
		if (key.n == 0)
			continue;
		s->keys[s->nkeys++] = arena_str(a, key);
		s->ends[letter(key.p[0])] |= 1U << letter(key.p[key.n - 1]);
	}
	if (s->nkeys > 1)
		qsort(s->keys, s->nkeys, sizeof(*s->keys), by_text);
}

void
scrub_secret(const uint8_t master_key[32], int32_t environment_id, uint8_t out[32])
{
	char text[64];
	int n = snprintf(text, sizeof(text), "tidemark environment %d", environment_id);
	crypt_hmac_sha256((struct str){ (const char *)master_key, 32 },
	                  (struct str){ text, (size_t)n }, out);
}

void
scrub_init(struct scrub *s, struct arena *a, const struct scrub_text *text,
           const uint8_t master_key[32])
{
	*s = (struct scrub){ .mode = PII_DENY, .ip_mode = IP_DROP, .hash_user_id = true };
	if (str_is(text->pii_mode, "off"))
		s->mode = PII_OFF;
	else if (str_is(text->pii_mode, "allow"))
		s->mode = PII_ALLOW;
	if (str_is(text->ip_mode, "truncate"))
		s->ip_mode = IP_TRUNCATE;
	else if (str_is(text->ip_mode, "keep"))
		s->ip_mode = IP_KEEP;
	if (str_is(text->user_id_mode, "plain"))
		s->hash_user_id = false;
	read_keys(s, a, text->pii_keys);
	scrub_secret(master_key, text->environment_id, s->secret);
}

bool
scrub_drops(const struct scrub *s, struct str key)
{
	if (s->mode == PII_OFF)
		return false;
	bool listed = may_be_listed(s, key) && is_listed(s, key);
	return s->mode == PII_DENY ? listed : !listed;
}

static bool
names_ip(struct str key)
{
	static const char *const names[] = { "ip", "$ip", "ipaddress", "ipaddr", "clientip",
		                             "remoteaddr", "remoteip", "userip" };
	char tmp[POLICY_KEY_MAX];
	struct str norm = { tmp, policy_normalise(key, tmp) };
	for (size_t i = 0; i < NELEM(names); i++)
		if (str_is(norm, names[i]))
			return true;
	return false;
}

bool
scrub_is_ip_key(struct str key)
{
	if (key.n < 2 || key.n > 16)
		return false;
	char last = (char)(key.p[key.n - 1] | 32); /* cheap refusal */
	char first = (char)(key.p[0] | 32);
	if ((last != 'p' && last != 'r' && last != 's') ||
	    (first != 'i' && first != 'c' && first != 'r' && first != 'u' && key.p[0] != '$'))
		return false;
	if (first == 'r' && (key.p[1] | 32) == 'e' && key.n > 2 && (key.p[2] | 32) != 'm')
		return false; /* "referrer" is in every second event */
	return names_ip(key);
}

struct str
scrub_ip(struct task *t, const struct scrub *s, struct str ip)
{
	unsigned char raw[16];
	char text[INET6_ADDRSTRLEN];
	if (s->ip_mode == IP_KEEP)
		return ip;
	if (s->ip_mode == IP_DROP || ip.n == 0 || ip.n >= sizeof(text))
		return STR("");
	memcpy(text, ip.p, ip.n);
	text[ip.n] = '\0';
	int family = str_index(ip, ':') >= 0 ? AF_INET6 : AF_INET;
	if (inet_pton(family, text, raw) != 1)
		return STR("");
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	if (family == AF_INET)
		raw[3] = 0;
	else if (memcmp(raw, mapped, sizeof(mapped)) == 0)
		raw[15] = 0;
	else
		memset(raw + 6, 0, 10);
	if (inet_ntop(family, raw, text, sizeof(text)) == NULL)
		return STR("");
	return arena_str(t->arena, str_of(text));
}

void
scrub_user_hash(const uint8_t secret[32], struct str kept, uint8_t out[SCRUB_HASH])
{
	uint8_t mac[32];

	if (str_starts(kept, STR("h_")) && kept.n == 2 + 2 * SCRUB_HASH &&
	    codec_unhex(str_slice(kept, 2, kept.n), out, SCRUB_HASH))
		return;
	crypt_hmac_sha256((struct str){ (const char *)secret, 32 }, kept, mac);
	memcpy(out, mac, SCRUB_HASH);
}

struct str
scrub_user_hashed(struct task *t, const uint8_t secret[32], struct str id)
{
	uint8_t hash[SCRUB_HASH];
	char text[2 + 2 * SCRUB_HASH + 1] = "h_";

	if (id.n == 0)
		return id;
	scrub_user_hash(secret, id, hash);
	codec_hex(hash, sizeof(hash), text + 2);
	return arena_str(t->arena, str_of(text));
}

enum err
scrub_master_key(struct task *t, struct str text, uint8_t out[32])
{
	struct str rest = text, key = text;

	while (rest.p != NULL)
		key = str_trim(str_cut(&rest, ','));
	if (!codec_unhex(key, out, 32))
		return task_fail(t, E_CONFIG, "TIDEMARK_MASTER_KEY must be 64 hexadecimal digits.");
	return E_OK;
}

struct str
scrub_user_id(struct task *t, const struct scrub *s, struct str id)
{
	uint8_t mac[32];
	char text[2 + 64 + 1] = "h_";
	if (!s->hash_user_id || id.n == 0)
		return id;
	crypt_hmac_sha256((struct str){ (const char *)s->secret, 32 }, id, mac);
	codec_hex(mac, 16, text + 2);
	return arena_str(t->arena, str_of(text));
}
