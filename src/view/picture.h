/*
 * picture.h - a picture that somebody sent, made ours: decoded, cut to a
 * square, scaled to PICTURE_SIZE and encoded anew as PNG, so that nothing but
 * the pixels is left (no place, no camera, no other file in disguise). The
 * only user of libgd.
 *
 * The kind is read from the content, and the size in pixels from the header
 * before anything is decoded: at most PICTURE_PIXELS a side.
 */
#ifndef TM_VIEW_PICTURE_H
#define TM_VIEW_PICTURE_H

#include "base/task.h"

#define PICTURE_SIZE 128
#define PICTURE_BYTES (512 * 1024)
#define PICTURE_PIXELS 4096

enum picture_kind { PICTURE_NONE, PICTURE_PNG, PICTURE_JPEG, PICTURE_WEBP };

struct picture_head {
	enum picture_kind kind;
	uint32_t width, height;
};

/* Kind and size from the first bytes; PICTURE_NONE when it is none of the
 * three or its header is cut. Pure. */
struct picture_head picture_head(struct str data);
/* *png in task memory. E_INVALID with a sentence: too large, not a picture of
 * these kinds, too many pixels, damaged. */
enum err picture_make(struct task *t, struct str data, struct str *png) MUST_CHECK;

#endif
