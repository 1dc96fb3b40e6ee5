/*
 * social.c - the way to a provider and back. No GET changes anything without
 * an answer of the provider that belongs to a transaction of this browser.
 *
 * Forms cannot redirect to other sites (form-action 'self'), so a POST is
 * answered with a page that goes on by itself.
 */
#include "web/page/account/social.h"

#include "base/codec.h"
#include "base/crypt.h"
#include "base/log.h"
#include "base/str.h"
#include "base/utf8.h"
#include "http/form.h"
#include "model/account/throttle.h"
#include "web/guard.h"
#include "web/page/account/account.h"
#include "web/social/arrive.h"
#include "web/who.h"

#define TRIES 40
#define TRIES_WINDOW_S 900
#define CODE_MAX 2048
#define DAY_S 86400
#define TOLD_MAX 254 /* bytes; a mail address */

/* "/login?social=away&with=github" */
static void
go_say(struct task *t, struct res *res, const char *path, const char *slug,
       const struct provider *p)
{
	res_redirect(res, arena_printf(t->arena, "%s?social=%s&with=%s", path, slug, p->name));
}

static const char *
page_of(const struct ticket *k)
{
	return k->purpose == TICKET_LINK || k->purpose == TICKET_CONFIRM ? "/account/security" :
	                                                                     "/login";
}

static enum err
no_provider(struct task *t)
{
	return task_fail(t, E_NOT_FOUND, "This server does not offer that way to sign in.");
}

/* What went wrong on the way, for the log: no codes, tokens or addresses. */
static const char *
trouble(struct task *t, const struct provider *p, enum err e)
{
	struct log l;
	log_begin(&l, LOG_WARN, "social sign-in refused");
	log_str(&l, "provider", str_of(p->name));
	log_str(&l, "cause", str_of(t->detail));
	log_str(&l, "id", str_of(t->request_id));
	log_end(&l);
	task_clear(t);
	return e == E_UNAVAILABLE || e == E_TIMEOUT ? "away" : "failed";
}

static bool
is_trouble(enum err e)
{
	return e == E_UNAUTHORIZED || e == E_UNAVAILABLE || e == E_TIMEOUT;
}

enum err
page_social_redirect(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	const struct provider *p = provider_find(w, req->param[0]);
	struct ticket k = { .purpose = TICKET_SIGN_IN,
		.next = guard_next(req_query(t, req, "next")) };
	struct str url;
	bool found;
	if (p == NULL)
		return no_provider(t);
	enum err e = guard_session(w, t, req, &found);
	if (e != E_OK)
		return e;
	if (found) {
		res_redirect(res, k.next);
		return E_OK;
	}
	k.provider = str_of(p->name);
	ticket_start(t, &k);
	e = p->authorize(w, t, &k, &url);
	if (is_trouble(e)) {
		go_say(t, res, "/login", trouble(t, p, e), p);
		return E_OK;
	}
	if (e != E_OK)
		return e;
	ticket_put(w, t, res, &k);
	res->status = 303;
	res_header(res, "Location", url);
	return E_OK;
}

/* The page that goes on to the provider by itself. */
static enum err
send_on(struct web *w, struct task *t, const struct req *req, struct res *res,
        const struct provider *p, struct ticket *k)
{
	struct str url;
	k->provider = str_of(p->name);
	k->session = w->who.user.session;
	ticket_start(t, k);
	enum err e = p->authorize(w, t, k, &url);
	if (is_trouble(e)) {
		go_say(t, res, page_of(k), trouble(t, p, e), p);
		return E_OK;
	}
	if (e != E_OK)
		return e;
	struct page page = page_plain(w, t, req, "social_go.tpl", "Going on");
	dict_set(page.body, "TITLE", p->title);
	dict_str(page.body, "URL", url);
	ticket_put(w, t, res, k);
	res_header(res, "Refresh", arena_printf(t->arena, "0; url=%.*s", STRF(url)));
	return page_send(&page, res, 200);
}

/* One of the tries that a client address has; given back when it was right. */
static enum err
take_try(struct web *w, struct task *t, const struct req *req, struct throttle *th)
{
	throttle_add(t, th, "social", req->remote_addr,
	    (struct throttle_rule){ .max = TRIES, .window_s = TRIES_WINDOW_S });
	return throttle_take(t, w->pg, th);
}

static enum err
give_back(struct web *w, struct task *t, const struct throttle *th)
{
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = throttle_done(t, w->pg, th);
	return pg_end(t, w->pg, e);
}

