/* storage.c - what an environment holds, how long, and what goes next; the
 * form that changes it, and what will be gone before less is kept. */
#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "base/zone.h"
#include "http/form.h"
#include "model/project/environment.h"
#include "model/project/key.h"
#include "model/team/perm.h"
#include "query/storage.h"
#include "view/format.h"
#include "web/page/field.h"
#include "web/page/project/project.h"
#include "web/trail.h"
#include "web/who.h"

enum { RAW, CRASH, TRACE, MONTHS, REDACT, FIELDS, SURE = FIELDS };

static const struct {
	const char *name, *mark;
	int64_t max;
	const char *says;
} FORM[FIELDS] = {
	[RAW] = { "retention_raw_days", "RAW", 36500,
	          "A number of days from 1 to 36,500, or 0 = for ever." },
	[CRASH] = { "retention_crash_days", "CRASH", 36500,
	            "A number of days from 1 to 36,500, or 0 = for ever." },
	[TRACE] = { "retention_trace_days", "TRACE", 36500,
	            "A number of days from 1 to 36,500, or 0 = for ever." },
	[MONTHS] = { "retention_agg_months", "MONTHS", 1200,
	             "A number of months from 1 to 1,200, or 0 = for ever." },
	[REDACT] = { "crash_redact_days", "REDACT", 36500,
	             "A number of days from 1 to 36,500, or 0 = never." },
};
static const char *const KINDS[STORAGE_COUNT] = { "Events", "Crashes", "Traces", "Sessions" };

/* What the form holds: typed, or stored. */
struct typed {
	struct str value[FIELDS];
};

struct loaded {
	struct environment env;
	struct query_env q;
	struct storage s;
	int32_t offset_s;
};

static enum err
load(struct web *w, struct task *t, struct loaded *out)
{
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = environment_get(t, w->pg, w->who.env.id, &out->env);
	if (e == E_OK)
		e = query_env_load(t, w->pg, w->who.env.id, &out->q);
	if (e == E_OK)
		e = storage_load(t, w->pg, &out->q, &out->s);
	const struct zone *z = e == E_OK ? zone_find(out->q.timezone) : NULL;
	out->offset_s = z != NULL ? zone_offset(z, t->now_us) : 0;
	return pg_end(t, w->pg, e);
}

/* --- what is held ------------------------------------------------------------ */
static struct str
kept(struct task *t, int32_t days)
{
	if (days == 0)
		return STR("for ever");
	return arena_printf(t->arena, "%.*s" NBSP "day%s", STRF(format_count(t, days)),
	    days == 1 ? "" : "s");
}

/* Sums are set in months. */
static struct str
kept_sums(struct task *t, int32_t days)
{
	int32_t months = environment_day_months(days);
	if (days == 0 || environment_month_days(months) != days)
		return kept(t, days);
	return arena_printf(t->arena, "%d" NBSP "month%s", months, months == 1 ? "" : "s");
}

static struct str
when(const struct page *p, const struct loaded *x, int64_t us)
{
	return us == 0 ? STR("\xe2\x80\x93") : format_time(p->t, us, x->offset_s);
}

static struct str
bytes(struct task *t, int64_t n)
{
	return n < 0 ? STR("not measured yet") : arena_printf(t->arena, "\xe2\x89\x88" NBSP "%.*s",
	    STRF(format_bytes(t, n)));
}

static void
fill_held(struct page *p, const struct loaded *x)
{
	struct task *t = p->t;
	int64_t now = 0, later = 0;
	bool measured = true;
	for (size_t i = 0; i < STORAGE_COUNT; i++) {
		const struct storage_kind *k = &x->s.kind[i];
		struct dict *d = dict_row(p->body, "ROW");
		dict_set(d, "NAME", KINDS[i]);
		dict_str(d, "KEPT", kept(t, k->days));
		dict_str(d, "ROWS", format_count(t, k->rows));
		dict_str(d, "BYTES", bytes(t, k->bytes));
		dict_str(d, "OLDEST", when(p, x, k->oldest_us));
		dict_str(d, "NEWEST", when(p, x, k->newest_us));
		dict_str(d, "TOMORROW", format_count(t, k->tomorrow));
		dict_str(d, "LATER", format_count(t, k->later_rows));
		measured = measured && k->bytes >= 0;
		now += k->bytes;
		later += k->later_bytes;
	}
	struct dict *d = dict_row(p->body, "ROW");
	bool many = x->s.sums >= STORAGE_SUMS_MAX;
	dict_set(d, "NAME", "Sums");
	dict_str(d, "KEPT", kept_sums(t, x->s.sums_days));
	dict_str(d, "ROWS", arena_printf(t->arena, "%s%.*s", many ? "over" NBSP : "",
	    STRF(format_count(t, x->s.sums))));
	dict_set(d, "BYTES", "\xe2\x80\x93");
	dict_str(d, "OLDEST", when(p, x, x->s.sums_oldest_us));
	dict_set(d, "NEWEST", "\xe2\x80\x93");
	dict_set(d, "TOMORROW", "\xe2\x80\x93");
	dict_set(d, "LATER", "\xe2\x80\x93");
	if (measured)
		dict_str(p->body, "FORECAST", arena_printf(t->arena, "Together about %.*s now, about "
		    "%.*s in 30 days.", STRF(format_bytes(t, now)), STRF(format_bytes(t, later))));
	else
		dict_set(p->body, "FORECAST", "Sizes are measured within the hour after the first rows.");
}

