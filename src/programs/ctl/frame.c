/* frame.c - what commands call: flags, drivers, secrets, audit; see ctl.h. */
#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypt.h"
#include "base/num.h"
#include "base/str.h"
#include "model/project/project.h"
#include "model/team/audit.h"
#include "programs/ctl/ctl.h"

#define SECRET_MAX 4096
#define REDIS_MS 5000 /* of a command; the door's answers have a quarter of a second */

/* Index in the command's flag table; asking for another is our bug. */
static size_t
flag_index(const struct ctl *c, const char *flag)
{
	const struct ctl_flag *f = c->command->flags;
	for (size_t i = 0; f != NULL && f[i].name != NULL; i++) {
		if (strcmp(f[i].name, flag) == 0)
			return i;
	}
	assert_failed("a flag that the command's table does not have", __FILE__, __LINE__);
}

struct str
ctl_value(const struct ctl *c, const char *flag)
{
	return c->value[flag_index(c, flag)];
}

bool
ctl_given(const struct ctl *c, const char *flag)
{
	return c->given[flag_index(c, flag)];
}

enum err
ctl_usage(struct ctl *c, const char *fmt, ...)
{
	char text[200];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return task_fail(c->t, E_USAGE, "%s", text);
}

enum err
ctl_number(struct ctl *c, const char *flag, int64_t fallback, int64_t min, int64_t max,
           int64_t *out)
{
	*out = fallback;
	if (!ctl_given(c, flag) || num_range(ctl_value(c, flag), min, max, out))
		return E_OK;
	return ctl_usage(c, "--%s takes a whole number from %lld to %lld, not \"%.*s\"", flag,
	                 (long long)min, (long long)max, STRF(ctl_value(c, flag)));
}

enum err
ctl_duration(struct ctl *c, const char *flag, int64_t fallback, int64_t *us)
{
	static const struct {
		char letter;
		int64_t us;
	} units[] = { { 's', US_PER_S }, { 'm', US_PER_MIN }, { 'h', US_PER_HOUR },
		      { 'd', US_PER_DAY }, { 'w', 7 * US_PER_DAY } };
	struct str v = ctl_value(c, flag);
	int64_t n;
	*us = fallback;
	if (!ctl_given(c, flag))
		return E_OK;
	for (size_t i = 0; v.n > 1 && i < NELEM(units); i++) {
		if (v.p[v.n - 1] != units[i].letter ||
		    !num_range(str_slice(v, 0, v.n - 1), 0, 100000, &n))
			continue;
		*us = n * units[i].us;
		return E_OK;
	}
	return ctl_usage(c, "--%s takes a duration such as 90d, 12h or 30m, not \"%.*s\"", flag,
	                 STRF(v));
}

struct str_list
ctl_list(const struct ctl *c, const char *flag)
{
	struct str rest = ctl_value(c, flag);
	struct str_list out = { 0 };
	size_t cap = 1;
	for (size_t i = 0; i < rest.n; i++)
		cap += rest.p[i] == ',';
	out.item = tarray(c->t, cap, struct str);
	while (rest.p != NULL) {
		struct str part = str_trim(str_cut(&rest, ','));
		if (part.n > 0)
			out.item[out.n++] = part;
	}
	return out;
}

enum err
ctl_pg(struct ctl *c, struct pg **out)
{
	if (c->pg == NULL) {
		enum err e = conf_need(c->t, c->conf, CONF_DB_OWNER);
		if (e != E_OK)
			return e;
		c->pg = pg_open(conf_text(c->conf, CONF_DB_OWNER), "tidemarkctl");
	}
	*out = c->pg;
	return pg_connect(c->t, c->pg);
}

enum err
ctl_redis(struct ctl *c, struct redis **out)
{
	if (c->redis == NULL) {
		c->redis = redis_open(conf_text(c->conf, CONF_REDIS_SOCKET),
		                      conf_text(c->conf, CONF_REDIS_USER),
		                      conf_text(c->conf, CONF_REDIS_PASSWORD));
		redis_patient(c->redis, REDIS_MS);
	}
	*out = c->redis;
	return E_OK;
}

enum err
ctl_begin(struct ctl *c, struct pg **out)
{
	enum err e = ctl_pg(c, out);
	return e == E_OK ? pg_begin(c->t, *out, NULL) : e;
}

