/*
 * written.h - what a translator wrote (base/tape.h) as text; and whether that
 * text, parsed, becomes the batch that the tape became, byte for byte.
 */
#ifndef TM_UNIT_INGEST_FOREIGN_WRITTEN_H
#define TM_UNIT_INGEST_FOREIGN_WRITTEN_H

#include "base/scan_write.h"
#include "base/str.h"
#include "base/tape.h"
#include "ingest/envelope.h"
#include "ingest/wire.h"

/* Task memory; "" when no text can say it: a key twice, a number too large. */
static inline struct str
written_text(struct task *t, const struct tape *w)
{
	struct scan_writer all = { SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, .drop = NULL };
	struct scan s = tape_scan(w);
	struct buf b = BUF_INIT;
	bool fine = scan_write(&b, &s, s.root, &all) == SCAN_FINE;
	struct str text = fine ? arena_str(t->arena, buf_str(&b)) : STR("");
	buf_release(&b);
	return text;
}

static inline bool
written_same(struct task *t, const struct tape *w, const struct intake *in,
             const struct batch *batch, const struct verdict *verdict)
{
	struct str text = written_text(t, w);
	struct buf a = BUF_INIT, z = BUF_INIT;
	struct verdict v;
	struct batch b;
	struct scan s;
	if (text.n == 0)
		return true;
	scan_init(&s);
	t->nfields = 0;
	bool same = envelope_parse(t, &s, in, text, &b, &v) == E_OK &&
	    v.sent == verdict->sent && v.accepted == verdict->accepted &&
	    v.rejected == verdict->rejected && v.nresults == verdict->nresults;
	if (same) {
		wire_encode(&a, batch);
		wire_encode(&z, &b);
		same = str_eq(buf_str(&a), buf_str(&z));
	}
	buf_release(&a);
	buf_release(&z);
	scan_release(&s);
	return same;
}

#endif
