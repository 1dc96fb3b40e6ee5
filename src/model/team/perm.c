/* perm.c - see perm.h. */
#include "model/team/perm.h"

#include "base/str.h"

static const struct {
	const char *name, *text;
} role_rows[ROLE_COUNT] = {
	[ROLE_NONE] = { "", "" },
	[ROLE_VIEWER] = { "viewer", "sees the pages" },
	[ROLE_ANALYST] = { "analyst", "works with the data" },
	[ROLE_ADMIN] = { "admin", "runs projects, keys and members" },
	[ROLE_OWNER] = { "owner", "can do everything, also delete the team" },
};

/* The least role that has it: roles are a ladder. */
static const struct {
	enum role least;
	const char *text;
} perm_rows[PERM_COUNT] = {
	[PERM_READ] = { ROLE_VIEWER, "See pages, metrics and events" },
	[PERM_TOKEN_EDIT] = { ROLE_VIEWER, "Make access tokens of one's own" },
	[PERM_EXPORT] = { ROLE_ANALYST, "Export rows as CSV and NDJSON" },
	[PERM_SAVE] = { ROLE_ANALYST, "Save views and dashboards" },
	[PERM_TRACKING_EDIT] = { ROLE_ANALYST, "Describe events in the tracking plan" },
	[PERM_CRASH_EDIT] = { ROLE_ANALYST, "Resolve, ignore, assign and merge crash groups" },
	[PERM_KEY_SHOW] = { ROLE_ANALYST, "See write keys in full" },
	[PERM_KEY_EDIT] = { ROLE_ADMIN, "Create, rotate and revoke keys" },
	[PERM_PROJECT_EDIT] = { ROLE_ADMIN, "Create and change projects and environments" },
	[PERM_PERSON_ERASE] = { ROLE_ADMIN, "Erase the data of a person" },
	[PERM_INVITE] = { ROLE_ADMIN, "Invite people" },
	[PERM_MEMBER_EDIT] = { ROLE_ADMIN, "Change roles and projects of members, remove members" },
	[PERM_CLIENT_EDIT] = { ROLE_ADMIN, "Register apps that use the API" },
	[PERM_AUDIT_READ] = { ROLE_ADMIN, "Read and export the audit trail" },
	[PERM_OWNER_EDIT] = { ROLE_OWNER, "Make and remove owners, hand the team over" },
	[PERM_TEAM_EDIT] = { ROLE_OWNER, "Rename the team and set its rules" },
	[PERM_TEAM_DELETE] = { ROLE_OWNER, "Delete and restore the team" },
};

enum role
role_find(struct str name)
{
	for (size_t r = ROLE_VIEWER; r < ROLE_COUNT; r++) {
		if (str_is(name, role_rows[r].name))
			return (enum role)r;
	}
	return ROLE_NONE;
}

const char *
role_name(enum role r)
{
	return role_rows[r].name;
}

const char *
role_text(enum role r)
{
	return role_rows[r].text;
}

const char *
perm_name(enum perm p)
{
	static const char *const perms[PERM_COUNT] = {
		[PERM_READ] = "read",
		[PERM_EXPORT] = "export",
		[PERM_SAVE] = "save",
		[PERM_TRACKING_EDIT] = "tracking_edit",
		[PERM_CRASH_EDIT] = "crash_edit",
		[PERM_KEY_SHOW] = "key_show",
		[PERM_KEY_EDIT] = "key_edit",
		[PERM_PROJECT_EDIT] = "project_edit",
		[PERM_PERSON_ERASE] = "person_erase",
		[PERM_TOKEN_EDIT] = "token_edit",
		[PERM_INVITE] = "invite",
		[PERM_MEMBER_EDIT] = "member_edit",
		[PERM_OWNER_EDIT] = "owner_edit",
		[PERM_TEAM_DELETE] = "team_delete",
		[PERM_CLIENT_EDIT] = "client_edit",
		[PERM_AUDIT_READ] = "audit_read",
		[PERM_TEAM_EDIT] = "team_edit",
	};
	ASSERT(p < PERM_COUNT);
	return perms[p];
}

bool
perm_has(enum role r, enum perm p)
{
	ASSERT(p < PERM_COUNT);
	return r != ROLE_NONE && r >= perm_rows[p].least;
}

const char *
perm_text(enum perm p)
{
	ASSERT(p < PERM_COUNT);
	return perm_rows[p].text;
}

bool
role_may_change(enum role actor, enum role from, enum role to)
{
	enum perm needed = from == ROLE_NONE ? PERM_INVITE : PERM_MEMBER_EDIT;
	if (from == ROLE_OWNER || to == ROLE_OWNER)
		needed = PERM_OWNER_EDIT;
	return perm_has(actor, needed) && from <= actor && to <= actor;
}

bool
role_may_be_limited(enum role r)
{
	return r == ROLE_VIEWER || r == ROLE_ANALYST;
}
