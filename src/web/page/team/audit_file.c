/* audit_file.c - the audit as CSV or NDJSON: see audit.h. NDJSON holds the
 * exact values that the hashes are made of. */
#include "base/clock.h"
#include "base/jw.h"
#include "base/str.h"
#include "model/team/perm.h"
#include "web/file.h"
#include "web/milestone.h"
#include "web/page/team/audit.h"
#include "web/trail.h"
#include "web/who.h"

#define BATCH 1000

struct file {
	struct web *w;
	struct task *t;
	struct pg_scope scope;
	struct audit_filter filter;
	bool csv, begun;
};

static const char header[] =
	"seq,at,actor,actor_name,action,target,detail,remote_addr,request_id,prev_hash,hash\r\n";

/* A cell that a spreadsheet would run gets a leading '. */
static void
put_cell(struct buf *b, struct str s, bool last)
{
	buf_putc(b, '"');
	if (s.n > 0 && strchr("=+-@\t\r", s.p[0]) != NULL)
		buf_putc(b, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_putc(b, '"');
		buf_putc(b, s.p[i]);
	}
	buf_puts(b, last ? "\"\r\n" : "\",");
}

static void
put_csv(struct buf *b, const struct audit_entry *e)
{
	char at[CLOCK_TEXT];
	clock_format_us(e->at_us, at);
	const struct str cell[] = { str_of(at), e->actor, e->actor_name, e->action, e->target,
		e->detail, e->remote_addr, e->request_id, e->prev_hash, e->hash };
	buf_i64(b, e->seq);
	buf_putc(b, ',');
	for (size_t i = 0; i < NELEM(cell); i++)
		put_cell(b, cell[i], i + 1 == NELEM(cell));
}

static void
put_json(struct buf *b, const struct audit_entry *e)
{
	char at[CLOCK_TEXT];
	struct jw j;
	clock_format_us(e->at_us, at);
	jw_init(&j, b);
	jw_object_begin(&j);
	jw_kstr(&j, "chain", e->team_id.n > 0 ? e->team_id : STR("system"));
	jw_ki64(&j, "id", e->id);
	jw_ki64(&j, "seq", e->seq);
	jw_ki64(&j, "at_us", e->at_us);
	jw_kstr(&j, "at", str_of(at));
	jw_kstr(&j, "actor", e->actor);
	jw_kstr(&j, "actor_name", e->actor_name);
	jw_kstr(&j, "action", e->action);
	jw_kstr(&j, "target", e->target);
	jw_kstr(&j, "detail", e->detail);
	jw_kstr(&j, "remote_addr", e->remote_addr);
	jw_kstr(&j, "request_id", e->request_id);
	jw_kstr(&j, "prev_hash", e->prev_hash);
	jw_kstr(&j, "hash", e->hash);
	jw_object_end(&j);
	buf_putc(b, '\n');
}

/* The next batch, in a short transaction of its own. */
static bool
more(struct res *res, void *ctx)
{
	struct file *f = ctx;
	struct audit_entries list = { 0 };
	if (!f->begun && f->csv)
		buf_puts(&res->body, header);
	f->begun = true;
	enum err e = pg_begin(f->t, f->w->pg, &f->scope);
	if (e == E_OK)
		e = audit_list(f->t, f->w->pg, &f->filter, &list);
	e = pg_end(f->t, f->w->pg, e);
	if (e != E_OK) {
		buf_puts(&res->body, f->csv ? "\"The file ends here: the store failed.\"\r\n" :
		    "{\"error\":\"The file ends here: the store failed.\"}\n");
		return false;
	}
	for (size_t i = 0; i < list.n; i++)
		(f->csv ? put_csv : put_json)(&res->body, &list.row[i]);
	if (list.n > 0)
		f->filter.after = list.row[list.n - 1].seq;
	return list.n == BATCH;
}

/* Told before the first row goes out, so that the file holds it too. */
static enum err
tell(struct web *w, struct task *t, const struct req *req, struct file *f)
{
	struct str detail = f->csv ? STR("{\"format\":\"csv\"}") : STR("{\"format\":\"ndjson\"}");
	const struct operation op = { .type = "export", .area = "exports",
		.format = f->csv ? "csv" : "ndjson" };
	enum err e = pg_begin(t, w->pg, &f->scope);
	if (e == E_OK && w->who.team.id.n > 0) /* the system's is of no team */
		e = milestone_operation(w, t, req, &op);
	if (e == E_OK)
		e = trail(w, t, req, "audit.export", STR_NULL, detail);
	return pg_end(t, w->pg, e);
}

static enum err
send(struct web *w, struct task *t, const struct req *req, struct res *res, bool csv)
{
	struct audit_ask *ask = talloc(t, struct audit_ask);
	struct file *f = talloc(t, struct file);
	bool team = w->who.team.id.n > 0;
	if (team && !perm_has(role_find(w->who.team.role), PERM_EXPORT))
		return task_fail(t, E_FORBIDDEN, "Your role does not export rows.");
	enum err e = audit_ask_read(w, t, req, ask);
	if (e != E_OK)
		return e;
	*f = (struct file){ .w = w, .t = t, .scope = who_scope(w), .filter = ask->filter,
		.csv = csv };
	f->filter.before = 0;
	f->filter.after = 0;
	f->filter.oldest_first = true;
	f->filter.limit = BATCH;
	if ((e = tell(w, t, req, f)) != E_OK)
		return e;
	file_head(res, csv ? EXPORT_CSV : EXPORT_NDJSON, arena_printf(t->arena, "%.*s-audit",
	    STRF(team ? w->who.team.slug : STR("system"))));
	res->more = more;
	res->more_ctx = f;
	return E_OK;
}

enum err
page_audit_csv(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send(w, t, req, res, true);
}

enum err
page_audit_ndjson(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send(w, t, req, res, false);
}

enum err
page_system_audit_csv(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send(w, t, req, res, true);
}

enum err
page_system_audit_ndjson(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send(w, t, req, res, false);
}
