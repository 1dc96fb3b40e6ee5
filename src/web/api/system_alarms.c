/* system_alarms.c - alarms for programs: see system.h. */
#include <math.h>

#include "base/json.h"
#include "base/num.h"
#include "base/str.h"
#include "web/api/system.h"
#include "web/page/system/alarms.h"
#include "web/page/system/system.h"
#include "web/who.h"

#define EVENTS_MAX 100

static void
put_number(struct jw *j, const char *key, double v)
{
	jw_key(j, key);
	if (isnan(v))
		jw_null(j);
	else
		jw_round(j, v, 3);
}

static void
put_time(struct jw *j, const char *key, int64_t us)
{
	jw_key(j, key);
	jw_time(j, us > 0 ? us : INT64_MIN);
}

static void
put_alarm(struct jw *j, const struct web *w, const struct alarm *a, const struct alarm_rule *rule,
          int64_t now_us)
{
	bool silent = a->silenced_until_us > now_us;

	jw_object_begin(j);
	jw_kstr(j, "name", a->name);
	jw_kstr(j, "title", str_of(rule->title));
	jw_kstr(j, "severity", str_of(alarm_severity_name(rule->severity)));
	jw_kstr(j, "state", str_of(alarm_state_name(a->state)));
	put_time(j, "since", a->since_us);
	put_number(j, "value", a->value);
	jw_ki64(j, "threshold", conf_int(w->conf, rule->threshold));
	jw_kstr(j, "unit", str_of(rule->unit));
	jw_kstr(j, "detail", a->detail);
	put_time(j, "silenced_until", silent ? a->silenced_until_us : 0);
	jw_key(j, "silenced_by");
	jw_str_or_null(j, silent ? a->silenced_by : STR(""));
	jw_object_end(j);
}

static void
put_event(struct jw *j, const struct alarm_event *e)
{
	jw_object_begin(j);
	jw_ki64(j, "event_id", e->id);
	jw_kstr(j, "name", e->name);
	jw_kstr(j, "severity", e->severity);
	jw_ktime(j, "fired_at", e->fired_us);
	put_time(j, "resolved_at", e->resolved_us);
	put_number(j, "value", e->value);
	put_number(j, "peak", e->peak);
	put_number(j, "threshold", e->threshold);
	jw_kstr(j, "detail", e->detail);
	jw_kbool(j, "silenced", e->silenced);
	put_time(j, "acknowledged_at", e->acknowledged_us);
	jw_key(j, "acknowledged_by");
	jw_str_or_null(j, e->acknowledged_by);
	jw_kstr(j, "note", e->note);
	jw_object_end(j);
}

enum err
api_alarms(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct alarm *a = NULL;
	struct alarm_event *ev = NULL;
	size_t n = 0, nev = 0;
	struct jw j;
	enum err e = api_known(t, req, NULL, 0);
	if (e == E_OK)
		e = who_begin(t, w);
	if (e == E_OK)
		e = alarm_list(t, w->pg, &a, &n);
	if (e == E_OK)
		e = alarm_event_list(t, w->pg, 0, EVENTS_MAX, &ev, &nev);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_key(&j, "alarms");
	jw_array_begin(&j);
	for (size_t i = 0; i < n; i++)
		put_alarm(&j, w, &a[i], &alarm_rules[i], t->now_us);
	jw_array_end(&j);
	jw_key(&j, "events");
	jw_array_begin(&j);
	for (size_t i = 0; i < nev; i++)
		put_event(&j, &ev[i]);
	jw_array_end(&j);
	jw_object_end(&j);
	return E_OK;
}

static void
put_done(struct res *res, const char *key, struct str value)
{
	struct jw j;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_kstr(&j, key, value);
	jw_object_end(&j);
}

enum err
api_alarm_silence(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct api_field fields[] = { { "hours", API_INT } };
	const struct json *body = NULL;
	enum err e = api_object(t, req, fields, NELEM(fields), &body);
	int64_t hours = json_i64(json_get(body, "hours"), -1);
	if (e == E_OK && (hours < 0 || hours > ALARM_SILENCE_MAX_H)) {
		task_field(t, STR("hours"), "The hours field must be a number from 0 to %d.",
		    ALARM_SILENCE_MAX_H);
		e = task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
	}
	if (e == E_OK)
		e = alarms_silence(w, t, req, req->param[0], hours);
	if (e == E_OK)
		put_done(res, hours > 0 ? "silenced" : "loud", req->param[0]);
	return e;
}

enum err
api_alarm_acknowledge(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct api_field fields[] = { { "note", API_STR | API_NULL } };
	const struct json *body;
	enum err e = api_object_or_none(t, req, fields, NELEM(fields), &body);
	if (e == E_OK)
		e = alarms_acknowledge(w, t, req, req->param[0], json_get_str(body, "note"));
	if (e == E_OK)
		put_done(res, "acknowledged", req->param[0]);
	return e;
}
