/* key.c - tidemarkctl key …: keys of environments. */
#include "base/str.h"
#include "model/project/key.h"
#include "programs/ctl/ctl.h"

static const char *const created_columns[] = { "id", "token", NULL };
static const char *const rotated_columns[] = { "id", "token", "old_id", "old_valid_until", NULL };
static const char *const revoked_columns[] = { "id", "state", NULL };
static const char *const columns[] = { "id", "environment", "type", "hint", "rate_limit", "state",
	"created_at", "expires_at", "revoked_at", "last_seen_at", NULL };

/* Whose key is it? For the audit. */
static enum err
audit_key(struct ctl *c, struct pg *pg, const struct key *k, const char *action)
{
	struct environment env;
	enum err e = environment_get(c->t, pg, k->environment_id, &env);
	if (e != E_OK)
		return e;
	return ctl_audit(c, env.team_id, action,
	                 arena_printf(c->t->arena, "key:%.*s", STRF(k->id)));
}

static enum err
create(struct ctl *c)
{
	struct pg *pg;
	struct redis *redis;
	struct environment env;
	struct key_new in = { 0 };
	struct key key;
	struct str token;
	int64_t limit, lifetime;
	if (!key_type_find(ctl_value(c, "type"), &in.type))
		return ctl_usage(c, "--type is write or read, not \"%.*s\"",
		                 STRF(ctl_value(c, "type")));
	enum err e = ctl_number(c, "rate-limit", conf_int(c->conf, CONF_RATE_LIMIT), 1, 100000000,
	                        &limit);
	if (e == E_OK)
		e = ctl_duration(c, "expires", 0, &lifetime);
	if (e == E_OK)
		e = ctl_crypt(c, &in.crypt);
	if (e == E_OK)
		e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = ctl_redis(c, &redis);
	if (e == E_OK)
		e = ctl_environment(c, pg, &env);
	if (e != E_OK)
		return e;
	in.environment_id = env.id;
	in.rate_limit = (int32_t)limit;
	in.expires_us = lifetime != 0 ? c->t->now_us + lifetime : 0;
	e = key_create(c->t, pg, redis, &in, &key, &token);
	if (e == E_OK)
		e = audit_key(c, pg, &key, "key.create");
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	out_object(c, created_columns);
	out_str(c, key.id);
	out_str(c, token);
	return E_OK;
}

static const char *
state_of(const struct ctl *c, const struct key *k)
{
	if (k->revoked_us != 0)
		return "revoked";
	return k->expires_us != 0 && k->expires_us <= c->t->now_us ? "expired" : "live";
}

static enum err
list(struct ctl *c)
{
	struct pg *pg;
	struct environment env = { 0 };
	struct key *k;
	size_t n;
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = ctl_environment_opt(c, pg, &env);
	if (e == E_OK)
		e = key_list(c->t, pg, env.id, &k, &n);
	if (e != E_OK)
		return e;
	out_list(c, columns);
	for (size_t i = 0; i < n; i++) {
		out_str(c, k[i].id);
		out_str(c, arena_printf(c->t->arena, "%d", k[i].environment_id));
		out_str(c, str_of(key_type_name(k[i].type)));
		out_str(c, k[i].hint);
		out_i64(c, k[i].rate_limit);
		out_str(c, str_of(state_of(c, &k[i])));
		out_time(c, k[i].created_us);
		out_time(c, k[i].expires_us);
		out_time(c, k[i].revoked_us);
		out_time(c, k[i].last_seen_us);
	}
	return E_OK;
}

static enum err
rotate(struct ctl *c)
{
	struct pg *pg;
	struct redis *redis;
	struct key key, old;
	struct str token;
	struct key_rotate in = { .id = c->arg[0] };
	enum err e = ctl_duration(c, "overlap", KEY_OVERLAP_US, &in.overlap_us);
	if (e == E_OK)
		e = ctl_crypt(c, &in.crypt);
	if (e == E_OK)
		e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = ctl_redis(c, &redis);
	if (e == E_OK)
		e = key_rotate(c->t, pg, redis, &in, &key, &token);
	if (e == E_OK)
		e = key_get(c->t, pg, in.id, &old);
	if (e == E_OK)
		e = audit_key(c, pg, &old, "key.rotate");
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	out_object(c, rotated_columns);
	out_str(c, key.id);
	out_str(c, token);
	out_str(c, old.id);
	out_time(c, old.expires_us);
	return E_OK;
}

static enum err
revoke(struct ctl *c)
{
	struct pg *pg;
	struct redis *redis;
	struct key key;
	enum err e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = ctl_redis(c, &redis);
	if (e == E_OK)
		e = key_get(c->t, pg, c->arg[0], &key);
	if (e == E_OK && !c->dry_run)
		e = key_revoke(c->t, pg, redis, key.id);
	if (e == E_OK && !c->dry_run)
		e = audit_key(c, pg, &key, "key.revoke");
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	out_object(c, revoked_columns);
	out_str(c, key.id);
	out_str(c, c->dry_run ? STR("would be revoked") : STR("revoked"));
	return E_OK;
}

static const struct ctl_flag create_flags[] = {
	{ "project", "ID", false, "project the environment belongs to" },
	{ "env", "E", true, "name (with --project) or id" },
	{ "type", "T", true, "write or read" },
	{ "rate-limit", "N", false, "requests a minute; the item budget is 1000 times that" },
	{ "expires", "DURATION", false, "such as 90d; never, when not given" },
	{ 0 }
};
static const struct ctl_flag list_flags[] = {
	{ "project", "ID", false, "project the environment belongs to" },
	{ "env", "E", false, "name (with --project) or id; all, when not given" },
	{ 0 }
};
static const struct ctl_flag rotate_flags[] = {
	{ "overlap", "DURATION", false, "how long the old key stays valid; 24h" },
	{ 0 }
};
static const struct ctl_flag revoke_flags[] = {
	{ "dry-run", NULL, false, "only say what would happen" },
	{ 0 }
};

static const struct ctl_command commands[] = {
	{ "key", "create", create_flags, NULL, 0, 0, "Create a key and print its token.", create },
	{ "key", "list", list_flags, NULL, 0, 0, "List keys.", list },
	{ "key", "rotate", rotate_flags, "ID", 1, 1,
	  "Create a key of the same kind; the old one ends after an overlap.", rotate },
	{ "key", "revoke", revoke_flags, "ID", 1, 1,
	  "End a key at once; success means that ingest refuses it.", revoke },
};
const struct ctl_module ctl_key = { commands, NELEM(commands) };
