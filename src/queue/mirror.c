/* mirror.c - see mirror.h. */
#include "queue/mirror.h"

#include "base/num.h"
#include "base/str.h"
#include "queue/keys.h"

/* Fields in the order they are asked for; the rest of the file follows it. */
enum field {
	F_ID, F_ENV, F_ENV_NAME, F_PROJECT, F_TEAM, F_TYPE, F_STATE, F_EXPIRES, F_RPM, F_ORIGINS,
	F_BUNDLES, F_PII_MODE, F_PII_KEYS, F_IP_MODE, F_USER_ID_MODE, F_RETENTION, F_TIMEZONE,
	F_RULES,
	F_SAMPLE_EVENTS, F_SAMPLE_TRACES, F_KILLED,
	F_COUNT
};
static const char *const names[F_COUNT] = {
	[F_ID] = "id", [F_ENV] = "env", [F_ENV_NAME] = "env_name", [F_PROJECT] = "project",
	[F_TEAM] = "team", [F_TYPE] = "type", [F_STATE] = "state", [F_EXPIRES] = "expires_us",
	[F_RPM] = "rpm", [F_ORIGINS] = "origins", [F_BUNDLES] = "bundles",
	[F_PII_MODE] = "pii_mode", [F_PII_KEYS] = "pii_keys", [F_IP_MODE] = "ip_mode",
	[F_USER_ID_MODE] = "user_id_mode", [F_RETENTION] = "retention_days",
	[F_TIMEZONE] = "timezone", [F_RULES] = "rules_version",
	[F_SAMPLE_EVENTS] = "sample_events", [F_SAMPLE_TRACES] = "sample_traces",
	[F_KILLED] = "killed_sdks",
};

static struct redis_script revoke_script = { .source =
	"#!lua flags=allow-oom\n"
	"if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end\n"
	"redis.call('HSET', KEYS[1], 'state', 'revoked')\n"
	"return 1\n" };

static struct redis_script put_script = { .source =
	"#!lua\n"
	"redis.call('DEL', KEYS[1])\n"
	"return redis.call('HSET', KEYS[1], unpack(ARGV))\n" };

static struct str
decimal(struct task *t, int64_t v)
{
	return arena_printf(t->arena, "%lld", (long long)v);
}

static int64_t
number(struct str s)
{
	int64_t v;
	return num_i64(s, &v) ? v : 0;
}

static struct str
share_text(struct task *t, double v)
{
	char text[NUM_TEXT];
	size_t n = num_format(v, text);
	return arena_str(t->arena, (struct str){ text, n });
}

/* A row of before this field was there: all of it. */
static double
share(struct str s)
{
	double v;
	return num_f64(s, &v) && v >= 0 && v <= 1 ? v : 1;
}

enum err
mirror_put(struct task *t, struct redis *r, struct str sha256_hex, const struct mirror_key *k)
{
	const struct str value[F_COUNT] = {
		[F_ID] = k->id,
		[F_ENV] = decimal(t, k->environment_id),
		[F_ENV_NAME] = k->env_name,
		[F_PROJECT] = k->project,
		[F_TEAM] = k->team,
		[F_TYPE] = k->write ? STR("write") : STR("read"),
		[F_STATE] = k->live ? STR("live") : STR("revoked"),
		[F_EXPIRES] = decimal(t, k->expires_us),
		[F_RPM] = decimal(t, k->rpm),
		[F_ORIGINS] = k->origins,
		[F_BUNDLES] = k->bundles,
		[F_PII_MODE] = k->pii_mode,
		[F_PII_KEYS] = k->pii_keys,
		[F_IP_MODE] = k->ip_mode,
		[F_USER_ID_MODE] = k->user_id_mode,
		[F_RETENTION] = decimal(t, k->retention_days),
		[F_TIMEZONE] = k->timezone,
		[F_RULES] = decimal(t, k->rules_version),
		[F_SAMPLE_EVENTS] = share_text(t, k->sample_events),
		[F_SAMPLE_TRACES] = share_text(t, k->sample_traces),
		[F_KILLED] = k->killed_sdks,
	};
	struct str argv[1 + 2 * F_COUNT] = { key_of_key(t, sha256_hex) };
	for (size_t i = 0; i < F_COUNT; i++) {
		argv[1 + 2 * i] = str_of(names[i]);
		argv[2 + 2 * i] = value[i];
	}
	return redis_eval(t, r, &put_script, 1, NELEM(argv), argv, NULL);
}

