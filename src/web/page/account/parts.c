/* parts.c - what the pages of people share: notes, mails, throttles, the first
 * team, registering. */
#include "base/conf.h"
#include "base/str.h"
#include "model/account/throttle.h"
#include "model/team/team.h"
#include "web/guard.h"
#include "web/page/account/account.h"
#include "web/trail.h"

const char *
signup_cookie(const struct web *w)
{
	return guard_cookie_secure(w) ? "__Host-tm_signup" : "tm_signup";
}

bool
signup_is(const struct web *w, const char *mode)
{
	struct str set = conf_str(w->conf, CONF_SIGN_UP);
	if (!str_is(set, "open") && !str_is(set, "invited"))
		set = STR("closed"); /* a typing mistake opens nothing */
	return str_is(set, mode);
}

void
page_done(struct page *p, const struct done *table)
{
	struct str slug = req_query(p->t, p->req, "done");
	for (; slug.n > 0 && table->slug != NULL; table++) {
		if (str_is(slug, table->slug)) {
			page_note(p, "good", table->text);
			return;
		}
	}
}

enum err
account_first_team(struct web *w, struct task *t, const struct user *user)
{
	struct team *list, team;
	size_t n = 0;
	enum err e = pg_scope_set(t, w->pg, &(struct pg_scope){ .user_id = user->id });
	if (e == E_OK)
		e = team_list_for(t, w->pg, user->id, &list, &n);
	if (e == E_OK && n == 0)
		e = team_create_personal(t, w->pg, user->id, user->name, &team);
	return e;
}

enum err
account_letter(struct web *w, struct task *t, const struct letter_new *letter)
{
	struct throttle th = { 0 };
	struct str key = letter->to;
	(void)user_email_key(t, letter->to, &key);
	throttle_add(t, &th, "letter", key, (struct throttle_rule){ .max = 5, .window_s = 3600 });
	enum err e = throttle_take_in(t, w->pg, &th);
	if (e == E_RATE_LIMITED) {
		task_clear(t);
		return E_OK;
	}
	return e == E_OK ? letter_put(w, t, letter) : e;
}

enum err
account_form_throttle(struct web *w, struct task *t, const struct req *req, const char *kind)
{
	struct throttle th = { 0 };
	throttle_add(t, &th, kind, req->remote_addr,
	    (struct throttle_rule){ .max = 60, .window_s = 3600 });
	return throttle_take(t, w->pg, &th);
}

/* What the mail says of a registration: only its reader learns whether there
 * was an account. */
static enum err
register_letter(struct web *w, struct task *t, const struct link_sent *sent)
{
	struct letter_new letter = { .kind = LETTER_EXISTS, .to = sent->email,
		.path = STR("/login") };
	if (sent->outcome == LINK_UNINVITED)
		return E_OK;
	if (sent->outcome == LINK_NEW) {
		letter.kind = LETTER_VERIFY;
		letter.path = arena_printf(t->arena, "/verify?token=%.*s", STRF(sent->token));
	}
	return account_letter(w, t, &letter);
}

enum err
account_register(struct web *w, struct task *t, const struct req *req,
                 const struct link_register *in, struct link_sent *sent)
{
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = link_register(t, w->pg, in, sent);
	if (e == E_OK)
		e = register_letter(w, t, sent);
	if (e == E_OK && sent->user_id.n > 0)
		e = trail_account(w, t, req, sent->outcome == LINK_NEW ? "user.register" :
		    "user.register_known", sent->user_id, STR_NULL);
	return pg_end(t, w->pg, e);
}
