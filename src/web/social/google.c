/*
 * google.c - sign in with Google, or any other OpenID provider under
 * GOOGLE_ISSUER: discovery, code, ID token (OpenID Connect Core 3.1.3.7).
 *
 * The provider's description and its keys are kept for an hour in this
 * process. A token signed with a key we have not seen makes us ask for the
 * keys once more, at most once a minute, so that forged tokens cannot turn us
 * into somebody who floods the provider.
 */
#include "base/clock.h"
#include "base/jose.h"
#include "base/json.h"
#include "base/str.h"
#include "web/social/provider.h"

#define KEEP_US (60 * US_PER_MIN)
#define AGAIN_US (1 * US_PER_MIN)
#define PAUSE_US (5 * US_PER_S)
#define SKEW_S 60
#define AGE_S 600
#define URL_TEXT 512

static const struct provider *const self = &providers[1];

static struct {
	char issuer[URL_TEXT], authorize[URL_TEXT], token[URL_TEXT], jwks[URL_TEXT];
	bool names_issuer;      /* RFC 9207: every answer does */
	int64_t read_us;        /* monotonic; 0 = never */
	int64_t failed_us;      /* asked without an answer; 0 = not */
	struct jose_set *keys;
	int64_t keys_us;
} known;

/* An address that the description names; under an https issuer never http. */
static bool
keep(char out[URL_TEXT], struct str s)
{
	bool tls = str_starts(str_of(known.issuer), STR("https://"));
	if (s.n == 0 || s.n >= URL_TEXT || (tls && !str_starts(s, STR("https://"))))
		return false;
	memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return true;
}

/* The document must name the issuer it was asked of, to the letter. */
static enum err
discover(struct web *w, struct task *t)
{
	const struct json *j = NULL;
	struct str issuer = conf_str(w->conf, CONF_GOOGLE_ISSUER);
	int64_t now = clock_mono_us();
	if (known.read_us != 0 && now - known.read_us < KEEP_US)
		return E_OK;
	if (known.failed_us != 0 && now - known.failed_us < PAUSE_US)
		return task_fail(t, E_UNAVAILABLE, "the provider did not answer a moment ago");
	known.failed_us = now;
	struct str url = arena_printf(t->arena, "%.*s/.well-known/openid-configuration",
	    STRF(issuer));
	enum err e = provider_get(t, url, STR_NULL, "application/json", &j, NULL);
	if (e != E_OK)
		return e;
	if (!str_eq(json_get_str(j, "issuer"), issuer))
		return task_fail(t, E_UNAUTHORIZED, "the provider's description names another issuer");
	known.read_us = 0;
	if (!keep(known.issuer, issuer) ||
	    !keep(known.authorize, json_get_str(j, "authorization_endpoint")) ||
	    !keep(known.token, json_get_str(j, "token_endpoint")) ||
	    !keep(known.jwks, json_get_str(j, "jwks_uri")))
		return task_fail(t, E_UNAUTHORIZED, "the provider's description is not complete");
	known.names_issuer = json_bool(
	    json_get(j, "authorization_response_iss_parameter_supported"), false);
	known.read_us = now;
	known.failed_us = 0;
	return E_OK;
}

static enum err
fetch_keys(struct task *t)
{
	const struct json *j = NULL;
	struct str text = STR_NULL;
	struct jose_set *set = NULL;
	known.keys_us = clock_mono_us();
	enum err e = provider_get(t, str_of(known.jwks), STR_NULL, "application/json", &j, &text);
	if (e != E_OK)
		return e;
	if (jose_set_open(t, text, &set) != E_OK) {
		task_clear(t);
		return task_fail(t, E_UNAUTHORIZED, "the provider's keys cannot be used");
	}
	jose_set_close(known.keys);
	known.keys = set;
	return E_OK;
}

/* Keys that may hold the one this token names. */
static enum err
need_keys(struct task *t, struct str token)
{
	int64_t age = clock_mono_us() - known.keys_us;
	bool there = known.keys != NULL && age < KEEP_US;
	if (there && (jose_set_has(known.keys, jose_token_kid(t, token)) || age < AGAIN_US))
		return E_OK;
	enum err e = fetch_keys(t);
	if (e != E_OK && there) { /* what we had still counts */
		task_clear(t);
		return E_OK;
	}
	return e;
}

enum err
google_authorize(struct web *w, struct task *t, const struct ticket *k, struct str *url)
{
	enum err e = discover(w, t);
	if (e == E_OK)
		*url = provider_authorize(w, t, self, k, str_of(known.authorize),
		    STR("openid email profile"));
	return e;
}

enum err
google_issuer(struct web *w, struct task *t, struct str iss)
{
	enum err e = discover(w, t);
	if (e != E_OK)
		return e;
	if (iss.n == 0 ? known.names_issuer : !str_is(iss, known.issuer))
		return task_fail(t, E_UNAUTHORIZED, "the answer names another issuer");
	return E_OK;
}

/* Some providers send the boolean as text. */
static bool
is_true(const struct json *j)
{
	return json_bool(j, false) || str_is(json_str(j, STR_NULL), "true");
}

static enum err
read_token(struct web *w, struct task *t, const struct ticket *k, struct str text,
           struct claims *out)
{
	struct jose_token token;
	enum err e = need_keys(t, text);
	if (e == E_OK)
		e = jose_verify(t, known.keys, text, &token);
	if (e != E_OK)
		return e;
	const struct jose_expect x = {
		.iss = conf_str(w->conf, CONF_GOOGLE_ISSUER),
		.aud = conf_str(w->conf, self->id), .nonce = k->nonce,
		.now_s = t->now_us / US_PER_S, .skew_s = SKEW_S, .age_max_s = AGE_S,
	};
	const char *fault = jose_claims_fault(token.claims, &x);
	if (fault != NULL)
		return task_fail(t, E_UNAUTHORIZED, "ID token: %s", fault);
	*out = (struct claims){
		.subject = json_get_str(token.claims, "sub"),
		.email = json_get_str(token.claims, "email"),
		.name = json_get_str(token.claims, "name"),
		.email_verified = is_true(json_get(token.claims, "email_verified")),
	};
	out->login = out->email;
	if (out->subject.n == 0 || out->subject.n > 255)
		return task_fail(t, E_UNAUTHORIZED, "ID token: sub");
	return E_OK;
}

enum err
google_claims(struct web *w, struct task *t, const struct ticket *k, struct str code,
              struct claims *out)
{
	const struct json *j = NULL;
	enum err e = discover(w, t);
	if (e == E_OK)
		e = provider_token(w, t, self, k, str_of(known.token), code, &j);
	if (e != E_OK)
		return e;
	struct str text = json_get_str(j, "id_token");
	if (text.n == 0)
		return task_fail(t, E_UNAUTHORIZED, "no ID token");
	return read_token(w, t, k, text, out);
}
