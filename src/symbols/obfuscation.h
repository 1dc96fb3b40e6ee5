/*
 * obfuscation.h - Flutter's map of obfuscated names (--save-obfuscation-map):
 * a JSON array of names, each followed by its short one. Pure.
 */
#ifndef TM_SYMBOLS_OBFUSCATION_H
#define TM_SYMBOLS_OBFUSCATION_H

#include "base/task.h"

/* Is it such a map? *why: the reason when not. */
bool obfuscation_check(struct str map, const char **why);
/* Every short name in text ("aB", "minified:aB", "List<aB>") replaced by its
 * own; text itself when none is known. Task memory. */
struct str obfuscation_apply(struct task *t, struct str map, struct str text);

#endif
