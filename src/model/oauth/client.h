/*
 * client.h - OAuth clients: apps and services that a team lets use the API.
 *
 * A client belongs to one team; whatever it is given reaches that team only.
 * Confidential clients have a secret ("tm_ocs_…", shown once, kept as
 * SHA-256); public ones (apps, browsers) have none and prove themselves by
 * PKCE. Inside the caller's transaction, scope: the team; client_load() and
 * client_authenticate() need none.
 */
#ifndef TM_MODEL_OAUTH_CLIENT_H
#define TM_MODEL_OAUTH_CLIENT_H

#include "model/account/token.h"
#include "model/project/environment.h"
#include "store/pg.h"

#define CLIENT_PREFIX "tm_cl_"
#define CLIENT_NAME_MAX 80 /* characters */

enum client_grant {
	CLIENT_CODE = 1 << 0,        /* authorization_code (and refresh_token) */
	CLIENT_CREDENTIALS = 1 << 1, /* client_credentials */
};
/* 0 when unknown. */
unsigned client_grant_find(struct str name);
/* Names with a comma between. */
struct str client_grants_format(unsigned set);

struct client {
	struct str id, team_id, name, hint;
	struct str team_name, team_slug; /* client_load only */
	struct str_list redirects;
	unsigned grants, scopes;
	bool public_;
	struct str created_by;           /* mail address, "" = an operator; client_list only */
	int64_t created_us, secret_us, revoked_us;
	int64_t live;                    /* live grants; client_list, client_get only */
};
struct client_new {
	struct str team_id, name, user_id; /* user_id "": an operator */
	struct str_list redirects;
	unsigned grants, scopes;
	bool public_;
};

/* Pure: field errors "name", "redirect_uris", "grants", "scopes"; E_INVALID. */
enum err client_check(struct task *t, const struct client_new *in) MUST_CHECK;
/* *secret: "" for a public client. E_INVALID. */
enum err client_create(struct task *t, struct pg *pg, const struct client_new *in,
                       struct client *out, struct str *secret) MUST_CHECK;
/* team_id "": of all that the scope sees. Newest first, revoked ones last. */
enum err client_list(struct task *t, struct pg *pg, struct str team_id, struct client **out,
                     size_t *n) MUST_CHECK;
/* E_NOT_FOUND. */
enum err client_get(struct task *t, struct pg *pg, struct str team_id, struct str id,
                    struct client *out) MUST_CHECK;
/* The old secret ends at once. E_NOT_FOUND also for public and revoked ones. */
enum err client_rotate(struct task *t, struct pg *pg, struct str team_id, struct str id,
                       struct str *secret) MUST_CHECK;
/* Ends the client and all its grants. team_id "": whatever its team; *owner:
 * that team. *grants: how many lived. Twice is fine. E_NOT_FOUND. */
enum err client_revoke(struct task *t, struct pg *pg, struct str team_id, struct str id,
                       struct str *owner, int64_t *grants) MUST_CHECK;

/* *found false: unknown, revoked, or its team is deleted. */
enum err client_load(struct task *t, struct pg *pg, struct str id, struct client *out,
                     bool *found) MUST_CHECK;
/* Load, and compare the secret in constant time. A public client has none:
 * secret "" and public is found, anything else is not. */
enum err client_authenticate(struct task *t, struct pg *pg, struct str id, struct str secret,
                             struct client *out, bool *found) MUST_CHECK;
/* May it be sent there? asked "": the only registered address, into *uri. */
bool client_redirect(const struct client *c, struct str asked, struct str *uri);

extern const struct stmt_list client_statements;

#endif
