/* perm.c - see perm.h. */
#include "model/team/perm.h"

#include "base/str.h"

static const char *const names[] = {
	[ROLE_NONE] = "", [ROLE_VIEWER] = "viewer", [ROLE_ANALYST] = "analyst",
	[ROLE_ADMIN] = "admin", [ROLE_OWNER] = "owner",
};

/* The least role that has it: roles are a ladder. */
static const enum role least[PERM_COUNT] = {
	[PERM_READ] = ROLE_VIEWER,
	[PERM_EXPORT] = ROLE_ANALYST,
	[PERM_SAVE] = ROLE_ANALYST,
	[PERM_KEY_SHOW] = ROLE_ANALYST,
	[PERM_KEY_EDIT] = ROLE_ADMIN,
	[PERM_PROJECT_EDIT] = ROLE_ADMIN,
	[PERM_PERSON_ERASE] = ROLE_ADMIN,
	[PERM_TOKEN_EDIT] = ROLE_VIEWER,
	[PERM_MEMBER_EDIT] = ROLE_ADMIN,
	[PERM_CLIENT_EDIT] = ROLE_ADMIN,
	[PERM_AUDIT_READ] = ROLE_ADMIN,
	[PERM_TEAM_EDIT] = ROLE_OWNER,
};

enum role
role_find(struct str name)
{
	for (size_t r = ROLE_VIEWER; r < NELEM(names); r++) {
		if (str_is(name, names[r]))
			return (enum role)r;
	}
	return ROLE_NONE;
}

const char *
role_name(enum role r)
{
	return names[r];
}

bool
perm_has(enum role r, enum perm p)
{
	ASSERT(p < PERM_COUNT);
	return r != ROLE_NONE && r >= least[p];
}