static void
pair(struct dict *body, const char *section, struct str name, struct str value)
{
	struct dict *d = dict_row(body, section);
	dict_str(d, "NAME", name);
	dict_str(d, "VALUE", value);
}

static struct str
fate(struct task *t, const struct loaded *x, size_t i)
{
	const struct storage_kind *k = &x->s.kind[i];
	if (k->days == 0)
		return STR("Nothing: kept for ever.");
	struct str next = k->rows == 0 ? STR("No rows are held.") : k->tomorrow == 0 ?
	    arena_printf(t->arena, "The oldest are over %.*s.", STRF(format_ago(t,
	        k->oldest_us + k->days * US_PER_DAY, t->now_us))) :
	    arena_printf(t->arena, "%.*s within 24 hours.", STRF(format_count(t, k->tomorrow)));
	if (i == STORAGE_SESSIONS)
		return next;
	return arena_printf(t->arena, "%.*s Hidden after %.*s; partitions are dropped a day after "
	    "their last row is %d days old.", STRF(next), STRF(kept(t, k->days)), k->class);
}

static void
fill_next(struct page *p, const struct loaded *x)
{
	struct task *t = p->t;
	for (size_t i = 0; i < STORAGE_COUNT; i++)
		pair(p->body, "NEXT", str_of(KINDS[i]), fate(t, x, i));
	pair(p->body, "NEXT", STR("Sums"), x->s.sums_days == 0 ? STR("Nothing: kept for ever.") :
	    arena_printf(t->arena, "After %.*s, and not before the rows they are of.",
	        STRF(kept_sums(t, x->s.sums_days))));
	pair(p->body, "NEXT", STR("Words in crashes"), x->s.redact_days == 0 ?
	    STR("Never taken out.") : arena_printf(t->arena, "Message, breadcrumbs and properties "
	        "go after %.*s.", STRF(kept(t, x->s.redact_days))));
}

static void
fill_run(struct page *p, const struct loaded *x)
{
	struct task *t = p->t;
	const struct storage_job *j = &x->s.job;
	bool late = storage_job_is_late(t, j);
	pair(p->body, "RUN", STR("Job"), j->at_us == 0 ? STR("not yet") : arena_printf(t->arena,
	    "%.*s, %s", STRF(format_ago(t, j->at_us, t->now_us)), j->ok ? "ended well" : "failed"));
	pair(p->body, "RUN", STR("Last good one"), j->ok_us == 0 ? STR("none yet") :
	    format_ago(t, j->ok_us, t->now_us));
	pair(p->body, "RUN", STR("This environment"), x->s.turn_us == 0 ? STR("due, within minutes") :
	    arena_printf(t->arena, "%.*s, %s", STRF(format_ago(t, x->s.turn_us, t->now_us)),
	        x->s.turn_ok ? "ended well" : "failed; it is tried again"));
	if (late && j->at_us > 0)
		dict_set(dict_row(p->body, "ALARM"), "TEXT", "Nothing is removed at the moment: the job "
		    "that does it has not ended well for 15 minutes. What is over stays hidden all the "
		    "same. Whoever runs this server finds the reason with tidemarkctl doctor.");
	struct dict *table = x->s.nremoved > 0 ? dict_row(p->body, "REMOVED") : NULL;
	dict_show_if(p->body, "NOTHING", x->s.nremoved == 0);
	for (size_t i = 0; i < x->s.nremoved; i++) {
		struct dict *d = dict_row(table, "GONE");
		dict_str(d, "WHAT", x->s.removed[i].what);
		dict_str(d, "ROWS", format_count(t, x->s.removed[i].rows));
		dict_str(d, "LAST", format_day(t, x->s.removed[i].last_us, 0));
	}
}

