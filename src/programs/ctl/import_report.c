/* import_report.c - what became of the rows of an import; see import.h. */
#include "base/str.h"
#include "programs/ctl/import.h"

static void
reason_add(struct import *m, const char *code, int64_t count, int64_t line)
{
	size_t i = 0;
	while (i < m->nreasons && strcmp(m->reason[i].code, code) != 0)
		i++;
	if (i == IMPORT_REASONS)
		return;
	struct import_reason *r = &m->reason[i];
	if (i == m->nreasons)
		m->reason[m->nreasons++] = (struct import_reason){ .code = code };
	r->count += count;
	bool known = line == 0 || (r->nlines > 0 && r->line[r->nlines - 1] == line);
	if (!known && r->nlines < IMPORT_LINES)
		r->line[r->nlines++] = line;
}

void
import_reject(struct import *m, const char *code, int64_t line)
{
	m->items++;
	m->rejected++;
	reason_add(m, code, 1, line);
}

/* Rows older than the environment keeps are refused, apart from bad ones. */
void
import_count(struct import *m, const struct verdict *v,
             size_t (*record)(const struct import *m, size_t first, uint32_t item), size_t first)
{
	int64_t refused = 0, named = 0;
	for (size_t i = 0; i < v->nresults; i++) {
		const struct item_result *r = &v->results[i];
		if (strcmp(r->result, "drop") != 0)
			continue;
		named++;
		refused += strcmp(r->code, "beyond_retention") == 0;
		reason_add(m, r->code, 1, m->line[record(m, first, r->index)]);
	}
	if ((int64_t)v->rejected > named)
		reason_add(m, "other", (int64_t)v->rejected - named, 0);
	m->items += (int64_t)v->sent;
	m->rejected += (int64_t)v->rejected - refused;
	m->refused += refused;
	m->request_duplicates += (int64_t)v->duplicates;
}

/* {"invalid_timestamp":3,…}, or their lines: {"invalid_timestamp":[7,9],…} */
static struct str
reasons_json(struct import *m, bool lines)
{
	struct buf b = BUF_INIT;
	buf_putc(&b, '{');
	for (size_t i = 0; i < m->nreasons; i++) {
		const struct import_reason *r = &m->reason[i];
		buf_printf(&b, "%s\"%s\":", i > 0 ? "," : "", r->code);
		if (!lines) {
			buf_i64(&b, r->count);
			continue;
		}
		buf_putc(&b, '[');
		for (size_t k = 0; k < r->nlines; k++)
			buf_printf(&b, "%s%lld", k > 0 ? "," : "", (long long)r->line[k]);
		buf_putc(&b, ']');
	}
	buf_putc(&b, '}');
	struct str json = arena_str(m->c->t->arena, buf_str(&b));
	buf_release(&b);
	return json;
}

const char *
import_refusal(struct import *m)
{
	const struct environment *e = &m->environment;
	return arena_printf(m->c->t->arena, "%lld rows are older than the %d days this "
	    "environment keeps; to keep them: tidemarkctl environment set --project %.*s "
	    "--env %.*s --retention-raw-days 0, then import again",
	    (long long)m->refused, (int)e->retention_raw_days, STRF(e->project_id),
	    STRF(e->name)).p;
}

/* items = inserted + duplicates + rejected + refused + dropped + dead. */
void
import_report(struct import *m, const struct feed_result *r)
{
	struct ctl *c = m->c;
	static const char *const columns[] = { "read", "skipped", "items", "inserted", "duplicates",
		"rejected", "refused", "dropped", "dead", "reasons", "lines", NULL };
	out_object(c, columns);
	out_i64(c, m->read);
	out_i64(c, m->skipped);
	out_i64(c, m->items);
	out_i64(c, r->inserted);
	out_i64(c, r->duplicates + m->request_duplicates);
	out_i64(c, m->rejected);
	out_i64(c, m->refused);
	out_i64(c, r->dropped);
	out_i64(c, r->dead);
	out_json(c, reasons_json(m, false));
	out_json(c, reasons_json(m, true));
	if (m->refused > 0)
		ctl_note(c, "%s", import_refusal(m));
}
