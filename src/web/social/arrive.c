/* arrive.c - see arrive.h. */
#include "web/social/arrive.h"

#include "base/str.h"
#include "model/team/team.h"
#include "web/confirm.h"
#include "web/letter.h"
#include "web/page/account/account.h"
#include "web/trail.h"
#include "web/who.h"

static struct identity
identity_of(const struct arrival *a)
{
	return (struct identity){
		.provider = str_of(a->provider->name), .subject = a->claims->subject,
		.email = a->claims->email, .login = a->claims->login,
	};
}

/* What we know of the identity and of the address. */
static enum err
look(struct web *w, struct task *t, struct arrival *a)
{
	struct rule_facts f = { .email_verified = a->claims->email_verified };
	struct identity id = identity_of(a);
	struct user local = { 0 };
	struct str key;
	enum err e = identity_find(t, w->pg, id.provider, id.subject, &a->user, &f.known);
	f.known_disabled = f.known && a->user.disabled;
	f.email = user_email_key(t, id.email, &key);
	if (e == E_OK && !f.known && f.email)
		e = user_find_by_email(t, w->pg, id.email, &local, &f.local);
	if (f.local) {
		a->user = local;
		f.local_verified = local.verified;
		f.local_disabled = local.disabled;
	}
	a->rule = rule_of(&f);
	return e;
}

static struct str
detail_of(struct task *t, const struct arrival *a)
{
	return arena_printf(t->arena, "{\"provider\":\"%s\"}", a->provider->name);
}

/* The address is proved: what verification does as well. */
static enum err
settle(struct web *w, struct task *t, const struct arrival *a)
{
	struct team team;
	struct team *list;
	size_t n = 0;
	struct pg_scope scope = { .user_id = a->user.id };
	enum err e = pg_scope_set(t, w->pg, &scope);
	if (e == E_OK)
		e = team_list_for(t, w->pg, a->user.id, &list, &n);
	if (e == E_OK && n == 0)
		e = team_create_personal(t, w->pg, a->user.id, a->user.name, &team);
	if (e == E_OK)
		e = pg_scope_set(t, w->pg, &(struct pg_scope){ .user_id = a->user.id });
	return e;
}

static enum err
create(struct web *w, struct task *t, const struct req *req, struct arrival *a)
{
	struct identity_new in = {
		.identity = identity_of(a), .name = a->claims->name,
		.verified = a->rule == RULE_CREATE, .browser = a->browser,
		.invited_only = a->invited_only,
	};
	struct str token;
	if (a->closed)
		return task_fail(t, E_FORBIDDEN, "Registration is closed.");
	enum err e = identity_create(t, w->pg, &in, &a->user, &token);
	if (e == E_OK && token.n > 0)
		e = letter_put(w, t, &(struct letter_new){ .kind = LETTER_VERIFY,
			.to = a->user.email,
			.path = arena_printf(t->arena, "/verify?token=%.*s", STRF(token)) });
	if (e == E_OK)
		e = trail_account(w, t, req, "user.register", a->user.id, detail_of(t, a));
	return e == E_OK && in.verified ? settle(w, t, a) : e;
}

/* The provider does not vouch for the address: what a visitor sees is the same
 * whether an account has it or not, as when registering; the mail tells. */
static enum err
unproved(struct web *w, struct task *t, const struct req *req, struct arrival *a)
{
	enum err e;
	if (a->rule == RULE_UNPROVED || a->closed) {
		e = create(w, t, req, a);
		if (e == E_FORBIDDEN && !a->closed) {
			task_clear(t); /* nobody invited the address */
			return E_OK;
		}
		return e;
	}
	e = account_letter(w, t, &(struct letter_new){ .kind = LETTER_EXISTS,
		.to = a->user.email, .path = STR("/login") });
	if (e != E_OK)
		return e;
	return trail_account(w, t, req, "user.register_known", a->user.id, detail_of(t, a));
}

static enum err
claim(struct web *w, struct task *t, const struct req *req, struct arrival *a)
{
	struct identity_new in = { .identity = identity_of(a), .name = a->claims->name,
		.verified = true };
	struct str id = a->user.id;
	enum err e = identity_claim(t, w->pg, id, &in, &a->user);
	if (e == E_OK)
		e = trail_account(w, t, req, "identity.claim", id, detail_of(t, a));
	return e == E_OK ? settle(w, t, a) : e;
}

static enum err
known(struct web *w, struct task *t, const struct arrival *a)
{
	struct identity id = identity_of(a);
	return identity_used(t, w->pg, &id);
}

static enum err
act(struct web *w, struct task *t, const struct req *req, struct arrival *a)
{
	enum err e;
	switch (a->rule) {
	case RULE_SIGN_IN:
		e = known(w, t, a);
		break;
	case RULE_CREATE:
		e = create(w, t, req, a);
		break;
	case RULE_UNPROVED:
	case RULE_TAKEN:
		return unproved(w, t, req, a);
	case RULE_CLAIM:
		e = claim(w, t, req, a);
		break;
	default:
		return E_OK; /* nobody signs in */
	}
	a->signin = (struct signin){ .user = &a->user, .method = a->provider->name,
		.next = a->ticket->next };
	return e == E_OK ? signin_open(w, t, req, &a->signin, &a->cookie) : e;
}

enum err
arrive_sign_in(struct web *w, struct task *t, const struct req *req, struct arrival *a)
{
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = look(w, t, a);
	if (e == E_OK)
		e = act(w, t, req, a);
	return pg_end(t, w->pg, e);
}

enum err
arrive_tell(struct web *w, struct task *t, const struct req *req, const char *action,
            struct str provider)
{
	bool linked = strcmp(action, "identity.link") == 0;
	struct str title = provider_title(provider);
	const struct letter_value what = { "WHAT", arena_printf(t->arena, linked ?
	    "A %.*s account can now sign in to your account." :
	    "A %.*s account can no longer sign in to your account.", STRF(title)) };
	enum err e = letter_put(w, t, &(struct letter_new){ .kind = LETTER_IDENTITY,
		.to = w->who.user.email, .path = STR("/account/security"),
		.value = &what, .nvalues = 1 });
	if (e != E_OK)
		return e;
	return trail_account(w, t, req, action, w->who.user.id,
	    arena_printf(t->arena, "{\"provider\":\"%.*s\"}", STRF(provider)));
}

enum err
arrive_link(struct web *w, struct task *t, const struct req *req, const struct identity *in,
            bool *added)
{
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = identity_link(t, w->pg, w->who.user.id, in, added);
	if (e == E_OK && *added)
		e = arrive_tell(w, t, req, "identity.link", in->provider);
	return pg_end(t, w->pg, e);
}

enum err
arrive_confirm(struct web *w, struct task *t, const struct req *req, const struct identity *in)
{
	struct user owner = { 0 };
	bool found = false;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = identity_find(t, w->pg, in->provider, in->subject, &owner, &found);
	if (e == E_OK && (!found || !str_eq(owner.id, w->who.user.id)))
		e = task_fail(t, E_CONFLICT, "It is linked to another account.");
	if (e == E_OK)
		e = confirm_done(w, t);
	if (e == E_OK)
		e = identity_used(t, w->pg, in);
	if (e == E_OK)
		e = trail_account(w, t, req, "session.confirm", w->who.user.id,
		    arena_printf(t->arena, "{\"provider\":\"%.*s\"}", STRF(in->provider)));
	return pg_end(t, w->pg, e);
}