/* Is this answer of the transaction in the cookie? NULL, or what to say. */
static const char *
answer_fault(struct task *t, const struct req *req, const struct provider *p,
             const struct ticket *k, bool taken)
{
	struct str state = req_query(t, req, "state");
	if (!taken || k->purpose == TICKET_PENDING || !str_is(k->provider, p->name) ||
	    state.n == 0 || !crypt_equal(state, k->state))
		return "stale";
	return NULL;
}

/* The session of LINK and CONFIRM must still be the one that began. */
static enum err
same_session(struct web *w, struct task *t, const struct req *req, const struct ticket *k,
             bool *good)
{
	enum err e = guard_session(w, t, req, good);
	*good = e == E_OK && *good && k->session.n > 0 &&
	        str_eq(w->who.user.session, k->session);
	return e;
}

static const char *
rule_words(enum rule rule)
{
	switch (rule) {
	case RULE_PENDING:
		return "exists";
	case RULE_NO_MAIL:
		return "nomail";
	default:
		return "disabled";
	}
}

/* A verified account has the address: its owner signs in here first. */
static void
wait_for_owner(struct web *w, struct task *t, struct res *res, const struct arrival *a)
{
	struct ticket k = { .purpose = TICKET_PENDING, .provider = str_of(a->provider->name),
		.user_id = a->user.id, .subject = a->claims->subject,
		.email = a->claims->email, .login = a->claims->login };
	ticket_start(t, &k);
	ticket_put(w, t, res, &k);
	res_redirect(res, arena_printf(t->arena,
	    "/login?social=exists&with=%s&next=/auth/%s/pending", a->provider->name,
	    a->provider->name));
}

static enum err
end_sign_in(struct web *w, struct task *t, const struct req *req, struct res *res,
            struct arrival *a)
{
	uint8_t raw[32];
	crypt_random(raw, sizeof raw);
	a->browser = codec_b64url(t->arena, (struct str){ (const char *)raw, sizeof raw });
	a->invited_only = signup_is(w, "invited");
	a->closed = signup_is(w, "closed");
	enum err e = arrive_sign_in(w, t, req, a);
	if (e == E_FORBIDDEN || e == E_CONFLICT) {
		task_clear(t);
		go_say(t, res, "/login", e == E_FORBIDDEN ? "uninvited" : "failed", a->provider);
		return E_OK;
	}
	if (e != E_OK)
		return e;
	if (a->rule == RULE_UNPROVED || a->rule == RULE_TAKEN) {
		res_cookie(res, signup_cookie(w), a->browser, DAY_S, guard_cookie_secure(w));
		res_redirect(res, STR("/verify"));
		return E_OK;
	}
	if (a->cookie.n > 0)
		signin_reply(w, t, res, &a->signin, a->cookie);
	else if (a->rule == RULE_PENDING)
		wait_for_owner(w, t, res, a);
	else
		go_say(t, res, "/login", rule_words(a->rule), a->provider);
	return E_OK;
}

static enum err
end_link(struct web *w, struct task *t, const struct req *req, struct res *res,
         const struct provider *p, const struct identity *in)
{
	bool added = false;
	enum err e = arrive_link(w, t, req, in, &added);
	if (e != E_OK && e != E_CONFLICT)
		return e;
	task_clear(t);
	go_say(t, res, "/account/security", e == E_CONFLICT ? "other" : added ? "linked" :
	    "already", p);
	return E_OK;
}

static enum err
end_confirm(struct web *w, struct task *t, const struct req *req, struct res *res,
            const struct arrival *a, const struct identity *in)
{
	enum err e = arrive_confirm(w, t, req, in);
	if (e == E_CONFLICT) {
		task_clear(t);
		go_say(t, res, "/account/security", "mismatch", a->provider);
		return E_OK;
	}
	if (e == E_OK)
		res_redirect(res, guard_next(a->ticket->next));
	return e;
}

/* The person is proved at the provider. */
static enum err
arrived(struct web *w, struct task *t, const struct req *req, struct res *res,
        struct arrival *a)
{
	const struct identity in = { .provider = str_of(a->provider->name),
		.subject = a->claims->subject, .email = a->claims->email,
		.login = a->claims->login };
	bool same;
	if (a->ticket->purpose == TICKET_SIGN_IN)
		return end_sign_in(w, t, req, res, a);
	enum err e = same_session(w, t, req, a->ticket, &same);
	if (e != E_OK)
		return e;
	if (!same) {
		go_say(t, res, "/login", "stale", a->provider);
		return E_OK;
	}
	if (a->ticket->purpose == TICKET_LINK)
		return end_link(w, t, req, res, a->provider, &in);
	return end_confirm(w, t, req, res, a, &in);
}

