/*
 * alarm.h - is something wrong that somebody should look at?
 *
 * A rule is one row of alarm_rule.c: what is measured, against which
 * threshold of the configuration, how severe it is. Every few seconds the job
 * "alarm" measures all of them and moves each one's state:
 *
 *   ok -> pending when a reading is beyond the threshold,
 *   pending -> firing when it stayed so for ALARM_HOLD_S, else back to ok,
 *   firing -> ok when no reading was beyond it for ALARM_HOLD_S; for
 *   ALARM_AGAIN_TIMES as long when it had been over for less than
 *   ALARM_AGAIN_US before it fired: what comes and goes is told as one firing.
 *
 * A firing is one row of alarm_events. Those who are told (mail, webhooks)
 * are told at its begin and its end, once each; while the alarm is silenced
 * nobody is, and a firing that outlasts the silence is told when that ends.
 */
#ifndef TM_MODEL_ALARM_H
#define TM_MODEL_ALARM_H

#include "base/conf.h"
#include "queue/redis.h"
#include "store/pg.h"

enum alarm_severity { ALARM_WARNING, ALARM_CRITICAL };

/* What a measure needs. Consumer role, inside a transaction. */
struct alarm_probe {
	struct pg *pg;
	struct redis *redis;
	const struct conf *conf;
	int64_t window_s;
};
/* What it found. */
struct alarm_reading {
	double value;       /* NAN = nothing to say: counts as within */
	struct str detail;  /* a sentence for people; never personal data */
};

struct alarm_rule {
	const char *name;      /* slug, for ever: "lag" */
	const char *title;     /* "Storing lags behind" */
	const char *what;      /* what is measured, one sentence */
	const char *unit;      /* "s", "%", "" */
	enum alarm_severity severity;
	enum conf_key threshold; /* value >= threshold is beyond; 0 = off */
	enum err (*measure)(struct task *t, const struct alarm_probe *p, struct alarm_reading *out);
	const char *next;      /* what to do */
	const char *topic;     /* of query/runbook.def */
};
extern const struct alarm_rule alarm_rules[];
extern const size_t nalarm_rules;
/* NULL when there is none. */
const struct alarm_rule *alarm_rule_find(struct str name);
const char *alarm_severity_name(enum alarm_severity s);
/* A reading or threshold as people read it: "80 %", "26 h", "under a minute"; a
 * dash when there is none. Pure. */
struct str alarm_number(struct task *t, double v, const char *unit);

enum alarm_state { ALARM_OK, ALARM_PENDING, ALARM_FIRING };
const char *alarm_state_name(enum alarm_state s);

/* Where an alarm stands; times are µs, 0 = never. */
struct alarm {
	struct str name;
	enum alarm_state state;
	int64_t since_us;      /* of the state */
	int64_t beyond_us;     /* last reading beyond the threshold */
	int64_t looked_us;
	double value;          /* NAN = none */
	double threshold;
	struct str detail;
	int64_t event_id;      /* while firing */
	bool untold;           /* of that event: it began in a silence */
	int64_t ended_us;      /* of the firing before, within ALARM_PAST_DAYS */
	int64_t silenced_until_us;
	struct str silenced_by;
};

#define ALARM_AGAIN_US (30 * INT64_C(60000000))
#define ALARM_AGAIN_TIMES 10 /* of the hold, but no longer than ALARM_AGAIN_US */
#define ALARM_PAST_DAYS "7"

/* Pure: the state after a reading; fired and resolved tell of a change that
 * is told to people. */
struct alarm_change {
	bool fired, resolved;
};
struct alarm_change alarm_step(struct alarm *a, double value, double threshold, int64_t now_us,
                               int64_t hold_us);

/* All rules, in their order; those without a row are ok. */
enum err alarm_list(struct task *t, struct pg *pg, struct alarm **out, size_t *n) MUST_CHECK;
/* Consumer. */
enum err alarm_put(struct task *t, struct pg *pg, const struct alarm *a) MUST_CHECK;
enum err alarm_fire(struct task *t, struct pg *pg, struct alarm *a, bool silenced) MUST_CHECK;
enum err alarm_resolve(struct task *t, struct pg *pg, struct alarm *a, bool *was_silenced) MUST_CHECK;
/* The firing is told after all. */
enum err alarm_unsilence(struct task *t, struct pg *pg, struct alarm *a) MUST_CHECK;
/* Verified system administrators, for mails. */
enum err alarm_addresses(struct task *t, struct pg *pg, struct str **out, size_t *n) MUST_CHECK;

struct alarm_event {
	int64_t id;
	struct str name, severity, detail, note, acknowledged_by;
	int64_t fired_us, resolved_us, acknowledged_us; /* 0 = not */
	double value, peak, threshold;
	bool silenced;
};
/* Newest first; before 0 = from the newest. */
enum err alarm_event_list(struct task *t, struct pg *pg, int64_t before, int64_t limit,
                          struct alarm_event **out, size_t *n) MUST_CHECK;
#define ALARM_SILENCE_MAX_H (24 * 30)
#define ALARM_NOTE_MAX 300

/* Nobody is told until then; 0 ends it. The row must exist: E_NOT_FOUND. */
enum err alarm_silence(struct task *t, struct pg *pg, struct str name, int64_t until_us,
                       struct str by) MUST_CHECK;
/* Somebody has seen it. E_NOT_FOUND; E_CONFLICT: seen already. */
enum err alarm_acknowledge(struct task *t, struct pg *pg, int64_t event_id, struct str by,
                           struct str note) MUST_CHECK;

extern const struct stmt_list alarm_statements, alarm_rule_statements;

#endif
