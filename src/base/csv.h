/*
 * csv.h - write lines of CSV (RFC 4180) into a buf, cell by cell, as jw writes
 * JSON. Text is what others wrote: codec_csv keeps spreadsheets from running it.
 */
#ifndef TM_BASE_CSV_H
#define TM_BASE_CSV_H

#include "base/buf.h"

struct csv {
	struct buf *b; /* borrowed */
	bool some;     /* the line has a cell already */
};

void csv_init(struct csv *c, struct buf *b);
void csv_str(struct csv *c, struct str s);
void csv_i64(struct csv *c, int64_t v);
void csv_f64(struct csv *c, double v); /* NAN: an empty cell */
void csv_bool(struct csv *c, bool v);
/* RFC 3339 with ms; an empty cell when us is INT64_MIN. */
void csv_time(struct csv *c, int64_t us);
void csv_line_end(struct csv *c);
/* A whole line of names. */
void csv_head(struct csv *c, const char *const *name, size_t n);

#endif
