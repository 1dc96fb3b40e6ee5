/*
 * fingerprint.h - which crashes are the same one.
 *
 * Pure. A rule set has a version, kept with the group, so that groups can be
 * made again when rules improve. Version 1: the exception type and the first
 * FINGERPRINT_FRAMES in-app frames (all frames when none is in-app), each
 * reduced to module and function: no addresses, line numbers, closure
 * numbers, ids, hashes of builds or absolute directories. Without frames:
 * type and message with digits, hex and quoted parts replaced.
 */
#ifndef TM_INGEST_FINGERPRINT_H
#define TM_INGEST_FINGERPRINT_H

#include "base/task.h"
#include "ingest/batch.h"

#define FINGERPRINT_VERSION 1
#define FINGERPRINT_FRAMES 5

struct fingerprint {
	int version;        /* rule set; 0 = the client's own fingerprint */
	struct str text;    /* the group's key, ≤ 200 bytes */
	struct str title;   /* "NoSuchMethodError: The method 'foo' was …" */
	struct str culprit; /* first in-app frame, "" unknown */
};

/* item is of type ITEM_CRASH. Result: task memory or borrowed from item. */
void fingerprint_crash(struct task *t, const struct item *item, struct fingerprint *out);

#endif
