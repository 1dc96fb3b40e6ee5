/* migrate.c - tidemarkctl migrate …: the schema. */
#include "base/str.h"
#include "programs/ctl/ctl.h"
#include "store/migrate.h"

static const char *const status_columns[] = { "number", "name", "state", "applied_at",
	"duration_ms", NULL };
static const char *const up_columns[] = { "applied", "pending", NULL };
static const char *const verify_columns[] = { "verified", "pending", NULL };

static enum err
load(struct ctl *c, struct pg **pg, struct migrations *m)
{
	enum err e = ctl_pg(c, pg);
	return e == E_OK ? migrate_status(c->t, *pg, conf_text(c->conf, CONF_SQL_DIR), m) : e;
}

static enum err
status(struct ctl *c)
{
	struct pg *pg;
	struct migrations m;
	enum err e = load(c, &pg, &m);
	if (e != E_OK)
		return e;
	out_list(c, status_columns);
	for (size_t i = 0; i < m.n; i++) {
		out_i64(c, m.row[i].number);
		out_str(c, m.row[i].name);
		out_str(c, str_of(migration_state_name(m.row[i].state)));
		out_time(c, m.row[i].applied_us);
		if (m.row[i].applied_us != 0)
			out_i64(c, m.row[i].duration_ms);
		else
			out_null(c);
	}
	return E_OK;
}

static void
tell(void *arg, const struct migration *m, bool done)
{
	const struct ctl *c = arg;
	if (!done)
		ctl_note(c, "%s %.*s", c->dry_run ? "would apply" : "applying", STRF(m->name));
}

static enum err
up(struct ctl *c)
{
	struct pg *pg;
	size_t n = 0;
	bool wanted = !ctl_given(c, "auto") || conf_bool(c->conf, CONF_AUTO_MIGRATE);
	c->dry_run = c->dry_run || !wanted; /* what is pending is told, and left */
	struct migrate_options o = { .dry_run = c->dry_run, .progress = tell, .arg = c };
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = migrate_up(c->t, pg, conf_text(c->conf, CONF_SQL_DIR), &o, &n);
	if (e != E_OK)
		return e;
	out_object(c, up_columns);
	out_i64(c, c->dry_run ? 0 : (int64_t)n);
	out_i64(c, c->dry_run ? (int64_t)n : 0);
	if (!wanted && n > 0)
		ctl_note(c, "Left alone: TIDEMARK_AUTO_MIGRATE is off. Run: tidemarkctl migrate up");
	return E_OK;
}

static enum err
verify(struct ctl *c)
{
	struct pg *pg;
	struct migrations m;
	enum err e = load(c, &pg, &m);
	if (e == E_OK)
		e = migrate_check(c->t, &m);
	if (e != E_OK)
		return e;
	out_object(c, verify_columns);
	out_i64(c, (int64_t)(m.n - m.pending));
	out_i64(c, (int64_t)m.pending);
	return E_OK;
}

static const struct ctl_flag up_flags[] = {
	{ "dry-run", NULL, false, "only list what would be applied" },
	{ "auto", NULL, false, "only if TIDEMARK_AUTO_MIGRATE is on; for package scripts" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "migrate", "status", NULL, NULL, 0, 0, "List the migrations and their state.", status },
	{ "migrate", "up", up_flags, NULL, 0, 0, "Apply what is pending.", up },
	{ "migrate", "verify", NULL, NULL, 0, 0,
	  "Check that every applied file is unchanged and in order.", verify },
};
const struct ctl_module ctl_migrate = { commands, NELEM(commands) };
