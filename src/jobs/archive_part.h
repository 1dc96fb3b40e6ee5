/*
 * archive_part.h - what is in the archive of a person, a row a part: where its
 * rows come from, their columns, and each row as JSON and as CSV.
 */
#ifndef TM_JOBS_ARCHIVE_PART_H
#define TM_JOBS_ARCHIVE_PART_H

#include "base/buf.h"
#include "store/pg.h"

#define ARCHIVE_PAGE 2000 /* rows of a page, at least, when there are more */
#define ARCHIVE_COLUMNS 20

/*
 * $1 environment, $2 persons, $3 and $4 time and id of the last row seen, $5
 * the moment of the request. Rows in order; before the columns, their time and
 * their id.
 */
struct archive_part {
	const char *name, *about;
	const struct stmt *stmt;
	struct {
		const char *name;
		bool json; /* printed as it is; others are text */
	} column[ARCHIVE_COLUMNS];
};
extern const struct archive_part archive_parts[];
extern const size_t archive_parts_n;

size_t archive_part_columns(const struct archive_part *m);
/* What stands before the rows. */
void archive_part_head(struct buf *b, const struct archive_part *m, bool csv);
void archive_part_json(struct buf *b, const struct archive_part *m, const struct rows *r, size_t i,
                       bool first);
void archive_part_csv(struct buf *b, const struct archive_part *m, const struct rows *r, size_t i);

extern const struct stmt_list archive_part_statements;

#endif
