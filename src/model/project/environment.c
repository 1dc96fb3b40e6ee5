/* environment.c - see environment.h. */
#include "model/project/environment.h"

#include "base/num.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "model/project/retain.h"

#define NAME_MAX_BYTES 32
#define RETENTION_MAX 36500 /* days; more is "for ever", which is 0 */
#define LIST_MAX 200
#define ITEM_MAX 255
#define SESSION_IDLE_MIN 60
#define SESSION_IDLE_MAX 86400 /* the cap of a session */

#define LINES(column) "array_to_string(" column ", E'\\n')"
#define COLUMNS "id, project_id, team_id, name, timezone, retention_raw_days," \
	" retention_crash_days, retention_trace_days, retention_agg_days, crash_redact_days," \
	" array_to_string(event_classes, ','), array_to_string(crash_classes, ',')," \
	" array_to_string(trace_classes, ','), pii_mode, ip_mode, user_id_mode, " \
	LINES("pii_keys") ", " LINES("allowed_origins") ", " LINES("allowed_bundles") "," \
	" session_idle_s, session_cap_s, (extract(epoch from created_at)*1e6)::int8," \
	" (extract(epoch from first_event_at)*1e6)::int8," \
	" (extract(epoch from rebuild_asked_at)*1e6)::int8"
/* the new class first; nothing changes while $n is NULL */
#define CLASSES(column, n) column " = CASE WHEN " n "::int4 IS NULL THEN " column \
	" ELSE retention_class(" n "::int4) || array_remove(" column ", retention_class(" n "::int4)) END"

static const struct stmt by_name = { "environment_by_name",
	"SELECT " COLUMNS " FROM environments WHERE project_id = $1::uuid AND name = $2" };
static const struct stmt by_project_id = { "environment_by_project_id",
	"SELECT " COLUMNS " FROM environments WHERE project_id = $1::uuid AND id = $2::int4" };
static const struct stmt by_id = { "environment_by_id",
	"SELECT " COLUMNS " FROM environments WHERE id = $1::int4" };
static const struct stmt list = { "environment_list",
	"SELECT " COLUMNS " FROM environments WHERE $1::uuid IS NULL OR project_id = $1::uuid"
	" ORDER BY project_id, name <> 'prod', id" };
static const struct stmt insert = { "environment_insert",
	"INSERT INTO environments (project_id, team_id, name) VALUES ($1::uuid, $2::uuid, $3)"
	" ON CONFLICT (project_id, name) DO NOTHING RETURNING " COLUMNS };
static const struct stmt update = { "environment_update",
	"UPDATE environments SET"
	" retention_raw_days = coalesce($2::int4, retention_raw_days), " CLASSES("event_classes", "$2")
	", retention_agg_days = coalesce($13::int4, retention_agg_days)"
	", crash_redact_days = coalesce($14::int4, crash_redact_days)"
	", classes_at = CASE WHEN retention_class(coalesce($2::int4, retention_raw_days)) <> event_classes[1]"
	" OR retention_class(coalesce($3::int4, retention_crash_days)) <> crash_classes[1]"
	" OR retention_class(coalesce($4::int4, retention_trace_days)) <> trace_classes[1]"
	" THEN clock_timestamp() ELSE classes_at END"
	", retention_crash_days = coalesce($3::int4, retention_crash_days), " CLASSES("crash_classes", "$3")
	", retention_trace_days = coalesce($4::int4, retention_trace_days), " CLASSES("trace_classes", "$4")
	", timezone = coalesce($5, timezone), pii_mode = coalesce($6, pii_mode)"
	", ip_mode = coalesce($7, ip_mode), user_id_mode = coalesce($8, user_id_mode)"
	", pii_keys = coalesce($9::text[], pii_keys)"
	", allowed_origins = coalesce($10::text[], allowed_origins)"
	", allowed_bundles = coalesce($11::text[], allowed_bundles)"
	", session_idle_s = coalesce($12::int4, session_idle_s)"
	", rebuild_asked_at = CASE WHEN $5 <> timezone THEN clock_timestamp() ELSE rebuild_asked_at END"
	" WHERE id = $1::int4 RETURNING " COLUMNS };
static const struct stmt prepare = { "environment_partitions",
	"SELECT partition_prepare(retention_class($1::int4))" };
/* What is over by the new days goes soon. */
static const struct stmt turn_soon = { "environment_turn_soon",
	"UPDATE retention_turns SET ran_at = NULL WHERE environment_id = $1::int4" };
static const struct stmt zone_known = { "environment_zone_known",
	"SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = $1)" };
static const struct stmt rebuilt = { "environment_rebuilt",
	"UPDATE environments SET rebuild_asked_at = NULL WHERE id = $1::int4"
	" AND (extract(epoch from rebuild_asked_at)*1e6)::int8 = $2::int8" };
