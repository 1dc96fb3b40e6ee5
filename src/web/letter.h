/*
 * letter.h - mails to users: a text and an HTML part from templates, sealed
 * into the queue of the running transaction. The consumer sends them
 * (jobs/mail), so that a page's time does not depend on a mail server and
 * does not tell whether a mail was written.
 *
 * Templates: templates/mail_<name>.tpl is the body in HTML,
 * templates/mail_<name>.txt.tpl the text. Both get the values given here and
 * {{URL}}, the absolute address of `path` under TIDEMARK_PUBLIC_URL (never
 * the Host header of a request), {{SITE}} and {{HOST}} of it, {{ADDRESS}} (to),
 * {{TIME}} (now) and {{LASTS}} (how long the link is good). {{#WITH_X}} is
 * shown when the value X was given: WHERE ("Firefox on Linux, 192.0.2.1") is
 * optional in every mail that tells of a change. The first line of the text,
 * "Subject: …", is the subject. Values are made one line without web
 * addresses: names are other people's text.
 */
#ifndef TM_WEB_LETTER_H
#define TM_WEB_LETTER_H

#include "base/task.h"
#include "web/web.h"

enum letter {
	LETTER_VERIFY,         /* confirm the address of a new account */
	LETTER_EXISTS,         /* somebody registered with an address that has an account */
	LETTER_RESET,          /* choose a new password */
	LETTER_NO_ACCOUNT,     /* a reset was asked for an unknown address */
	LETTER_PASSWORD,       /* the password was changed */
	LETTER_EMAIL_CONFIRM,  /* to the new address: confirm it */
	LETTER_EMAIL_CHANGED,  /* to the old address: it was changed */
	LETTER_TWO_FACTOR,     /* second factor switched on or off; WHAT */
	LETTER_NEW_SIGN_IN,    /* a browser that was not seen before */
	LETTER_IDENTITY,       /* GitHub or Google was linked or removed; WHAT */
	LETTER_INVITATION,     /* TEAM, ROLE, BY */
	LETTER_TEAM_DELETED,   /* TEAM, WHEN, BY */
	LETTER_OWNER,          /* you are now owner of TEAM; BY */
	LETTER_OWNER_GIVEN,    /* to the one who was: TEAM is TO's now */
	LETTER_ACCOUNT_DELETED,
	LETTER_COUNT
};

struct letter_value {
	const char *name; /* "TEAM" */
	struct str value;
};

struct letter_new {
	enum letter kind;
	struct str to;         /* mail address */
	struct str path;       /* "/verify?token=…"; "" = the start page */
	const struct letter_value *value;
	size_t nvalues;
};

/* Inside a transaction. E_INTERNAL when a template fails, E_INVALID when `to`
 * cannot be an address. */
enum err letter_put(struct web *w, struct task *t, const struct letter_new *in) MUST_CHECK;
/* The message alone; needs w->conf and w->view. */
struct message;
enum err letter_write(struct web *w, struct task *t, const struct letter_new *in,
                      struct message *out) MUST_CHECK;

#endif
