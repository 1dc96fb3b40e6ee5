/*
 * apply.h - a printed stack and the project's symbol files: the frames of the
 * source.
 */
#ifndef TM_SYMBOLS_APPLY_H
#define TM_SYMBOLS_APPLY_H

#include "symbols/upload.h"

struct symbols_applied {
	struct stack stack; /* as printed where nothing is known */
	struct str type;    /* "" = as sent */
	struct str files;   /* names of what was used, ", " between */
	size_t found;       /* frames that got a name */
	bool complete;      /* all that need one did */
};

/*
 * Outside a transaction (ELF files take time). A file that cannot be read
 * counts as missing and is logged. E_IO, and what the store says.
 */
enum err symbols_apply(struct task *t, struct pg *pg, const struct symbols_place *place,
                       struct str project_id, const struct crash_text *crash,
                       const struct symbols_release *release,
                       struct symbols_applied *out) MUST_CHECK;

#endif
