/* routes_web.c - the map of the pages. */
#include "web/routes_web.h"

#include "model/team/perm.h"
#include "web/page/account/account.h"
#include "web/page/account/social.h"
#include "web/page/account/two_factor.h"
#include "web/page/oauth/oauth.h"
#include "web/page/explore/explore.h"
#include "web/page/pages.h"
#include "web/page/project/project.h"
#include "web/page/team/tokens.h"
#include "web/page/system/system.h"
#include "web/page/team/audit.h"
#include "web/page/team/team.h"

#define T "/t/{team}"
#define P "/t/{team}/p/{project}/{env}"
#define GET(path, fn, who, text, ...) \
	{ .method = M_GET, .pattern = path, .handler = fn, .need = who, .summary = text, __VA_ARGS__ }
#define POST(path, fn, who, text, ...) \
	{ .method = M_POST, .pattern = path, .handler = fn, .need = who, .summary = text, __VA_ARGS__ }

/* The last column: .perm of the role (reading when left out), .confirm. */
const struct route routes_web[] = {
	/* signing in and out */
	GET("/login", page_login, NEED_PUBLIC, "Sign in"),
	POST("/login", page_login_post, NEED_PUBLIC, "Sign in"),
	POST("/logout", page_logout, NEED_SESSION, "Sign out"),
	GET("/confirm", page_confirm, NEED_SESSION, "Confirm who you are"),
	POST("/confirm", page_confirm_post, NEED_SESSION, "Confirm who you are"),
	GET("/auth/{provider}/redirect", page_social_redirect, NEED_PUBLIC, "Sign in elsewhere"),
	GET("/auth/{provider}/callback", page_social_callback, NEED_PUBLIC, "Back from elsewhere"),
	GET("/auth/{provider}/pending", page_social_pending, NEED_USER, "Link what waits"),
	POST("/auth/{provider}/link", page_social_link, NEED_USER, "Link an account elsewhere",
	    .confirm = true),
	POST("/auth/{provider}/unlink", page_social_unlink, NEED_USER, "Remove a linked account",
	    .confirm = true),
	POST("/auth/{provider}/confirm", page_social_confirm, NEED_USER, "Confirm elsewhere"),
	GET("/two-factor", page_two_factor, NEED_PUBLIC, "Second step of signing in"),
	POST("/two-factor", page_two_factor_post, NEED_PUBLIC, "Second step of signing in"),
	GET("/two-factor/recovered", page_two_factor_recovered, NEED_SESSION,
	    "A recovery code was used"),
	POST("/theme", page_theme, NEED_PUBLIC, "Choose the theme"),
	GET("/register", page_register, NEED_PUBLIC, "Create an account"),
	POST("/register", page_register_post, NEED_PUBLIC, "Create an account"),
	GET("/verify", page_verify, NEED_PUBLIC, "Confirm a mail address"),
	POST("/verify", page_verify_post, NEED_PUBLIC, "Confirm a mail address"),
	POST("/verify/resend", page_verify_again, NEED_PUBLIC, "Send the link again"),
	GET("/forgot", page_forgot, NEED_PUBLIC, "Ask for a new password"),
	POST("/forgot", page_forgot_post, NEED_PUBLIC, "Ask for a new password"),
	GET("/reset", page_reset, NEED_PUBLIC, "Choose a new password"),
	POST("/reset", page_reset_post, NEED_PUBLIC, "Choose a new password"),

	/* the account */
	GET("/account", page_profile, NEED_USER, "Profile"),
	POST("/account", page_profile_post, NEED_USER, "Change the name"),
	POST("/account/email", page_address_post, NEED_USER, "Change the mail address",
	    .confirm = true),
	GET("/account/email", page_address_confirm, NEED_USER, "Confirm the new mail address"),
	POST("/account/email/confirm", page_address_confirm_post, NEED_USER,
	    "Confirm the new mail address"),
	POST("/account/avatar", page_avatar_post, NEED_USER, "Upload a picture"),
	POST("/account/avatar/delete", page_avatar_delete, NEED_USER, "Remove the picture"),
	GET("/avatars/{user}", page_avatar, NEED_USER, "A picture"),
	GET("/account/security", page_security, NEED_USER, "Sign-in and security"),
	POST("/account/password", page_password_post, NEED_USER, "Change the password"),
	GET("/account/sessions", page_devices, NEED_USER, "Sessions"),
	POST("/account/sessions/end", page_device_end, NEED_USER, "End a session"),
	POST("/account/sessions/end-others", page_devices_end, NEED_USER,
	    "End all other sessions"),
	GET("/account/data", page_holdings, NEED_USER, "Your data"),
	POST("/account/data/file", page_holdings_file, NEED_USER, "Download your data",
	    .confirm = true),
	GET("/account/delete", page_account_delete, NEED_USER, "Delete the account"),
	POST("/account/delete", page_account_delete_post, NEED_USER, "Delete the account",
	    .confirm = true),

	/* teams */
	GET("/teams/new", page_team_new, NEED_USER, "New team"),
	POST("/teams/new", page_team_new_post, NEED_USER, "Make a team"),
	GET("/account/teams", page_teams, NEED_USER, "Your teams"),
	POST("/account/teams/{team}/restore", page_team_restore, NEED_USER, "Restore a team"),
	GET("/invitations/{token}", page_invitation, NEED_PUBLIC, "An invitation"),
	POST("/invitations/{token}", page_invitation_post, NEED_USER, "Join a team"),
	GET(T "/members", page_members, NEED_TEAM, "Members"),
	GET(T "/members/{user}", page_member, NEED_TEAM, "A member"),
	POST(T "/members/{user}/role", page_member_role, NEED_TEAM, "Change a role",
	    .perm = PERM_MEMBER_EDIT),
	POST(T "/members/{user}/projects", page_member_projects, NEED_TEAM,
	    "Change the projects of a member", .perm = PERM_MEMBER_EDIT),
	POST(T "/members/{user}/remove", page_member_remove, NEED_TEAM, "Remove a member",
	    .perm = PERM_MEMBER_EDIT),
	POST(T "/leave", page_team_leave, NEED_TEAM, "Leave the team"),
	POST(T "/invitations", page_invite, NEED_TEAM, "Invite people", .perm = PERM_INVITE),
	POST(T "/invitations/{invitation}/resend", page_invitation_resend, NEED_TEAM,
	    "Send an invitation again", .perm = PERM_INVITE),
	POST(T "/invitations/{invitation}/revoke", page_invitation_revoke, NEED_TEAM,
	    "Withdraw an invitation", .perm = PERM_INVITE),
	GET(T "/settings", page_team_settings, NEED_TEAM, "Team settings"),
	POST(T "/settings/name", page_team_rename, NEED_TEAM, "Rename the team",
	    .perm = PERM_TEAM_EDIT),
	POST(T "/settings/two-factor", page_team_two_factor, NEED_TEAM,
	    "Set the rule of the second factor", .perm = PERM_TEAM_EDIT, .confirm = true),
	POST(T "/settings/transfer", page_team_transfer, NEED_TEAM, "Hand the team over",
	    .perm = PERM_OWNER_EDIT, .confirm = true),
	GET(T "/delete", page_team_delete, NEED_TEAM, "What deleting the team removes",
	    .perm = PERM_TEAM_DELETE),
	POST(T "/delete", page_team_delete_post, NEED_TEAM, "Delete the team",
	    .perm = PERM_TEAM_DELETE, .confirm = true),

	/* the second factor of the account */
	GET("/account/two-factor", page_two_factor_setup, NEED_USER, "Second factor",
	    .confirm = true),
	POST("/account/two-factor/on", page_two_factor_on, NEED_USER, "Switch it on",
	    .confirm = true),
	POST("/account/two-factor/off", page_two_factor_off, NEED_USER, "Switch it off",
	    .confirm = true),
	GET("/account/two-factor/codes", page_two_factor_codes, NEED_USER,
	    "New recovery codes, shown once"),
	POST("/account/two-factor/codes", page_two_factor_codes_post, NEED_USER,
	    "Make new recovery codes", .confirm = true),
	POST("/account/two-factor/codes.txt", page_two_factor_codes_file, NEED_USER,
	    "The shown codes as a file"),

	/* from short addresses to a project */
	GET("/", page_home, NEED_USER, "To a project"),
	GET(T, page_team_home, NEED_TEAM, "To a project"),
	GET(T "/p/{project}", page_project_home, NEED_TEAM, "To the overview"),
	GET(P, page_project_home, NEED_PROJECT, "To the overview"),
	GET(P "/", page_project_home, NEED_PROJECT, "To the overview"),

	/* a project's environment */
	GET(P "/overview", page_overview, NEED_PROJECT, "Overview"),
	GET(P "/events", page_events, NEED_PROJECT, "Events"),
	GET(P "/events.csv", page_events_csv, NEED_PROJECT, "Events as CSV", .perm = PERM_EXPORT),
	GET(P "/events.ndjson", page_events_ndjson, NEED_PROJECT, "Events as NDJSON",
	    .perm = PERM_EXPORT),
	GET(P "/sessions", page_sessions, NEED_PROJECT, "Sessions"),
	GET(P "/sessions.csv", page_sessions_csv, NEED_PROJECT, "Sessions as CSV",
	    .perm = PERM_EXPORT),
	GET(P "/sessions.ndjson", page_sessions_ndjson, NEED_PROJECT, "Sessions as NDJSON",
	    .perm = PERM_EXPORT),
	GET(P "/sessions/{session_id}", page_session, NEED_PROJECT, "A session"),
	GET(P "/performance", page_performance, NEED_PROJECT, "Performance: traces"),
	GET(P "/crashes", page_crashes, NEED_PROJECT, "Crash groups"),
	GET(P "/crashes.csv", page_crashes_csv, NEED_PROJECT, "Crash groups as CSV",
	    .perm = PERM_EXPORT),
	GET(P "/crashes.ndjson", page_crashes_ndjson, NEED_PROJECT, "Crash groups as NDJSON",
	    .perm = PERM_EXPORT),
	GET(P "/crashes/{group_id}", page_crash, NEED_PROJECT, "A crash group"),
	POST(P "/crashes/{group_id}/resolve", page_crash_resolve, NEED_PROJECT,
	    "Resolve a crash group", .perm = PERM_CRASH_EDIT),
	POST(P "/crashes/{group_id}/ignore", page_crash_ignore, NEED_PROJECT,
	    "Ignore a crash group", .perm = PERM_CRASH_EDIT),
	POST(P "/crashes/{group_id}/reopen", page_crash_reopen, NEED_PROJECT,
	    "Reopen a crash group", .perm = PERM_CRASH_EDIT),
	POST(P "/crashes/{group_id}/assign", page_crash_assign, NEED_PROJECT,
	    "Assign a crash group", .perm = PERM_CRASH_EDIT),
	POST(P "/crashes/{group_id}/comment", page_crash_comment, NEED_PROJECT,
	    "Add a note to a crash group", .perm = PERM_CRASH_EDIT),
	POST(P "/crashes/{group_id}/merge", page_crash_merge, NEED_PROJECT,
	    "Merge crash groups into one", .perm = PERM_CRASH_EDIT),
	POST(P "/crashes/{group_id}/unmerge", page_crash_unmerge, NEED_PROJECT,
	    "Undo a merge", .perm = PERM_CRASH_EDIT),
	POST(P "/crashes/{group_id}/split", page_crash_split, NEED_PROJECT,
	    "Tell a crash group apart more finely", .perm = PERM_CRASH_EDIT),
	POST(P "/crashes/{group_id}/unsplit", page_crash_unsplit, NEED_PROJECT,
	    "Undo that", .perm = PERM_CRASH_EDIT),
	GET(P "/onboarding", page_onboarding, NEED_PROJECT, "Send events"),

	/* projects, keys, settings, access tokens */
	GET(T "/projects", page_projects, NEED_TEAM, "Projects"),
	GET(T "/projects/new", page_project_new, NEED_TEAM, "New project",
	    .perm = PERM_PROJECT_EDIT),
	POST(T "/projects/new", page_project_new_post, NEED_TEAM, "Make a project",
	    .perm = PERM_PROJECT_EDIT),
	POST(T "/projects/{project}/restore", page_project_restore, NEED_TEAM,
	    "Restore a project", .perm = PERM_PROJECT_EDIT),
	GET(T "/tokens", page_tokens, NEED_TEAM, "Access tokens", .perm = PERM_TOKEN_EDIT),
	POST(T "/tokens", page_tokens_post, NEED_TEAM, "Make a token",
	    .perm = PERM_TOKEN_EDIT, .confirm = true),
	GET(T "/tokens/{token}", page_token, NEED_TEAM, "Before a token is revoked",
	    .perm = PERM_TOKEN_EDIT),
	POST(T "/tokens/{token}/revoke", page_token_revoke, NEED_TEAM, "Revoke a token",
	    .perm = PERM_TOKEN_EDIT),
	GET(P "/keys", page_keys, NEED_PROJECT, "Keys"),
	POST(P "/keys", page_key_create, NEED_PROJECT, "Make a key", .perm = PERM_KEY_EDIT,
	    .confirm = true),
	GET(P "/keys/{key}", page_key, NEED_PROJECT, "One key", .perm = PERM_KEY_EDIT),
	POST(P "/keys/{key}/show", page_key_show, NEED_PROJECT, "Show a write key in full",
	    .perm = PERM_KEY_SHOW),
	POST(P "/keys/{key}/rotate", page_key_rotate, NEED_PROJECT, "Rotate a key",
	    .perm = PERM_KEY_EDIT, .confirm = true),
	POST(P "/keys/{key}/limit", page_key_limit, NEED_PROJECT, "Limit a key",
	    .perm = PERM_KEY_EDIT),
	POST(P "/keys/{key}/revoke", page_key_revoke, NEED_PROJECT, "Revoke a key",
	    .perm = PERM_KEY_EDIT),
	GET(P "/settings", page_settings, NEED_PROJECT, "Settings"),
	POST(P "/settings/project", page_settings_project, NEED_PROJECT, "Rename the project",
	    .perm = PERM_PROJECT_EDIT),
	POST(P "/settings/time", page_settings_time, NEED_PROJECT, "Time and retention",
	    .perm = PERM_PROJECT_EDIT),
	POST(P "/settings/privacy", page_settings_privacy, NEED_PROJECT, "Privacy",
	    .perm = PERM_PROJECT_EDIT),
	POST(P "/settings/senders", page_settings_senders, NEED_PROJECT, "Who may send",
	    .perm = PERM_PROJECT_EDIT),
	GET(P "/settings/delete", page_project_delete, NEED_PROJECT,
	    "Before a project is deleted", .perm = PERM_PROJECT_EDIT),
	POST(P "/settings/delete", page_project_delete_post, NEED_PROJECT, "Delete a project",
	    .perm = PERM_PROJECT_EDIT, .confirm = true),

	/* apps that use the API */
	GET(T "/clients", page_clients, NEED_TEAM, "API clients", .perm = PERM_CLIENT_EDIT),
	POST(T "/clients", page_clients_post, NEED_TEAM, "Register a client",
	    .perm = PERM_CLIENT_EDIT, .confirm = true),
	GET(T "/clients/{client}", page_client, NEED_TEAM, "One client",
	    .perm = PERM_CLIENT_EDIT),
	POST(T "/clients/{client}/rotate", page_client_rotate, NEED_TEAM, "New client secret",
	    .perm = PERM_CLIENT_EDIT, .confirm = true),
	POST(T "/clients/{client}/revoke", page_client_revoke, NEED_TEAM, "Revoke a client",
	    .perm = PERM_CLIENT_EDIT, .confirm = true),
	GET("/account/apps", page_apps, NEED_USER, "Connected apps"),
	POST("/account/apps", page_app_revoke, NEED_USER, "Put an app out"),

	/* what the numbers mean */
	GET("/docs/definitions", page_definitions, NEED_USER, "Definitions"),

	/* audit */
	GET(T "/audit", page_audit, NEED_TEAM, "Audit", .perm = PERM_AUDIT_READ),
	GET(T "/audit.csv", page_audit_csv, NEED_TEAM, "Audit as CSV", .perm = PERM_AUDIT_READ),
	GET(T "/audit.ndjson", page_audit_ndjson, NEED_TEAM, "Audit as NDJSON",
	    .perm = PERM_AUDIT_READ),

	/* the system; the outbox opens for whom system.h says */
	GET("/system/outbox", page_outbox, NEED_PUBLIC, "Mails that were not sent"),
	GET("/system/outbox/{id}", page_outbox_mail, NEED_PUBLIC, "One of them"),
	GET("/system/outbox/{id}/html", page_outbox_html, NEED_PUBLIC, "Its HTML part"),
	GET("/system/audit", page_system_audit, NEED_SYSTEM, "Audit of the system"),
	GET("/system/audit.csv", page_system_audit_csv, NEED_SYSTEM, "The same as CSV"),
	GET("/system/audit.ndjson", page_system_audit_ndjson, NEED_SYSTEM, "The same as NDJSON"),
	GET("/system/design", page_design, NEED_SYSTEM, "Components"),
};
const size_t nroutes_web = NELEM(routes_web);
