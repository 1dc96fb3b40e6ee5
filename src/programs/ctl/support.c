/* support.c - tidemarkctl support bundle: the redacted diagnostics of the
 * server, and of an environment when one is named. */
#include "base/str.h"
#include "programs/ctl/ctl.h"
#include "query/support.h"

static enum err
bundle(struct ctl *c)
{
	struct environment env = { 0 };
	struct support s = { .conf = c->conf, .server = true };
	struct buf b = BUF_INIT;
	struct pg *pg;
	enum err e = ctl_redis(c, &s.redis);
	if (e == E_OK)
		e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = ctl_environment_opt(c, pg, &env);
	s.environment_id = env.id;
	if (e == E_OK)
		e = support_bundle(c->t, pg, &s, &b);
	if (e == E_OK && env.id > 0)
		e = ctl_audit(c, env.team_id, "support.export",
		    arena_printf(c->t->arena, "environment:%d", (int)env.id));
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	buf_putc(&b, '\n');
	if (e == E_OK)
		out_text(c, arena_str(c->t->arena, buf_str(&b)));
	buf_release(&b);
	return e;
}

static const struct ctl_flag flags[] = {
	{ "project", "ID", false, "project the environment belongs to" },
	{ "env", "E", false, "an environment as well: name (with --project) or id" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "support", "bundle", flags, NULL, 0, 0,
	  "Print diagnostics as JSON: no payloads, keys, addresses or persons.", bundle },
};
const struct ctl_module ctl_support = { commands, NELEM(commands) };
