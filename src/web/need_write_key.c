/* need_write_key.c - see need_write_key.h. */
#include "web/need_write_key.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/token.h"
#include "web/api/ingest.h"

#define REFUSAL "The write key is missing, unknown, expired or revoked."

void
key_cache_release(struct key_cache *c)
{
	for (size_t i = 0; i < KEY_CACHE_SLOTS; i++) {
		arena_free(c->slot[i].arena);
		door_rules_release(&c->slot[i].rules);
	}
	crypt_wipe(c, sizeof(*c));
}

bool
origin_allowed(struct str list, struct str origin)
{
	if (str_trim(list).n == 0)
		return true;
	struct str host = origin;
	const char *p = memmem(origin.p, origin.n, "://", 3);
	if (p != NULL)
		host = str_slice(origin, (size_t)(p - origin.p) + 3, origin.n);
	struct str port = host, name = str_cut(&port, ':');
	while (list.p != NULL) {
		struct str one = str_trim(str_cut(&list, '\n'));
		if (one.n == 0)
			continue;
		if (str_ieq(one, origin) || str_ieq(one, host) || str_ieq(one, name))
			return true;
		if (!str_starts(one, STR("*.")) || name.n < one.n)
			continue;
		struct str tail = str_slice(name, name.n - (one.n - 1), name.n);
		if (str_ieq(tail, str_slice(one, 1, one.n)))
			return true;
	}
	return false;
}

bool
bundle_allowed(struct str list, struct str bundle)
{
	if (str_trim(list).n == 0)
		return true;
	while (list.p != NULL)
		if (str_eq(str_trim(str_cut(&list, '\n')), bundle) && bundle.n > 0)
			return true;
	return false;
}

/* {"write_key":"…"} in a beacon, which can send no headers. */
static struct str
key_in_body(struct task *t, struct ingest *in, const struct req *req)
{
	struct str key;
	if (!str_is(req->content_type, "text/plain"))
		return STR_NULL;
	if (scan_parse(t, &in->scan, req->body) != E_OK) {
		task_clear(t);
		return STR_NULL;
	}
	if (!scan_is_object(&in->scan, in->scan.root))
		return STR_NULL;
	uint32_t at = scan_find(&in->scan, in->scan.root, STR("write_key"));
	if (at == 0 || !scan_string(&in->scan, at, &key))
		return STR_NULL;
	return arena_str(t->arena, key);
}

static struct str
credential(struct web *w, struct task *t, const struct req *req)
{
	struct str header = req_header(req, "authorization");
	if (header.n > 0) {
		struct str rest = header, scheme = str_cut(&rest, ' ');
		return str_ieq(scheme, STR("bearer")) && rest.p != NULL ? str_trim(rest) :
		                                                         STR_NULL;
	}
	struct str key = req_query(t, req, "key");
	return key.n > 0 ? key : key_in_body(t, w->ingest, req);
}

static struct str
keep(struct arena *a, struct str s)
{
	return s.n > 0 ? arena_str(a, s) : STR("");
}

/* Fill a slot from a row that lives in the task. */
static void
fill(struct write_key *k, const struct mirror_key *row, const char *sha256,
     const uint8_t master[32])
{
	struct arena *a = k->arena;
	struct mirror_key *to = &k->row;
	memcpy(k->sha256, sha256, sizeof(k->sha256));
	*to = *row;
	to->id = keep(a, row->id);
	to->env_name = keep(a, row->env_name);
	to->project = keep(a, row->project);
	to->team = keep(a, row->team);
	to->origins = keep(a, row->origins);
	to->bundles = keep(a, row->bundles);
	to->pii_mode = keep(a, row->pii_mode);
	to->pii_keys = keep(a, row->pii_keys);
	to->ip_mode = keep(a, row->ip_mode);
	to->user_id_mode = keep(a, row->user_id_mode);
	to->timezone = keep(a, row->timezone);
	to->killed_sdks = keep(a, row->killed_sdks);
	const struct scrub_text text = {
		to->pii_mode, to->pii_keys, to->ip_mode, to->user_id_mode, to->environment_id,
	};
	scrub_init(&k->scrub, a, &text, master);
	k->scrub.policy = k->rules.policy.n > 0 ? &k->rules.policy : NULL;
	k->read_us = clock_mono_us();
}

/* The cached row of a token; *key NULL when there is none. */
static enum err
look_up(struct web *w, struct task *t, struct str token, const struct write_key **key)
{
	struct key_cache *c = &w->ingest->keys;
	char sha256[CRYPT_SHA256_HEX];
	struct mirror_key row;
	bool found, complete;
	crypt_sha256_hex(token, sha256);
	struct write_key *k = &c->slot[str_hash(str_of(sha256)) % KEY_CACHE_SLOTS];
	*key = k;
	bool mine = strcmp(k->sha256, sha256) == 0;
	if (mine && clock_mono_us() - k->read_us < KEY_CACHE_US)
		return E_OK;
	*key = NULL;
	enum err e = mirror_get(t, w->redis, str_of(sha256), &row, &found);
	if (e != E_OK)
		return e;
	if (!found) {
		if (mine)
			k->sha256[0] = '\0';
		e = mirror_is_complete(t, w->redis, &complete);
		if (e == E_OK && !complete)
			e = task_fail(t, E_UNAVAILABLE, "the keys are being loaded");
		return e;
	}
	k->sha256[0] = '\0'; /* until all of it is there */
	if ((e = door_rules_load(t, w->redis, &row, &k->rules)) != E_OK)
		return e;
	if (k->arena == NULL)
		k->arena = arena_new(0);
	arena_reset(k->arena);
	fill(k, &row, sha256, c->master_key);
	*key = k;
	return E_OK;
}

static bool
is_usable(const struct write_key *k, int64_t now_us)
{
	return k != NULL && k->row.live &&
	    (k->row.expires_us == 0 || now_us < k->row.expires_us);
}

enum err
write_key_admit(struct web *w, struct task *t, const struct req *req, struct str token)
{
	const struct write_key *k;
	if (token_is(token, TOKEN_PERSONAL) || token_is(token, TOKEN_OAUTH))
		return task_fail(t, E_FORBIDDEN, "This address takes write keys only.");
	if (!token_is(token, TOKEN_WRITE_KEY) && !token_is(token, TOKEN_READ_KEY))
		return task_fail(t, E_UNAUTHORIZED, REFUSAL);
	enum err e = look_up(w, t, token, &k);
	if (e != E_OK)
		return e;
	if (!is_usable(k, t->now_us))
		return task_fail(t, E_UNAUTHORIZED, REFUSAL);
	if (!k->row.write)
		return task_fail(t, E_FORBIDDEN, "This is a read key; ingest takes write keys.");
	w->who.key = k;
	w->who.env.id = k->row.environment_id;
	w->who.env.name = k->row.env_name;
	w->ingest->intake.sdk = ingest_header(req, "x-sdk");
	w->ingest->intake.sdk_version = ingest_header(req, "x-sdk-version");
	struct str origin = req_header(req, "origin");
	if (origin.n > 0 && !origin_allowed(k->row.origins, origin))
		return task_fail(t, E_ORIGIN, "%s", err_message(E_ORIGIN));
	struct str bundle = req_header(req, "x-bundle-id");
	if (bundle.n > 0 && !bundle_allowed(k->row.bundles, bundle))
		return task_fail(t, E_ORIGIN, "%s", err_message(E_ORIGIN));
	return E_OK;
}

enum err
need_write_key(struct web *w, struct task *t, struct req *req, const struct route *row)
{
	(void)row;
	return write_key_admit(w, t, req, credential(w, t, req));
}
