/*
 * exception.h - an exception as Sentry and PostHog both send it, a list of
 * {type, value, mechanism, stacktrace{frames[]}}, to what a crash of ours
 * holds: type, message and the text of a stack trace. Pure.
 *
 * The frames are written as their own runtime prints them (Python, Java, Dart,
 * JavaScript, Apple, Go, native), so that ingest/stack reads them like any
 * other crash: the same grouping, the same symbols. What a sender says of a
 * frame beyond that ("in_app": false) follows as STACK_MARK. Source lines and
 * local variables are never taken.
 *
 * A chain keeps its outermost exception as type and message; those that caused
 * it follow in the stack.
 */
#ifndef TM_INGEST_FOREIGN_EXCEPTION_H
#define TM_INGEST_FOREIGN_EXCEPTION_H

#include "base/scan.h"
#include "ingest/foreign/foreign.h"

/* Where to read; positions may be 0. */
struct exception_source {
	uint32_t list;       /* array of exceptions, or one */
	uint32_t threads;    /* array of threads, for an exception without frames */
	uint32_t images;     /* array of loaded code: debug_meta.images */
	struct str platform; /* of the event: "python", "node" …; "" unknown */
	bool outermost_last; /* where nothing else tells the order */
};

/* Task memory, or borrowed from the scan. "" = not sent. */
struct exception {
	struct str type, message, stack, mechanism;
	bool typed;     /* one of the list has a type: not only a message's stack */
	bool unhandled; /* a mechanism says so */
};

void exception_read(struct task *t, const struct scan *s, const struct exception_source *from,
                    struct exception *out);
/* An array of breadcrumbs as the item's; of one that the door would refuse, and
 * the crash with it, all but its data. */
void exception_crumbs(struct foreign_out *o, uint32_t list);

#endif
