/* two_factor_setup.c - switching the second factor on and off, and its
 * recovery codes. */
#include "base/str.h"
#include "base/totp.h"
#include "model/account/session.h"
#include "model/account/twofactor.h"
#include "view/format.h"
#include "view/qr.h"
#include "web/letter.h"
#include "web/once.h"
#include "web/page/account/account.h"
#include "web/page/account/two_factor.h"
#include "web/trail.h"
#include "web/who.h"

#define HERE "/account/two-factor"
#define ONCE "recovery codes"
#define GROUP 4

static const struct done done[] = {
	{ "off", "Two-factor sign-in is switched off. The secret and the recovery codes are gone." },
	{ NULL, NULL },
};

/* "ABCD EFGH …", as one reads it aloud. */
static struct str
grouped(struct task *t, struct str s)
{
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < s.n; i++) {
		if (i > 0 && i % GROUP == 0)
			buf_putc(&b, ' ');
		buf_putc(&b, s.p[i]);
	}
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

static enum err
fill_start(struct page *p, struct str secret)
{
	struct task *t = p->t;
	struct qr qr;
	struct str uri = totp_uri(t->arena, STR("Tidemark"), p->w->who.user.email, secret);
	enum err e = qr_make(t, uri, &qr);
	if (e != E_OK)
		return e;
	struct dict *d = dict_row(p->body, "START");
	page_csrf(p, d);
	dict_i64(d, "SIZE", qr.size);
	dict_str(d, "PATH", qr.path);
	dict_str(d, "URI", uri);
	dict_str(d, "SECRET", grouped(t, totp_base32(t->arena, secret)));
	struct str problem = STR_NULL;
	for (size_t i = 0; i < t->nfields; i++)
		problem = t->fields[i].message;
	dict_show_if(d, "BAD", problem.n > 0);
	if (problem.n > 0)
		dict_str(dict_row(d, "PROBLEM"), "TEXT", problem);
	return E_OK;
}

static void
fill_on(struct page *p, const struct twofactor *f)
{
	struct dict *d = dict_row(p->body, "ON");
	page_csrf(p, d);
	dict_str(d, "SINCE", format_time(p->t, f->since_us, 0));
	dict_i64(d, "LEFT", f->codes_left);
	dict_show_if(d, "FEW", f->codes_left <= 3);
}

static enum err
load(struct web *w, struct task *t, struct twofactor *f, struct str *secret)
{
	struct str user_id = w->who.user.id;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = twofactor_get(t, w->pg, user_id, f);
	if (e == E_OK && !f->on)
		e = twofactor_begin(t, w->pg, w->crypt, user_id, secret);
	return pg_end(t, w->pg, e);
}

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res, int status)
{
	struct twofactor f;
	struct str secret = STR_NULL;
	enum err e = load(w, t, &f, &secret);
	if (e != E_OK)
		return e;
	struct page p = page_framed(w, t, req, "two_factor_setup.tpl", "Two-factor sign-in");
	page_account(&p, "security");
	page_done(&p, done);
	if (str_is(req_query(t, req, "done"), "team") && !f.on)
		page_note(&p, "warn", "Your team asks its members to sign in with a second "
		          "factor. Its pages open again when this is set up.");
	if (f.on)
		fill_on(&p, &f);
	else if ((e = fill_start(&p, secret)) != E_OK)
		return e;
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_two_factor_setup(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return show(w, t, req, res, 200);
}

static enum err
tell(struct web *w, struct task *t, const char *what)
{
	struct letter_value value = { "WHAT", str_of(what) };
	return letter_put(w, t, &(struct letter_new){ .kind = LETTER_TWO_FACTOR,
	    .to = w->who.user.email, .path = STR("/account/security"), .value = &value,
	    .nvalues = 1 });
}

/* The codes go to the next page in a sealed cookie, one a line. */
static void
hand_over(struct web *w, struct task *t, struct res *res,
          char code[TWOFACTOR_CODES][TWOFACTOR_CODE_TEXT])
{
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < TWOFACTOR_CODES; i++)
		buf_printf(&b, "%s\n", code[i]);
	once_put(w, t, res, ONCE, buf_str(&b));
	buf_release(&b);
	res_redirect(res, STR(HERE "/codes"));
}

