/* audit.c - tidemarkctl audit …: read, export and verify the chains. */
#include "model/team/audit.h"

#include "base/jw.h"
#include "base/num.h"
#include "base/str.h"
#include "model/team/team.h"
#include "programs/ctl/ctl.h"

#define EXPORT_BATCH 1000

static const char *const columns[] = { "seq", "at", "actor", "action", "target", "detail",
	"remote_addr", "request_id", NULL };
static const char *const export_columns[] = { "chain", "id", "seq", "at_us", "actor", "action",
	"target", "detail", "remote_addr", "request_id", "prev_hash", "hash", NULL };
static const char *const head_columns[] = { "chain", "seq", "hash", NULL };
static const char *const verify_columns[] = { "chain", "entries", "state", "seq", "reason", NULL };

static const struct stmt chains = { "ctl_audit_chains",
	"SELECT h.chain::text, coalesce(t.slug, h.chain::text) FROM audit_heads h"
	" LEFT JOIN teams t ON t.id = h.chain ORDER BY 2" };
static const struct stmt *const all[] = { &chains };
const struct stmt_list ctl_audit_statements = STMT_LIST("ctl_audit", all);

/* A chain by --team; without it the system's. */
static enum err
given_chain(struct ctl *c, struct pg *pg, struct str *id, struct str *name)
{
	struct team team;
	*id = STR("");
	*name = STR("system");
	if (!ctl_given(c, "team"))
		return E_OK;
	enum err e = team_get(c->t, pg, ctl_value(c, "team"), &team);
	if (e == E_OK) {
		*id = team.id;
		*name = team.slug;
	}
	return e;
}

static enum err
list(struct ctl *c)
{
	struct pg *pg;
	struct str name;
	int64_t limit;
	struct audit_entries found = { 0 };
	struct audit_filter f = { .actor = ctl_value(c, "actor"),
		.action = ctl_value(c, "action"), .target = ctl_value(c, "target"),
		.text = ctl_value(c, "text") };
	enum err e = ctl_number(c, "limit", 50, 1, 1000, &limit);
	if (e == E_OK)
		e = ctl_number(c, "before", 0, 1, INT64_MAX, &f.before);
	if (e == E_OK)
		e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = given_chain(c, pg, &f.team_id, &name);
	f.limit = (int)limit;
	if (e == E_OK)
		e = audit_list(c->t, pg, &f, &found);
	if (e != E_OK)
		return e;
	out_list(c, columns);
	for (size_t i = 0; i < found.n; i++) {
		const struct audit_entry *a = &found.row[i];
		out_i64(c, a->seq);
		out_time(c, a->at_us);
		out_str(c, a->actor);
		out_str(c, a->action);
		out_str(c, a->target);
		out_str(c, a->detail);
		out_str(c, a->remote_addr);
		out_str(c, a->request_id);
	}
	return E_OK;
}

static void
export_rows(struct ctl *c, const struct audit_entries *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct audit_entry *a = &list->row[i];
		const struct str texts[] = { a->actor, a->action, a->target, a->detail,
			a->remote_addr, a->request_id, a->prev_hash, a->hash };
		out_str(c, a->team_id.n > 0 ? a->team_id : STR("system"));
		out_i64(c, a->id);
		out_i64(c, a->seq);
		out_i64(c, a->at_us);
		for (size_t k = 0; k < NELEM(texts); k++)
			out_str(c, texts[k]);
	}
}

/* The whole chain, oldest first; told in the chain itself afterwards. */
static enum err
export(struct ctl *c)
{
	struct pg *pg;
	struct str name;
	struct audit_filter f = { .oldest_first = true, .limit = EXPORT_BATCH };
	struct audit_entries found = { .n = EXPORT_BATCH };
	enum err e = ctl_number(c, "after", 0, 0, INT64_MAX, &f.after);
	if (e == E_OK)
		e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = given_chain(c, pg, &f.team_id, &name);
	out_list(c, export_columns);
	while (e == E_OK && found.n == EXPORT_BATCH) {
		e = audit_list(c->t, pg, &f, &found);
		if (e != E_OK || found.n == 0)
			break;
		export_rows(c, &found);
		f.after = found.row[found.n - 1].seq;
	}
	if (e == E_OK)
		e = ctl_audit(c, f.team_id, "audit.export", STR(""));
	return e == E_OK ? pg_commit(c->t, pg) : e;
}

static enum err
show_head(struct ctl *c)
{
	struct pg *pg;
	struct str id, name;
	struct audit_head h;
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = given_chain(c, pg, &id, &name);
	if (e == E_OK)
		e = audit_head(c->t, pg, id, &h);
	if (e != E_OK)
		return e;
	out_object(c, head_columns);
	out_str(c, name);
	out_i64(c, h.seq);
	out_str(c, h.hash);
	return E_OK;
}

