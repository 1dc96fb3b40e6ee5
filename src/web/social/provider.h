/*
 * provider.h - the sign-in providers as rows. Adding one is a row, its three
 * functions and its configuration keys.
 *
 * Every reply of a provider is foreign text. What comes out as claims was
 * either told over TLS by the provider's API to our own token (GitHub) or is
 * signed for us, for this transaction (Google: OpenID Connect Core 3.1.3.7).
 */
#ifndef TM_WEB_SOCIAL_PROVIDER_H
#define TM_WEB_SOCIAL_PROVIDER_H

#include "base/conf.h"
#include "web/social/ticket.h"

struct claims {
	struct str subject;   /* stable, never reused */
	struct str email;     /* "" = none */
	struct str login, name;
	bool email_verified;  /* the provider says so */
};

struct provider {
	const char *name;     /* in addresses and tables: "github" */
	const char *title;    /* "GitHub" */
	enum conf_key id, secret;
	/* Where to send the browser. Asks the network at most for the
	 * provider's own description. */
	enum err (*authorize)(struct web *w, struct task *t, const struct ticket *k,
	                      struct str *url);
	/* RFC 9207: may an answer name this issuer? "" = it names none.
	 * E_UNAUTHORIZED when not. */
	enum err (*issuer)(struct web *w, struct task *t, struct str iss);
	/* Code to claims. E_UNAUTHORIZED with the reason as detail (for the
	 * log): nobody was proved. E_UNAVAILABLE, E_TIMEOUT. No transaction
	 * is open. */
	enum err (*claims)(struct web *w, struct task *t, const struct ticket *k, struct str code,
	                   struct claims *out);
};

#define PROVIDERS 2
extern const struct provider providers[PROVIDERS];

/* NULL: unknown, or without id and secret. */
const struct provider *provider_find(const struct web *w, struct str name);
bool provider_on(const struct web *w, const struct provider *p);
/* "GitHub" for "github"; the name itself when it is unknown. */
struct str provider_title(struct str name);

/* PUBLIC_URL/auth/NAME/callback: one address for each provider. */
struct str provider_callback(const struct web *w, struct task *t, const struct provider *p);

/* For the providers' files. url?client_id&redirect_uri&state&code_challenge
 * and scope. */
struct json;
struct str provider_authorize(const struct web *w, struct task *t, const struct provider *p,
                              const struct ticket *k, struct str url, struct str scope);
/* POST of the code to the token endpoint; *reply is its JSON object. */
enum err provider_token(struct web *w, struct task *t, const struct provider *p,
                        const struct ticket *k, struct str url, struct str code,
                        const struct json **reply) MUST_CHECK;
/* GET of a JSON document; bearer "" = none. Not 200: E_UNAUTHORIZED. */
enum err provider_get(struct task *t, struct str url, struct str bearer, const char *accept,
                      const struct json **reply, struct str *text) MUST_CHECK;

enum err github_authorize(struct web *w, struct task *t, const struct ticket *k, struct str *url);
enum err github_issuer(struct web *w, struct task *t, struct str iss);
enum err github_claims(struct web *w, struct task *t, const struct ticket *k, struct str code,
                       struct claims *out);
enum err google_authorize(struct web *w, struct task *t, const struct ticket *k, struct str *url);
enum err google_issuer(struct web *w, struct task *t, struct str iss);
enum err google_claims(struct web *w, struct task *t, const struct ticket *k, struct str code,
                       struct claims *out);

#endif
