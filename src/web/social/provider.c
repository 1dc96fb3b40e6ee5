/* provider.c - see provider.h. */
#include "web/social/provider.h"

#include "base/json.h"
#include "base/str.h"
#include "http/client.h"

const struct provider providers[PROVIDERS] = {
	{ "github", "GitHub", CONF_GITHUB_CLIENT_ID, CONF_GITHUB_CLIENT_SECRET,
	  github_authorize, github_issuer, github_claims },
	{ "google", "Google", CONF_GOOGLE_CLIENT_ID, CONF_GOOGLE_CLIENT_SECRET,
	  google_authorize, google_issuer, google_claims },
};

bool
provider_on(const struct web *w, const struct provider *p)
{
	return conf_str(w->conf, p->id).n > 0 && conf_str(w->conf, p->secret).n > 0;
}

static const struct provider *
by_name(struct str name)
{
	for (size_t i = 0; i < PROVIDERS; i++) {
		if (str_is(name, providers[i].name))
			return &providers[i];
	}
	return NULL;
}

const struct provider *
provider_find(const struct web *w, struct str name)
{
	const struct provider *p = by_name(name);
	return p != NULL && provider_on(w, p) ? p : NULL;
}

struct str
provider_title(struct str name)
{
	const struct provider *p = by_name(name);
	return p != NULL ? str_of(p->title) : name;
}

struct str
provider_callback(const struct web *w, struct task *t, const struct provider *p)
{
	return arena_printf(t->arena, "%s/auth/%s/callback", conf_text(w->conf, CONF_PUBLIC_URL),
	    p->name);
}

struct str
provider_authorize(const struct web *w, struct task *t, const struct provider *p,
                   const struct ticket *k, struct str url, struct str scope)
{
	const struct pair field[] = {
		{ STR("response_type"), STR("code") },
		{ STR("client_id"), conf_str(w->conf, p->id) },
		{ STR("redirect_uri"), provider_callback(w, t, p) },
		{ STR("scope"), scope },
		{ STR("state"), k->state },
		{ STR("nonce"), k->nonce },
		{ STR("code_challenge"), ticket_challenge(t, k) },
		{ STR("code_challenge_method"), STR("S256") },
		/* confirming: the person has to act at the provider */
		{ STR("prompt"), STR("select_account") },
	};
	size_t n = NELEM(field) - (k->purpose == TICKET_CONFIRM ? 0 : 1);
	return arena_printf(t->arena, "%.*s%c%s", STRF(url), str_index(url, '?') < 0 ? '?' : '&',
	    client_form(t, field, n).p);
}

/* The operator's own addresses: plain http would be on the configuration. */
static enum err
fetch(struct task *t, struct client_req *in, const struct json **reply, struct str *text)
{
	struct client_res res;
	enum err e = client_run(t, in, &res);
	if (e == E_TOO_LARGE || e == E_BAD_PARAM || e == E_FORBIDDEN)
		return E_UNAUTHORIZED;
	if (e != E_OK)
		return e;
	if (res.status >= 500)
		return task_fail(t, E_UNAVAILABLE, "the provider answered %d", res.status);
	if (res.status != 200)
		return task_fail(t, E_UNAUTHORIZED, "the provider answered %d", res.status);
	if (json_parse(t, res.body, reply) != E_OK) {
		task_clear(t);
		return task_fail(t, E_UNAUTHORIZED, "the provider's answer is not JSON");
	}
	if (text != NULL)
		*text = res.body;
	return E_OK;
}

enum err
provider_token(struct web *w, struct task *t, const struct provider *p, const struct ticket *k,
               struct str url, struct str code, const struct json **reply)
{
	static const struct pair accept = { { "Accept", 6 }, { "application/json", 16 } };
	const struct pair field[] = {
		{ STR("grant_type"), STR("authorization_code") },
		{ STR("client_id"), conf_str(w->conf, p->id) },
		{ STR("client_secret"), conf_str(w->conf, p->secret) },
		{ STR("code"), code },
		{ STR("redirect_uri"), provider_callback(w, t, p) },
		{ STR("code_verifier"), k->verifier },
	};
	struct client_req in = {
		.method = M_POST, .url = url, .header = &accept, .nheaders = 1,
		.body = client_form(t, field, NELEM(field)),
		.content_type = "application/x-www-form-urlencoded", .operator_url = true,
	};
	enum err e = fetch(t, &in, reply, NULL);
	/* GitHub reports errors with status 200 */
	if (e == E_OK && (!json_is_object(*reply) || json_get(*reply, "error") != NULL))
		return task_fail(t, E_UNAUTHORIZED, "the provider refused the code");
	return e;
}

enum err
provider_get(struct task *t, struct str url, struct str bearer, const char *accept,
             const struct json **reply, struct str *text)
{
	struct pair header[2] = { { STR("Accept"), str_of(accept) } };
	struct client_req in = { .method = M_GET, .url = url, .header = header, .nheaders = 1,
		.operator_url = true };
	if (bearer.n > 0)
		header[in.nheaders++] = (struct pair){ STR("Authorization"),
			arena_printf(t->arena, "Bearer %.*s", STRF(bearer)) };
	return fetch(t, &in, reply, text);
}
