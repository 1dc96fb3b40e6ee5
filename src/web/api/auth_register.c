/* auth_register.c - POST /api/auth/register. The reply, its time and the id in
 * it are alike for known and unknown addresses: it is always the id of the
 * account that has the address. */
#include "base/codec.h"
#include "base/conf.h"
#include "base/crypt.h"
#include "base/jw.h"
#include "base/str.h"
#include "base/uuid.h"
#include "web/api/auth.h"
#include "web/page/account/account.h"

enum err
auth_body(struct task *t, const struct req *req, const struct json **body)
{
	if (!str_is(req->content_type, "application/json"))
		return task_fail(t, E_MEDIA_TYPE, "Send the fields as application/json.");
	enum err e = json_parse(t, req->body, body);
	if (e == E_OK && !json_is_object(*body))
		e = task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
	return e;
}

struct str
auth_text(struct task *t, const struct json *body, const char *name, size_t max, bool needed)
{
	const struct json *j = json_get(body, name);
	struct str s = json_str(j, STR(""));
	if (json_type(j) != JSON_STR && json_type(j) != JSON_ABSENT && json_type(j) != JSON_NULL)
		task_field(t, str_of(name), "The %s field must be a string.", name);
	else if (s.n == 0 && needed)
		task_field(t, str_of(name), "The %s field is required.", name);
	else if (s.n > max)
		task_field(t, str_of(name), "The %s field has at most %zu bytes.", name, max);
	return s;
}

struct names {
	struct str first, last;
};

static enum err
read(struct task *t, const struct req *req, struct link_register *in, struct names *n)
{
	const struct json *body;
	uint8_t raw[32];
	enum err e = auth_body(t, req, &body);
	if (e != E_OK)
		return e;
	in->email = str_trim(auth_text(t, body, "email", 254, true));
	in->password = auth_text(t, body, "password", USER_PASSWORD_MAX, true);
	n->first = str_trim(auth_text(t, body, "first_name", 160, false));
	n->last = str_trim(auth_text(t, body, "last_name", 160, false));
	in->name = str_trim(arena_printf(t->arena, "%.*s %.*s", STRF(n->first), STRF(n->last)));
	crypt_random(raw, sizeof(raw));
	in->browser = codec_b64url(t->arena, (struct str){ (const char *)raw, sizeof(raw) });
	return t->nfields > 0 ? task_fail(t, E_INVALID, "%s", err_message(E_INVALID)) : E_OK;
}

/* Of an address that may not register: the same one each time it is asked. */
static struct str
invented_id(const struct web *w, struct task *t, struct str email)
{
	uint8_t mac[32];
	struct str key = email;
	if (!user_email_key(t, email, &key))
		key = email;
	crypt_hmac_sha256(conf_str(w->conf, CONF_MASTER_KEY),
	                  arena_printf(t->arena, "register|%.*s", STRF(key)), mac);
	mac[6] = (uint8_t)((mac[6] & 0x0f) | 0x40);
	mac[8] = (uint8_t)((mac[8] & 0x3f) | 0x80);
	return uuid_str(t->arena, mac);
}

enum err
auth_register(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct link_register in = { .invited_only = signup_is(w, "invited") };
	struct link_sent sent = { 0 };
	struct names n = { 0 };
	struct jw j;
	enum err e = signup_is(w, "closed") ?
	        task_fail(t, E_FORBIDDEN, "Registration is closed on this server.") : E_OK;
	if (e == E_OK)
		e = read(t, req, &in, &n);
	if (e == E_OK)
		e = account_form_throttle(w, t, req, "register");
	if (e == E_OK)
		e = account_register(w, t, req, &in, &sent);
	if (e != E_OK)
		return e;
	res_json(res, 201);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_kstr(&j, "message", STR("Registration successful. Please verify your email."));
	jw_key(&j, "user");
	jw_object_begin(&j);
	jw_kstr(&j, "id", sent.user_id.n > 0 ? sent.user_id : invented_id(w, t, in.email));
	jw_kstr(&j, "email", in.email);
	jw_kstr(&j, "first_name", n.first);
	jw_kstr(&j, "last_name", n.last);
	jw_object_end(&j);
	jw_object_end(&j);
	return E_OK;
}
