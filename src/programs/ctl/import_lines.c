/*
 * import_lines.c - rows in our own shape: they go through the parser of POST
 * /api/v1/events/batch (NDJSON). A chunk that cannot be read is parsed in
 * halves, so one bad line costs itself.
 */
#include "base/str.h"
#include "programs/ctl/import.h"

void
import_lines_add(struct import *m, const struct record *r)
{
	m->line[m->nrecords] = r->line;
	/* one line each, also where the file is one JSON array */
	char *p = buf_reserve(&m->body, r->text.n + 1);
	for (size_t i = 0; i < r->text.n; i++)
		p[i] = r->text.p[i] == '\n' ? ' ' : r->text.p[i];
	m->body.n += r->text.n;
	buf_putc(&m->body, '\n');
	m->end[++m->nrecords] = m->body.n;
}

/* Every line is one item. */
static size_t
record_of(const struct import *m, size_t first, uint32_t item)
{
	(void)m;
	return first + item;
}

/* Parse lines [from, to) and queue what is good. */
static enum err
push(struct import *m, size_t from, size_t to)
{
	struct task *t = &m->feed.task;
	task_reset(t);
	struct intake in = import_intake(m);
	in.shape = SHAPE_EVENTS;
	in.form = BODY_NDJSON;
	struct str body = str_slice(buf_str(&m->body), m->end[from], m->end[to]);
	struct batch b = { 0 };
	struct verdict v = { 0 };
	enum err err = envelope_parse(t, &m->scan, &in, body, &b, &v);
	if (err != E_OK && err_status(err) >= 500)
		return err;
	if (err != E_OK && to - from > 1) { /* find the lines that are at fault */
		size_t middle = from + (to - from) / 2;
		err = push(m, from, middle);
		return err != E_OK ? err : push(m, middle, to);
	}
	if (err != E_OK && (v.nresults == 0 || v.rejected == 0)) {
		import_reject(m, err_slug(err), m->line[from]);
		task_clear(t);
		return E_OK;
	}
	task_clear(t);
	import_count(m, &v, record_of, from);
	return err == E_OK ? import_push(m, &b) : E_OK;
}

enum err
import_lines_flush(struct import *m)
{
	enum err err = m->nrecords == 0 ? E_OK : push(m, 0, m->nrecords);
	buf_reset(&m->body);
	m->nrecords = 0;
	return err;
}
