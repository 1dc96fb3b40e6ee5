/* alarm.c - job: measure every alarm, move its state, tell people. What is told
 * is written in the same transaction: mails and webhook deliveries are rows. */
#include <math.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jw.h"
#include "base/log.h"
#include "base/str.h"
#include "base/uuid.h"
#include "jobs/job.h"
#include "mail/message.h"
#include "model/account/mail.h"
#include "model/system/alarm.h"
#include "model/system/webhook.h"

#define LOOKED_US (60 * US_PER_S) /* a quiet row is touched once a minute */

struct watch {
	struct job_host *h;
	struct alarm_probe probe;
	int64_t hold_us;
};

/* What a firing tells; event: "system.alarm.fired", "system.alarm.resolved". */
struct news {
	const struct alarm *a;
	const struct alarm_rule *rule;
	bool fired;
};

static struct str
url_of(struct task *t, const struct conf *conf)
{
	return arena_printf(t->arena, "%s/system/alarms", conf_text(conf, CONF_PUBLIC_URL));
}

static struct str
runbook_of(struct task *t, const struct conf *conf, const struct alarm_rule *r)
{
	return arena_printf(t->arena, "%s/docs/runbook#%s", conf_text(conf, CONF_PUBLIC_URL), r->topic);
}

static struct str
body_of(struct task *t, const struct conf *conf, const struct news *n)
{
	struct buf b = BUF_INIT;
	struct jw j;
	jw_init(&j, &b);
	jw_object_begin(&j);
	jw_kstr(&j, "type", n->fired ? STR("system.alarm.fired") : STR("system.alarm.resolved"));
	jw_ktime(&j, "timestamp", t->now_us);
	jw_key(&j, "data");
	jw_object_begin(&j);
	jw_ki64(&j, "event_id", n->a->event_id);
	jw_kstr(&j, "name", n->a->name);
	jw_kstr(&j, "title", str_of(n->rule->title));
	jw_kstr(&j, "severity", str_of(alarm_severity_name(n->rule->severity)));
	jw_key(&j, "value");
	jw_round(&j, n->a->value, 3);
	jw_kf64(&j, "threshold", n->a->threshold);
	jw_kstr(&j, "unit", str_of(n->rule->unit));
	jw_kstr(&j, "detail", n->a->detail);
	jw_kstr(&j, "next_step", str_of(n->rule->next));
	jw_kstr(&j, "url", url_of(t, conf));
	jw_kstr(&j, "runbook_url", runbook_of(t, conf, n->rule));
	jw_object_end(&j);
	jw_object_end(&j);
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

static struct str
text_of(struct task *t, const struct conf *conf, const struct news *n)
{
	const struct alarm_rule *r = n->rule;
	struct str seen = n->a->detail.n > 0 ? arena_printf(t->arena, "%.*s.\n", STRF(n->a->detail)) :
	                                       STR("");
	if (!n->fired)
		return arena_printf(t->arena, "%s: this is over.\n\n%s\n%.*s\n%.*s\n", r->title,
		    r->what, STRF(seen), STRF(url_of(t, conf)));
	return arena_printf(t->arena, "%s\nNow %.*s, the limit is %.*s.\n%.*s\nWhat to do: %s\n%.*s\n\n"
	    "%.*s\n", r->what, STRF(alarm_number(t, n->a->value, r->unit)),
	    STRF(alarm_number(t, n->a->threshold, r->unit)), STRF(seen), r->next,
	    STRF(runbook_of(t, conf, r)), STRF(url_of(t, conf)));
}

/* The same lines. Templates are the web's; a consumer has none. */
static struct str
html_of(struct task *t, struct str text)
{
	struct buf b = BUF_INIT;
	buf_puts(&b, "<!doctype html>\n<html lang=\"en\"><body>\n");
	while (text.p != NULL) {
		struct str line = str_cut(&text, '\n');
		if (line.n == 0)
			continue;
		buf_puts(&b, "<p>");
		buf_html(&b, line);
		buf_puts(&b, "</p>\n");
	}
	buf_puts(&b, "</body></html>\n");
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

static enum err
mail_to(struct task *t, struct watch *w, const struct news *n, struct str to)
{
	uint8_t raw[16];
	struct str bytes;
	struct message m = {
		.from = conf_str(w->h->conf, CONF_MAIL_FROM), .to = to, .kind = STR("alarm"),
		.subject = arena_printf(t->arena, "%s: %s", n->fired ? "Alarm" : "Over", n->rule->title),
		.text = text_of(t, w->h->conf, n), .date_us = t->now_us,
	};
	uuid_v7(t->now_us, raw);
	m.id = uuid_str(t->arena, raw);
	m.html = html_of(t, m.text);
	enum err e = message_build(t, &m, &bytes);
	if (e != E_OK) { /* an address that no mail can go to */
		task_clear(t);
		return E_OK;
	}
	return mail_put(t, w->h->pg, w->h->crypt, &(struct mail_new){
		.id = m.id, .kind = m.kind, .to = to, .message = bytes });
}

static enum err
tell_people(struct task *t, struct watch *w, const struct news *n)
{
	struct str *to = NULL;
	size_t count = 0;
	enum err e = webhook_emit(t, w->h->pg, STR(""), n->fired ? "system.alarm.fired" : "system.alarm.resolved",
	    body_of(t, w->h->conf, n));
	/* no mail about mails that do not go out */
	if (e == E_OK && w->h->crypt != NULL && !str_is(n->a->name, "mail"))
		e = alarm_addresses(t, w->h->pg, &to, &count);
	for (size_t i = 0; e == E_OK && i < count; i++)
		e = mail_to(t, w, n, to[i]);
	return e;
}

static void
log_news(const struct news *n)
{
	struct log l;
	log_begin(&l, n->fired ? LOG_WARN : LOG_INFO, "alarm");
	log_str(&l, "name", n->a->name);
	log_str(&l, "state", n->fired ? STR("firing") : STR("resolved"));
	log_i64(&l, "value", isnan(n->a->value) ? 0 : llround(n->a->value));
	log_i64(&l, "threshold", llround(n->a->threshold));
	log_end(&l);
}

static enum err
fired(struct task *t, struct watch *w, struct alarm *a, const struct alarm_rule *rule)
{
	const struct news n = { a, rule, true };
	bool silenced = a->silenced_until_us > t->now_us;
	enum err e = alarm_fire(t, w->h->pg, a, silenced);
	log_news(&n);
	return e == E_OK && !silenced ? tell_people(t, w, &n) : e;
}

static enum err
resolved(struct task *t, struct watch *w, struct alarm *a, const struct alarm_rule *rule)
{
	const struct news n = { a, rule, false };
	bool silenced;
	enum err e = alarm_resolve(t, w->h->pg, a, &silenced);
	log_news(&n);
	if (e == E_OK && !silenced)
		e = tell_people(t, w, &n);
	a->event_id = 0;
	return e;
}

/* It goes on firing, and the silence is over. */
static enum err
told_late(struct task *t, struct watch *w, struct alarm *a, const struct alarm_rule *rule)
{
	const struct news n = { a, rule, true };
	enum err e = alarm_unsilence(t, w->h->pg, a);
	log_news(&n);
	return e == E_OK ? tell_people(t, w, &n) : e;
}

static bool
differs(const struct alarm *a, const struct alarm *was, int64_t now_us)
{
	bool same_value = isnan(a->value) ? isnan(was->value) : a->value == was->value;
	return a->state != was->state || !same_value || a->threshold != was->threshold ||
	    a->beyond_us != was->beyond_us || !str_eq(a->detail, was->detail) ||
	    now_us - was->looked_us > LOOKED_US;
}

static enum err
watch_one(struct task *t, struct watch *w, struct alarm *a, const struct alarm_rule *rule)
{
	struct alarm was = *a;
	struct alarm_reading now = { .value = NAN, .detail = STR("") };
	double threshold = (double)conf_int(w->h->conf, rule->threshold);
	enum err e = rule->measure(t, &w->probe, &now);
	if (e != E_OK && pg_in_tx(w->h->pg) && pg_sqlstate(w->h->pg)[0] != '\0')
		return e;
	task_clear(t); /* Redis away: nothing to say */
	a->detail = now.detail;
	struct alarm_change c = alarm_step(a, now.value, threshold, t->now_us, w->hold_us);
	e = E_OK;
	if (c.fired)
		e = fired(t, w, a, rule);
	else if (c.resolved)
		e = resolved(t, w, a, rule);
	else if (a->state == ALARM_FIRING && a->untold && a->silenced_until_us <= t->now_us)
		e = told_late(t, w, a, rule);
	if (e == E_OK && differs(a, &was, t->now_us))
		e = alarm_put(t, w->h->pg, a);
	return e;
}

enum err
job_alarm(struct task *t, struct job_host *h, int64_t *steps)
{
	struct watch w = { .h = h, .hold_us = conf_int(h->conf, CONF_ALARM_HOLD_S) * US_PER_S,
		.probe = { h->pg, h->redis, h->conf, conf_int(h->conf, CONF_ALARM_WINDOW_S) } };
	struct alarm *a = NULL;
	size_t n = 0;
	enum err e = pg_begin(t, h->pg, NULL);
	if (e == E_OK)
		e = alarm_list(t, h->pg, &a, &n);
	for (size_t i = 0; e == E_OK && i < n; i++) {
		enum alarm_state before = a[i].state;
		e = watch_one(t, &w, &a[i], &alarm_rules[i]);
		*steps += a[i].state != before;
	}
	return pg_end(t, h->pg, e);
}
