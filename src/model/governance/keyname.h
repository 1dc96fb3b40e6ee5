/*
 * keyname.h - what the name of a key, alone, says of its value: lists of words,
 * any case, separators ignored. What values look like: detect.h.
 */
#ifndef TM_MODEL_KEYNAME_H
#define TM_MODEL_KEYNAME_H

#include "base/base.h"

#define KEYNAME_MAX 64 /* letters and digits that are looked at */

/* A parameter whose value opens something: "access_token", "sig". */
bool keyname_is_secret(struct str name);
/* The word for a value that is personal ("an e-mail address"), or NULL. */
const char *keyname_personal(struct str name);

#endif
