/*
 * uuid.h - UUIDs as 16 bytes in network order (RFC 9562).
 */
#ifndef TM_BASE_UUID_H
#define TM_BASE_UUID_H

#include "base/arena.h"

#define UUID_TEXT 37

/* 8-4-4-4-12 hexadecimal digits in any case; nothing else. */
bool uuid_parse(struct str s, uint8_t out[16]);
/* Lower case, NUL-terminated; returns 36. */
size_t uuid_format(const uint8_t id[16], char out[UUID_TEXT]);
struct str uuid_str(struct arena *a, const uint8_t id[16]);

/* Random. */
void uuid_v4(uint8_t out[16]);
/* Time-ordered: milliseconds, then 12 bits of the fraction, then random. */
void uuid_v7(int64_t now_us, uint8_t out[16]);
/* Name-based (SHA-1): the same namespace and name give the same id. */
void uuid_v5(const uint8_t ns[16], struct str name, uint8_t out[16]);
/* v5 in the namespace of one environment: v5(our root, the id as decimal). */
void uuid_v5_env(int32_t environment_id, struct str name, uint8_t out[16]);

#endif
