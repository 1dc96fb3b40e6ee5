/*
 * perm.h - what a role may do: one table, roles × permissions.
 */
#ifndef TM_MODEL_PERM_H
#define TM_MODEL_PERM_H

#include "base/base.h"

enum role { ROLE_NONE, ROLE_VIEWER, ROLE_ANALYST, ROLE_ADMIN, ROLE_OWNER };

enum perm {
	PERM_READ,          /* pages, metrics, events */
	PERM_EXPORT,        /* CSV and NDJSON of rows */
	PERM_SAVE,          /* saved views, dashboards */
	PERM_KEY_SHOW,      /* see a write key in full */
	PERM_KEY_EDIT,      /* create, rotate, revoke */
	PERM_PROJECT_EDIT,  /* create and change projects, environments */
	PERM_PERSON_ERASE,
	PERM_TOKEN_EDIT,    /* own access tokens */
	PERM_MEMBER_EDIT,
	PERM_CLIENT_EDIT,   /* OAuth clients of the team */
	PERM_AUDIT_READ,
	PERM_TEAM_EDIT,     /* rename, delete, plan */
	PERM_COUNT
};

/* ROLE_NONE when unknown. */
enum role role_find(struct str name);
/* "viewer" …, "" for ROLE_NONE. */
const char *role_name(enum role r);
bool perm_has(enum role r, enum perm p);

#endif
