/*
 * upload.h - a file that was sent: what is it, and whom does it fit?
 * Both ways in (tidemarkctl, API) end here.
 */
#ifndef TM_SYMBOLS_UPLOAD_H
#define TM_SYMBOLS_UPLOAD_H

#include "ingest/symbolized.h"
#include "model/project/symbol_file.h"
#include "symbols/shelf.h"

struct symbols_place {
	const char *dir;     /* conf SYMBOL_DIR */
	const char *program; /* conf SYMBOLS_PROGRAM */
	int64_t max_bytes;   /* of a file: conf SYMBOL_MAX_BYTES */
	int64_t max_project; /* of all of a project: conf SYMBOL_PROJECT_BYTES */
};
struct conf;
struct symbols_place symbols_place(const struct conf *conf);

struct upload {
	struct str team_id, project_id, uploaded_by;
	enum symbols_kind kind; /* SYMBOLS_NONE = see for yourself */
	struct symbols_release release;
	struct str name;        /* of the file; a path loses its folders */
};

/*
 * Look at the file and fill out (all but id and at); touches no database.
 * E_INVALID with a sentence that says what is wrong with it.
 */
enum err upload_look(struct task *t, const struct symbols_place *place, const struct upload *in,
                     struct shelf_new *file, struct symbol_file *out) MUST_CHECK;
/* Keep it, inside the caller's transaction: bytes first, then the row. */
enum err upload_keep(struct task *t, struct pg *pg, const struct symbols_place *place,
                     struct shelf_new *file, struct symbol_file *io) MUST_CHECK;

#endif
