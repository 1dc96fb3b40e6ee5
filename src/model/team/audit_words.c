/* audit_words.c - what each action is called on a page; t/style/audit checks
 * that every action written anywhere has a row. In order of the slug. */
#include "base/str.h"
#include "model/team/audit.h"

const struct audit_word audit_word[] = {
	{ "app.revoke", "Put a connected app out" },
	{ "audit.export", "Exported the audit" },
	{ "client.allow", "Let an app in" },
	{ "client.create", "Registered an OAuth client" },
	{ "client.revoke", "Revoked an OAuth client" },
	{ "client.rotate", "Made a new client secret" },
	{ "dead_letter.drop", "Dropped a dead letter" },
	{ "dead_letter.replay", "Replayed a dead letter" },
	{ "environment.set", "Changed an environment" },
	{ "events.export", "Exported events" },
	{ "events.read", "Read events by API" },
	{ "grant.create", "An app redeemed its code" },
	{ "grant.reuse", "A used code or refresh token came again" },
	{ "grant.revoke", "An app gave its access back" },
	{ "grant.sign_in", "Signed in by API" },
	{ "grant.sign_out", "Signed out by API" },
	{ "identity.claim", "Took over an account that nobody had verified" },
	{ "identity.link", "Linked an account of another service" },
	{ "identity.unlink", "Removed an account of another service" },
	{ "invitation.accept", "Accepted an invitation" },
	{ "invitation.create", "Invited somebody" },
	{ "invitation.resend", "Sent an invitation again" },
	{ "invitation.revoke", "Withdrew an invitation" },
	{ "key.create", "Created a key" },
	{ "key.limit", "Changed the rate limit of a key" },
	{ "key.revoke", "Revoked a key" },
	{ "key.rotate", "Rotated a key" },
	{ "key.show", "Saw a write key in full" },
	{ "mail.retry", "Sent mails again" },
	{ "member.leave", "Left the team" },
	{ "member.projects", "Changed the projects of a member" },
	{ "member.remove", "Removed a member" },
	{ "member.role", "Changed a role" },
	{ "member.set", "Set a member's role" },
	{ "project.create", "Created a project" },
	{ "project.delete", "Deleted a project" },
	{ "project.purge", "Removed a deleted project for good" },
	{ "project.set", "Changed a project" },
	{ "queue.pause", "Paused the consumers" },
	{ "queue.resume", "Resumed the consumers" },
	{ "rollup.rebuild", "Rebuilt daily sums" },
	{ "session.confirm", "Confirmed who they are" },
	{ "session.confirm_failed", "Failed to confirm who they are" },
	{ "session.create", "Signed in" },
	{ "session.delete", "Signed out" },
	{ "session.refused", "Was refused to sign in" },
	{ "signing_key.rotate", "Changed the signing key" },
	{ "team.create", "Created the team" },
	{ "team.delete", "Deleted the team" },
	{ "team.purge", "Removed a deleted team for good" },
	{ "team.rename", "Renamed the team" },
	{ "team.restore", "Restored the team" },
	{ "team.transfer", "Handed the team over" },
	{ "team.two_factor", "Changed the two-factor rule" },
	{ "token.create", "Created an access token" },
	{ "token.revoke", "Revoked an access token" },
	{ "two_factor.codes", "Made new recovery codes" },
	{ "two_factor.failed", "Gave a wrong second factor" },
	{ "two_factor.off", "Switched off two-factor sign-in" },
	{ "two_factor.on", "Switched on two-factor sign-in" },
	{ "two_factor.recovery", "Used a recovery code" },
	{ "user.create", "Created a user" },
	{ "user.reset_password", "Set a password for a user" },
};
const size_t naudit_words = NELEM(audit_word);

struct str
audit_words(struct str action)
{
	for (size_t i = 0; i < naudit_words; i++) {
		if (str_is(action, audit_word[i].action))
			return str_of(audit_word[i].words);
	}
	return action;
}
