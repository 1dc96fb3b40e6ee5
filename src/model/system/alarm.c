/* alarm.c - states and events of alarms: see alarm.h. */
#include "model/system/alarm.h"

#include <math.h>

#include "base/clock.h"
#include "base/str.h"
#include "view/format.h"

#define US(column) "coalesce((extract(epoch from " column ")*1e6)::int8, 0)"

static const struct stmt list = { "alarm_list",
	"SELECT a.name, a.state, " US("a.since") ", " US("a.beyond_at") ", " US("a.looked_at") ","
	" coalesce(a.value, 'NaN'), a.threshold, a.detail, coalesce(a.event_id, 0), "
	US("a.silenced_until") ", a.silenced_by, coalesce(e.silenced, false), "
	US("(SELECT max(b.resolved_at) FROM alarm_events b WHERE b.name = a.name"
	" AND b.fired_at > now() - interval '" ALARM_PAST_DAYS " days')")
	" FROM alarms a LEFT JOIN alarm_events e ON e.id = a.event_id" };
static const struct stmt put = { "alarm_put",
	"INSERT INTO alarms AS a (name, state, since, beyond_at, looked_at, value, threshold, detail,"
	" event_id) VALUES ($1, $2, $3::timestamptz, $4::timestamptz, now(), nullif($5::float8, 'NaN'),"
	" $6, $7, $8::int8) ON CONFLICT (name) DO UPDATE SET state = excluded.state,"
	" since = excluded.since, beyond_at = excluded.beyond_at, looked_at = excluded.looked_at,"
	" value = excluded.value, threshold = excluded.threshold, detail = excluded.detail,"
	" event_id = excluded.event_id" };
static const struct stmt fire = { "alarm_fire",
	"INSERT INTO alarm_events (name, severity, value, peak, threshold, detail, silenced)"
	" VALUES ($1, $2, $3, $3, $4, $5, $6) RETURNING id" };
static const struct stmt peak = { "alarm_peak",
	"UPDATE alarm_events SET peak = greatest(peak, $2::float8) WHERE id = $1::int8" };
static const struct stmt resolve = { "alarm_resolve",
	"UPDATE alarm_events SET resolved_at = now() WHERE id = $1::int8 RETURNING silenced" };
static const struct stmt unsilence = { "alarm_unsilence",
	"UPDATE alarm_events SET silenced = false WHERE id = $1::int8" };
static const struct stmt addresses = { "alarm_addresses", "SELECT email FROM system_addresses()" };
static const struct stmt events = { "alarm_event_list",
	"SELECT id, name, severity, detail, note, acknowledged_by, " US("fired_at") ", "
	US("resolved_at") ", " US("acknowledged_at") ", coalesce(value, 'NaN'), coalesce(peak, 'NaN'),"
	" threshold, silenced FROM alarm_events WHERE $1::int8 = 0 OR id < $1::int8"
	" ORDER BY id DESC LIMIT $2::int8" };
static const struct stmt silence = { "alarm_silence",
	"UPDATE alarms SET silenced_until = CASE WHEN $2::int8 > 0 THEN"
	" to_timestamp($2::int8 / 1e6) END, silenced_by = $3 WHERE name = $1" };
static const struct stmt acknowledge = { "alarm_acknowledge",
	"UPDATE alarm_events SET acknowledged_at = now(), acknowledged_by = $2, note = $3"
	" WHERE id = $1::int8 AND acknowledged_at IS NULL" };
static const struct stmt event_is = { "alarm_event_is",
	"SELECT EXISTS (SELECT FROM alarm_events WHERE id = $1::int8)" };
static const struct stmt *const all[] = { &list, &put, &fire, &peak, &resolve, &unsilence, &addresses,
	&events, &silence, &acknowledge, &event_is };
const struct stmt_list alarm_statements = STMT_LIST("alarm", all);

static const char *const STATES[] = { "ok", "pending", "firing" };

const char *
alarm_state_name(enum alarm_state s)
{
	return STATES[s];
}

const char *
alarm_severity_name(enum alarm_severity s)
{
	return s == ALARM_CRITICAL ? "critical" : "warning";
}

static struct str
duration(struct task *t, double v, int64_t unit_us, const char *unit)
{
	double ms = v * (double)unit_us / US_PER_MS;

	if (unit_us > US_PER_S && ms < 60e3)
		return STR("under a minute");
	/* whole ones as they are, but hours are not read as seconds */
	if (v == floor(v) && (unit_us > US_PER_S || ms < 120e3))
		return arena_printf(t->arena, "%.*s" NBSP "%s", STRF(format_count(t, llround(v))), unit);
	return format_ms(t, ms, false);
}

