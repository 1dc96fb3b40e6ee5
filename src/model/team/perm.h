/*
 * perm.h - what a role may do: one table, roles × permissions. Everything
 * that depends on a role asks here; the members page prints the table.
 */
#ifndef TM_MODEL_PERM_H
#define TM_MODEL_PERM_H

#include "base/base.h"

enum role { ROLE_NONE, ROLE_VIEWER, ROLE_ANALYST, ROLE_ADMIN, ROLE_OWNER, ROLE_COUNT };

enum perm {
	PERM_READ,          /* pages, metrics, events */
	PERM_EXPORT,        /* CSV and NDJSON of rows */
	PERM_SAVE,          /* saved views, dashboards */
	PERM_TRACKING_EDIT, /* owner, description, status of events in the tracking plan */
	PERM_CRASH_EDIT,    /* status, assignee, notes, merging of crash groups */
	PERM_KEY_SHOW,      /* see a write key in full */
	PERM_KEY_EDIT,      /* create, rotate, revoke */
	PERM_PROJECT_EDIT,  /* create and change projects, environments */
	PERM_PERSON_ERASE,
	PERM_TOKEN_EDIT,    /* own access tokens */
	PERM_INVITE,        /* invite, send again, withdraw */
	PERM_MEMBER_EDIT,   /* roles, projects, removal of members */
	PERM_CLIENT_EDIT,   /* OAuth clients of the team */
	PERM_AUDIT_READ,
	PERM_OWNER_EDIT,    /* make and remove owners, hand the team over */
	PERM_TEAM_EDIT,     /* rename, rules of the team, plan */
	PERM_TEAM_DELETE,   /* delete and restore */
	PERM_COUNT
};

/* ROLE_NONE when unknown. */
enum role role_find(struct str name);
/* "viewer" …, "" for ROLE_NONE. */
const char *role_name(enum role r);
/* What the role is for, one sentence. */
const char *role_text(enum role r);
/* "read", "key_edit" … */
const char *perm_name(enum perm p);
bool perm_has(enum role r, enum perm p);
/* The permission in words, for the table of the members page. */
const char *perm_text(enum perm p);

/*
 * May `actor` turn a member's role `from` into `to`? ROLE_NONE as from = let
 * in or invite, as to = remove. Nobody touches a role above the own, nobody
 * gives one above the own, and owners are the business of owners. (Leaving,
 * and stepping down oneself, needs no permission.)
 */
bool role_may_change(enum role actor, enum role from, enum role to);
/* Owners and admins see every project; others may be held to some. */
bool role_may_be_limited(enum role r);

#endif
