/*
 * tokens.h - personal access tokens of a team: /t/{team}/tokens.
 */
#ifndef TM_WEB_PAGE_TEAM_TOKENS_H
#define TM_WEB_PAGE_TEAM_TOKENS_H

#include "web/layout.h"
#include "web/page/pages.h"

PAGE(page_tokens);       /* own ones, for admins also others'; the form */
PAGE(page_tokens_post);  /* a new one, shown once */
PAGE(page_token);        /* before it is revoked: what ends */
PAGE(page_token_revoke);

#endif
