/* alarms.c - where each alarm stands, what fired, and the two acts. */
#include "web/page/system/alarms.h"

#include "base/clock.h"
#include "base/jw.h"
#include "base/num.h"
#include "base/str.h"
#include "base/utf8.h"
#include "view/format.h"
#include "web/page/field.h"
#include "web/page/system/system.h"
#include "web/trail.h"
#include "web/who.h"

#define EVENTS_SHOWN 30

static const struct option SILENCES[] = {
	{ "1", "1 hour" }, { "8", "8 hours" }, { "24", "1 day" }, { "168", "7 days" },
};

static enum err
silence_in_tx(struct web *w, struct task *t, const struct req *req, struct str name, int64_t hours)
{
	const struct change detail[] = {
		{ "hours", STR_NULL, arena_printf(t->arena, "%lld", (long long)hours) },
	};
	enum err e = alarm_silence(t, w->pg, name, hours > 0 ? t->now_us + hours * US_PER_HOUR : 0,
	    system_actor(w));
	if (e == E_OK)
		e = trail(w, t, req, "alarm.silence", arena_printf(t->arena, "alarm:%.*s",
		    STRF(name)), changes_json(t, detail, NELEM(detail)));
	return e;
}

enum err
alarms_silence(struct web *w, struct task *t, const struct req *req, struct str name,
               int64_t hours)
{
	if (alarm_rule_find(name) == NULL)
		return task_fail(t, E_NOT_FOUND, "There is no such alarm.");
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = silence_in_tx(w, t, req, name, hours);
	return pg_end(t, w->pg, e);
}

enum err
alarms_acknowledge(struct web *w, struct task *t, const struct req *req, struct str event,
                   struct str note)
{
	int64_t id;
	note = str_trim(note);
	if (!num_range(event, 1, INT64_MAX, &id))
		return task_fail(t, E_NOT_FOUND, "There is no such firing.");
	if (note.n > ALARM_NOTE_MAX || (note.n > 0 && !utf8_is_line(note))) {
		task_field(t, STR("note"), "One line of at most %d bytes.", ALARM_NOTE_MAX);
		return task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
	}
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = alarm_acknowledge(t, w->pg, id, system_actor(w), note.n > 0 ? note : STR(""));
	if (e == E_OK)
		e = trail(w, t, req, "alarm.acknowledge", arena_printf(t->arena,
		    "alarm-event:%lld", (long long)id), STR_NULL);
	return pg_end(t, w->pg, e);
}

/* --- the page ---------------------------------------------------------------- */

/* "30 s", "5 min" */
static struct str
seconds(struct task *t, int64_t s)
{
	bool minutes = s >= 120 && s % 60 == 0;
	return arena_printf(t->arena, "%lld" NBSP "%s", (long long)(minutes ? s / 60 : s),
	    minutes ? "min" : "s");
}

static void
fill_alarm(struct page *p, const struct alarm *a, const struct alarm_rule *rule)
{
	static const char *const CLASS[] = { "ok", "warn", "crash" };
	static const char *const WORD[] = { "ok", "pending", "firing" };
	struct task *t = p->t;
	struct dict *d = dict_row(p->body, "ALARM");
	bool off = conf_int(p->w->conf, rule->threshold) == 0;
	dict_set(d, "NAME", rule->name);
	dict_set(d, "TITLE", rule->title);
	dict_set(d, "WHAT", rule->what);
	dict_set(d, "TOPIC", rule->topic);
	dict_set(d, "CLASS", off ? "flat" : CLASS[a->state]);
	dict_set(d, "WORD", off ? "off" : WORD[a->state]);
	dict_set(d, "SEVERITY", alarm_severity_name(rule->severity));
	dict_str(d, "VALUE", alarm_number(t, a->value, rule->unit));
	dict_str(d, "LIMIT", off ? STR("\xe2\x80\x93") : alarm_number(t,
	    (double)conf_int(p->w->conf, rule->threshold), rule->unit));
	dict_set(d, "KEY", conf_row(rule->threshold)->name);
	if (a->detail.n > 0)
		dict_str(dict_row(d, "DETAIL"), "TEXT", a->detail);
	if (a->state == ALARM_FIRING)
		dict_set(dict_row(d, "NEXT"), "TEXT", rule->next);
	dict_str(d, "SINCE", a->since_us > 0 ? format_ago(t, a->since_us, t->now_us) :
	                                       STR("\xe2\x80\x93"));
	if (a->looked_us == 0)
		return; /* no row yet: nothing to silence */
	bool silent = a->silenced_until_us > t->now_us;
	struct dict *s = dict_row(d, silent ? "SILENT" : "LOUD");
	page_csrf(p, s);
	dict_set(s, "NAME", rule->name);
	if (silent) {
		dict_str(s, "UNTIL", format_ago(t, a->silenced_until_us, t->now_us));
		dict_str(s, "BY", a->silenced_by);
	} else {
		field_options(s, "HOURS", SILENCES, NELEM(SILENCES), STR("8"));
	}
}

