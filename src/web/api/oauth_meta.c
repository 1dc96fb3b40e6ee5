/* oauth_meta.c - what the OAuth server can do, and its public keys. */
#include "base/buf.h"
#include "base/jw.h"
#include "base/str.h"
#include "model/oauth/signing_key.h"
#include "web/access_token.h"
#include "web/api/oauth.h"

static const struct {
	const char *key, *path;
} addresses[] = {
	{ "authorization_endpoint", "/oauth/authorize" },
	{ "token_endpoint", "/oauth/token" },
	{ "revocation_endpoint", "/oauth/revoke" },
	{ "introspection_endpoint", "/oauth/introspect" },
	{ "jwks_uri", "/.well-known/jwks.json" },
	{ "service_documentation", "/api/openapi.json" },
};

#define LIST_MAX 4
static const struct {
	const char *key;
	const char *value[LIST_MAX];
} lists[] = {
	{ "response_types_supported", { "code" } },
	{ "response_modes_supported", { "query" } },
	{ "grant_types_supported",
	  { "authorization_code", "client_credentials", "refresh_token" } },
	{ "code_challenge_methods_supported", { "S256" } },
	{ "token_endpoint_auth_methods_supported",
	  { "client_secret_basic", "client_secret_post", "none" } },
	{ "revocation_endpoint_auth_methods_supported",
	  { "client_secret_basic", "client_secret_post", "none" } },
	{ "introspection_endpoint_auth_methods_supported",
	  { "client_secret_basic", "client_secret_post" } },
};

static void
put_scopes(struct jw *j, struct task *t)
{
	struct str names = scope_format(t, ~0u, ' ');
	jw_key(j, "scopes_supported");
	jw_array_begin(j);
	while (names.p != NULL)
		jw_str(j, str_cut(&names, ' '));
	jw_array_end(j);
}

enum err
oauth_metadata(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct jw j;
	struct str iss = access_issuer(w);
	(void)req;
	res_json(res, 200);
	res_header(res, "Cache-Control", STR("public, max-age=300"));
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_kstr(&j, "issuer", iss);
	for (size_t i = 0; i < NELEM(addresses); i++)
		jw_kstr(&j, addresses[i].key,
		        arena_printf(t->arena, "%.*s%s", STRF(iss), addresses[i].path));
	put_scopes(&j, t);
	for (size_t i = 0; i < NELEM(lists); i++) {
		jw_key(&j, lists[i].key);
		jw_array_begin(&j);
		for (size_t k = 0; k < LIST_MAX && lists[i].value[k] != NULL; k++)
			jw_str(&j, str_of(lists[i].value[k]));
		jw_array_end(&j);
	}
	jw_kbool(&j, "authorization_response_iss_parameter_supported", true);
	jw_object_end(&j);
	return E_OK;
}

enum err
oauth_jwks(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str text = STR_NULL;
	enum err e = pg_begin(t, w->pg, NULL);
	(void)req;
	if (e == E_OK)
		e = signing_key_jwks(t, w->pg, w->crypt, &text);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_json(res, 200);
	res_header(res, "Content-Type", STR("application/jwk-set+json"));
	res_headerf(res, "Cache-Control", "public, max-age=%d", SIGNING_CACHE_S);
	buf_add(&res->body, text);
	return E_OK;
}
