/* webhooks.c - where news of the system goes: addresses, secrets, deliveries. */
#include "model/system/webhook.h"

#include "base/clock.h"
#include "base/jw.h"
#include "base/str.h"
#include "http/form.h"
#include "view/format.h"
#include "web/once.h"
#include "web/page/field.h"
#include "web/page/system/alarms.h"
#include "web/page/system/system.h"
#include "web/trail.h"
#include "web/who.h"

#define SHOWN 50

/* What a form sent, to be shown again. */
struct hook_form {
	struct str url, name;
};

static struct str
hook_url(struct task *t, struct str id, const char *act)
{
	return arena_printf(t->arena, "/system/webhooks/%.*s%s", STRF(id), act);
}

static void
fill_state(struct page *p, struct dict *d, const struct webhook *h)
{
	bool on = h->disabled_us == 0;
	dict_set(d, "CLASS", !on ? "flat" : h->failed > 0 ? "warn" : "ok");
	dict_set(d, "WORD", !on ? "off" : h->failed > 0 ? "failing" : "on");
	if (!on && h->disabled_why.n > 0)
		dict_str(dict_row(d, "WHY"), "TEXT", h->disabled_why);
	dict_str(d, "WAITING", format_count(p->t, h->waiting));
	dict_str(d, "FAILED", format_count(p->t, h->failed));
}

static enum err
show_list(struct web *w, struct task *t, const struct req *req, struct res *res,
          const struct hook_form *typed, int status)
{
	struct page p = page_framed(w, t, req, "system_webhooks.tpl", "Webhooks");
	struct webhook *h = NULL;
	size_t n = 0;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = webhook_list(t, w->pg, STR(""), &h, &n);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_system(&p, "webhooks");
	if (str_is(req_query(t, req, "done"), "deleted"))
		page_note(&p, "good", "The webhook is deleted.");
	struct dict *list = n > 0 ? dict_row(p.body, "LIST") : NULL;
	for (size_t i = 0; i < n; i++) {
		struct dict *d = dict_row(list, "ROW");
		dict_str(d, "URL", hook_url(t, h[i].id, ""));
		dict_str(d, "NAME", h[i].name.n > 0 ? h[i].name : h[i].url);
		dict_str(d, "TO", h[i].url);
		dict_str(d, "MADE", format_day(t, h[i].created_us, 0));
		fill_state(&p, d, &h[i]);
	}
	dict_show_if(p.body, "NONE", n == 0);
	page_csrf(&p, p.body);
	field_fill(t, p.body, "ADDRESS", "url", typed->url);
	field_fill(t, p.body, "LABEL", "name", typed->name);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_webhooks(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return show_list(w, t, req, res, &(struct hook_form){ STR(""), STR("") }, 200);
}

static enum err
told(struct web *w, struct task *t, const struct req *req, const char *action, struct str id)
{
	return trail(w, t, req, action, arena_printf(t->arena, "webhook:%.*s", STRF(id)), STR_NULL);
}

static enum err
create(struct web *w, struct task *t, const struct req *req, const struct hook_form *typed,
       struct str *id, struct str *secret)
{
	const struct webhook_new in = { .url = typed->url, .name = typed->name,
		.user_id = w->who.user.id };
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = webhook_create(t, w->pg, w->crypt, &in,
		    conf_bool(w->conf, CONF_WEBHOOK_LOOPBACK), id, secret);
	if (e == E_OK)
		e = told(w, t, req, "webhook.create", *id);
	return pg_end(t, w->pg, e);
}

enum err
page_webhooks_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field FIELDS[] = {
		{ .name = "url", .required = true, .max = WEBHOOK_URL_MAX },
		{ .name = "name", .max = 100 },
	};
	struct str v[NELEM(FIELDS)], id, secret;
	enum err e = form_read(t, req, FIELDS, NELEM(FIELDS), v);
	const struct hook_form typed = { v[0], v[1] };
	if (e == E_OK)
		e = create(w, t, req, &typed, &id, &secret);
	if (e == E_INVALID)
		return show_list(w, t, req, res, &typed, 422);
	if (e != E_OK)
		return e;
	once_put(w, t, res, "webhook", secret);
	res_redirect(res, hook_url(t, id, "?done=made"));
	return E_OK;
}

