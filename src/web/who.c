/* who.c - see who.h. */
#include "web/who.h"

struct pg_scope
who_scope(const struct web *w)
{
	return (struct pg_scope){ w->who.env.id, w->who.team.id, w->who.user.id };
}

enum err
who_begin(struct task *t, struct web *w)
{
	struct pg_scope scope = who_scope(w);

	return pg_begin(t, w->pg, &scope);
}
