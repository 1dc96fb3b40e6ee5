/* adoption.c - see adoption.h: the catalog, the recorder, the sums. */
#include "model/team/adoption.h"

#include "base/buf.h"
#include "base/jw.h"
#include "base/str.h"

/* --- the catalog --- */

const struct adoption_row adoption_rows[ADOPT_EVENTS] = {
	[ADOPT_ONBOARDING] = { "onboarding_checkpoint_completed", "First event",
		"somebody watched the first event of a project come in" },
	[ADOPT_SUPPORT] = { "support_diagnostics_opened", "Support diagnostics",
		"the diagnostics were opened or downloaded" },
	[ADOPT_OPERATION] = { "operation_started", "Operation",
		"an export, erasure, replay or import was started" },
	[ADOPT_REPORT] = { "saved_report_created", "Saved view", "a view was saved" },
	[ADOPT_REVIEW] = { "review_pack_requested", "Review pack", "a review pack was asked for" },
};

#define WORDS_MAX 8
static const struct schema_key {
	enum adoption_event event;
	const char *key;
	enum adoption_kind kind;
	bool needed;
	const char *word[WORDS_MAX]; /* of ADOPT_WORD */
	int64_t least, most;         /* of ADOPT_INT */
} SCHEMA[] = {
	{ ADOPT_ONBOARDING, "step", ADOPT_WORD, true, { "first_event" }, 0, 0 },
	{ ADOPT_SUPPORT, "scope", ADOPT_WORD, true, { "team", "project" }, 0, 0 },
	{ ADOPT_SUPPORT, "download", ADOPT_BOOL, false, { NULL }, 0, 0 },
	{ ADOPT_OPERATION, "type", ADOPT_WORD, true,
	    { "export", "export_people", "export_person", "erase", "replay", "import" }, 0, 0 },
	{ ADOPT_OPERATION, "format", ADOPT_WORD, false, { "csv", "ndjson", "json" }, 0, 0 },
	{ ADOPT_OPERATION, "channel", ADOPT_WORD, true, { "page", "api", "ctl" }, 0, 0 },
	{ ADOPT_REPORT, "page", ADOPT_WORD, true,
	    { "overview", "events", "sessions", "persons", "crashes", "performance", "releases",
	      "pipeline" }, 0, 0 },
	{ ADOPT_REPORT, "shared", ADOPT_BOOL, true, { NULL }, 0, 0 },
	{ ADOPT_REPORT, "filters", ADOPT_INT, false, { NULL }, 0, 100 },
	{ ADOPT_REVIEW, "months_ago", ADOPT_INT, true, { NULL }, 0, 120 },
};

static const struct {
	enum adoption_event event;
	const char *area;
} AREAS[] = {
	{ ADOPT_ONBOARDING, "onboarding" }, { ADOPT_SUPPORT, "support" },
	{ ADOPT_OPERATION, "exports" }, { ADOPT_OPERATION, "privacy" },
	{ ADOPT_OPERATION, "queue" }, { ADOPT_OPERATION, "import" },
	{ ADOPT_REPORT, "reports" }, { ADOPT_REVIEW, "reports" },
};

enum adoption_event
adoption_find(struct str slug)
{
	int e = 0;
	while (e < ADOPT_EVENTS && !str_is(slug, adoption_rows[e].slug))
		e++;
	return (enum adoption_event)e;
}

/* --- the check --- */

static bool
has_area(const struct adoption_fact *f)
{
	for (size_t i = 0; i < NELEM(AREAS); i++)
		if (AREAS[i].event == f->event && f->area != NULL &&
		    strcmp(AREAS[i].area, f->area) == 0)
			return true;
	return false;
}

static const struct schema_key *
key_find(enum adoption_event event, const char *key)
{
	for (size_t i = 0; i < NELEM(SCHEMA); i++)
		if (SCHEMA[i].event == event && strcmp(SCHEMA[i].key, key) == 0)
			return &SCHEMA[i];
	return NULL;
}

static bool
value_fits(const struct schema_key *k, const struct adoption_datum *d)
{
	if (d->kind != k->kind)
		return false;
	if (k->kind == ADOPT_BOOL)
		return d->number == 0 || d->number == 1;
	if (k->kind == ADOPT_INT)
		return d->number >= k->least && d->number <= k->most;
	for (size_t i = 0; i < WORDS_MAX && k->word[i] != NULL; i++)
		if (str_is(d->word, k->word[i]))
			return true;
	return false;
}

static size_t
times(const struct adoption_fact *f, const char *key)
{
	size_t n = 0;
	for (size_t i = 0; i < f->n; i++)
		n += strcmp(f->datum[i].key, key) == 0;
	return n;
}

enum err
adoption_check(struct task *t, const struct adoption_fact *f)
{
	const char *slug = adoption_rows[f->event].slug;
	if (f->user_id.n == 0)
		return task_fail(t, E_INVALID, "%s: nobody started it", slug);
	if (f->team_id.n == 0 && f->environment_id == 0)
		return task_fail(t, E_INVALID, "%s: of no team", slug);
	if (!has_area(f))
		return task_fail(t, E_INVALID, "%s: not its area", slug);
	for (size_t i = 0; i < f->n; i++) {
		const struct schema_key *k = key_find(f->event, f->datum[i].key);
		if (k == NULL || times(f, k->key) > 1 || !value_fits(k, &f->datum[i]))
			return task_fail(t, E_INVALID, "%s: %s is not in its schema", slug,
			                 f->datum[i].key);
	}
	for (size_t i = 0; i < NELEM(SCHEMA); i++)
		if (SCHEMA[i].event == f->event && SCHEMA[i].needed && times(f, SCHEMA[i].key) == 0)
			return task_fail(t, E_INVALID, "%s: %s is missing", slug, SCHEMA[i].key);
	return E_OK;
}