/* --- the form ------------------------------------------------------------------ */
static void
stored(struct task *t, const struct environment *e, struct typed *out)
{
	const int32_t v[FIELDS] = { e->retention_raw_days, e->retention_crash_days,
		e->retention_trace_days, environment_day_months(e->retention_agg_days),
		e->crash_redact_days };
	for (size_t i = 0; i < FIELDS; i++)
		out->value[i] = arena_printf(t->arena, "%d", v[i]);
}

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res,
     const struct typed *typed, int status)
{
	struct page p = page_framed(w, t, req, "storage.tpl", "Storage and retention");
	struct loaded x = { 0 };
	struct typed v;
	enum err e = load(w, t, &x);
	if (e != E_OK)
		return e;
	page_project(&p, "storage");
	if (str_is(req_query(t, req, "done"), "saved"))
		page_note(&p, "good", "Retention is saved. What is over by it is hidden already.");
	for (size_t i = 0; i < STORAGE_COUNT; i++)
		if (x.s.kind[i].moving) {
			dict_show(p.body, "MOVING");
			break;
		}
	fill_held(&p, &x);
	fill_next(&p, &x);
	fill_run(&p, &x);
	if (perm_has(role_find(w->who.team.role), PERM_PROJECT_EDIT)) {
		struct dict *d = dict_row(p.body, "FORM");
		stored(t, &x.env, &v);
		page_csrf(&p, d);
		dict_str(d, "URL", page_path(w, t, "storage"));
		for (size_t i = 0; i < FIELDS; i++)
			field_fill(t, d, FORM[i].mark, FORM[i].name,
			    typed != NULL && typed->value[i].p != NULL ? typed->value[i] : v.value[i]);
	} else {
		dict_show(p.body, "ASK");
	}
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_storage(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return show(w, t, req, res, NULL, 200);
}

/* --- less ------------------------------------------------------------------------- */
static bool
is_less(int64_t now, int64_t then)
{
	return then != 0 && (now == 0 || then < now);
}

/* What would be gone, for the person to say yes to. */
static enum err
ask(struct web *w, struct task *t, const struct req *req, struct res *res,
    const struct typed *typed, const struct environment *env, const int32_t want[FIELDS],
    const int64_t lost[STORAGE_COUNT])
{
	struct page p = page_framed(w, t, req, "storage_confirm.tpl", "Keep less");
	page_project(&p, "storage");
	page_csrf(&p, p.body);
	dict_str(p.body, "URL", page_path(w, t, "storage"));
	dict_str(p.body, "BACK", page_path(w, t, "storage"));
	for (size_t i = 0; i < STORAGE_COUNT; i++)
		if (lost[i] > 0)
			pair(p.body, "LOST", str_of(KINDS[i]), arena_printf(t->arena, "%.*s row%s%s%.*s",
			    STRF(format_count(t, lost[i])), lost[i] == 1 ? "" : "s",
			    i < MONTHS ? " older than " : "",
			    STRF(i < MONTHS ? kept(t, want[i]) : STR(""))));
	if (is_less(env->retention_agg_days, want[MONTHS]))
		pair(p.body, "LOST", STR("Sums"), arena_printf(t->arena, "those older than %.*s",
		    STRF(kept_sums(t, want[MONTHS]))));
	if (is_less(env->crash_redact_days, want[REDACT]))
		pair(p.body, "LOST", STR("Words in crashes"), arena_printf(t->arena, "those older than "
		    "%.*s, in crashes that stay", STRF(kept(t, want[REDACT]))));
	for (size_t i = 0; i < FIELDS; i++) {
		struct dict *d = dict_row(p.body, "FIELD");
		dict_set(d, "NAME", FORM[i].name);
		dict_str(d, "VALUE", typed->value[i]);
	}
	return page_send(&p, res, 200);
}

static struct str
told(struct task *t, const struct environment *a, const struct environment *b)
{
	const struct { const char *name; int32_t from, to; } list[] = {
		{ "retention_raw_days", a->retention_raw_days, b->retention_raw_days },
		{ "retention_crash_days", a->retention_crash_days, b->retention_crash_days },
		{ "retention_trace_days", a->retention_trace_days, b->retention_trace_days },
		{ "retention_agg_days", a->retention_agg_days, b->retention_agg_days },
		{ "crash_redact_days", a->crash_redact_days, b->crash_redact_days },
	};
	struct change change[NELEM(list)];
	for (size_t i = 0; i < NELEM(list); i++)
		change[i] = (struct change){ list[i].name, arena_printf(t->arena, "%d", list[i].from),
			arena_printf(t->arena, "%d", list[i].to) };
	return changes_json(t, change, NELEM(list));
}

/* In the caller's transaction. */
static enum err
apply(struct web *w, struct task *t, const struct req *req, const struct environment *was,
      const int32_t want[FIELDS])
{
	struct environment_change c = ENVIRONMENT_CHANGE_NONE;
	struct environment is;
	c.retention_raw_days = want[RAW];
	c.retention_crash_days = want[CRASH];
	c.retention_trace_days = want[TRACE];
	c.retention_agg_days = want[MONTHS];
	c.crash_redact_days = want[REDACT];
	enum err e = environment_update(t, w->pg, w->who.env.id, &c, &is);
	if (e == E_OK)
		e = key_mirror_environment(t, w->pg, w->redis, w->who.env.id);
	if (e != E_OK)
		return e;
	struct str what = told(t, was, &is);
	return what.n == 0 ? E_OK : trail(w, t, req, "environment.retention",
	    arena_printf(t->arena, "environment:%d", w->who.env.id), what);
}

/* Months that mean the stored days leave them as they are. */
static int32_t
days_of(const struct environment *env, size_t field, int64_t v)
{
	if (field != MONTHS)
		return (int32_t)v;
	return environment_day_months(env->retention_agg_days) == v ? env->retention_agg_days :
	    environment_month_days((int32_t)v);
}

static enum err
read_form(struct task *t, const struct req *req, struct typed *typed, int64_t value[FIELDS],
          bool *sure)
{
	struct form_field fields[FIELDS + 1];
	struct str v[FIELDS + 1];
	for (size_t i = 0; i < FIELDS; i++)
		fields[i] = (struct form_field){ .name = FORM[i].name, .max = 20, .required = true };
	fields[SURE] = (struct form_field){ .name = "sure", .max = 3 };
	enum err e = form_read(t, req, fields, FIELDS + 1, v);
	if (e != E_OK && e != E_INVALID)
		return e;
	for (size_t i = 0; i < FIELDS; i++) {
		typed->value[i] = v[i];
		if (form_error(t, FORM[i].name).p == NULL &&
		    !num_range(v[i], 0, FORM[i].max, &value[i]))
			task_field(t, str_of(FORM[i].name), "%s", FORM[i].says);
	}
	*sure = str_is(v[SURE], "yes");
	return t->nfields > 0 ? E_INVALID : E_OK;
}

enum err
page_storage_save(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct typed typed = { 0 };
	struct query_env q;
	struct environment was;
	int64_t value[FIELDS], lost[STORAGE_COUNT] = { 0 };
	int32_t want[FIELDS];
	bool sure, less = false;
	enum err e = read_form(t, req, &typed, value, &sure);
	if (e == E_INVALID)
		return show(w, t, req, res, &typed, 422);
	if (e == E_OK)
		e = who_begin(t, w);
	if (e == E_OK)
		e = environment_get(t, w->pg, w->who.env.id, &was);
	if (e == E_OK)
		e = query_env_load(t, w->pg, w->who.env.id, &q);
	for (size_t i = 0; e == E_OK && i < FIELDS; i++)
		want[i] = days_of(&was, i, value[i]);
	if (e == E_OK && !sure) {
		e = storage_lost(t, w->pg, &q, want, lost);
		for (size_t i = 0; e == E_OK && i < STORAGE_COUNT; i++)
			less = less || lost[i] > 0;
		less = less || (e == E_OK && (is_less(was.retention_agg_days, want[MONTHS]) ||
		                              is_less(was.crash_redact_days, want[REDACT])));
	}
	if (e == E_OK && !less)
		e = apply(w, t, req, &was, want);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	if (less)
		return ask(w, t, req, res, &typed, &was, want, lost);
	res_redirect(res, page_link(t, page_path(w, t, "storage"), STR("done=saved"), STR_NULL,
	    STR_NULL));
	return E_OK;
}
