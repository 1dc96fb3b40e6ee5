/* errpage.c - see errpage.h. */
#include "web/errpage.h"

#include "base/str.h"
#include "base/url.h"
#include "view/format.h"
#include "web/confirm.h"
#include "web/layout.h"

static const char *
heading(enum err e, int status)
{
	if (e == E_DISABLED)
		return "This is not enabled";
	if (e == E_PLAN)
		return "The plan does not include that";
	if (e == E_QUOTA)
		return "The month's quota is used up";
	switch (status) {
	case 400:
		return "This address asks for something odd";
	case 403:
		return "That is not allowed";
	case 404:
		return "There is nothing here";
	case 405:
		return "This page cannot be used that way";
	case 429:
		return "Too many attempts";
	case 503:
	case 504:
		return "The answer did not come in time";
	default:
		return status >= 500 ? "Something failed on our side" : "That did not work";
	}
}

/* Detail of the failure for the caller's faults; never for ours. */
static struct str
cause(const struct task *t, enum err e)
{
	if (err_status(e) == 400 && t->nfields > 0)
		return STR("One part of it cannot be used:");
	if (err_status(e) < 500 && t->detail[0] != '\0')
		return str_of(t->detail);
	if (e == E_UNAVAILABLE || e == E_TIMEOUT || e == E_RETRY)
		return STR("A store of this server did not answer. Nothing is lost: "
		           "what apps send meanwhile waits in the queue.");
	return str_of(err_message(e));
}

static void
to_login(struct task *t, const struct req *req, struct res *res)
{
	struct buf b = BUF_INIT;
	buf_puts(&b, "/login");
	if (req->method == M_GET && !str_is(req->path, "/")) {
		struct str here = req->path;
		if (req->query.n > 0)
			here = arena_printf(t->arena, "%.*s?%.*s", STRF(here), STRF(req->query));
		buf_puts(&b, "?next=");
		url_encode(&b, here);
	}
	res_redirect(res, arena_str(t->arena, buf_str(&b)));
	buf_release(&b);
}

static bool
may_retry(const struct req *req, int status)
{
	return req->method == M_GET && (status == 429 || status >= 500);
}

/* Where the team's plan or what is switched on is told. */
static void
fill_way(const struct web *w, struct task *t, struct dict *body, enum err e)
{
	bool plan = e == E_PLAN || e == E_QUOTA;

	if ((!plan && e != E_DISABLED) || w->who.team.slug.n == 0)
		return;
	struct dict *d = dict_row(body, "WAY");

	dict_set(d, "TEXT", plan ? "See the plans" : "See the features");
	dict_str(d, "URL", page_team_path(w, t, plan ? "billing" : "flags"));
}

void
errpage(struct web *w, struct task *t, const struct req *req, struct res *res, enum err e)
{
	int status = err_status(e);
	if (e == E_UNAUTHORIZED) {
		to_login(t, req, res);
		return;
	}
	if (e == E_UNVERIFIED) {
		res_redirect(res, STR("/verify"));
		return;
	}
	if (e == E_TWO_FACTOR) { /* the team demands what the user has not */
		res_redirect(res, STR("/account/two-factor?done=team"));
		return;
	}
	if (e == E_CONFIRM) {
		confirm_sheet(w, t, req, res);
		return;
	}
	struct page p = page_plain(w, t, req, "error.tpl", heading(e, status));
	dict_i64(p.body, "STATUS", status);
	dict_set(p.body, "HEADING", heading(e, status));
	dict_str(p.body, "CAUSE", cause(t, e));
	for (size_t i = 0; status < 500 && i < t->nfields && i < 5; i++) {
		struct dict *d = dict_row(p.body, "FIELD");
		dict_str(d, "PATH", t->fields[i].path);
		dict_str(d, "TEXT", t->fields[i].message);
	}
	dict_set(p.body, "REQUEST_ID", t->request_id);
	dict_printf(p.body, "TIME", "%.*s UTC", STRF(format_time(t, t->now_us, 0)));
	fill_way(w, t, p.body, e);
	if (may_retry(req, status))
		dict_str(dict_row(p.body, "RETRY"), "URL",
		    page_link(t, p.path, req->query, STR_NULL, STR_NULL));
	res->body.n = 0;
	if (page_send(&p, res, status) != E_OK) {
		/* the template failed: plain words, no mark-up */
		res->status = status;
		res_header(res, "Content-Type", STR("text/plain; charset=utf-8"));
		buf_printf(&res->body, "%d %s\nRequest id: %s\n", status, heading(e, status),
		    t->request_id);
	}
	if (status == 503 || status == 504)
		res_header(res, "Retry-After", STR("5"));
}
