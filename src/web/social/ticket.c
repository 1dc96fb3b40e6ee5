/* ticket.c - see ticket.h. */
#include "web/social/ticket.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/crypt.h"
#include "base/json.h"
#include "base/str.h"
#include "web/guard.h"

#define PLACE STR("cookie|social|ticket")
#define TEXT_MAX 4000 /* a cookie's size in browsers */
#define NEXT_MAX 1000

static const struct {
	const char *key;
	size_t at;
} field[] = {
#define F(name) { #name, offsetof(struct ticket, name) }
	F(provider), F(state), F(nonce), F(verifier), F(next), F(session), F(user_id),
	F(subject), F(email), F(login),
#undef F
};

static struct str *
part(struct ticket *k, size_t i)
{
	return (struct str *)(void *)((char *)k + field[i].at);
}

static struct str
random_text(struct task *t)
{
	uint8_t raw[32];
	crypt_random(raw, sizeof raw);
	return codec_b64url(t->arena, (struct str){ (const char *)raw, sizeof raw });
}

void
ticket_start(struct task *t, struct ticket *k)
{
	k->state = random_text(t);
	k->nonce = random_text(t);
	k->verifier = random_text(t);
	k->expires_us = t->now_us + TICKET_S * US_PER_S;
	if (k->next.n > NEXT_MAX)
		k->next = STR("/");
}

struct str
ticket_challenge(struct task *t, const struct ticket *k)
{
	uint8_t hash[32];
	crypt_sha256(k->verifier, hash);
	return codec_b64url(t->arena, (struct str){ (const char *)hash, sizeof hash });
}

struct str
ticket_seal(struct task *t, const struct crypt *c, const struct ticket *k)
{
	struct ticket copy = *k;
	struct buf b = BUF_INIT;
	buf_printf(&b, "{\"purpose\":%d,\"until\":%lld", (int)k->purpose, (long long)k->expires_us);
	for (size_t i = 0; i < NELEM(field); i++) {
		buf_printf(&b, ",\"%s\":", field[i].key);
		buf_json(&b, *part(&copy, i));
	}
	buf_putc(&b, '}');
	struct str text = codec_b64url(t->arena, crypt_seal(t, c, buf_str(&b), PLACE));
	buf_release(&b);
	return text;
}

void
ticket_unseal(struct task *t, const struct crypt *c, struct str text, struct ticket *k,
              bool *good)
{
	struct str sealed, plain;
	const struct json *j = NULL;
	*good = false;
	*k = (struct ticket){ 0 };
	if (text.n == 0 || text.n > TEXT_MAX || !codec_unb64(t->arena, text, &sealed))
		return;
	if (crypt_unseal(t, c, sealed, PLACE, &plain) != E_OK || json_parse(t, plain, &j) != E_OK) {
		task_clear(t);
		return;
	}
	int64_t purpose = json_i64(json_get(j, "purpose"), -1);
	k->expires_us = json_i64(json_get(j, "until"), 0);
	for (size_t i = 0; i < NELEM(field); i++)
		*part(k, i) = json_get_str(j, field[i].key);
	*good = purpose >= TICKET_SIGN_IN && purpose <= TICKET_PENDING &&
	        k->state.n > 0 && k->expires_us > t->now_us;
	k->purpose = (enum ticket_purpose)purpose;
}

static const char *
cookie_name(const struct web *w)
{
	return guard_cookie_secure(w) ? "__Host-tm_social" : "tm_social";
}

void
ticket_put(const struct web *w, struct task *t, struct res *res, const struct ticket *k)
{
	res_cookie(res, cookie_name(w), ticket_seal(t, w->crypt, k), TICKET_S,
	    guard_cookie_secure(w));
}

bool
ticket_take(const struct web *w, struct task *t, const struct req *req, struct ticket *k)
{
	bool good;
	ticket_unseal(t, w->crypt, req_cookie(req, cookie_name(w)), k, &good);
	return good;
}

void
ticket_clear(const struct web *w, struct res *res)
{
	res_cookie(res, cookie_name(w), STR(""), 0, guard_cookie_secure(w));
}