/* --- the recorder --- */

#define COLUMNS "(team_id, project_id, environment_id, event, area, user_id, subject, metadata)"
static const struct stmt record = { "adoption_record",
	"INSERT INTO product_usage_events " COLUMNS " VALUES ($1::uuid, $2::uuid, $3::int4, $4, $5,"
	" $6::uuid, $7, $8::jsonb) ON CONFLICT DO NOTHING" };
static const struct stmt record_there = { "adoption_record_there",
	"INSERT INTO product_usage_events " COLUMNS " SELECT p.team_id, p.project_id, $1::int4, $2, $3,"
	" $4::uuid, $5, $6::jsonb FROM adoption_place($1::int4) p" };
static const struct stmt load = { "adoption_load",
	"SELECT event, coalesce((extract(epoch FROM at - $1::timestamptz) * 1000000)::int8, -1),"
	" signals, teams FROM system_adoption($1::timestamptz, $2::timestamptz, $3::interval)" };
static const struct stmt teams = { "adoption_teams", "SELECT system_adoption_teams()" };
static const struct stmt prune = { "adoption_prune",
	"DELETE FROM product_usage_events WHERE ctid = ANY (ARRAY(SELECT ctid FROM product_usage_events"
	" WHERE occurred_at < now() - make_interval(days => $1::int4) LIMIT 10000))" };
static const struct stmt fold = { "adoption_fold", "SELECT adoption_fold()" };
static const struct stmt *const all[] = { &record, &record_there, &load, &teams, &prune, &fold };
const struct stmt_list adoption_statements = STMT_LIST("adoption", all);

static struct str
metadata(struct task *t, const struct adoption_fact *f)
{
	struct buf b = BUF_INIT;
	struct jw j;
	jw_init(&j, &b);
	jw_object_begin(&j);
	for (size_t i = 0; i < f->n; i++) {
		const struct adoption_datum *d = &f->datum[i];
		if (d->kind == ADOPT_WORD)
			jw_kstr(&j, d->key, d->word);
		else if (d->kind == ADOPT_BOOL)
			jw_kbool(&j, d->key, d->number != 0);
		else
			jw_ki64(&j, d->key, d->number);
	}
	jw_object_end(&j);
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

enum err
adoption_record(struct task *t, struct pg *pg, const struct adoption_fact *f)
{
	struct bind b = { 0 };
	bool there = f->team_id.n == 0;
	enum err e = adoption_check(t, f);
	ASSERT(pg_in_tx(pg));
	if (e != E_OK)
		return e;
	if (!there) {
		bind_str(t, &b, f->team_id);
		bind_str_or_null(t, &b, f->project_id);
	}
	if (f->environment_id > 0)
		bind_i64(t, &b, f->environment_id);
	else
		bind_null(&b);
	bind_str(t, &b, str_of(adoption_rows[f->event].slug));
	bind_str(t, &b, str_of(f->area));
	bind_str(t, &b, f->user_id);
	bind_str(t, &b, f->subject.n > 0 ? f->subject : STR(""));
	bind_str(t, &b, metadata(t, f));
	return pg_run(t, pg, there ? &record_there : &record, &b, NULL);
}

/* --- sums --- */

static void
take(struct adoption_summary *out, const struct adoption_query *q, const struct rows *r, size_t i)
{
	struct adoption_sum sum = { row_i64(r, i, 2), row_i64(r, i, 3) };
	enum adoption_event event = adoption_find(row_str(r, i, 0));
	int64_t offset = row_i64(r, i, 1);
	if (row_is_null(r, i, 0))
		out->all = sum;
	else if (event == ADOPT_EVENTS)
		return;
	else if (offset < 0)
		out->event[event] = sum;
	else if ((size_t)(offset / q->step_us) < out->nsteps)
		out->signals[event][offset / q->step_us] = sum.signals;
}

enum err
adoption_load(struct task *t, struct pg *pg, const struct adoption_query *q,
              struct adoption_summary *out)
{
	struct bind b = { 0 };
	struct rows *r;
	*out = (struct adoption_summary){ .nsteps =
		(size_t)((q->to_us - q->from_us + q->step_us - 1) / q->step_us) };
	for (int e = 0; e < ADOPT_EVENTS; e++)
		out->signals[e] = tarray(t, out->nsteps + 1, int64_t);
	bind_time(t, &b, q->from_us);
	bind_time(t, &b, q->to_us);
	bind_str(t, &b, arena_printf(t->arena, "%lld seconds", (long long)(q->step_us / 1000000)));
	enum err e = pg_run(t, pg, &load, &b, &r);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < rows_count(r); i++)
		take(out, q, r, i);
	if ((e = pg_one(t, pg, &teams, NULL, &r)) == E_OK)
		out->teams = row_i64(r, 0, 0);
	return e;
}

enum err
adoption_prune(struct task *t, struct pg *pg, int64_t days, int64_t *gone)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, days);
	enum err e = pg_run(t, pg, &prune, &b, &r);
	*gone = e == E_OK ? rows_affected(r) : 0;
	return e;
}

enum err
adoption_fold(struct task *t, struct pg *pg, int64_t *days)
{
	struct rows *r;
	enum err e = pg_one(t, pg, &fold, NULL, &r);
	*days = e == E_OK ? row_i64(r, 0, 0) : 0;
	return e;
}