static const struct stmt to_rebuild = { "environment_to_rebuild",
	"SELECT " COLUMNS " FROM environments WHERE rebuild_asked_at IS NOT NULL"
	" ORDER BY rebuild_asked_at, id LIMIT 20" };
static const struct stmt namespaces = { "environment_namespaces",
	"SELECT name FROM namespaces WHERE environment_id = $1::int4 ORDER BY name LIMIT 500" };
static const struct stmt *const all[] = { &by_name, &by_project_id, &by_id, &list, &insert,
	&update, &prepare, &turn_soon, &zone_known, &rebuilt, &to_rebuild, &namespaces };
const struct stmt_list environment_statements = STMT_LIST("environment", all);

static struct str_list
lines(struct task *t, struct str text)
{
	struct str_list out = { 0 };
	size_t n = 1;
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	if (text.n == 0)
		return out;
	out.item = tarray(t, n, struct str);
	while (text.p != NULL)
		out.item[out.n++] = str_cut(&text, '\n');
	return out;
}

static struct class_list
classes(struct str text)
{
	struct class_list out = { 0 };
	int64_t v;
	while (text.p != NULL && out.n < ENVIRONMENT_CLASSES_MAX) {
		if (num_range(str_cut(&text, ','), 0, INT16_MAX, &v))
			out.item[out.n++] = (int16_t)v;
	}
	return out;
}

static int32_t
row_i32(const struct rows *r, size_t i, int col)
{
	return (int32_t)row_i64(r, i, col);
}

static void
fill(struct task *t, const struct rows *r, size_t i, struct environment *out)
{
	*out = (struct environment){
		.id = row_i32(r, i, 0), .project_id = row_str(r, i, 1),
		.team_id = row_str(r, i, 2), .name = row_str(r, i, 3),
		.timezone = row_str(r, i, 4), .retention_raw_days = row_i32(r, i, 5),
		.retention_crash_days = row_i32(r, i, 6),
		.retention_trace_days = row_i32(r, i, 7),
		.retention_agg_days = row_i32(r, i, 8), .crash_redact_days = row_i32(r, i, 9),
		.event_classes = classes(row_str(r, i, 10)),
		.crash_classes = classes(row_str(r, i, 11)),
		.trace_classes = classes(row_str(r, i, 12)), .pii_mode = row_str(r, i, 13),
		.ip_mode = row_str(r, i, 14), .user_id_mode = row_str(r, i, 15),
		.pii_keys = lines(t, row_str(r, i, 16)),
		.allowed_origins = lines(t, row_str(r, i, 17)),
		.allowed_bundles = lines(t, row_str(r, i, 18)),
		.session_idle_s = row_i32(r, i, 19), .session_cap_s = row_i32(r, i, 20),
		.created_us = row_time(r, i, 21), .first_event_us = row_time(r, i, 22),
		.rebuild_asked_us = row_time(r, i, 23),
	};
}

static enum err
find(struct task *t, struct pg *pg, const struct stmt *s, const struct bind *b,
     struct environment *out, bool *found)
{
	struct rows *r;
	enum err e = pg_run(t, pg, s, b, &r);
	if (e != E_OK)
		return e;
	*found = rows_count(r) == 1;
	if (*found)
		fill(t, r, 0, out);
	return E_OK;
}

enum err
environment_find(struct task *t, struct pg *pg, struct str project_id, struct str name_or_id,
                 struct environment *out, bool *found)
{
	int64_t id;
	struct bind b = { 0 };
	bind_str(t, &b, project_id);
	bind_str(t, &b, name_or_id);
	enum err e = find(t, pg, &by_name, &b, out, found);
	if (e != E_OK || *found || !num_range(name_or_id, 1, INT32_MAX, &id))
		return e;
	return find(t, pg, &by_project_id, &b, out, found);
}

enum err
environment_get(struct task *t, struct pg *pg, int32_t id, struct environment *out)
{
	struct bind b = { 0 };
	bool found;
	bind_i64(t, &b, id);
	enum err e = find(t, pg, &by_id, &b, out, &found);
	if (e == E_OK && !found)
		return task_fail(t, E_NOT_FOUND, "There is no environment %d", id);
	return e;
}

static enum err
gather(struct task *t, struct pg *pg, const struct stmt *s, const struct bind *b,
       struct environment **out, size_t *n)
{
	struct rows *r;
	enum err e = pg_run(t, pg, s, b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n, struct environment);
	for (size_t i = 0; i < *n; i++)
		fill(t, r, i, &(*out)[i]);
	return E_OK;
}

enum err
environment_list(struct task *t, struct pg *pg, struct str project_id,
                 struct environment **out, size_t *n)
{
	struct bind b = { 0 };
	bind_str_or_null(t, &b, project_id);
	return gather(t, pg, &list, &b, out, n);
}

