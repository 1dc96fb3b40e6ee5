/*
 * import.h - the parts of `tidemarkctl import`: reading and preparing
 * (import.c), a chunk of our own lines (import_lines.c), a chunk of another
 * vendor's records (import_vendor.c), the report (import_report.c).
 */
#ifndef TM_PROGRAMS_IMPORT_H
#define TM_PROGRAMS_IMPORT_H

#include "ingest/envelope.h"
#include "ingest/foreign/export.h"
#include "programs/ctl/ctl.h"
#include "programs/ctl/feed.h"
#include "programs/ctl/record.h"

#define IMPORT_CHUNK 1000        /* records that are parsed together, of ours */
#define IMPORT_CHUNK_VENDOR 250  /* of another vendor's: each may be several items */
#define IMPORT_REASONS 32
#define IMPORT_LINES 5           /* examples of a reason */

struct import_reason {
	const char *code;
	int64_t count;
	int64_t line[IMPORT_LINES];
	size_t nlines;
};

struct import {
	struct ctl *c;
	const struct export *export; /* NULL: our own lines */
	const struct zone *zone;     /* of times that are wall times; NULL = UTC */
	struct environment environment;
	struct ingest_limits limits;
	struct scrub scrub;
	struct schema_set schemas;
	struct scan scan;
	struct feed feed;
	struct source *source;
	struct record_reader reader;
	struct str bookmark;         /* names this reading; "" = none is kept */
	/* the chunk: ours as text, another vendor's as the batch it becomes */
	struct buf body, request;
	struct tape tape;
	struct foreign_out out;
	size_t nrecords;
	int64_t line[IMPORT_CHUNK];      /* where each begins in the file */
	size_t end[IMPORT_CHUNK + 1];    /* ours: of its bytes; else: of its items */
	/* the report */
	int64_t read, skipped, items, rejected, refused, request_duplicates;
	struct import_reason reason[IMPORT_REASONS];
	size_t nreasons;
};

/* What the door knows before it reads a body, for these rows. */
struct intake import_intake(const struct import *m);
/* A checked batch into the queue, and how far that is. */
enum err import_push(struct import *m, struct batch *b) MUST_CHECK;

/* The rest of one chunk: adds a record, pushes what has been added. */
void import_lines_add(struct import *m, const struct record *r);
enum err import_lines_flush(struct import *m) MUST_CHECK;
enum err import_vendor_add(struct import *m, const struct record *r) MUST_CHECK;
enum err import_vendor_flush(struct import *m) MUST_CHECK;

/* count rows were not taken for one reason; line 0 = not known. */
void import_reject(struct import *m, const char *code, int64_t line);
/* What the parser says; record: which one of the chunk an item belongs to. */
void import_count(struct import *m, const struct verdict *v,
                  size_t (*record)(const struct import *m, size_t first, uint32_t item),
                  size_t first);
void import_report(struct import *m, const struct feed_result *r);
/* How many rows were too old, and the command that would keep them. */
const char *import_refusal(struct import *m);

#endif
