/*
 * trail.h - audit entries of requests: who, what, on what, from where.
 *
 * Call it inside the transaction of the act itself, as the last statement
 * before pg_end(): the entry is kept exactly when the act is.
 */
#ifndef TM_WEB_TRAIL_H
#define TM_WEB_TRAIL_H

#include "http/req.h"
#include "web/web.h"

/* action: "member.role", "key.revoke" … (noun.verb). target: "user:<id>";
 * detail: a JSON object, "" for none; never secrets, addresses of persons or
 * payloads. The team is w->who.team, the actor "user:<id>" or "token:<id>". */
enum err trail(struct web *w, struct task *t, const struct req *req, const char *action,
               struct str target, struct str detail) MUST_CHECK;
/* Of an account rather than a team; actor_id: the user it is about. */
enum err trail_account(struct web *w, struct task *t, const struct req *req, const char *action,
                       struct str user_id, struct str detail) MUST_CHECK;
/* The same as trail(), at most once an hour for the same actor, action and
 * target: for acts of reading ("key.show", "events.read"). */
enum err trail_once(struct web *w, struct task *t, const struct req *req, const char *action,
                    struct str target, struct str detail) MUST_CHECK;
/* Rows leave as a file, in the running transaction: "events.export" of the
 * environment, with the window and the number of filters; an operation in
 * the adoption ledger when a user stands behind it (web/milestone.h). */
enum err trail_export(struct web *w, struct task *t, const struct req *req,
                      const char *format) MUST_CHECK;
/* The same of people: "persons.export". */
enum err trail_export_people(struct web *w, struct task *t, const struct req *req,
                             const char *format) MUST_CHECK;
/* People are listed: "persons.read" of the environment; one person is looked
 * at: "person.read". Once an hour each, in the running transaction. */
enum err trail_people(struct web *w, struct task *t, const struct req *req) MUST_CHECK;
enum err trail_person(struct web *w, struct task *t, const struct req *req,
                      struct str person_id) MUST_CHECK;
/* Rows are about to be read with a token or key: "events.read", once an hour
 * for each credential and environment. In a transaction of its own, and none
 * when this process knows that it was told already. */
enum err trail_read(struct web *w, struct task *t, const struct req *req) MUST_CHECK;

#endif