enum err
mirror_revoke(struct task *t, struct redis *r, struct str sha256_hex)
{
	const struct str argv[] = { key_of_key(t, sha256_hex) };
	return redis_eval(t, r, &revoke_script, 1, 1, argv, NULL);
}

enum err
mirror_get(struct task *t, struct redis *r, struct str sha256_hex, struct mirror_key *k,
           bool *found)
{
	struct reply reply;
	struct str argv[2 + F_COUNT] = { STR("HMGET"), key_of_key(t, sha256_hex) };
	for (size_t i = 0; i < F_COUNT; i++)
		argv[2 + i] = str_of(names[i]);
	*found = false;
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	if (e != E_OK)
		return e;
	if (reply.type != REPLY_ARRAY || reply.n != F_COUNT)
		return task_fail(t, E_INTERNAL, "redis: a key row has another shape");
	const struct reply *f = reply.item;
	if (f[F_ID].type != REPLY_STR)
		return E_OK;
	*found = true;
	*k = (struct mirror_key){
		.id = f[F_ID].s,
		.environment_id = (int32_t)number(f[F_ENV].s),
		.env_name = f[F_ENV_NAME].s,
		.project = f[F_PROJECT].s,
		.team = f[F_TEAM].s,
		.write = str_is(f[F_TYPE].s, "write"),
		.live = str_is(f[F_STATE].s, "live"),
		.expires_us = number(f[F_EXPIRES].s),
		.rpm = number(f[F_RPM].s),
		.origins = f[F_ORIGINS].s,
		.bundles = f[F_BUNDLES].s,
		.pii_mode = f[F_PII_MODE].s,
		.pii_keys = f[F_PII_KEYS].s,
		.ip_mode = f[F_IP_MODE].s,
		.user_id_mode = f[F_USER_ID_MODE].s,
		.retention_days = number(f[F_RETENTION].s),
		.timezone = f[F_TIMEZONE].s,
		.rules_version = number(f[F_RULES].s),
		.sample_events = share(f[F_SAMPLE_EVENTS].s),
		.sample_traces = share(f[F_SAMPLE_TRACES].s),
		.killed_sdks = f[F_KILLED].s,
	};
	return E_OK;
}

enum err
mirror_rules_put(struct task *t, struct redis *r, int32_t environment_id,
                 const struct mirror_rules *m)
{
	const struct str argv[] = { key_of_rules(t, environment_id), STR("version"),
		decimal(t, m->version), STR("pii_rules"), m->pii_rules, STR("schemas"), m->schemas };
	return redis_eval(t, r, &put_script, 1, NELEM(argv), argv, NULL);
}

enum err
mirror_rules_get(struct task *t, struct redis *r, int32_t environment_id,
                 struct mirror_rules *m, bool *found)
{
	struct reply reply;
	const struct str argv[] = { STR("HMGET"), key_of_rules(t, environment_id), STR("version"),
		STR("pii_rules"), STR("schemas") };
	*found = false;
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	if (e != E_OK)
		return e;
	if (reply.type != REPLY_ARRAY || reply.n != 3)
		return task_fail(t, E_INTERNAL, "redis: rules have another shape");
	*found = reply.item[0].type == REPLY_STR;
	if (*found)
		*m = (struct mirror_rules){ number(reply.item[0].s), reply.item[1].s,
			reply.item[2].s };
	return E_OK;
}

enum err
mirror_is_complete(struct task *t, struct redis *r, bool *complete)
{
	struct reply reply;
	const struct str argv[] = { STR("EXISTS"), STR(KEY_MIRROR) };
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	*complete = e == E_OK && reply.i != 0;
	return e;
}

enum err
mirror_set_complete(struct task *t, struct redis *r)
{
	const struct str argv[] = { STR("SET"), STR(KEY_MIRROR), STR("1") };
	return redis_run(t, r, NELEM(argv), argv, NULL);
}
