/* github.c - sign in with GitHub: OAuth 2.0, then /user and /user/emails. */
#include "base/json.h"
#include "base/str.h"
#include "web/social/provider.h"

#define ACCEPT "application/vnd.github+json"

static const struct provider *const self = &providers[0];

enum err
github_authorize(struct web *w, struct task *t, const struct ticket *k, struct str *url)
{
	struct str at = arena_printf(t->arena, "%s/login/oauth/authorize",
	    conf_text(w->conf, CONF_GITHUB_URL));
	*url = provider_authorize(w, t, self, k, at, STR("read:user user:email"));
	return E_OK;
}

/* GitHub names https://github.com/login/oauth, if any. */
enum err
github_issuer(struct web *w, struct task *t, struct str iss)
{
	struct str own = conf_str(w->conf, CONF_GITHUB_URL);
	if (iss.n == 0 || str_eq(iss, own) || (str_starts(iss, own) &&
	    str_is(str_slice(iss, own.n, iss.n), "/login/oauth")))
		return E_OK;
	return task_fail(t, E_UNAUTHORIZED, "the answer names another issuer");
}

/* The primary address, and whether GitHub has verified it. */
static void
primary_address(const struct json *list, struct claims *out)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *one = json_at(list, i);
		if (!json_bool(json_get(one, "primary"), false))
			continue;
		out->email = json_get_str(one, "email");
		out->email_verified = json_bool(json_get(one, "verified"), false);
		return;
	}
}

enum err
github_claims(struct web *w, struct task *t, const struct ticket *k, struct str code,
              struct claims *out)
{
	const struct json *j = NULL;
	const char *api = conf_text(w->conf, CONF_GITHUB_API_URL);
	struct str token_url = arena_printf(t->arena, "%s/login/oauth/access_token",
	    conf_text(w->conf, CONF_GITHUB_URL));
	enum err e = provider_token(w, t, self, k, token_url, code, &j);
	struct str token = e == E_OK ? json_get_str(j, "access_token") : STR_NULL;
	if (e == E_OK && token.n == 0)
		return task_fail(t, E_UNAUTHORIZED, "GitHub gave no access token");
	if (e == E_OK)
		e = provider_get(t, arena_printf(t->arena, "%s/user", api), token, ACCEPT, &j, NULL);
	if (e != E_OK)
		return e;
	int64_t id = json_i64(json_get(j, "id"), 0);
	if (id <= 0)
		return task_fail(t, E_UNAUTHORIZED, "GitHub named no user");
	*out = (struct claims){
		.subject = arena_printf(t->arena, "%lld", (long long)id),
		.login = json_get_str(j, "login"), .name = json_get_str(j, "name"),
	};
	e = provider_get(t, arena_printf(t->arena, "%s/user/emails", api), token, ACCEPT, &j, NULL);
	if (e == E_OK)
		primary_address(j, out);
	return e;
}
