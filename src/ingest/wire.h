/*
 * wire.h - struct batch as bytes: what the stream and dead letters hold.
 *
 * Version 1: byte 'T' 'M', version, flags; then fields in a fixed order.
 * Integers are LEB128 varints (signed ones zigzag), strings a length and
 * bytes, doubles 8 bytes little-endian. An item begins with a varint of
 * presence bits, so that what was not sent costs nothing; a session id equal
 * to the item's before it costs one bit.
 *
 * Version 2, written only where there are any, holds the numbers of items
 * that were not accepted behind the rejects.
 *
 * Version 3, likewise, ends its head with the install.
 *
 * A reader takes every version up to its own; a newer one is E_DATA, as is
 * anything cut short, with bytes left over, or out of range. It never trusts
 * a count or a length: memory asked for is bounded by the input's size.
 */
#ifndef TM_INGEST_WIRE_H
#define TM_INGEST_WIRE_H

#include "base/buf.h"
#include "base/task.h"
#include "ingest/batch.h"

#define WIRE_VERSION 3

/* Append b to out. */
void wire_encode(struct buf *out, const struct batch *b);
/* Append b with the one item i (and its context and identity), without what
 * was rejected: dead letters. */
void wire_encode_item(struct buf *out, const struct batch *b, size_t i);
/* Fill b; strings are borrowed from wire, arrays are task memory. */
enum err wire_decode(struct task *t, struct str wire, struct batch *b) MUST_CHECK;

#endif
