/* trail.c - see trail.h. */
#include "web/trail.h"

#include "base/str.h"
#include "model/team/audit.h"

static struct str
actor(const struct web *w, struct task *t)
{
	const struct who *who = &w->who;
	if (who->token.id.n > 0)
		return arena_printf(t->arena, "%s:%.*s", who->token.is_read_key ? "key" : "token",
		    STRF(who->token.id));
	if (who->user.id.n > 0)
		return arena_printf(t->arena, "user:%.*s", STRF(who->user.id));
	return STR("nobody");
}

enum err
trail(struct web *w, struct task *t, const struct req *req, const char *action,
      struct str target, struct str detail)
{
	return audit_add(t, w->pg, &(struct audit_entry){
		.team_id = w->who.team.id, .actor = actor(w, t), .action = str_of(action),
		.target = target, .detail = detail, .remote_addr = req->remote_addr });
}

enum err
trail_account(struct web *w, struct task *t, const struct req *req, const char *action,
              struct str user_id, struct str detail)
{
	struct str user = arena_printf(t->arena, "user:%.*s", STRF(user_id));
	return audit_add(t, w->pg, &(struct audit_entry){
		.actor = w->who.user.id.n > 0 ? actor(w, t) : user, .action = str_of(action),
		.target = user, .detail = detail, .remote_addr = req->remote_addr });
}
