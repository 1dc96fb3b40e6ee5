/*
 * agent.h - a browser's User-Agent as a few words: "Firefox on Linux". A guess
 * for people, good for telling one's own devices apart and nothing else. Pure.
 */
#ifndef TM_VIEW_AGENT_H
#define TM_VIEW_AGENT_H

#include "base/task.h"

/* "Unknown browser" when nothing is recognised. Static storage or task memory. */
struct str agent_words(struct task *t, struct str user_agent);

#endif