enum err
environment_to_rebuild(struct task *t, struct pg *pg, struct environment **out, size_t *n)
{
	return gather(t, pg, &to_rebuild, NULL, out, n);
}

enum err
environment_rebuilt(struct task *t, struct pg *pg, int32_t id, int64_t asked_us)
{
	struct bind b = { 0 };
	bind_i64(t, &b, id);
	bind_i64(t, &b, asked_us);
	return pg_run(t, pg, &rebuilt, &b, NULL);
}

enum err
environment_namespaces(struct task *t, struct pg *pg, int32_t id, struct str_list *out)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, id);
	enum err e = pg_run(t, pg, &namespaces, &b, &r);
	if (e != E_OK)
		return e;
	out->n = rows_count(r);
	out->item = tarray(t, out->n + 1, struct str);
	for (size_t i = 0; i < out->n; i++)
		out->item[i] = row_str(r, i, 0);
	return E_OK;
}

static bool
name_ok(struct str s)
{
	if (s.n == 0 || s.n > NAME_MAX_BYTES || s.p[0] == '-')
		return false;
	bool letter = false; /* digits alone would look like an id */
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		letter = letter || (c >= 'a' && c <= 'z');
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return letter;
}

enum err
environment_create(struct task *t, struct pg *pg, struct str project_id, struct str team_id,
                   struct str name, struct environment *out)
{
	if (!name_ok(name))
		return task_fail(t, E_INVALID, "An environment's name is made of a-z, 0-9 and -,"
		                 " at most %d, with a letter", NAME_MAX_BYTES);
	struct bind b = { 0 };
	bool found;
	bind_str(t, &b, project_id);
	bind_str(t, &b, team_id);
	bind_str(t, &b, name);
	enum err e = find(t, pg, &insert, &b, out, &found);
	if (e == E_OK && !found)
		return task_fail(t, E_CONFLICT, "The project has an environment \"%.*s\" already",
		                 STRF(name));
	return e;
}

enum err
environment_timezone_ok(struct task *t, struct pg *pg, struct str zone, bool *ok)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, zone);
	enum err e = pg_one(t, pg, &zone_known, &b, &r);
	if (e == E_OK) /* both sides reckon with it: SQL and base/zone */
		*ok = row_bool(r, 0, 0) && zone_find(zone) != NULL;
	return e;
}

int32_t
environment_month_days(int32_t months)
{
	return (months * 365 + 11) / 12;
}

int32_t
environment_day_months(int32_t days)
{
	return days == 0 ? 0 : days < 31 ? 1 : days * 12 / 365;
}

static void
check_word(struct task *t, const char *field, struct str v, const char *const *words)
{
	if (v.p == NULL)
		return;
	for (; *words != NULL; words++) {
		if (str_is(v, *words))
			return;
	}
	task_field(t, str_of(field), "\"%.*s\" is not one of the values this setting has.",
	           STRF(v));
}

static void
check_days(struct task *t, const char *field, int32_t days)
{
	if (days < -1 || days > RETENTION_MAX)
		task_field(t, str_of(field), "A number of days from 1 to %d, or 0 = for ever.",
		           RETENTION_MAX);
}

/* "https://shop.example:8443", "shop.example", "*.shop.example": a host,
 * perhaps with scheme and port; what the door compares. */
static bool
is_origin(struct str s)
{
	ptrdiff_t scheme = str_starts(s, STR("https://")) ? 8 : str_starts(s, STR("http://")) ? 7 : 0;
	struct str port = str_slice(s, (size_t)scheme, s.n), host = str_cut(&port, ':');
	int64_t number;
	if (str_starts(host, STR("*.")) && scheme == 0 && port.p == NULL)
		host = str_slice(host, 2, host.n);
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!word && c != '-' && c != '.')
			return false;
	}
	return host.n > 0 && (port.p == NULL || num_range(port, 1, 65535, &number));
}

/* Letters, digits, '.', '-', '_': reverse domain names and package names. */
static bool
is_bundle(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!word && c != '-' && c != '.' && c != '_')
			return false;
	}
	return s.n > 0;
}

/* also: a form that each entry must have, and the words for it. */
static void
check_list(struct task *t, const char *field, const struct str_list *l,
           bool (*also)(struct str), const char *form)
{
	if (l == NULL)
		return;
	if (l->n > LIST_MAX)
		task_field(t, str_of(field), "At most %d entries.", LIST_MAX);
	for (size_t i = 0; i < l->n; i++) {
		struct str s = l->item[i];
		if (s.n == 0 || s.n > ITEM_MAX || !utf8_is_line(s) || str_index(s, ' ') >= 0)
			task_field(t, str_of(field), "Entry %zu is empty, too long or has blanks.", i + 1);
		else if (also != NULL && !also(s))
			task_field(t, str_of(field), "Entry %zu, \"%.*s\", is not %s.", i + 1, STRF(s),
			           form);
	}
}

