/* file.c - see file.h. */
#include "web/file.h"

#include "base/str.h"

const char *
file_ending(enum export_format f)
{
	return f == EXPORT_CSV ? "csv" : "ndjson";
}

void
file_head(struct res *res, enum export_format f, struct str name)
{
	res_header(res, "Content-Type", f == EXPORT_CSV ?
		STR("text/csv; charset=utf-8; header=present") : STR("application/x-ndjson"));
	res_headerf(res, "Content-Disposition", "attachment; filename=\"%.*s.%s\"", STRF(name),
		file_ending(f));
}

static bool
more(struct res *res, void *ctx)
{
	bool done = false;

	return export_next(ctx, &res->body, &done) == E_OK && !done;
}

void
file_rows(struct res *res, struct export *x)
{
	res->more = more;
	res->more_ctx = x;
}