/* --- one ---------------------------------------------------------------------- */

static void
fill_delivery(struct page *p, struct dict *list, const struct webhook *h,
              const struct webhook_delivery *x)
{
	struct task *t = p->t;
	struct dict *d = dict_row(list, "ROW");
	bool over = x->delivered_us > 0, given_up = x->failed_us > 0;
	dict_str(d, "ID", x->id);
	dict_str(d, "ISO", format_iso(t, x->created_us, 0));
	dict_str(d, "TIME", format_time(t, x->created_us, 0));
	dict_str(d, "EVENT", x->event);
	dict_set(d, "CLASS", over ? "ok" : given_up ? "crash" : "warn");
	dict_set(d, "WORD", over ? "delivered" : given_up ? "given up" : "waiting");
	dict_i64(d, "ATTEMPTS", x->attempts);
	dict_str(d, "STATUS", x->status > 0 ? arena_printf(t->arena, "%d", (int)x->status) :
	                                      STR("\xe2\x80\x93"));
	dict_str(d, "MS", format_ms(t, (double)x->ms, x->attempts == 0));
	dict_str(d, "BODY", json_pretty(t, x->body));
	if (x->error.n > 0 && !over)
		dict_str(dict_row(d, "ERROR"), "TEXT", x->error);
	if (!over && !given_up && x->attempts > 0)
		dict_str(dict_row(d, "NEXT"), "TIME", x->next_us > t->now_us ?
		    format_ago(t, x->next_us, t->now_us) : STR("now"));
	if (over)
		return;
	struct dict *r = dict_row(d, "RETRY");
	page_csrf(p, r);
	dict_str(r, "URL", arena_printf(t->arena, "/system/webhooks/%.*s/deliveries/%.*s/retry",
	    STRF(h->id), STRF(x->id)));
}

static void
fill_secret(struct page *p, struct res *res, const struct webhook *h)
{
	struct str secret;
	if (once_take(p->w, p->t, p->req, res, "webhook", &secret))
		dict_str(dict_row(p->body, "SECRET"), "VALUE", secret);
	if (h->old_until_us > 0)
		dict_str(dict_row(p->body, "OLD"), "UNTIL",
		    format_ago(p->t, h->old_until_us, p->t->now_us));
}

static void
note_done(struct page *p)
{
	static const struct {
		const char *query, *text;
	} DONE[] = {
		{ "made", "It is told of every alarm from now on." },
		{ "rotated", "Both secrets sign for a day; give the new one to the receiver." },
		{ "test", "A test is on its way; reload to see how it went." },
		{ "retry", "It is sent again now." },
		{ "on", "It is switched on." },
		{ "off", "It is switched off; what waits stays." },
	};
	struct str done = req_query(p->t, p->req, "done");
	for (size_t i = 0; i < NELEM(DONE); i++)
		if (str_is(done, DONE[i].query))
			page_note(p, "good", DONE[i].text);
}

enum err
page_webhook(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "system_webhook.tpl", "Webhook");
	struct webhook h;
	struct webhook_delivery *x = NULL;
	size_t n = 0;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = webhook_get(t, w->pg, req->param[0], &h);
	if (e == E_OK)
		e = webhook_deliveries(t, w->pg, h.id, SHOWN, &x, &n);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_system(&p, "webhooks");
	note_done(&p);
	fill_secret(&p, res, &h);
	fill_state(&p, p.body, &h);
	page_csrf(&p, p.body);
	dict_str(p.body, "TO", h.url);
	dict_str(p.body, "NAME", h.name.n > 0 ? h.name : STR("Webhook"));
	dict_str(p.body, "BASE", hook_url(t, h.id, ""));
	dict_set(p.body, "SWITCH", h.disabled_us > 0 ? "on" : "off");
	dict_set(p.body, "SWITCH_WORD", h.disabled_us > 0 ? "Switch on" : "Switch off");
	struct dict *list = n > 0 ? dict_row(p.body, "LIST") : NULL;
	for (size_t i = 0; i < n; i++)
		fill_delivery(&p, list, &h, &x[i]);
	dict_show_if(p.body, "NONE", n == 0);
	return page_send(&p, res, 200);
}

