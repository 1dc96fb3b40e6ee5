/*
 * normal.h - names without what changes from build to build and from device
 * to device: the words that grouping hashes. Pure.
 */
#ifndef TM_INGEST_NORMAL_H
#define TM_INGEST_NORMAL_H

#include "base/buf.h"
#include "ingest/stack.h"

/* Function of a frame: no addresses, closure numbers, generated parts. */
void normal_function(struct buf *b, const struct frame *f);
/* What a caller is called in every browser: only V8 names the class of a
 * method, so it counts for the frame that failed and for no other. */
struct str normal_caller(const struct frame *f, struct str name);
/* Part of the function that the next frame names. */
bool normal_is_part(const struct frame *f);
/* Place of a frame: no position, host, absolute folder, bundle hash. */
void normal_place(struct buf *b, const struct frame *f);
/* First line of a message: numbers, ids, quoted parts, URLs replaced. */
void normal_message(struct buf *b, struct str message);
/* "minified:aB" and digits of generated names gone. */
void normal_type(struct buf *b, struct str type);
/* A one- or two-letter name far inside a line: a minifier's work. */
bool normal_is_minified(const struct frame *f);

#endif