static void
fill_event(struct page *p, struct dict *list, const struct alarm_event *e)
{
	struct task *t = p->t;
	const struct alarm_rule *rule = alarm_rule_find(e->name);
	const char *unit = rule != NULL ? rule->unit : "";
	struct dict *d = dict_row(list, "ROW");
	int64_t end = e->resolved_us > 0 ? e->resolved_us : t->now_us;
	dict_str(d, "ISO", format_iso(t, e->fired_us, 0));
	dict_str(d, "TIME", format_time(t, e->fired_us, 0));
	dict_str(d, "TITLE", rule != NULL ? str_of(rule->title) : e->name);
	dict_str(d, "LASTED", format_ms(t, (double)(end - e->fired_us) / US_PER_MS, false));
	dict_set(d, "CLASS", e->resolved_us > 0 ? "ok" : "crash");
	dict_set(d, "WORD", e->resolved_us > 0 ? "over" : "firing");
	dict_str(d, "VALUE", alarm_number(t, e->value, unit));
	dict_str(d, "PEAK", alarm_number(t, e->peak, unit));
	dict_str(d, "LIMIT", alarm_number(t, e->threshold, unit));
	dict_str(d, "DETAIL", e->detail);
	dict_show_if(d, "SILENCED", e->silenced);
	if (e->acknowledged_us > 0) {
		struct dict *a = dict_row(d, "SEEN");
		dict_str(a, "BY", e->acknowledged_by);
		dict_str(a, "AGO", format_ago(t, e->acknowledged_us, t->now_us));
		if (e->note.n > 0)
			dict_str(dict_row(a, "NOTE"), "TEXT", e->note);
	} else {
		struct dict *a = dict_row(d, "UNSEEN");
		page_csrf(p, a);
		dict_i64(a, "ID", e->id);
	}
}

static void
note_done(struct page *p)
{
	struct str done = req_query(p->t, p->req, "done");
	if (str_is(done, "silenced"))
		page_note(p, "good", "Nobody is told of it until then; it is still measured.");
	else if (str_is(done, "loud"))
		page_note(p, "good", "People are told of it again.");
	else if (str_is(done, "seen"))
		page_note(p, "good", "It is marked as seen.");
}

enum err
page_alarms(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "system_alarms.tpl", "Alarms");
	struct alarm *a = NULL;
	struct alarm_event *ev = NULL;
	size_t n = 0, nev = 0, firing = 0;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = alarm_list(t, w->pg, &a, &n);
	if (e == E_OK)
		e = alarm_event_list(t, w->pg, 0, EVENTS_SHOWN, &ev, &nev);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_system(&p, "alarms");
	note_done(&p);
	for (size_t i = 0; i < n; i++) {
		fill_alarm(&p, &a[i], &alarm_rules[i]);
		firing += a[i].state == ALARM_FIRING;
	}
	dict_printf(p.body, "SAYS", firing == 0 ? "Nothing fires." : firing == 1 ?
	    "One alarm fires." : "%zu alarms fire.", firing);
	dict_str(p.body, "HOLD", seconds(t, conf_int(w->conf, CONF_ALARM_HOLD_S)));
	dict_str(p.body, "WINDOW", seconds(t, conf_int(w->conf, CONF_ALARM_WINDOW_S)));
	struct dict *list = nev > 0 ? dict_row(p.body, "EVENTS") : NULL;
	for (size_t i = 0; i < nev; i++)
		fill_event(&p, list, &ev[i]);
	dict_show_if(p.body, "NONE", nev == 0);
	return page_send(&p, res, 200);
}

enum err
page_alarm_silence(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	int64_t hours;
	if (!num_range(req_form(t, req, "hours"), 0, ALARM_SILENCE_MAX_H, &hours))
		return task_fail(t, E_BAD_PARAM, "An alarm is silenced for 0 to %d hours.",
		    ALARM_SILENCE_MAX_H);
	enum err e = alarms_silence(w, t, req, req->param[0], hours);
	if (e == E_OK)
		res_redirect(res, hours > 0 ? STR("/system/alarms?done=silenced") :
		                              STR("/system/alarms?done=loud"));
	return e;
}

enum err
page_alarm_acknowledge(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	enum err e = alarms_acknowledge(w, t, req, req->param[0], req_form(t, req, "note"));
	if (e == E_OK)
		res_redirect(res, STR("/system/alarms?done=seen"));
	return e;
}
