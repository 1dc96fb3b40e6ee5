/*
 * fingerprint.h - which crashes are the same one.
 *
 * Pure. A rule set has a version, kept with the group, so that groups can be
 * made again when rules improve. Version 4: the exception type and the first
 * FINGERPRINT_FRAMES frames of the app's own code (ingest/stack), each
 * reduced to what a rebuild, a device or a locale does not change: no line
 * numbers, addresses, argument values, closure and lambda numbers, generated
 * names, hashes of bundles or absolute folders; functions that call themselves
 * or each other count once. Two exceptions: code without symbols is told apart by build
 * id and offset, minified JavaScript by position, since nothing else is left.
 * Without own frames: the framework's, and the message. Without any frame:
 * the message, with numbers, ids, quoted parts and addresses replaced.
 */
#ifndef TM_INGEST_FINGERPRINT_H
#define TM_INGEST_FINGERPRINT_H

#include "base/task.h"
#include "ingest/batch.h"
#include "ingest/stack.h"

#define FINGERPRINT_VERSION 4
#define FINGERPRINT_FRAMES 3
#define FINGERPRINT_FRAMES_MAX 8 /* of a group told apart more finely */

enum fingerprint_reason {
	FINGERPRINT_CLIENT,   /* the SDK sent one */
	FINGERPRINT_OWN,      /* type and own frames */
	FINGERPRINT_FOREIGN,  /* type, frames of others, message */
	FINGERPRINT_MESSAGE,  /* type and message */
};

struct fingerprint {
	int version;        /* rule set; 0 = the client's own fingerprint */
	struct str text;    /* the group's key, ≤ 200 bytes */
	struct str title;   /* "NoSuchMethodError: The method 'foo' was …" */
	struct str culprit; /* first own frame, "" unknown */
	enum fingerprint_reason reason;
	struct str why;     /* the lines that were hashed: "why grouped" */
};

/* What a crash says of itself; strings may be "". */
struct crash_text {
	struct str fingerprint; /* the client's */
	struct str type, message, stack;
};

/* Result: task memory or borrowed from the texts. */
void fingerprint_make(struct task *t, const struct crash_text *crash, struct fingerprint *out);
/* The same with frames at hand (symbolicated ones replace the printed). */
void fingerprint_frames(struct task *t, const struct crash_text *crash,
                        const struct stack *stack, struct fingerprint *out);
/* With more own frames: 0 or FINGERPRINT_FRAMES is the rule's own number. */
void fingerprint_finer(struct task *t, const struct crash_text *crash, const struct stack *stack,
                       int frames, struct fingerprint *out);
/* item is of type ITEM_CRASH. */
void fingerprint_crash(struct task *t, const struct item *item, struct fingerprint *out);

#endif
