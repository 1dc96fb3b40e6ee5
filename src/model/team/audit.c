/* audit.c - see audit.h. */
#include "model/team/audit.h"

#include "base/str.h"
#include "store/sqlb.h"

#define VERIFY_BATCH 1000

static const struct stmt add = { "audit_add",
	"SELECT audit_append($1::uuid, $2, $3, $4, $5::jsonb, $6, $7)" };
static const struct stmt once = { "audit_once",
	"SELECT audit_once($1::uuid, $2, $3, $4, $5::jsonb, $6, $7)" };
static const struct stmt head = { "audit_head",
	"SELECT seq, encode(hash, 'hex') FROM audit_heads"
	" WHERE chain = coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')" };
static const struct stmt names = { "audit_names",
	"SELECT id::text, coalesce(nullif(name, ''), email) FROM users"
	" WHERE id = ANY ($1::uuid[])" };
static const struct stmt names_for_system = { "audit_names_for_system",
	"SELECT id::text, name FROM auth_user_names($1::uuid[])" };
static const struct stmt *const all[] = { &add, &once, &head, &names, &names_for_system };
const struct stmt_list audit_statements = STMT_LIST("audit", all);

static enum err
append(struct task *t, struct pg *pg, const struct stmt *s, const struct audit_entry *e)
{
	ASSERT(pg_in_tx(pg)); /* belongs to the change it tells of */
	struct bind b = { 0 };
	bind_str_or_null(t, &b, e->team_id);
	bind_str(t, &b, e->actor);
	bind_str(t, &b, e->action);
	bind_str(t, &b, e->target);
	bind_str(t, &b, e->detail.n > 0 ? e->detail : STR("{}"));
	bind_str(t, &b, e->remote_addr);
	bind_str(t, &b, str_of(t->request_id));
	return pg_run(t, pg, s, &b, NULL);
}

enum err
audit_add(struct task *t, struct pg *pg, const struct audit_entry *e)
{
	return append(t, pg, &add, e);
}

enum err
audit_once(struct task *t, struct pg *pg, const struct audit_entry *e)
{
	return append(t, pg, &once, e);
}

static void
add_filters(struct sqlb *q, const struct audit_filter *f)
{
	if (f->actor.n > 0) {
		sqlb_add(q, " AND actor = ");
		sqlb_str(q, f->actor);
	}
	if (f->action.n > 0) {
		sqlb_add(q, " AND starts_with(action, ");
		sqlb_str(q, f->action);
		sqlb_add(q, ")");
	}
	if (f->target.n > 0) {
		sqlb_add(q, " AND target = ");
		sqlb_str(q, f->target);
	}
	if (f->text.n > 0) {
		sqlb_add(q, " AND strpos(lower(concat_ws(' ', actor, action, target, detail::text,"
		            " remote_addr, request_id)), lower(");
		sqlb_str(q, f->text);
		sqlb_add(q, ")) > 0");
	}
	if (f->from_us > 0) {
		sqlb_add(q, " AND at >= ");
		sqlb_time(q, f->from_us);
	}
	if (f->to_us > 0) {
		sqlb_add(q, " AND at < ");
		sqlb_time(q, f->to_us);
	}
}

static struct sqlb *
list_query(struct task *t, const struct audit_filter *f)
{
	struct sqlb *q = sqlb_new(t);
	sqlb_add(q, "SELECT id, seq, (extract(epoch from at)*1000000)::int8,"
	            " coalesce(team_id::text, ''), actor, action, target, detail::text, remote_addr,"
	            " request_id, encode(prev_hash, 'hex'), encode(hash, 'hex')"
	            " FROM audit_entries WHERE ");
	if (f->team_id.n > 0) {
		sqlb_add(q, "team_id = ");
		sqlb_str(q, f->team_id);
		sqlb_add(q, "::uuid");
	} else {
		sqlb_add(q, "team_id IS NULL");
	}
	sqlb_add(q, " AND seq < ");
	sqlb_i64(q, f->before > 0 ? f->before : INT64_MAX);
	sqlb_add(q, "::int8 AND seq > ");
	sqlb_i64(q, f->after);
	sqlb_add(q, "::int8");
	add_filters(q, f);
	if (f->oldest_first)
		sqlb_add(q, " ORDER BY seq LIMIT ");
	else
		sqlb_add(q, " ORDER BY seq DESC LIMIT ");
	sqlb_i64(q, f->limit);
	sqlb_add(q, "::int4");
	return q;
}

