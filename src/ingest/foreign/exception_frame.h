/*
 * exception_frame.h - the frames of exception.h as their runtime prints them.
 * Private to ingest/foreign/exception*.c.
 */
#ifndef TM_INGEST_FOREIGN_EXCEPTION_FRAME_H
#define TM_INGEST_FOREIGN_EXCEPTION_FRAME_H

#include "base/buf.h"
#include "base/scan.h"

struct image; /* loaded code */

/* The text of one stack while it is written. */
struct exception_text {
	struct task *t;
	const struct scan *s;
	struct str platform; /* of the event, else of its first frame */
	struct buf b;
	struct image *images;
	size_t nimages;
	size_t frames; /* in all */
	bool headed;   /* the Dart AOT header is there */
};

/* What is loaded where: an array, or 0. */
void exception_images(struct exception_text *w, uint32_t list);
/* The frames of one exception (an array, or 0), in the order that the runtime
 * prints; python: outermost first. */
void exception_frames(struct exception_text *w, uint32_t list, bool python);
/* A member's text as one line of bounded length. Task memory. */
struct str exception_line(const struct exception_text *w, uint32_t obj, const char *key);

#endif