/* "1204:9f86…" as `audit head` printed it. */
static enum err
given_pin(struct ctl *c, struct audit_head *pin, const struct audit_head **out)
{
	struct str hash = ctl_value(c, "pin");
	*out = NULL;
	if (!ctl_given(c, "pin"))
		return E_OK;
	struct str seq = str_cut(&hash, ':');
	if (!num_range(seq, 1, INT64_MAX, &pin->seq) || hash.n != 64)
		return ctl_usage(c, "--pin is SEQ:HASH as \"audit head\" prints them");
	pin->hash = hash;
	*out = pin;
	return E_OK;
}

/* *broken: the first chain that is. */
static enum err
verify_one(struct ctl *c, struct pg *pg, struct str id, struct str name,
           const struct audit_head *pin)
{
	struct audit_verdict v;
	enum err e = audit_verify(c->t, pg, id, pin, &v);
	if (e != E_OK)
		return e;
	out_str(c, name);
	out_i64(c, v.checked);
	out_str(c, v.broken_seq == 0 ? STR("unbroken") : STR("broken"));
	if (v.broken_seq == 0) {
		out_null(c);
		out_null(c);
		return E_OK;
	}
	out_i64(c, v.broken_seq);
	out_str(c, str_of(v.what));
	if (c->t->err != E_OK)
		return E_OK; /* the first one is the reason */
	(void)task_fail(c->t, E_DATA, "The chain of %.*s is broken at entry %lld. %s", STRF(name),
	    (long long)v.broken_seq, v.what);
	return E_OK;
}

static enum err
verify_all(struct ctl *c, struct pg *pg)
{
	struct rows *r;
	enum err e = pg_run(c->t, pg, &chains, NULL, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		struct str id = row_str(r, i, 0), name = row_str(r, i, 1);
		bool system = str_is(id, "00000000-0000-0000-0000-000000000000");
		e = verify_one(c, pg, system ? STR("") : id, system ? STR("system") : name, NULL);
	}
	return e;
}

static enum err
verify(struct ctl *c)
{
	struct pg *pg;
	struct str id, name;
	struct audit_head given;
	const struct audit_head *pin;
	if (ctl_given(c, "all") && (ctl_given(c, "team") || ctl_given(c, "pin")))
		return ctl_usage(c, "--all stands alone");
	enum err e = given_pin(c, &given, &pin);
	if (e == E_OK)
		e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = given_chain(c, pg, &id, &name);
	if (e != E_OK)
		return e;
	out_list(c, verify_columns);
	c->show_anyway = true;
	e = ctl_given(c, "all") ? verify_all(c, pg) : verify_one(c, pg, id, name, pin);
	return e != E_OK ? e : c->t->err;
}

static const struct ctl_flag list_flags[] = {
	{ "team", "SLUG", false, "of this team; else of the system" },
	{ "actor", "WHO", false, "such as user:ID or ctl:LOGIN" },
	{ "action", "PREFIX", false, "such as key. or key.revoke" },
	{ "target", "WHAT", false, "such as key:ID" },
	{ "text", "PART", false, "found anywhere in the entry" },
	{ "before", "SEQ", false, "older than this entry" },
	{ "limit", "N", false, "at most; 50, when not given" },
	{ 0 }
};
static const struct ctl_flag export_flags[] = {
	{ "team", "SLUG", false, "of this team; else of the system" },
	{ "after", "SEQ", false, "newer than this entry" },
	{ 0 }
};
static const struct ctl_flag head_flags[] = {
	{ "team", "SLUG", false, "of this team; else of the system" },
	{ 0 }
};
static const struct ctl_flag verify_flags[] = {
	{ "team", "SLUG", false, "of this team; else of the system" },
	{ "all", NULL, false, "every chain there is" },
	{ "pin", "SEQ:HASH", false, "a head that was written down: it must still be there" },
	{ 0 }
};

static const struct ctl_command commands[] = {
	{ "audit", "list", list_flags, NULL, 0, 0, "List audit entries, newest first.", list },
	{ "audit", "export", export_flags, NULL, 0, 0,
	  "Print a whole chain with its hashes, oldest first.", export },
	{ "audit", "head", head_flags, NULL, 0, 0,
	  "Print a chain's newest number and hash, to be kept elsewhere.", show_head },
	{ "audit", "verify", verify_flags, NULL, 0, 0,
	  "Recompute a chain; exit 65 names the first entry that is broken.", verify },
};
const struct ctl_module ctl_audit_module = { commands, NELEM(commands) };