/* What a provider tells of a person is shown on pages: one short line each. */
static struct str
line(struct str s)
{
	return s.n <= TOLD_MAX && utf8_is_line(s) ? s : STR("");
}

static void
tidy(struct claims *c)
{
	c->email = line(c->email);
	c->login = line(c->login);
	c->name = line(c->name);
}

enum err
page_social_callback(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	const struct provider *p = provider_find(w, req->param[0]);
	struct throttle th = { 0 };
	struct claims claims = { 0 };
	struct ticket k;
	if (p == NULL)
		return no_provider(t);
	const char *fault = answer_fault(t, req, p, &k, ticket_take(w, t, req, &k));
	if (fault == NULL || k.purpose != TICKET_PENDING)
		ticket_clear(w, res);
	struct str code = req_query(t, req, "code");
	if (fault == NULL && req_query(t, req, "error").n > 0)
		fault = "cancelled";
	if (fault == NULL && (code.n == 0 || code.n > CODE_MAX))
		fault = "failed";
	if (fault != NULL) {
		go_say(t, res, page_of(&k), fault, p);
		return E_OK;
	}
	enum err e = take_try(w, t, req, &th);
	if (e == E_OK)
		e = p->issuer(w, t, req_query(t, req, "iss"));
	if (e == E_OK)
		e = p->claims(w, t, &k, code, &claims);
	if (is_trouble(e)) {
		go_say(t, res, page_of(&k), trouble(t, p, e), p);
		return E_OK;
	}
	if (e == E_OK)
		e = give_back(w, t, &th);
	tidy(&claims);
	struct arrival a = { .provider = p, .ticket = &k, .claims = &claims };
	return e == E_OK ? arrived(w, t, req, res, &a) : e;
}

/* The pending link of this browser, if it is for the signed-in user. */
static bool
pending(struct web *w, struct task *t, const struct req *req, const struct provider *p,
        struct ticket *k)
{
	return ticket_take(w, t, req, k) && k->purpose == TICKET_PENDING &&
	       str_is(k->provider, p->name) && str_eq(k->user_id, w->who.user.id);
}

enum err
page_social_pending(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	const struct provider *p = provider_find(w, req->param[0]);
	struct ticket k;
	if (p == NULL)
		return no_provider(t);
	if (!pending(w, t, req, p, &k)) {
		go_say(t, res, "/account/security", "stale", p);
		return E_OK;
	}
	struct page page = page_plain(w, t, req, "social_pending.tpl", "Link an account");
	dict_set(page.body, "TITLE", p->title);
	dict_set(page.body, "NAME", p->name);
	dict_str(page.body, "WHO", k.login.n > 0 ? k.login : k.email);
	dict_str(page.body, "EMAIL", w->who.user.email);
	page_csrf(&page, page.body);
	return page_send(&page, res, 200);
}

enum err
page_social_link(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	const struct provider *p = provider_find(w, req->param[0]);
	struct ticket k = { .purpose = TICKET_LINK };
	if (p == NULL)
		return no_provider(t);
	if (req_form(t, req, "pending").n == 0)
		return send_on(w, t, req, res, p, &k);
	if (!pending(w, t, req, p, &k)) {
		go_say(t, res, "/account/security", "stale", p);
		return E_OK;
	}
	ticket_clear(w, res);
	return end_link(w, t, req, res, p, &(struct identity){ .provider = k.provider,
		.subject = k.subject, .email = k.email, .login = k.login });
}

enum err
page_social_confirm(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	const struct provider *p = provider_find(w, req->param[0]);
	struct ticket k = { .purpose = TICKET_CONFIRM,
		.next = guard_next(req_form(t, req, "next")) };
	return p != NULL ? send_on(w, t, req, res, p, &k) : no_provider(t);
}

enum err
page_social_unlink(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field fields[] = {
		{ .name = "subject", .max = 255, .required = true } };
	struct str provider = req->param[0], subject;
	enum err e = form_read(t, req, fields, 1, &subject);
	if (e != E_OK)
		return e;
	if ((e = who_begin(t, w)) == E_OK)
		e = identity_unlink(t, w->pg, w->who.user.id, provider, subject);
	if (e == E_OK)
		e = arrive_tell(w, t, req, "identity.unlink", provider);
	e = pg_end(t, w->pg, e);
	if (e != E_OK && e != E_CONFLICT)
		return e;
	task_clear(t);
	res_redirect(res, arena_printf(t->arena, "/account/security?social=%s&with=%.*s",
	    e == E_CONFLICT ? "last" : "unlinked", STRF(provider)));
	return E_OK;
}
