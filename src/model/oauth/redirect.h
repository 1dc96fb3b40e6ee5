/*
 * redirect.h - where an OAuth client may be sent back to. Pure.
 *
 * Exact comparison, byte by byte (RFC 9700 2.1), with the one exception of
 * RFC 8252 7.3: an address with a loopback IP literal may be registered with
 * any port and used with any port, since native apps cannot know theirs.
 */
#ifndef TM_MODEL_OAUTH_REDIRECT_H
#define TM_MODEL_OAUTH_REDIRECT_H

#include "base/base.h"

#define REDIRECT_MAX 1024  /* bytes of one address */
#define REDIRECTS_MAX 10   /* addresses of one client */

/*
 * NULL when an address may be registered, else what is wrong with it, a
 * sentence. Taken: https with a host; http only for 127.0.0.1, [::1] and
 * localhost; schemes of native apps with a dot in them ("com.example.app:/x").
 * Never a fragment, user information, blanks, control bytes or a backslash.
 */
const char *redirect_fault(struct str uri);
bool redirect_matches(struct str registered, struct str asked);

#endif
