/* alarm.c - tidemarkctl alarm …: what fires, who is told. */
#include "model/system/alarm.h"

#include <math.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "base/utf8.h"
#include "programs/ctl/ctl.h"

#define EVENTS_DEFAULT 30
#define SILENCE_DEFAULT_H 8

static const char *const list_columns[] = { "name", "title", "severity", "state", "since", "value",
	"threshold", "unit", "detail", "silenced_until", "silenced_by", NULL };
static const char *const event_columns[] = { "event_id", "name", "severity", "fired_at",
	"resolved_at", "value", "peak", "threshold", "detail", "silenced", "acknowledged_at",
	"acknowledged_by", "note", NULL };
static const char *const silence_columns[] = { "name", "silenced_until", NULL };
static const char *const acknowledge_columns[] = { "event_id", "acknowledged_by", NULL };

static void
out_reading(struct ctl *c, double v)
{
	if (isnan(v))
		out_null(c);
	else
		out_json(c, arena_printf(c->t->arena, "%.15g", round(v * 1000) / 1000));
}

static enum err
list(struct ctl *c)
{
	struct pg *pg;
	struct alarm *a = NULL;
	size_t n = 0;
	bool firing = ctl_given(c, "firing");
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = alarm_list(c->t, pg, &a, &n);
	if (e != E_OK)
		return e;
	out_list(c, list_columns);
	for (size_t i = 0; i < n; i++) {
		const struct alarm_rule *rule = &alarm_rules[i];
		if (firing && a[i].state != ALARM_FIRING)
			continue;
		out_str(c, a[i].name);
		out_str(c, str_of(rule->title));
		out_str(c, str_of(alarm_severity_name(rule->severity)));
		out_str(c, str_of(alarm_state_name(a[i].state)));
		out_time(c, a[i].since_us);
		out_reading(c, a[i].value);
		out_i64(c, conf_int(c->conf, rule->threshold));
		out_str(c, str_of(rule->unit));
		out_str(c, a[i].detail);
		bool silent = a[i].silenced_until_us > c->t->now_us;
		out_time(c, silent ? a[i].silenced_until_us : 0);
		out_str(c, silent ? a[i].silenced_by : STR(""));
	}
	return E_OK;
}

static enum err
events(struct ctl *c)
{
	struct pg *pg;
	struct alarm_event *ev = NULL;
	int64_t limit;
	size_t n = 0;
	enum err e = ctl_number(c, "limit", EVENTS_DEFAULT, 1, 10000, &limit);
	if (e == E_OK)
		e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = alarm_event_list(c->t, pg, 0, limit, &ev, &n);
	if (e != E_OK)
		return e;
	out_list(c, event_columns);
	for (size_t i = 0; i < n; i++) {
		out_i64(c, ev[i].id);
		out_str(c, ev[i].name);
		out_str(c, ev[i].severity);
		out_time(c, ev[i].fired_us);
		out_time(c, ev[i].resolved_us);
		out_reading(c, ev[i].value);
		out_reading(c, ev[i].peak);
		out_reading(c, ev[i].threshold);
		out_str(c, ev[i].detail);
		out_bool(c, ev[i].silenced);
		out_time(c, ev[i].acknowledged_us);
		out_str(c, ev[i].acknowledged_by);
		out_str(c, ev[i].note);
	}
	return E_OK;
}

/* Until when; 0 = no longer. */
static enum err
read_until(struct ctl *c, int64_t *until_us)
{
	int64_t span;
	if (ctl_given(c, "for") && ctl_given(c, "end"))
		return ctl_usage(c, "Give --for or --end");
	enum err e = ctl_duration(c, "for", SILENCE_DEFAULT_H * US_PER_HOUR, &span);
	if (e == E_OK && (span <= 0 || span > ALARM_SILENCE_MAX_H * US_PER_HOUR))
		return ctl_usage(c, "An alarm is silenced for at most %d days",
		    ALARM_SILENCE_MAX_H / 24);
	*until_us = ctl_given(c, "end") ? 0 : c->t->now_us + span;
	return e;
}

static enum err
silence(struct ctl *c)
{
	struct pg *pg;
	int64_t until_us = 0;
	enum err e = read_until(c, &until_us);
	if (e == E_OK && alarm_rule_find(c->arg[0]) == NULL)
		return task_fail(c->t, E_NOT_FOUND, "There is no alarm \"%.*s\"; see tidemarkctl alarm list",
		    STRF(c->arg[0]));
	if (e == E_OK)
		e = ctl_begin(c, &pg);
	if (e != E_OK)
		return e;
	e = alarm_silence(c->t, pg, c->arg[0], until_us, ctl_actor(c));
	if (e == E_OK)
		e = ctl_audit(c, STR_NULL, "alarm.silence", arena_printf(c->t->arena, "alarm:%.*s",
		    STRF(c->arg[0])));
	if ((e = pg_end(c->t, pg, e)) != E_OK)
		return e;
	out_object(c, silence_columns);
	out_str(c, c->arg[0]);
	out_time(c, until_us);
	return E_OK;
}

static enum err
acknowledge(struct ctl *c)
{
	struct pg *pg;
	struct str note = str_trim(ctl_value(c, "note"));
	int64_t id;
	if (!num_range(c->arg[0], 1, INT64_MAX, &id))
		return ctl_usage(c, "\"%.*s\" is not the id of a firing", STRF(c->arg[0]));
	if (note.n > ALARM_NOTE_MAX || (note.n > 0 && !utf8_is_line(note)))
		return ctl_usage(c, "--note takes one line of at most %d bytes", ALARM_NOTE_MAX);
	enum err e = ctl_begin(c, &pg);
	if (e != E_OK)
		return e;
	e = alarm_acknowledge(c->t, pg, id, ctl_actor(c), note.n > 0 ? note : STR(""));
	if (e == E_OK)
		e = ctl_audit(c, STR_NULL, "alarm.acknowledge", arena_printf(c->t->arena,
		    "alarm-event:%lld", (long long)id));
	if ((e = pg_end(c->t, pg, e)) != E_OK)
		return e;
	out_object(c, acknowledge_columns);
	out_i64(c, id);
	out_str(c, ctl_actor(c));
	return E_OK;
}

static const struct ctl_flag list_flags[] = {
	{ "firing", NULL, false, "only those that fire" },
	{ 0 }
};
static const struct ctl_flag event_flags[] = {
	{ "limit", "N", false, "at most so many, newest first (30)" },
	{ 0 }
};
static const struct ctl_flag silence_flags[] = {
	{ "for", "D", false, "tell nobody for 30m, 8h, 7d (8h)" },
	{ "end", NULL, false, "tell of it again" },
	{ 0 }
};
static const struct ctl_flag acknowledge_flags[] = {
	{ "note", "TEXT", false, "for the others" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "alarm", "list", list_flags, NULL, 0, 0, "List the alarms and where they stand.", list },
	{ "alarm", "events", event_flags, NULL, 0, 0, "List what fired, with who has seen it.", events },
	{ "alarm", "silence", silence_flags, "NAME", 1, 1, "Tell nobody of it for a while.", silence },
	{ "alarm", "acknowledge", acknowledge_flags, "EVENT", 1, 1, "Mark a firing as seen.",
	  acknowledge },
};
const struct ctl_module ctl_alarm = { commands, NELEM(commands) };
