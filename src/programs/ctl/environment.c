/* environment.c - tidemarkctl environment …. */
#include "base/str.h"
#include "jobs/rebuild.h"
#include "model/project/key.h"
#include "model/project/project.h"
#include "model/project/sdk.h"
#include "programs/ctl/ctl.h"

static const char *const columns[] = { "id", "name", "project", "timezone", "retention_raw_days",
	"retention_crash_days", "retention_trace_days", "retention_aggregate_days",
	"crash_redact_days", "pii_mode", "pii_keys", "ip_mode",
	"user_id_mode", "allowed_origins", "allowed_bundles", "created_at", "first_event_at", NULL };
static const char *const list_columns[] = { "id", "name", "project", "timezone",
	"retention_raw_days", "pii_mode", "first_event_at", NULL };

static struct str
joined(struct ctl *c, const struct str_list *l)
{
	struct str out = STR("");
	for (size_t i = 0; i < l->n; i++)
		out = arena_printf(c->t->arena, "%.*s%s%.*s", STRF(out), i > 0 ? "," : "",
		                   STRF(l->item[i]));
	return out;
}

static void
out_environment(struct ctl *c, const struct environment *e)
{
	out_object(c, columns);
	out_str(c, arena_printf(c->t->arena, "%d", e->id));
	out_str(c, e->name);
	out_str(c, e->project_id);
	out_str(c, e->timezone);
	out_i64(c, e->retention_raw_days);
	out_i64(c, e->retention_crash_days);
	out_i64(c, e->retention_trace_days);
	out_i64(c, e->retention_agg_days);
	out_i64(c, e->crash_redact_days);
	out_str(c, e->pii_mode);
	out_str(c, joined(c, &e->pii_keys));
	out_str(c, e->ip_mode);
	out_str(c, e->user_id_mode);
	out_str(c, joined(c, &e->allowed_origins));
	out_str(c, joined(c, &e->allowed_bundles));
	out_time(c, e->created_us);
	out_time(c, e->first_event_us);
}

static enum err
days(struct ctl *c, const char *flag, int32_t *out)
{
	int64_t v;
	enum err e = ctl_number(c, flag, -1, 0, 36500, &v);
	if (e == E_OK)
		*out = (int32_t)v;
	return e;
}

static enum err
read_change(struct ctl *c, struct environment_change *ch)
{
	static const char *const lists[] = { "pii-keys", "allowed-origins", "allowed-bundles" };
	const struct str_list **list[] = { &ch->pii_keys, &ch->allowed_origins,
	                                   &ch->allowed_bundles };
	int64_t months = -1;
	enum err e = days(c, "retention-raw-days", &ch->retention_raw_days);
	if (e == E_OK)
		e = days(c, "retention-crash-days", &ch->retention_crash_days);
	if (e == E_OK)
		e = days(c, "retention-trace-days", &ch->retention_trace_days);
	if (e == E_OK)
		e = days(c, "crash-redact-days", &ch->crash_redact_days);
	if (e == E_OK)
		e = ctl_number(c, "retention-aggregate-months", -1, 0, 1200, &months);
	if (e == E_OK && months >= 0)
		ch->retention_agg_days = environment_month_days((int32_t)months);
	ch->timezone = ctl_value(c, "timezone");
	ch->pii_mode = ctl_value(c, "pii-mode");
	ch->ip_mode = ctl_value(c, "ip-mode");
	ch->user_id_mode = ctl_value(c, "user-id-mode");
	for (size_t i = 0; i < NELEM(lists); i++) {
		if (!ctl_given(c, lists[i]))
			continue;
		struct str_list *l = talloc(c->t, struct str_list);
		*l = ctl_list(c, lists[i]);
		*list[i] = l;
	}
	return e;
}

static enum err
share(struct ctl *c, const char *flag, double *out)
{
	if (ctl_given(c, flag) && !sdk_percent(ctl_value(c, flag), out))
		return ctl_usage(c, "--%s is a percentage from 0 to 100, not \"%.*s\"", flag,
		                 STRF(ctl_value(c, flag)));
	return E_OK;
}

/* What SDKs are told, as far as the line says. */
static enum err
set_sdk(struct ctl *c, struct pg *pg, int32_t id)
{
	struct str_list names = ctl_list(c, "kill-sdks");
	struct sdk_settings s;
	if (!ctl_given(c, "sample-events") && !ctl_given(c, "sample-traces") &&
	    !ctl_given(c, "kill-sdks"))
		return E_OK;
	enum err e = sdk_get(c->t, pg, id, &s);
	if (e == E_OK)
		e = share(c, "sample-events", &s.sample_events);
	if (e == E_OK)
		e = share(c, "sample-traces", &s.sample_traces);
	if (ctl_given(c, "kill-sdks"))
		s.killed = STR("");
	for (size_t i = 0; i < names.n; i++)
		s.killed = arena_printf(c->t->arena, "%.*s%.*s\n", STRF(s.killed),
		                        STRF(names.item[i]));
	return e == E_OK ? sdk_set(c->t, pg, id, &s) : e;
}