/* The user's id in "user:<id>"; "" when it is none. */
static struct str
user_of(struct str who)
{
	if (who.n != 41 || !str_starts(who, STR("user:")))
		return STR("");
	struct str id = str_slice(who, 5, who.n);
	for (size_t i = 0; i < id.n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		bool digit = (id.p[i] >= '0' && id.p[i] <= '9') || (id.p[i] >= 'a' && id.p[i] <= 'f');
		if (dash ? id.p[i] != '-' : !digit)
			return STR("");
	}
	return id;
}

static struct str
name_of(const struct rows *r, struct str who)
{
	struct str id = user_of(who);
	for (size_t i = 0; id.n > 0 && i < rows_count(r); i++) {
		if (str_eq(row_str(r, i, 0), id))
			return row_str(r, i, 1);
	}
	return STR("");
}

static enum err
fill_names(struct task *t, struct pg *pg, struct str team_id, struct audit_entries *list)
{
	struct bind b = { 0 };
	struct rows *r;
	size_t n = 0;
	struct str *id = tarray(t, 2 * list->n + 1, struct str);
	for (size_t i = 0; i < list->n; i++) {
		struct str who[] = { user_of(list->row[i].actor), user_of(list->row[i].target) };
		for (size_t k = 0; k < NELEM(who); k++)
			if (who[k].n > 0)
				id[n++] = who[k];
	}
	if (n == 0)
		return E_OK;
	bind_str_array(t, &b, id, n);
	enum err e = pg_run(t, pg, team_id.n > 0 ? &names : &names_for_system, &b, &r);
	for (size_t i = 0; e == E_OK && i < list->n; i++) {
		list->row[i].actor_name = name_of(r, list->row[i].actor);
		list->row[i].target_name = name_of(r, list->row[i].target);
	}
	return e;
}

static enum err
load(struct task *t, struct pg *pg, const struct audit_filter *f, struct audit_entries *out)
{
	struct rows *r;
	enum err e = sqlb_run(t, pg, list_query(t, f), &r);
	if (e != E_OK)
		return e;
	out->n = rows_count(r);
	out->row = tarray(t, out->n + 1, struct audit_entry);
	for (size_t i = 0; i < out->n; i++) {
		out->row[i] = (struct audit_entry){
			.id = row_i64(r, i, 0), .seq = row_i64(r, i, 1), .at_us = row_time(r, i, 2),
			.team_id = row_str(r, i, 3), .actor = row_str(r, i, 4),
			.action = row_str(r, i, 5), .target = row_str(r, i, 6),
			.detail = row_str(r, i, 7), .remote_addr = row_str(r, i, 8),
			.request_id = row_str(r, i, 9), .prev_hash = row_str(r, i, 10),
			.hash = row_str(r, i, 11),
		};
	}
	return E_OK;
}

enum err
audit_list(struct task *t, struct pg *pg, const struct audit_filter *f,
           struct audit_entries *out)
{
	enum err e = load(t, pg, f, out);
	return e == E_OK ? fill_names(t, pg, f->team_id, out) : e;
}

enum err
audit_head(struct task *t, struct pg *pg, struct str team_id, struct audit_head *out)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str_or_null(t, &b, team_id);
	enum err e = pg_run(t, pg, &head, &b, &r);
	if (e != E_OK)
		return e;
	*out = (struct audit_head){ 0, AUDIT_ZERO_HASH };
	if (rows_count(r) > 0)
		*out = (struct audit_head){ row_i64(r, 0, 0), row_str(r, 0, 1) };
	return E_OK;
}

/* The chain's walk: what the entry before was, and what is found. */
struct walk {
	struct task *t;
	int64_t seq;
	struct str hash;
	struct audit_verdict *out;
};

static void
broken(struct walk *w, int64_t seq, const char *what)
{
	w->out->broken_seq = seq;
	w->out->what = what;
}

static void
walk_one(struct walk *w, const struct audit_entry *e)
{
	char hex[AUDIT_HASH];
	if (w->out->broken_seq != 0)
		return;
	if (e->seq != w->seq + 1) {
		broken(w, w->seq + 1, "The entry is missing.");
		return;
	}
	audit_hash(w->t, e, hex);
	if (!str_eq(e->prev_hash, w->hash))
		broken(w, e->seq, "The entry does not follow the one before it.");
	else if (!str_is(e->hash, hex))
		broken(w, e->seq, "The entry was changed.");
	w->seq = e->seq;
	w->hash = e->hash;
	w->out->checked += w->out->broken_seq == 0;
}

