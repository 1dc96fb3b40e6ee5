/*
 * face.h - how a user looks in a list: the picture, or the initials.
 */
#ifndef TM_WEB_PAGE_ACCOUNT_FACE_H
#define TM_WEB_PAGE_ACCOUNT_FACE_H

#include "base/task.h"
#include "view/view.h"

/* Address of the picture; hash: the avatar's, so that it may be kept. */
struct str face_url(struct task *t, struct str user_id, struct str hash);
/* Initials at {{>marker}} (face.tpl). name: shown name or mail address. */
void face_fill(struct task *t, struct dict *d, const char *marker, struct str name);
/* "Ada Lovelace" → "AL", "ann@example.org" → "A"; first and last word. */
struct str face_initials(struct task *t, struct str name);

#endif