struct str
alarm_number(struct task *t, double v, const char *unit)
{
	static const struct {
		const char *unit;
		int64_t us;
	} TIMES[] = { { "s", US_PER_S }, { "min", US_PER_MIN }, { "h", US_PER_HOUR } };

	if (isnan(v))
		return STR("\xe2\x80\x93");
	for (size_t i = 0; i < NELEM(TIMES); i++)
		if (strcmp(unit, TIMES[i].unit) == 0)
			return duration(t, v, TIMES[i].us, unit);
	v = v < 10 ? round(v * 10) / 10 : v;
	struct str n = v < 10 && v != floor(v) ? arena_printf(t->arena, "%.1f", v) :
	                                         format_count(t, llround(v));
	return unit[0] == '\0' ? n :
	    arena_printf(t->arena, "%.*s%s%s", STRF(n), unit[0] == '%' ? THIN : NBSP,
	        unit[0] == 'x' ? "\xc3\x97" : unit);
}

const struct alarm_rule *
alarm_rule_find(struct str name)
{
	for (size_t i = 0; i < nalarm_rules; i++)
		if (str_is(name, alarm_rules[i].name))
			return &alarm_rules[i];
	return NULL;
}

static void
move(struct alarm *a, enum alarm_state to, int64_t now_us)
{
	a->state = to;
	a->since_us = now_us;
}

/* How long it must be within before it is over. */
static int64_t
end_hold(const struct alarm *a, int64_t hold_us)
{
	if (a->ended_us == 0 || a->since_us - a->ended_us >= ALARM_AGAIN_US)
		return hold_us;
	int64_t longer = hold_us * ALARM_AGAIN_TIMES;
	longer = longer > ALARM_AGAIN_US ? ALARM_AGAIN_US : longer;
	return longer > hold_us ? longer : hold_us;
}

struct alarm_change
alarm_step(struct alarm *a, double value, double threshold, int64_t now_us, int64_t hold_us)
{
	struct alarm_change c = { false, false };
	bool beyond = threshold > 0 && !isnan(value) && value >= threshold;
	a->value = value;
	a->threshold = threshold;
	a->looked_us = now_us;
	if (beyond)
		a->beyond_us = now_us;
	if (a->state == ALARM_OK && beyond)
		move(a, ALARM_PENDING, now_us);
	if (a->state == ALARM_PENDING && !beyond)
		move(a, ALARM_OK, now_us);
	if (a->state == ALARM_PENDING && now_us - a->since_us >= hold_us) {
		move(a, ALARM_FIRING, now_us);
		c.fired = true;
	} else if (a->state == ALARM_FIRING && !beyond &&
	           (threshold <= 0 || now_us - a->beyond_us >= end_hold(a, hold_us))) {
		move(a, ALARM_OK, now_us);
		c.resolved = true;
	}
	return c;
}

static void
read_row(const struct rows *r, size_t i, struct alarm *a)
{
	struct str state = row_str(r, i, 1);
	a->state = str_is(state, "firing") ? ALARM_FIRING : str_is(state, "pending") ? ALARM_PENDING :
	                                                                               ALARM_OK;
	a->since_us = row_i64(r, i, 2);
	a->beyond_us = row_i64(r, i, 3);
	a->looked_us = row_i64(r, i, 4);
	a->value = row_f64(r, i, 5);
	a->threshold = row_f64(r, i, 6);
	a->detail = row_str(r, i, 7);
	a->event_id = row_i64(r, i, 8);
	a->silenced_until_us = row_i64(r, i, 9);
	a->silenced_by = row_str(r, i, 10);
	a->untold = row_bool(r, i, 11);
	a->ended_us = row_i64(r, i, 12);
}

enum err
alarm_list(struct task *t, struct pg *pg, struct alarm **out, size_t *n)
{
	struct rows *r;
	*n = 0;
	enum err e = pg_run(t, pg, &list, NULL, &r);
	if (e != E_OK)
		return e;
	*out = tarray(t, nalarm_rules, struct alarm);
	for (; *n < nalarm_rules; ++*n) {
		struct alarm *a = &(*out)[*n];
		*a = (struct alarm){ .name = str_of(alarm_rules[*n].name), .value = NAN,
			.detail = STR(""), .silenced_by = STR("") };
		for (size_t i = 0; i < rows_count(r); i++)
			if (str_eq(row_str(r, i, 0), a->name))
				read_row(r, i, a);
	}
	return E_OK;
}

static void
bind_time_or_null(struct task *t, struct bind *b, int64_t us)
{
	if (us > 0)
		bind_time(t, b, us);
	else
		bind_null(b);
}

/* libpq takes NaN as text. */
static void
bind_value(struct task *t, struct bind *b, double v)
{
	if (isnan(v))
		bind_str(t, b, STR("NaN"));
	else
		bind_f64(t, b, v);
}

