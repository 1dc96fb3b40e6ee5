/*
 * record.h - the records of a history file, one JSON value each, with the
 * line it begins in. How the file puts them is seen from its first bytes:
 *
 *   {…} a line        NDJSON; a bad line costs itself only
 *   [ {…}, {…} ]      one JSON array, over as many lines as it likes; so is
 *                     a row of pretty-printed objects ("{" alone on line 1)
 *   a,b,c             CSV (RFC 4180) with a header, where the caller takes
 *                     it: each row becomes an object of texts
 */
#ifndef TM_PROGRAMS_RECORD_H
#define TM_PROGRAMS_RECORD_H

#include "base/buf.h"
#include "programs/ctl/source.h"

enum record_form { RECORD_UNKNOWN, RECORD_LINES, RECORD_VALUES, RECORD_CSV };

#define RECORD_COLUMNS_MAX 512

struct record_reader {
	struct source *source; /* borrowed */
	size_t max;            /* bytes of one record */
	bool csv;              /* may it be CSV? */
	enum record_form form;
	int64_t line;          /* of what is read next */
	struct buf text;       /* RECORD_VALUES, RECORD_CSV: the record */
	struct buf head;       /* RECORD_CSV: column names, NUL-separated */
	size_t columns;
	struct buf row;        /* RECORD_CSV: cells, NUL-separated */
};

struct record {
	struct str text; /* borrowed until the next call */
	int64_t line;
	bool cut;        /* longer than max: text is useless */
};

void record_init(struct record_reader *r, struct source *s, size_t max, bool csv);
void record_release(struct record_reader *r);
/* *end: there are no more. E_DATA when the header is unusable. */
enum err record_next(struct task *t, struct record_reader *r, struct record *out,
                     bool *end) MUST_CHECK;

#endif
