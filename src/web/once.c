/* once.c - see once.h. */
#include "web/once.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/crypt.h"
#include "base/num.h"
#include "base/str.h"
#include "web/guard.h"

#define LIFE_S 120
#define TIME_DIGITS 20

static const char *
cookie_name(const struct web *w)
{
	return guard_cookie_secure(w) ? "__Host-tm_once" : "tm_once";
}

static struct str
place(const struct web *w, struct task *t, const char *kind)
{
	return arena_printf(t->arena, "once|%.*s|%s", STRF(w->who.user.session), kind);
}

void
once_put(const struct web *w, struct task *t, struct res *res, const char *kind,
         struct str secret)
{
	ASSERT(secret.n <= ONCE_MAX && w->who.user.session.n > 0);
	struct str plain = arena_printf(t->arena, "%0*lld%.*s", TIME_DIGITS,
	    (long long)t->now_us, STRF(secret));
	struct str sealed = crypt_seal(t, w->crypt, plain, place(w, t, kind));
	res_cookie(res, cookie_name(w), codec_b64url(t->arena, sealed), LIFE_S,
	    guard_cookie_secure(w));
}

/* The sealed bytes of the cookie, opened; false when they are not ours. */
static bool
open_cookie(const struct web *w, struct task *t, struct str cookie, const char *kind,
            struct str *plain)
{
	struct str sealed;
	if (!codec_unb64(t->arena, cookie, &sealed))
		return false;
	if (crypt_unseal(t, w->crypt, sealed, place(w, t, kind), plain) == E_OK)
		return true;
	task_clear(t);
	return false;
}

bool
once_take(const struct web *w, struct task *t, const struct req *req, struct res *res,
          const char *kind, struct str *secret)
{
	struct str cookie = req_cookie(req, cookie_name(w)), plain;
	int64_t at;
	if (cookie.n == 0 || !open_cookie(w, t, cookie, kind, &plain))
		return false;
	res_cookie(res, cookie_name(w), STR(""), 0, guard_cookie_secure(w));
	if (!num_range(str_slice(plain, 0, TIME_DIGITS), 0, INT64_MAX, &at) ||
	    t->now_us - at > LIFE_S * US_PER_S)
		return false;
	*secret = str_slice(plain, TIME_DIGITS, plain.n);
	return true;
}