enum err
page_two_factor_on(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	char code[TWOFACTOR_CODES][TWOFACTOR_CODE_TEXT];
	const struct who_user *u = &w->who.user;
	int64_t others;
	enum err e = pg_begin(t, w->pg, &(struct pg_scope){ .user_id = u->id });
	if (e == E_OK)
		e = twofactor_on(t, w->pg, w->crypt, u->id, req_form(t, req, "code"));
	if (e == E_OK)
		e = twofactor_codes(t, w->pg, u->id, code);
	if (e == E_OK)
		e = session_end_others(t, w->pg, u->id, u->session, &others);
	if (e == E_OK)
		e = tell(w, t, "Two-factor sign-in was switched on. Other browsers were signed out.");
	if (e == E_OK)
		e = trail_account(w, t, req, "two_factor.on", u->id, STR_NULL);
	e = pg_end(t, w->pg, e);
	if (e == E_INVALID)
		return show(w, t, req, res, 422);
	if (e == E_CONFLICT) {
		task_clear(t);
		res_redirect(res, STR(HERE));
		return E_OK;
	}
	if (e == E_OK)
		hand_over(w, t, res, code);
	return e;
}

enum err
page_two_factor_off(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str user_id = w->who.user.id;
	bool was = false;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = twofactor_off(t, w->pg, user_id, &was);
	if (e == E_OK && was)
		e = tell(w, t, "Two-factor sign-in was switched off.");
	if (e == E_OK && was)
		e = trail_account(w, t, req, "two_factor.off", user_id, STR_NULL);
	if ((e = pg_end(t, w->pg, e)) == E_OK)
		res_redirect(res, STR(HERE "?done=off"));
	return e;
}

enum err
page_two_factor_codes_post(struct web *w, struct task *t, const struct req *req,
                           struct res *res)
{
	char code[TWOFACTOR_CODES][TWOFACTOR_CODE_TEXT];
	struct str user_id = w->who.user.id;
	struct twofactor f;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = twofactor_get(t, w->pg, user_id, &f);
	if (e == E_OK && !f.on)
		e = task_fail(t, E_CONFLICT, "Two-factor sign-in is not switched on.");
	if (e == E_OK)
		e = twofactor_codes(t, w->pg, user_id, code);
	if (e == E_OK)
		e = tell(w, t, "New recovery codes were made; the old ones do not work any more.");
	if (e == E_OK)
		e = trail_account(w, t, req, "two_factor.codes", user_id, STR_NULL);
	if ((e = pg_end(t, w->pg, e)) == E_OK)
		hand_over(w, t, res, code);
	return e;
}

enum err
page_two_factor_codes(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str codes;
	if (!once_take(w, t, req, res, ONCE, &codes)) {
		res_redirect(res, STR(HERE));
		return E_OK;
	}
	struct page p = page_framed(w, t, req, "two_factor_codes.tpl", "Recovery codes");
	page_account(&p, "security");
	page_csrf(&p, p.body);
	for (struct str rest = codes; rest.n > 0;) {
		struct str line = str_cut(&rest, '\n');
		if (line.n > 0)
			dict_str(dict_row(p.body, "CODE"), "TEXT", line);
	}
	return page_send(&p, res, 200);
}

static bool
is_code(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '2' && c <= '7') || c == '-'))
			return false;
	}
	return s.n == TWOFACTOR_CODE_TEXT - 5;
}

enum err
page_two_factor_codes_file(struct web *w, struct task *t, const struct req *req,
                           struct res *res)
{
	struct str code[TWOFACTOR_CODES];
	size_t n = req_form_all(t, req, "code", code, TWOFACTOR_CODES);
	(void)w;
	buf_puts(&res->body, "Recovery codes of Tidemark. Each works once.\n\n");
	for (size_t i = 0; i < n; i++) {
		if (!is_code(code[i]))
			return task_fail(t, E_BAD_PARAM, "That is not a recovery code.");
		buf_printf(&res->body, "%.*s\n", STRF(code[i]));
	}
	res_header(res, "Content-Type", STR("text/plain; charset=utf-8"));
	res_header(res, "Content-Disposition",
	    STR("attachment; filename=\"tidemark-recovery-codes.txt\""));
	return E_OK;
}

enum err
security_two_factor(struct page *p)
{
	struct twofactor f;
	struct web *w = p->w;
	enum err e = who_begin(p->t, w);
	if (e == E_OK)
		e = twofactor_get(p->t, w->pg, w->who.user.id, &f);
	if ((e = pg_end(p->t, w->pg, e)) != E_OK)
		return e;
	struct dict *d = dict_include(p->body, "TWO_FACTOR", "security_two_factor.tpl");
	struct dict *part = dict_row(d, f.on ? "ON" : "OFF");
	if (f.on) {
		dict_str(part, "SINCE", format_time(p->t, f.since_us, 0));
		dict_i64(part, "LEFT", f.codes_left);
	}
	return E_OK;
}
