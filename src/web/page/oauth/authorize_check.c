/* authorize_check.c - what an app asks at /oauth/authorize (RFC 6749 4.1,
 * RFC 7636, RFC 9207, RFC 9700). */
#include "base/str.h"
#include "base/url.h"
#include "web/access_token.h"
#include "web/api/oauth.h"
#include "web/page/oauth/oauth.h"

#define STATE_MAX 2048

static const struct {
	enum scope bit;
	const char *name, *text;
} words[] = {
	{ SCOPE_METRICS_READ, "metrics:read", "Read metrics and charts" },
	{ SCOPE_EVENTS_READ, "events:read", "Read events, sessions, crashes and traces" },
	{ SCOPE_EVENTS_WRITE, "events:write", "Send events" },
	{ SCOPE_PROJECTS_READ, "projects:read", "See projects and their environments" },
	{ SCOPE_PROJECTS_WRITE, "projects:write", "Create and change projects" },
	{ SCOPE_DASHBOARDS_READ, "dashboards:read", "See dashboards" },
	{ SCOPE_DASHBOARDS_WRITE, "dashboards:write", "Create and change dashboards" },
	{ SCOPE_PERSONS_READ, "persons:read", "Read data of single persons" },
	{ SCOPE_PERSONS_ERASE, "persons:erase", "Erase data of single persons" },
	{ SCOPE_ADMIN, "admin", "Everything the API offers" },
};

void
scope_rows(struct dict *d, const char *section, unsigned set)
{
	for (size_t i = 0; i < NELEM(words); i++) {
		if ((set & words[i].bit) == 0)
			continue;
		struct dict *row = dict_row(d, section);
		dict_set(row, "NAME", words[i].name);
		dict_set(row, "TEXT", words[i].text);
	}
}

void
scope_boxes(struct dict *d, const char *section, unsigned on)
{
	for (size_t i = 0; i < NELEM(words); i++) {
		if ((CLIENT_SCOPES & words[i].bit) == 0)
			continue;
		struct dict *row = dict_row(d, section);
		dict_set(row, "NAME", words[i].name);
		dict_set(row, "TEXT", words[i].text);
		dict_show_if(row, "ON", (on & words[i].bit) != 0);
	}
}

struct str
ask_append(struct task *t, struct str url, const char *name, struct str value)
{
	struct buf b = BUF_INIT;
	buf_add(&b, url);
	buf_putc(&b, str_index(url, '?') >= 0 ? '&' : '?');
	buf_puts(&b, name);
	buf_putc(&b, '=');
	url_encode(&b, value);
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

struct str
ask_origin(struct task *t, struct str url)
{
	size_t from = 0, n;
	if (str_starts(url, STR("https://")))
		from = 8;
	else if (str_starts(url, STR("http://")))
		from = 7;
	if (from == 0) {
		ptrdiff_t colon = str_index(url, ':');
		return colon > 0 ? str_slice(url, 0, (size_t)colon + 1) : STR("");
	}
	for (n = from; n < url.n && strchr("/?", url.p[n]) == NULL;)
		n++;
	(void)t;
	return str_slice(url, 0, n);
}

struct str
ask_reply(struct web *w, struct task *t, const struct ask *a, struct str code)
{
	struct str url = a->target;
	if (a->error != NULL) {
		url = ask_append(t, url, "error", str_of(a->error));
		url = ask_append(t, url, "error_description", str_of(a->text));
	} else {
		url = ask_append(t, url, "code", code);
	}
	if (a->state.n > 0)
		url = ask_append(t, url, "state", a->state);
	return ask_append(t, url, "iss", access_issuer(w));
}

struct str
ask_again(struct task *t, const struct ask *a)
{
	const struct {
		const char *name;
		struct str value;
	} list[] = {
		{ "response_type", a->response_type }, { "client_id", a->client_id },
		{ "redirect_uri", a->redirect_uri }, { "scope", a->scope }, { "state", a->state },
		{ "code_challenge", a->challenge }, { "code_challenge_method", a->method },
	};
	struct str url = STR("/oauth/authorize");
	for (size_t i = 0; i < NELEM(list); i++)
		if (list[i].value.n > 0)
			url = ask_append(t, url, list[i].name, list[i].value);
	return url;
}

/* A parameter of the query (GET) or of the form (POST); *twice: repeated. */
static struct str
one(struct task *t, const struct req *req, const char *name, bool *twice)
{
	struct str two[2];
	size_t n = req->method == M_POST ? req_form_all(t, req, name, two, 2) :
	                                   req_query_all(t, req, name, two, 2);
	if (n > 1)
		*twice = true;
	return n > 0 ? two[0] : STR_NULL;
}

static void
fault(struct ask *a, const char *error, const char *text)
{
	if (a->error != NULL)
		return;
	a->error = error;
	a->text = text;
}

/* BASE64URL of 32 bytes: 43 characters */
static bool
is_challenge(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		      c == '-' || c == '_'))
			return false;
	}
	return s.n == 43;
}

static void
check(struct task *t, struct ask *a, bool twice)
{
	if (twice)
		fault(a, "invalid_request", "A parameter is repeated.");
	if (a->state.n > STATE_MAX) {
		a->state = STR("");
		fault(a, "invalid_request", "The state is too long.");
	}
	if (a->response_type.n == 0)
		fault(a, "invalid_request", "The response_type is missing.");
	else if (!str_is(a->response_type, "code"))
		fault(a, "unsupported_response_type", "Only response_type=code is supported.");
	if (a->challenge.n == 0)
		fault(a, "invalid_request", "PKCE is required: code_challenge is missing.");
	if (!str_is(a->method, "S256"))
		fault(a, "invalid_request", "PKCE is required with code_challenge_method=S256.");
	if (!is_challenge(a->challenge))
		fault(a, "invalid_request", "The code_challenge is malformed.");
	if (!oauth_scopes(t, a->scope, a->client.scopes, &a->scopes))
		fault(a, "invalid_scope", "A scope is unknown or not this client's.");
}

enum err
ask_read(struct web *w, struct task *t, const struct req *req, struct ask *a)
{
	bool found = false, whom = false, twice = false;
	*a = (struct ask){ 0 };
	a->client_id = one(t, req, "client_id", &whom);
	a->redirect_uri = one(t, req, "redirect_uri", &whom);
	a->response_type = one(t, req, "response_type", &twice);
	a->scope = one(t, req, "scope", &twice);
	a->state = one(t, req, "state", &twice);
	a->challenge = one(t, req, "code_challenge", &twice);
	a->method = one(t, req, "code_challenge_method", &twice);
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK && !whom)
		e = client_load(t, w->pg, a->client_id, &a->client, &found);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	if (whom)
		a->text = "The request names the app or the address twice.";
	else if (!found)
		a->text = "This app is not known here, or its access was withdrawn.";
	else if ((a->client.grants & CLIENT_CODE) == 0)
		a->text = "This app does not sign users in.";
	else if (!client_redirect(&a->client, a->redirect_uri, &a->target))
		a->text = "The app asks to send you to an address that is not registered for it.";
	if (a->text != NULL) {
		a->target = STR("");
		return E_OK;
	}
	check(t, a, twice);
	return E_OK;
}
