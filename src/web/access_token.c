/* access_token.c - see access_token.h. */
#include "web/access_token.h"

#include "base/conf.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/crypt.h"
#include "base/jw.h"
#include "base/str.h"
#include "model/account/token.h"
#include "model/account/user.h"
#include "model/team/plan.h"
#include "model/oauth/signing_key.h"

struct str
access_issuer(const struct web *w)
{
	return conf_str(w->conf, CONF_PUBLIC_URL);
}

static struct str
audience(const struct web *w, struct task *t)
{
	return arena_printf(t->arena, "%.*s/api", STRF(access_issuer(w)));
}

struct str
access_jti(struct task *t)
{
	uint8_t raw[16];
	crypt_random(raw, sizeof(raw));
	return codec_b64url(t->arena, (struct str){ (const char *)raw, sizeof(raw) });
}

bool
access_is_jwt(struct str token)
{
	return str_starts(token, STR("eyJ"));
}

static void
put_owner(struct jw *j, struct task *t, const struct grant *g, const struct user *user,
          struct str tier)
{
	jw_kstr(j, "sub", g->user_id.n > 0 ? g->user_id : g->client_id);
	if (user != NULL) {
		jw_kstr(j, "email", user->email);
		jw_kstr(j, "tier", tier);
		jw_kbool(j, "verified", user->verified);
		return;
	}
	jw_kstr(j, "client_id", g->client_id);
	jw_kstr(j, "scope", scope_format(t, g->scopes, ' '));
	jw_kstr(j, "team", g->team_id);
}

enum err
access_issue(struct web *w, struct task *t, const struct grant *g, const struct user *user,
             struct str jti, struct access_issued *out)
{
	enum err e = E_OK;
	out->tier = STR("");
	if (user != NULL && (e = plan_tier(t, w->pg, user->id, &out->tier)) != E_OK)
		return e;
	struct buf b = BUF_INIT;
	struct jw j;
	int64_t now_s = t->now_us / US_PER_S;
	jw_init(&j, &b);
	jw_object_begin(&j);
	jw_kstr(&j, "iss", access_issuer(w));
	jw_kstr(&j, "aud", audience(w, t));
	put_owner(&j, t, g, user, out->tier);
	jw_ki64(&j, "iat", now_s);
	jw_ki64(&j, "exp", now_s + GRANT_ACCESS_S);
	jw_kstr(&j, "jti", jti);
	jw_kstr(&j, "gid", g->id);
	jw_object_end(&j);
	e = signing_key_sign(t, w->pg, w->crypt, user != NULL ? "JWT" : "at+jwt",
	                              buf_str(&b), &out->token);
	buf_release(&b);
	return e;
}

static unsigned
scopes_of(struct str text)
{
	unsigned set = 0;
	while (text.p != NULL)
		set |= scope_find(str_cut(&text, ' '));
	return set;
}

enum err
access_read(struct web *w, struct task *t, struct str token, bool expired_too,
            struct access *out)
{
	struct jose_token jwt;
	enum err e = signing_key_verify(t, w->pg, token, &jwt);
	if (e != E_OK)
		return e;
	if (!str_is(jwt.typ, "at+jwt") && !str_is(jwt.typ, "JWT"))
		return task_fail(t, E_UNAUTHORIZED, "This is no access token.");
	int64_t iat = json_i64(json_get(jwt.claims, "iat"), 0), now = t->now_us / US_PER_S;
	struct jose_expect x = { .iss = access_issuer(w), .aud = audience(w, t),
		.now_s = expired_too && iat < now ? iat : now, .skew_s = ACCESS_SKEW_S };
	if (jose_claims_fault(jwt.claims, &x) != NULL)
		return task_fail(t, E_UNAUTHORIZED, "%s", err_message(E_UNAUTHORIZED));
	*out = (struct access){
		.gid = json_get_str(jwt.claims, "gid"), .jti = json_get_str(jwt.claims, "jti"),
		.kid = jwt.kid, .sub = json_get_str(jwt.claims, "sub"),
		.client_id = json_get_str(jwt.claims, "client_id"),
		.scopes = scopes_of(json_get_str(jwt.claims, "scope")),
		.iat_s = iat, .exp_s = json_i64(json_get(jwt.claims, "exp"), 0),
	};
	return E_OK;
}
