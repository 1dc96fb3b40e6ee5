/* oauth.c - see oauth.h. */
#include "web/api/oauth.h"

#include "base/codec.h"
#include "base/jw.h"
#include "base/str.h"
#include "base/url.h"
#include "base/utf8.h"

enum err
oauth_error(struct task *t, struct res *res, int status, const char *error, const char *text)
{
	struct jw j;
	task_clear(t);
	buf_reset(&res->body);
	res_json(res, status);
	res_header(res, "Cache-Control", STR("no-store"));
	res_header(res, "Pragma", STR("no-cache"));
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_kstr(&j, "error", str_of(error));
	jw_kstr(&j, "error_description", str_of(text));
	jw_kstr(&j, "request_id", str_of(t->request_id));
	jw_object_end(&j);
	return E_OK;
}

bool
oauth_field(struct task *t, const struct req *req, const char *name, struct str *out)
{
	struct str two[2];
	size_t n = req_form_all(t, req, name, two, 2);
	*out = n > 0 ? two[0] : STR_NULL;
	return n < 2;
}

/* "Basic " and Base64 of id ":" secret, both form-encoded (RFC 6749 2.3.1). */
static bool
basic_read(struct task *t, struct str header, struct str *id, struct str *secret)
{
	struct str raw;
	if (header.n > 1024 || !codec_unb64(t->arena, str_trim(str_slice(header, 6, header.n)), &raw))
		return false;
	ptrdiff_t colon = str_index(raw, ':');
	if (colon < 0)
		return false;
	return url_decode(t->arena, str_slice(raw, 0, (size_t)colon), true, id) &&
	       url_decode(t->arena, str_slice(raw, (size_t)colon + 1, raw.n), true, secret) &&
	       utf8_is_line(*id) && utf8_is_line(*secret);
}

static enum err
refuse(struct task *t, struct res *res, bool basic)
{
	if (basic)
		res_header(res, "WWW-Authenticate", STR("Basic realm=\"oauth\", charset=\"UTF-8\""));
	return oauth_error(t, res, 401, "invalid_client",
	                   "The client is unknown, or its secret is wrong.");
}

enum err
oauth_client(struct web *w, struct task *t, const struct req *req, struct res *res,
             struct client *client)
{
	struct str header = req_header(req, "authorization"), id, secret;
	bool basic = header.n >= 6 && str_ieq(str_slice(header, 0, 6), STR("Basic "));
	bool found = false;
	*client = (struct client){ 0 };
	if (!str_is(req->content_type, "application/x-www-form-urlencoded"))
		return oauth_error(t, res, 400, "invalid_request", "The body must be a form.");
	if (!oauth_field(t, req, "client_id", &id) || !oauth_field(t, req, "client_secret", &secret))
		return oauth_error(t, res, 400, "invalid_request", "A parameter is repeated.");
	if (basic) {
		struct str named = id;
		if (secret.p != NULL)
			return oauth_error(t, res, 400, "invalid_request",
			                   "Use one way of client authentication.");
		if (!basic_read(t, header, &id, &secret))
			return refuse(t, res, true);
		if (named.n > 0 && !str_eq(named, id))
			return oauth_error(t, res, 400, "invalid_request", "Two client ids.");
	}
	enum err e = client_authenticate(t, w->pg, id, secret, client, &found);
	if (e != E_OK)
		return e;
	if (found)
		return E_OK;
	*client = (struct client){ 0 };
	return refuse(t, res, basic);
}

bool
oauth_scopes(struct task *t, struct str text, unsigned allowed, unsigned *out)
{
	*out = allowed;
	if (str_trim(text).n == 0)
		return true;
	if (scope_parse(t, text, ' ', out) != E_OK) {
		task_clear(t);
		return false;
	}
	return (*out & ~allowed) == 0;
}