enum err
alarm_put(struct task *t, struct pg *pg, const struct alarm *a)
{
	struct bind b = { 0 }, p = { 0 };
	bind_str(t, &b, a->name);
	bind_str(t, &b, str_of(STATES[a->state]));
	bind_time(t, &b, a->since_us > 0 ? a->since_us : t->now_us);
	bind_time_or_null(t, &b, a->beyond_us);
	bind_value(t, &b, a->value);
	bind_f64(t, &b, a->threshold);
	bind_str(t, &b, a->detail);
	if (a->event_id > 0)
		bind_i64(t, &b, a->event_id);
	else
		bind_null(&b);
	enum err e = pg_run(t, pg, &put, &b, NULL);
	if (e != E_OK || a->state != ALARM_FIRING || isnan(a->value))
		return e;
	bind_i64(t, &p, a->event_id);
	bind_f64(t, &p, a->value);
	return pg_run(t, pg, &peak, &p, NULL);
}

enum err
alarm_fire(struct task *t, struct pg *pg, struct alarm *a, bool silenced)
{
	const struct alarm_rule *rule = alarm_rule_find(a->name);
	struct bind b = { 0 };
	struct rows *r;
	ASSERT(rule != NULL);
	bind_str(t, &b, a->name);
	bind_str(t, &b, str_of(alarm_severity_name(rule->severity)));
	bind_f64(t, &b, a->value);
	bind_f64(t, &b, a->threshold);
	bind_str(t, &b, a->detail);
	bind_bool(&b, silenced);
	enum err e = pg_one(t, pg, &fire, &b, &r);
	if (e == E_OK)
		a->event_id = row_i64(r, 0, 0);
	return e;
}

enum err
alarm_resolve(struct task *t, struct pg *pg, struct alarm *a, bool *was_silenced)
{
	struct bind b = { 0 };
	struct rows *r;
	*was_silenced = false;
	bind_i64(t, &b, a->event_id);
	enum err e = pg_run(t, pg, &resolve, &b, &r);
	if (e == E_OK && rows_count(r) > 0)
		*was_silenced = row_bool(r, 0, 0);
	return e;
}

enum err
alarm_unsilence(struct task *t, struct pg *pg, struct alarm *a)
{
	struct bind b = { 0 };
	bind_i64(t, &b, a->event_id);
	a->untold = false;
	return pg_run(t, pg, &unsilence, &b, NULL);
}

enum err
alarm_addresses(struct task *t, struct pg *pg, struct str **out, size_t *n)
{
	struct rows *r;
	*n = 0;
	enum err e = pg_run(t, pg, &addresses, NULL, &r);
	if (e != E_OK)
		return e;
	*out = tarray(t, rows_count(r) + 1, struct str);
	for (; *n < rows_count(r); ++*n)
		(*out)[*n] = row_str(r, *n, 0);
	return E_OK;
}

enum err
alarm_event_list(struct task *t, struct pg *pg, int64_t before, int64_t limit,
                 struct alarm_event **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	*n = 0;
	bind_i64(t, &b, before);
	bind_i64(t, &b, limit);
	enum err e = pg_run(t, pg, &events, &b, &r);
	if (e != E_OK)
		return e;
	*out = tarray(t, rows_count(r) + 1, struct alarm_event);
	for (; *n < rows_count(r); ++*n)
		(*out)[*n] = (struct alarm_event){
			.id = row_i64(r, *n, 0), .name = row_str(r, *n, 1),
			.severity = row_str(r, *n, 2), .detail = row_str(r, *n, 3),
			.note = row_str(r, *n, 4), .acknowledged_by = row_str(r, *n, 5),
			.fired_us = row_i64(r, *n, 6), .resolved_us = row_i64(r, *n, 7),
			.acknowledged_us = row_i64(r, *n, 8), .value = row_f64(r, *n, 9),
			.peak = row_f64(r, *n, 10), .threshold = row_f64(r, *n, 11),
			.silenced = row_bool(r, *n, 12),
		};
	return E_OK;
}

enum err
alarm_silence(struct task *t, struct pg *pg, struct str name, int64_t until_us, struct str by)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, name);
	bind_i64(t, &b, until_us);
	bind_str(t, &b, until_us > 0 ? by : STR(""));
	enum err e = pg_run(t, pg, &silence, &b, &r);
	if (e == E_OK && rows_affected(r) == 0)
		e = task_fail(t, E_NOT_FOUND, "There is no such alarm.");
	return e;
}

enum err
alarm_acknowledge(struct task *t, struct pg *pg, int64_t event_id, struct str by, struct str note)
{
	struct bind b = { 0 }, id = { 0 };
	struct rows *r;
	bind_i64(t, &b, event_id);
	bind_str(t, &b, by);
	bind_str(t, &b, note);
	enum err e = pg_run(t, pg, &acknowledge, &b, &r);
	if (e != E_OK || rows_affected(r) == 1)
		return e;
	bind_i64(t, &id, event_id);
	e = pg_one(t, pg, &event_is, &id, &r);
	if (e != E_OK)
		return e;
	return row_bool(r, 0, 0) ? task_fail(t, E_CONFLICT, "Somebody has acknowledged it already.") :
	                           task_fail(t, E_NOT_FOUND, "There is no such firing.");
}
