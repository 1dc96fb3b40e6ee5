/*
 * inflate.h - decode a compressed request body (gzip RFC 1952, zstd RFC 8878)
 * with bounds: output size, ratio, members.
 */
#ifndef TM_HTTP_INFLATE_H
#define TM_HTTP_INFLATE_H

#include "base/task.h"

struct inflate_limits {
	size_t max_bytes; /* of output */
	size_t max_ratio; /* output : input, looked at beyond 64 KiB of output */
};

#define INFLATE_MEMBERS_MAX 8

/*
 * encoding: the Content-Encoding header; "" and "identity" borrow body. *out
 * is in task memory. E_MEDIA_TYPE: another encoding, or several.
 * E_TOO_LARGE: beyond a limit. E_BAD_REQUEST: damaged, cut short, trailing
 * bytes, too many members.
 */
enum err inflate_body(struct task *t, struct str encoding, struct str body,
                      const struct inflate_limits *limits, struct str *out) MUST_CHECK;

#endif
