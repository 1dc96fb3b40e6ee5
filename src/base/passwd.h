/*
 * passwd.h - password hashes: argon2id, PHC string (RFC 9106).
 *
 * The floor is m=47104 KiB, t=1, p=1, about 50 ms; a process is single-
 * threaded, so the number of processes caps concurrent hashes.
 */
#ifndef TM_BASE_PASSWD_H
#define TM_BASE_PASSWD_H

#include "base/task.h"

#define PASSWD_TEXT 128
#define PASSWD_BYTES_MAX 1024

/* New salt, new hash. E_INTERNAL when memory is short; E_INVALID when the
 * password is longer than PASSWD_BYTES_MAX. */
enum err passwd_hash(struct task *t, struct str password, char out[PASSWD_TEXT]) MUST_CHECK;
/* False also for a malformed hash. */
bool passwd_verify(struct str password, struct str hash);
/* The hash was made with weaker parameters than today's. */
bool passwd_needs_rehash(struct str hash);
/* Spend the time of a verification: for a user who does not exist. */
void passwd_dummy(struct str password);

#endif
