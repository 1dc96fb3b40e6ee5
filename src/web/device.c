/* device.c - see device.h. */
#include "web/device.h"

#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"
#include "web/guard.h"

#define ID_BYTES 16
#define UUID_TEXT 36
#define PLACE "tm_device||user"
#define YEAR_S (365 * 86400)

static const char *
cookie_name(const struct web *w)
{
	return guard_cookie_secure(w) ? "__Host-tm_device" : "tm_device";
}

struct device
device_read(const struct web *w, struct task *t, const struct req *req)
{
	struct str text = req_cookie(req, cookie_name(w)), raw, plain;
	struct device none = { STR_NULL, STR_NULL };
	if (text.n == 0 || text.n > 512 || !codec_unb64(t->arena, text, &raw))
		return none;
	if (crypt_unseal(t, w->crypt, raw, STR(PLACE), &plain) != E_OK) {
		task_clear(t); /* another key or not ours: a new browser */
		return none;
	}
	if (plain.n != UUID_TEXT + 2 * ID_BYTES)
		return none;
	return (struct device){ str_slice(plain, 0, UUID_TEXT),
		str_slice(plain, UUID_TEXT, plain.n) };
}

void
device_set(const struct web *w, struct task *t, struct res *res, struct str user_id)
{
	uint8_t raw[ID_BYTES];
	char hex[2 * ID_BYTES + 1];
	crypt_random(raw, sizeof(raw));
	codec_hex(raw, sizeof(raw), hex);
	struct str plain = arena_printf(t->arena, "%.*s%s", STRF(user_id), hex);
	struct str sealed = crypt_seal(t, w->crypt, plain, STR(PLACE));
	res_cookie(res, cookie_name(w), codec_b64url(t->arena, sealed), YEAR_S,
	    guard_cookie_secure(w));
}
