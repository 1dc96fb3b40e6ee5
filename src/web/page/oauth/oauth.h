/*
 * oauth.h - pages of the OAuth server: consent, the team's clients, a user's
 * connected apps.
 */
#ifndef TM_WEB_PAGE_OAUTH_OAUTH_H
#define TM_WEB_PAGE_OAUTH_OAUTH_H

#include "model/oauth/client.h"
#include "web/layout.h"
#include "web/page/pages.h"

/* authorize.c: NEED_PUBLIC; they sign in and check the form themselves. */
PAGE(page_authorize);
PAGE(page_authorize_post);

/* clients.c, client_acts.c: /t/{team}/clients */
PAGE(page_clients);
PAGE(page_clients_post);
PAGE(page_client);          /* one client: rotate, revoke */
PAGE(page_client_rotate);
PAGE(page_client_revoke);

/* apps.c: /account/apps */
PAGE(page_apps);
PAGE(page_app_revoke);

/* What a request of /oauth/authorize asks, checked (authorize_check.c). */
struct ask {
	struct client client;
	struct str client_id, redirect_uri, state, scope, challenge; /* as sent */
	struct str response_type, method;
	struct str target;   /* where to go back to */
	unsigned scopes;
	const char *error;   /* to be sent back there; NULL = fine */
	const char *text;
};
/*
 * Read and check. E_OK with a.target empty: client or address are not to be
 * trusted, `text` says why, nobody is redirected. No transaction open.
 */
enum err ask_read(struct web *w, struct task *t, const struct req *req, struct ask *a) MUST_CHECK;
/* target with the parameters of a reply: error and text, or code; state, iss. */
struct str ask_reply(struct web *w, struct task *t, const struct ask *a, struct str code);
/* "/oauth/authorize?…" with all that was asked, to come back after signing in. */
struct str ask_again(struct task *t, const struct ask *a);
/* Pure: a + (? or &) + name=value. */
struct str ask_append(struct task *t, struct str url, const char *name, struct str value);
/* Pure: scheme and host of an address, or the scheme alone ("com.example.app:"),
 * as a source of a content security policy. */
struct str ask_origin(struct task *t, struct str url);

/* One {{#SECTION}} with {{NAME}} and {{TEXT}} for each scope of the set. */
void scope_rows(struct dict *d, const char *section, unsigned set);
/* One {{#SECTION}} for each scope that may be chosen; {{#ON}} for those set. */
void scope_boxes(struct dict *d, const char *section, unsigned on);
/* The scopes a client may be given: all but admin. */
#define CLIENT_SCOPES (SCOPE_EVENTS_WRITE | SCOPE_EVENTS_READ | SCOPE_METRICS_READ | \
	SCOPE_PROJECTS_READ | SCOPE_PROJECTS_WRITE | SCOPE_DASHBOARDS_READ | \
	SCOPE_DASHBOARDS_WRITE | SCOPE_PERSONS_READ | SCOPE_PERSONS_ERASE)

#endif