/* An act on one webhook of the system, with its entry, in one transaction. */
enum hook_act { HOOK_ROTATE, HOOK_TEST, HOOK_ON, HOOK_OFF, HOOK_DELETE, HOOK_RETRY };

static struct str
test_body(struct task *t)
{
	struct buf b = BUF_INIT;
	struct jw j;
	jw_init(&j, &b);
	jw_object_begin(&j);
	jw_kstr(&j, "type", STR("webhook.test"));
	jw_ktime(&j, "timestamp", t->now_us);
	jw_key(&j, "data");
	jw_object_begin(&j);
	jw_kstr(&j, "message", STR("This is a test: somebody pressed the button."));
	jw_object_end(&j);
	jw_object_end(&j);
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

static enum err
act_in_tx(struct web *w, struct task *t, const struct req *req, enum hook_act act,
          struct str *secret)
{
	static const char *const ACTION[] = {
		[HOOK_ROTATE] = "webhook.rotate", [HOOK_TEST] = "webhook.test",
		[HOOK_ON] = "webhook.enable", [HOOK_OFF] = "webhook.disable",
		[HOOK_DELETE] = "webhook.delete", [HOOK_RETRY] = "webhook.retry",
	};
	struct webhook h;
	enum err e = webhook_get(t, w->pg, req->param[0], &h);
	if (e == E_OK && h.team_id.n > 0)
		e = task_fail(t, E_NOT_FOUND, "There is no such webhook.");
	if (e != E_OK)
		return e;
	switch (act) {
	case HOOK_ROTATE: e = webhook_rotate(t, w->pg, w->crypt, h.id, secret); break;
	case HOOK_TEST: e = webhook_emit_one(t, w->pg, h.id, "webhook.test", test_body(t)); break;
	case HOOK_ON: e = webhook_enable(t, w->pg, h.id, true, STR("")); break;
	case HOOK_OFF: e = webhook_enable(t, w->pg, h.id, false, STR("")); break;
	case HOOK_DELETE: e = webhook_delete(t, w->pg, h.id); break;
	case HOOK_RETRY: e = webhook_retry(t, w->pg, h.id, req->param[1]); break;
	}
	return e == E_OK ? told(w, t, req, ACTION[act], h.id) : e;
}

static enum err
act_form(struct web *w, struct task *t, const struct req *req, struct res *res, enum hook_act act,
         const char *done)
{
	struct str secret = STR("");
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = act_in_tx(w, t, req, act, &secret);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	if (secret.n > 0)
		once_put(w, t, res, "webhook", secret);
	res_redirect(res, act == HOOK_DELETE ? STR("/system/webhooks?done=deleted") :
	    arena_printf(t->arena, "/system/webhooks/%.*s?done=%s", STRF(req->param[0]), done));
	return E_OK;
}

enum err
page_webhook_rotate(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return act_form(w, t, req, res, HOOK_ROTATE, "rotated");
}

enum err
page_webhook_test(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return act_form(w, t, req, res, HOOK_TEST, "test");
}

enum err
page_webhook_switch(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	bool on = str_is(req_form(t, req, "to"), "on");
	return act_form(w, t, req, res, on ? HOOK_ON : HOOK_OFF, on ? "on" : "off");
}

enum err
page_webhook_delete(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return act_form(w, t, req, res, HOOK_DELETE, "");
}

enum err
page_webhook_retry(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return act_form(w, t, req, res, HOOK_RETRY, "retry");
}