/* The chain ends where its head says. */
static void
walk_end(struct walk *w, const struct audit_head *end)
{
	if (w->out->broken_seq != 0)
		return;
	if (w->seq < end->seq)
		broken(w, w->seq + 1, "The entry is missing: the chain was cut here.");
	else if (w->seq == end->seq && !str_eq(w->hash, end->hash))
		broken(w, w->seq, "The entry is not the one that the head names.");
	else if (w->seq > end->seq)
		broken(w, end->seq + 1, "The entry is newer than the head.");
}

static void
walk_pinned(struct walk *w, const struct audit_head *pinned, const struct audit_entry *e)
{
	if (pinned != NULL && w->out->broken_seq == 0 && e->seq == pinned->seq &&
	    !str_eq(e->hash, pinned->hash))
		broken(w, e->seq, "The entry is not the one that was written down.");
}

/* Copied: the batch it stands in goes away. */
static void
keep_hash(struct walk *w, char kept[AUDIT_HASH])
{
	memcpy(kept, w->hash.p, AUDIT_HASH - 1);
	kept[AUDIT_HASH - 1] = '\0';
	w->hash = (struct str){ kept, AUDIT_HASH - 1 };
}

/* All of the chain, in batches. */
static enum err
walk_all(struct walk *w, struct pg *pg, struct str team_id, const struct audit_head *pinned)
{
	char kept[AUDIT_HASH];
	struct audit_filter f = { .team_id = team_id, .oldest_first = true,
		.limit = VERIFY_BATCH };
	struct audit_entries list = { .n = VERIFY_BATCH };
	while (list.n == VERIFY_BATCH && w->out->broken_seq == 0) {
		f.after = w->seq;
		enum err e = load(w->t, pg, &f, &list);
		if (e != E_OK)
			return e;
		for (size_t i = 0; i < list.n; i++) {
			walk_one(w, &list.row[i]);
			walk_pinned(w, pinned, &list.row[i]);
		}
		keep_hash(w, kept);
		task_reset(w->t);
	}
	w->hash = arena_str(w->t->arena, w->hash);
	return E_OK;
}

/* Entries and head of one moment, also while others write. */
static enum err
verify(struct task *t, struct pg *pg, struct walk *w, struct str team_id,
       const struct audit_head *pinned)
{
	struct audit_head end;
	struct task batch;
	task_init(&batch, arena_new(0));
	w->t = &batch;
	enum err e = audit_head(t, pg, team_id, &end);
	if (e == E_OK && (e = walk_all(w, pg, team_id, pinned)) != E_OK)
		(void)task_fail(t, e, "%s", batch.detail);
	if (e == E_OK)
		walk_end(w, &end);
	if (e == E_OK && pinned != NULL && w->out->broken_seq == 0 && end.seq < pinned->seq)
		broken(w, end.seq + 1, "The entry is missing: more were written down.");
	w->t = NULL;
	arena_free(batch.arena);
	return e;
}

enum err
audit_verify(struct task *t, struct pg *pg, struct str team_id,
             const struct audit_head *pinned, struct audit_verdict *out)
{
	struct walk w = { .hash = AUDIT_ZERO_HASH, .out = out };
	*out = (struct audit_verdict){ 0 };
	enum err e = pg_connect(t, pg);
	if (e == E_OK)
		e = pg_script(t, pg, "SET default_transaction_isolation = 'repeatable read'");
	if (e == E_OK)
		e = pg_begin(t, pg, NULL);
	if (e == E_OK)
		e = verify(t, pg, &w, team_id, pinned);
	e = pg_end(t, pg, e);
	enum err reset = pg_script(t, pg, "RESET default_transaction_isolation");
	return e != E_OK ? e : reset;
}

void
audit_verify_list(struct task *t, const struct audit_entries *list, struct audit_verdict *out)
{
	*out = (struct audit_verdict){ 0 };
	for (size_t i = 0; i < list->n && out->broken_seq == 0; i++) {
		const struct audit_entry *e = &list->row[i];
		const struct audit_entry *next = i > 0 ? e - 1 : NULL; /* newer */
		char hex[AUDIT_HASH];
		audit_hash(t, e, hex);
		if (!str_is(e->hash, hex)) {
			out->broken_seq = e->seq;
			out->what = "The entry was changed.";
		} else if (next != NULL && next->seq == e->seq + 1 &&
		           !str_eq(next->prev_hash, e->hash)) {
			out->broken_seq = next->seq;
			out->what = "The entry does not follow the one before it.";
		} else {
			out->checked++;
		}
	}
}
