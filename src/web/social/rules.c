/* rules.c - see rules.h. */
#include "web/social/rules.h"

enum rule
rule_of(const struct rule_facts *f)
{
	if (f->known)
		return f->known_disabled ? RULE_DISABLED : RULE_SIGN_IN;
	if (!f->email)
		return RULE_NO_MAIL;
	if (!f->local)
		return f->email_verified ? RULE_CREATE : RULE_UNPROVED;
	if (!f->email_verified)
		return RULE_TAKEN;
	if (f->local_disabled)
		return RULE_DISABLED;
	return f->local_verified ? RULE_PENDING : RULE_CLAIM;
}