/* All days of an environment whose days begin at another moment now. */
static enum err
rebuild_all(struct ctl *c, struct pg *pg, const struct environment *env)
{
	struct rebuild r = { .environment_id = env->id };
	int32_t *day;
	size_t n;
	enum err e;

	pg_timeout(pg, 0);
	e = rebuild_list(c->t, pg, env->id, &day, &n);
	if (e == E_OK && n > 0) {
		ctl_note(c, "The days of the new time zone are computed again.");
		e = ctl_rebuild(c, pg, &r, day, n);
		if (e != E_OK)
			ctl_note(c, "Not all days are done: a consumer will do the rest.");
	}
	return e == E_OK ? environment_rebuilt(c->t, pg, env->id, env->rebuild_asked_us) : e;
}

static enum err
set(struct ctl *c)
{
	struct pg *pg;
	struct redis *redis;
	struct environment env, changed;
	struct environment_change change = ENVIRONMENT_CHANGE_NONE;
	enum err e = read_change(c, &change);
	if (e == E_OK)
		e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = ctl_redis(c, &redis);
	if (e == E_OK)
		e = ctl_environment(c, pg, &env);
	/* no consumer is at work with the old zone from here to the COMMIT */
	if (e == E_OK && change.timezone.p != NULL)
		e = rebuild_lock(c->t, pg, env.id);
	if (e == E_OK)
		e = environment_update(c->t, pg, env.id, &change, &changed);
	if (e == E_OK && ctl_given(c, "pii-rules"))
		e = ctl_rules_set(c, pg, redis, env.id, ctl_value(c, "pii-rules"));
	if (e == E_OK)
		e = set_sdk(c, pg, env.id);
	if (e == E_OK)
		e = key_mirror_environment(c->t, pg, redis, env.id);
	if (e == E_OK)
		e = ctl_audit(c, env.team_id, "environment.set",
		              arena_printf(c->t->arena, "environment:%d", env.id));
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e == E_OK && change.timezone.p != NULL)
		e = rebuild_all(c, pg, &changed);
	if (e == E_OK)
		out_environment(c, &changed);
	return e;
}

static enum err
show(struct ctl *c)
{
	struct pg *pg;
	struct environment env;
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = ctl_environment(c, pg, &env);
	if (e == E_OK)
		out_environment(c, &env);
	return e;
}

static enum err
list(struct ctl *c)
{
	struct pg *pg;
	struct project project = { 0 };
	struct environment *env;
	size_t n;
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK && ctl_given(c, "project"))
		e = project_get(c->t, pg, ctl_value(c, "project"), &project);
	if (e == E_OK)
		e = environment_list(c->t, pg, project.id, &env, &n);
	if (e != E_OK)
		return e;
	out_list(c, list_columns);
	for (size_t i = 0; i < n; i++) {
		out_str(c, arena_printf(c->t->arena, "%d", env[i].id));
		out_str(c, env[i].name);
		out_str(c, env[i].project_id);
		out_str(c, env[i].timezone);
		out_i64(c, env[i].retention_raw_days);
		out_str(c, env[i].pii_mode);
		out_time(c, env[i].first_event_us);
	}
	return E_OK;
}

#define WHICH { "project", "ID", false, "project the environment belongs to" }, \
	{ "env", "E", true, "name (with --project) or id" }

static const struct ctl_flag set_flags[] = {
	WHICH,
	{ "retention-raw-days", "N", false, "keep events so many days; 0 = for ever" },
	{ "retention-crash-days", "N", false, "the same for crashes" },
	{ "retention-trace-days", "N", false, "the same for traces" },
	{ "retention-aggregate-months", "N", false, "keep sums so many months, and at least as long as rows" },
	{ "crash-redact-days", "N", false, "take messages, breadcrumbs and properties out of crashes after; 0 = never" },
	{ "timezone", "Z", false, "IANA zone that days are counted in" },
	{ "pii-mode", "M", false, "off, deny (drop the listed keys) or allow (keep only those)" },
	{ "pii-keys", "K,K", false, "property keys the mode works on" },
	{ "pii-rules", "FILE", false, "rules for personal data, one a line; - = stdin" },
	{ "ip-mode", "M", false, "truncate, drop or keep" },
	{ "user-id-mode", "M", false, "plain or hash" },
	{ "allowed-origins", "O,O", false, "web origins that may send; empty = any" },
	{ "allowed-bundles", "B,B", false, "bundle ids that may send; empty = any" },
	{ "sample-events", "PERCENT", false, "share of devices that SDKs let send events" },
	{ "sample-traces", "PERCENT", false, "the same for traces" },
	{ "kill-sdks", "S,S", false, "SDKs that shall stop; * = every one, empty = none" },
	{ 0 }
};
static const struct ctl_flag show_flags[] = { WHICH, { 0 } };
static const struct ctl_flag list_flags[] = {
	{ "project", "ID", false, "only of this project" },
	{ 0 }
};

static const struct ctl_command commands[] = {
	{ "environment", "set", set_flags, NULL, 0, 0,
	  "Change retention, time zone, scrubbing and who may send.", set },
	{ "environment", "show", show_flags, NULL, 0, 0, "Show one environment.", show },
	{ "environment", "list", list_flags, NULL, 0, 0, "List environments.", list },
};
const struct ctl_module ctl_environment_module = { commands, NELEM(commands) };
