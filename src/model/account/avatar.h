/*
 * avatar.h - the picture of a user, as we encoded it (view/picture).
 * Inside the caller's transaction, scope: the user who looks.
 */
#ifndef TM_MODEL_ACCOUNT_AVATAR_H
#define TM_MODEL_ACCOUNT_AVATAR_H

#include "store/pg.h"

struct avatar {
	struct str png;
	struct str hash; /* 64 hexadecimal digits: version and ETag */
};

/* Of the user in scope. */
enum err avatar_set(struct task *t, struct pg *pg, struct str user_id, struct str png) MUST_CHECK;
enum err avatar_delete(struct task *t, struct pg *pg, struct str user_id) MUST_CHECK;
/* *found false: there is none, or viewer and user share no team. */
enum err avatar_find(struct task *t, struct pg *pg, struct str viewer_id, struct str user_id,
                     struct avatar *out, bool *found) MUST_CHECK;

extern const struct stmt_list avatar_statements;

#endif
