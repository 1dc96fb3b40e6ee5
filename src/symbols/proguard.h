/*
 * proguard.h - mapping.txt of ProGuard and R8: short names and lines back to
 * those of the source, inlined methods as frames of their own. Pure.
 *
 * Format: ProGuard manual, "ReTrace"; R8 adds comments with JSON, of which
 * "sourceFile" is used. Of a chain of inlined methods the innermost comes
 * first. Overloads that lines do not tell apart are all named: "load|save".
 */
#ifndef TM_SYMBOLS_PROGUARD_H
#define TM_SYMBOLS_PROGUARD_H

#include "ingest/stack.h"

/* Is it such a file? *why: the reason when not. */
bool proguard_check(struct str mapping, const char **why);
/*
 * in, with the frames of Java replaced; *type (in and out): the exception's
 * class. Returns how many frames were found in the mapping. Task memory.
 */
size_t proguard_apply(struct task *t, struct str mapping, const struct stack *in,
                      struct stack *out, struct str *type);

#endif
