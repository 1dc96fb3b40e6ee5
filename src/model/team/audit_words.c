/* audit_words.c - what each action is called on a page; t/style/audit checks
 * that every action written anywhere has a row. In order of the slug. */
#include "base/str.h"
#include "model/team/audit.h"

const struct audit_word audit_word[] = {
	{ "audit.export", "Exported the audit" },
	{ "dead_letter.drop", "Dropped a dead letter" },
	{ "dead_letter.replay", "Replayed a dead letter" },
	{ "environment.set", "Changed an environment" },
	{ "events.export", "Exported events" },
	{ "events.read", "Read events by API" },
	{ "key.create", "Created a key" },
	{ "key.revoke", "Revoked a key" },
	{ "key.rotate", "Rotated a key" },
	{ "key.show", "Saw a write key in full" },
	{ "project.create", "Created a project" },
	{ "queue.pause", "Paused the consumers" },
	{ "queue.resume", "Resumed the consumers" },
	{ "rollup.rebuild", "Rebuilt daily sums" },
	{ "session.create", "Signed in" },
	{ "session.delete", "Signed out" },
	{ "team.create", "Created the team" },
	{ "token.create", "Created an access token" },
	{ "token.revoke", "Revoked an access token" },
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
