/* social_parts.c - what other pages show of sign-in elsewhere: see
 * web/social.h, and the section "Linked accounts" of the security page. */
#include "base/str.h"
#include "base/url.h"
#include "model/account/identity.h"
#include "view/format.h"
#include "web/page/account/account.h"
#include "web/page/account/social.h"
#include "web/social.h"
#include "web/social/provider.h"
#include "web/who.h"

/* %s is the provider's name. */
static const struct {
	const char *slug, *kind, *text;
} sentence[] = {
	{ "stale", "warn", "That sign-in with %s began in another browser, or more than ten minutes ago. Please try again." },
	{ "cancelled", "warn", "Signing in with %s was cancelled. Nothing was changed." },
	{ "failed", "bad", "The answer of %s could not be verified, so nobody was signed in. Please try again." },
	{ "away", "bad", "%s does not answer at the moment. Try again in a minute, or sign in another way." },
	{ "nomail", "warn", "%s gave no mail address for your account. Add one there, or register here." },
	{ "exists", "warn", "There is an account with this mail address already. Sign in to it, then %s can be linked." },
	{ "uninvited", "warn", "Only invited people can register here. Ask for an invitation to the mail address that %s knows." },
	{ "disabled", "bad", "The account that belongs to this %s account cannot sign in." },
	{ "linked", "good", "%s is linked. You can sign in with it from now on." },
	{ "already", "good", "This %s account was linked already." },
	{ "other", "bad", "This %s account is linked to another account here." },
	{ "mismatch", "bad", "That is another %s account than the one that is linked here." },
	{ "unlinked", "good", "The %s account was removed. It can no longer sign in." },
	{ "last", "bad", "%s is the only way to sign in to your account. Set a password first, then remove it." },
};

void
social_note(struct page *p)
{
	struct str slug = req_query(p->t, p->req, "social");
	struct str with = req_query(p->t, p->req, "with");
	bool real = false;
	for (size_t i = 0; i < PROVIDERS; i++)
		real = real || str_is(with, providers[i].name);
	for (size_t i = 0; real && i < NELEM(sentence); i++) {
		if (!str_is(slug, sentence[i].slug))
			continue;
		struct str rest = str_of(sentence[i].text), title = provider_title(with);
		struct str before = str_cut(&rest, '%');
		page_note(p, sentence[i].kind, arena_printf(p->t->arena, "%.*s%.*s%.*s",
		    STRF(before), STRF(title), STRF(str_slice(rest, 1, rest.n))).p);
		return;
	}
}

static void
mark(struct dict *d, const struct provider *p)
{
	dict_set(d, "NAME", p->name);
	dict_set(d, "TITLE", p->title);
	dict_show_if(d, "GITHUB", strcmp(p->name, "github") == 0);
	dict_show_if(d, "GOOGLE", strcmp(p->name, "google") == 0);
}

void
social_offer(struct page *p, struct str next)
{
	struct dict *d = NULL;
	struct buf b = BUF_INIT;
	social_note(p);
	buf_puts(&b, "?next=");
	url_encode(&b, next);
	for (size_t i = 0; i < PROVIDERS; i++) {
		if (!provider_on(p->w, &providers[i]))
			continue;
		if (d == NULL)
			d = dict_include(p->body, "SOCIAL", "social_offer.tpl");
		struct dict *one = dict_row(d, "PROVIDER");
		mark(one, &providers[i]);
		dict_printf(one, "URL", "/auth/%s/redirect%.*s", providers[i].name,
		    next.n > 1 ? (int)b.n : 0, b.p);
	}
	buf_release(&b);
}

static enum err
linked(struct page *p, struct identity **list, size_t *n)
{
	struct web *w = p->w;
	enum err e = who_begin(p->t, w);
	if (e == E_OK)
		e = identity_list(p->t, w->pg, w->who.user.id, list, n);
	return pg_end(p->t, w->pg, e);
}

static bool
has(const struct identity *list, size_t n, const struct provider *p)
{
	for (size_t i = 0; i < n; i++) {
		if (str_is(list[i].provider, p->name))
			return true;
	}
	return false;
}

enum err
social_confirm(struct page *p, struct str next, bool *any)
{
	struct identity *list = NULL;
	size_t n = 0;
	struct dict *d = NULL;
	*any = false;
	enum err e = linked(p, &list, &n);
	for (size_t i = 0; e == E_OK && i < PROVIDERS; i++) {
		if (!provider_on(p->w, &providers[i]) || !has(list, n, &providers[i]))
			continue;
		if (d == NULL)
			d = dict_include(p->body, "SOCIAL", "social_confirm.tpl");
		struct dict *one = dict_row(d, "PROVIDER");
		mark(one, &providers[i]);
		dict_str(one, "NEXT", next);
		page_csrf(p, one);
		*any = true;
	}
	return e;
}

static void
identity_row(struct page *p, struct dict *d, const struct identity *in)
{
	struct dict *row = dict_row(d, "ROW");
	dict_str(row, "NAME", in->provider);
	dict_str(row, "TITLE", provider_title(in->provider));
	dict_str(row, "WHO", in->login.n > 0 ? in->login : in->email);
	dict_str(row, "SUBJECT", in->subject);
	dict_str(row, "MADE", format_time(p->t, in->created_us, 0));
	dict_str(row, "USED", in->used_us > 0 ? format_ago(p->t, in->used_us, p->t->now_us) :
	                                        STR("never"));
	page_csrf(p, row);
}

enum err
security_identities(struct page *p)
{
	struct identity *list = NULL;
	size_t n = 0, offered = 0;
	enum err e = linked(p, &list, &n);
	if (e != E_OK)
		return e;
	social_note(p);
	for (size_t i = 0; i < PROVIDERS; i++)
		offered += provider_on(p->w, &providers[i]);
	if (offered == 0 && n == 0)
		return E_OK; /* nothing to say on this server */
	struct dict *d = dict_include(p->body, "IDENTITIES", "identities.tpl");
	struct dict *table = n > 0 ? dict_row(d, "TABLE") : NULL;
	for (size_t i = 0; i < n; i++)
		identity_row(p, table, &list[i]);
	dict_show_if(d, "NONE", n == 0);
	for (size_t i = 0; i < PROVIDERS; i++) {
		if (!provider_on(p->w, &providers[i]) || has(list, n, &providers[i]))
			continue;
		struct dict *one = dict_row(d, "PROVIDER");
		mark(one, &providers[i]);
		page_csrf(p, one);
	}
	return E_OK;
}
