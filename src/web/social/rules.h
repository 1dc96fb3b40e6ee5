/*
 * rules.h - what a sign-in at a provider means here (S9 of the threat model):
 * the identity decides, never the mail address alone. Pure.
 */
#ifndef TM_WEB_SOCIAL_RULES_H
#define TM_WEB_SOCIAL_RULES_H

#include "base/base.h"

enum rule {
	RULE_SIGN_IN,   /* the identity is known: its user */
	RULE_CREATE,    /* a new account, verified by the provider's word */
	RULE_UNPROVED,  /* a new account that has to verify its address; nobody signs in */
	RULE_CLAIM,     /* the true owner of an account nobody ever verified */
	RULE_PENDING,   /* a verified account has the address: sign in to it first */
	RULE_TAKEN,     /* the same, and the provider does not vouch for the address */
	RULE_DISABLED,
	RULE_NO_MAIL,   /* the provider told no usable address */
};

struct rule_facts {
	bool known, known_disabled;     /* (provider, subject) is a user's */
	bool email, email_verified;     /* the provider's word */
	bool local, local_verified, local_disabled; /* an account has that address */
};

enum rule rule_of(const struct rule_facts *f);

#endif
