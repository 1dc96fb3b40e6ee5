/*
 * outbox.h - mails as files of a folder, for a server without a mail server:
 * <id>.eml, RFC 5322, mode 0640, complete as soon as the name is there. Ids
 * are UUIDs of version 7, so names sort by time. A name that is not ours is
 * never read.
 */
#ifndef TM_MAIL_OUTBOX_H
#define TM_MAIL_OUTBOX_H

#include "base/task.h"

#define OUTBOX_MESSAGE_MAX (1024 * 1024)

/* The folder is made when it is not there (its parent must be). Same id, same
 * file. E_IO. */
enum err outbox_write(struct task *t, const char *dir, struct str id, struct str message) MUST_CHECK;
/* Ids, newest first, at most max; a folder that is not there holds none. */
enum err outbox_list(struct task *t, const char *dir, size_t max, struct str **id,
                     size_t *n) MUST_CHECK;
/* One message. E_NOT_FOUND: no id, no such file, a link, or too large. */
enum err outbox_read(struct task *t, const char *dir, struct str id, struct str *message) MUST_CHECK;

#endif