enum err
ctl_crypt(struct ctl *c, const struct crypt **out)
{
	enum err e = E_OK;
	if (c->crypt == NULL) {
		e = conf_need(c->t, c->conf, CONF_MASTER_KEY);
		if (e == E_OK)
			e = crypt_open(c->t, conf_str(c->conf, CONF_MASTER_KEY), &c->crypt);
	}
	*out = c->crypt;
	return e;
}

enum err
ctl_secret(struct ctl *c, const char *what, struct str *out)
{
	char line[SECRET_MAX];
	if (isatty(STDIN_FILENO) == 1)
		ctl_note(c, "%s, then Enter (it will be visible):", what);
	if (fgets(line, sizeof(line), stdin) == NULL)
		line[0] = '\0';
	size_t n = strcspn(line, "\r\n");
	if (n == 0)
		return ctl_usage(c, "%s is read from stdin, which was empty", what);
	*out = arena_str(c->t->arena, (struct str){ line, n });
	crypt_wipe(line, sizeof(line));
	return E_OK;
}

enum err
ctl_read(struct ctl *c, struct str path, size_t max, struct str *out)
{
	bool standard = str_is(path, "-");
	FILE *f = standard ? stdin : fopen(arena_cstr(c->t->arena, path), "re");
	if (f == NULL)
		return task_fail(c->t, errno == ENOENT ? E_NOT_FOUND : E_IO, "%.*s: %s", STRF(path),
		                 strerror(errno));
	char *p = arena_raw(c->t->arena, max + 2);
	size_t n = fread(p, 1, max + 1, f);
	bool bad = ferror(f) != 0;
	if (!standard)
		fclose(f);
	if (bad)
		return task_fail(c->t, E_IO, "%.*s: cannot be read", STRF(path));
	if (n > max)
		return task_fail(c->t, E_INVALID, "%.*s: larger than %zu bytes", STRF(path), max);
	*out = (struct str){ p, n };
	return E_OK;
}

struct str
ctl_actor(struct ctl *c)
{
	const struct passwd *pw = getpwuid(getuid());
	if (pw != NULL)
		return arena_printf(c->t->arena, "ctl:%s", pw->pw_name);
	return arena_printf(c->t->arena, "ctl:%u", (unsigned)getuid());
}

enum err
ctl_audit_detail(struct ctl *c, struct str team_id, const char *action, struct str target,
                 struct str detail)
{
	struct audit_entry entry = {
		.team_id = team_id,
		.actor = ctl_actor(c),
		.action = str_of(action),
		.target = target,
		.detail = detail,
	};
	return audit_add(c->t, c->pg, &entry);
}

enum err
ctl_audit(struct ctl *c, struct str team_id, const char *action, struct str target)
{
	return ctl_audit_detail(c, team_id, action, target, STR_NULL);
}

void
ctl_note(const struct ctl *c UNUSED, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

enum err
ctl_environment(struct ctl *c, struct pg *pg, struct environment *out)
{
	struct str env = ctl_value(c, "env");
	struct project project;
	int64_t id;
	bool found;
	if (!ctl_given(c, "project")) {
		if (!num_range(env, 1, INT32_MAX, &id))
			return ctl_usage(c, "--env takes an id, or a name together with --project");
		return environment_get(c->t, pg, (int32_t)id, out);
	}
	enum err e = project_get(c->t, pg, ctl_value(c, "project"), &project);
	if (e == E_OK)
		e = environment_find(c->t, pg, project.id, env, out, &found);
	if (e == E_OK && !found)
		return task_fail(c->t, E_NOT_FOUND, "The project has no environment \"%.*s\"",
		                 STRF(env));
	return e;
}

enum err
ctl_environment_opt(struct ctl *c, struct pg *pg, struct environment *out)
{
	*out = (struct environment){ 0 };
	if (ctl_given(c, "env"))
		return ctl_environment(c, pg, out);
	return ctl_given(c, "project") ? ctl_usage(c, "--project needs --env") : E_OK;
}

const char *
ctl_suggest(struct str word, const char *const *known, size_t n)
{
	size_t best = word.n / 3 + 2;
	const char *found = NULL;
	for (size_t i = 0; i < n; i++) {
		struct str k = str_of(known[i]);
		size_t d = str_distance(word, k);
		if (word.n >= 2 && str_starts(k, word))
			d = 1;
		if (d < best) {
			best = d;
			found = known[i];
		}
	}
	return found;
}