static enum err
check_change(struct task *t, struct pg *pg, const struct environment_change *c)
{
	static const char *const pii[] = { "off", "deny", "allow", NULL };
	static const char *const ip[] = { "truncate", "drop", "keep", NULL };
	static const char *const user_id[] = { "plain", "hash", NULL };
	check_days(t, "retention_raw_days", c->retention_raw_days);
	check_days(t, "retention_crash_days", c->retention_crash_days);
	check_days(t, "retention_trace_days", c->retention_trace_days);
	check_days(t, "retention_agg_days", c->retention_agg_days);
	check_days(t, "crash_redact_days", c->crash_redact_days);
	if (c->session_idle_s != -1 &&
	    (c->session_idle_s < SESSION_IDLE_MIN || c->session_idle_s > SESSION_IDLE_MAX))
		task_field(t, STR("session_idle_s"), "A session ends after 1 to 1,440 minutes.");
	check_word(t, "pii_mode", c->pii_mode, pii);
	check_word(t, "ip_mode", c->ip_mode, ip);
	check_word(t, "user_id_mode", c->user_id_mode, user_id);
	check_list(t, "pii_keys", c->pii_keys, NULL, NULL);
	check_list(t, "allowed_origins", c->allowed_origins, is_origin,
	           "a host such as shop.example, *.shop.example or https://shop.example:8443");
	check_list(t, "allowed_bundles", c->allowed_bundles, is_bundle,
	           "a bundle id such as com.example.shop");
	if (c->timezone.p != NULL) {
		bool ok;
		enum err e = environment_timezone_ok(t, pg, c->timezone, &ok);
		if (e != E_OK)
			return e;
		if (!ok)
			task_field(t, STR("timezone"), "\"%.*s\" is not a time zone, such as Europe/Berlin.",
			           STRF(c->timezone));
	}
	if (t->nfields == 0)
		return E_OK;
	return task_fail(t, E_INVALID, "%.*s: %.*s", STRF(t->fields[0].path),
	                 STRF(t->fields[0].message));
}

static enum err
make_partitions(struct task *t, struct pg *pg, int32_t days)
{
	if (days < 0)
		return E_OK;
	struct bind b = { 0 };
	bind_i64(t, &b, days);
	return pg_run(t, pg, &prepare, &b, NULL);
}

static void
bind_days(struct task *t, struct bind *b, int32_t days)
{
	if (days < 0)
		bind_null(b);
	else
		bind_i64(t, b, days);
}

static void
bind_text(struct task *t, struct bind *b, struct str s)
{
	if (s.p == NULL)
		bind_null(b);
	else
		bind_str(t, b, s);
}

static void
bind_list(struct task *t, struct bind *b, const struct str_list *l)
{
	if (l == NULL)
		bind_null(b);
	else
		bind_str_array(t, b, l->item, l->n);
}

enum err
environment_update(struct task *t, struct pg *pg, int32_t id,
                   const struct environment_change *c, struct environment *out)
{
	enum err e = check_change(t, pg, c);
	if (e == E_OK)
		e = retain_check(t, pg, id, c);
	if (e == E_OK)
		e = make_partitions(t, pg, c->retention_raw_days);
	if (e == E_OK)
		e = make_partitions(t, pg, c->retention_crash_days);
	if (e == E_OK)
		e = make_partitions(t, pg, c->retention_trace_days);
	if (e != E_OK)
		return e;
	struct bind b = { 0 };
	bool found;
	bind_i64(t, &b, id);
	bind_days(t, &b, c->retention_raw_days);
	bind_days(t, &b, c->retention_crash_days);
	bind_days(t, &b, c->retention_trace_days);
	bind_text(t, &b, c->timezone);
	bind_text(t, &b, c->pii_mode);
	bind_text(t, &b, c->ip_mode);
	bind_text(t, &b, c->user_id_mode);
	bind_list(t, &b, c->pii_keys);
	bind_list(t, &b, c->allowed_origins);
	bind_list(t, &b, c->allowed_bundles);
	bind_days(t, &b, c->session_idle_s);
	bind_days(t, &b, c->retention_agg_days);
	bind_days(t, &b, c->crash_redact_days);
	e = find(t, pg, &update, &b, out, &found);
	if (e == E_OK && !found)
		return task_fail(t, E_NOT_FOUND, "There is no environment %d", id);
	b = (struct bind){ 0 };
	bind_i64(t, &b, id);
	return e == E_OK ? pg_run(t, pg, &turn_soon, &b, NULL) : e;
}
