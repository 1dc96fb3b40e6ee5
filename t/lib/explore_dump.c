/*
 * explore_dump - the time of each explorer's reading, for the page benchmark.
 *
 *   explore_dump CONNINFO ENVIRONMENT_ID team=UUID [range=30d] [repeat=N] [f=…]
 *                [build=CONNINFO] [clock=cpu] [look=NAME]
 *
 * Prints one line a reading: name, rows, and the milliseconds of each run.
 * What a page of one session, group, person, trace or release needs is taken
 * from its list; where that has no row, there is nothing to read. build: first do, as that role, what the consumer's jobs do
 * for these pages, until nothing is left; tells the steps on stderr.
 * clock=cpu: not the time that passed, but what this process and its backend
 * used of the processor: the same on a busy machine.
 */
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "jobs/job.h"
#include "query/blocks.h"
#include "query/crash_group.h"
#include "query/live.h"
#include "query/person.h"
#include "query/releases.h"
#include "query/timeline.h"
#include "query/traces.h"

#define RUNS_MAX 1000

struct look {
	struct task *t;
	struct pg *pg;
	const struct query_env *env;
	const struct range *range;
	const struct filters *filters;
	/* found by the lists, asked for by the pages of one */
	struct str session, group, trace, person;
	struct session_row row;
	size_t rows;
};

static enum err
look_sessions(struct look *l)
{
	struct sessions_query q = { .range = l->range, .filters = l->filters };
	struct sessions_page out;
	enum err e = sessions_list(l->t, l->pg, l->env, &q, &out);
	if (e == E_OK && out.n > 0)
		l->session = out.row[out.n - 1].key;
	l->rows = out.n;
	return e;
}

static enum err
look_crashed(struct look *l)
{
	struct sessions_query q = { .range = l->range, .filters = l->filters, .crashed = true };
	struct sessions_page out;
	enum err e = sessions_list(l->t, l->pg, l->env, &q, &out);
	l->rows = out.n;
	return e;
}

static enum err
look_session(struct look *l)
{
	struct timeline out;
	struct str before, after;
	l->rows = 0;
	if (l->session.n == 0)
		return E_OK;
	enum err e = sessions_get(l->t, l->pg, l->env, l->session, &l->row);
	if (e == E_OK)
		e = sessions_around(l->t, l->pg, l->env, &l->row, &before, &after);
	if (e == E_OK)
		e = timeline_session(l->t, l->pg, l->env, &l->row, &out);
	l->rows = e == E_OK ? out.n : 0;
	return e;
}

static enum err
look_person(struct look *l)
{
	struct timeline_query q = { .range = l->range, .person_no = l->row.person_no };
	struct timeline out;
	struct str next;
	enum err e = timeline_person(l->t, l->pg, l->env, &q, &out, &next);
	l->rows = e == E_OK ? out.n : 0;
	return e;
}

static enum err
look_crashes(struct look *l)
{
	struct crashes_query q = { .range = l->range, .filters = l->filters, .series = true };
	struct crashes_page out;
	enum err e = crashes_list(l->t, l->pg, l->env, &q, &out);
	if (e == E_OK && out.n > 0)
		l->group = out.row[0].group_id;
	l->rows = e == E_OK ? out.n : 0;
	return e;
}

static enum err
look_group(struct look *l)
{
	struct crash_group out;
	struct crash_samples_query q = { .range = l->range, .filters = l->filters,
		.group = &out, .limit = 1 };
	struct crash_samples samples;
	l->rows = 0;
	if (l->group.n == 0)
		return E_OK;
	enum err e = crash_group_load(l->t, l->pg, l->env, l->group, l->range, l->filters, &out);
	if (e == E_OK)
		e = crash_samples_list(l->t, l->pg, l->env, &q, &samples);
	l->rows = e == E_OK ? samples.n : 0;
	return e;
}

static enum err
look_traces(struct look *l)
{
	struct events_query q = { .range = l->range, .filters = l->filters };
	struct traces_page out;
	enum err e = traces_list(l->t, l->pg, l->env, &q, &out);
	l->rows = e == E_OK ? out.n : 0;
	return e;
}

static enum err
look_trace_names(struct look *l)
{
	struct traces_query q = { l->range, l->filters };
	struct trace_names out;
	enum err e = traces_names(l->t, l->pg, l->env, &q, TRACE_NAMES_SHOWN, &out);
	if (e == E_OK && out.n > 0)
		l->trace = out.row[0].name;
	l->rows = e == E_OK ? out.n : 0;
	return e;
}

static enum err
look_trace(struct look *l)
{
	struct traces_query q = { l->range, l->filters };
	struct trace_detail out;
	l->rows = 0;
	if (l->trace.n == 0)
		return E_OK;
	enum err e = traces_detail(l->t, l->pg, l->env, &q, l->trace, &out);
	l->rows = e == E_OK ? out.nslowest : 0;
	return e;
}

static enum err
look_events(struct look *l)
{
	struct events_query q = { .range = l->range, .filters = l->filters };
	struct events_page out;
	enum err e = events_list(l->t, l->pg, l->env, &q, &out);
	l->rows = e == E_OK ? out.n : 0;
	return e;
}

static enum err
look_people(struct look *l)
{
	struct people_query q = { .range = l->range, .filters = l->filters };
	struct people_page out;
	enum err e = people_list(l->t, l->pg, l->env, &q, &out);
	if (e == E_OK && out.n > 0)
		l->person = out.row[out.n - 1].person_id;
	l->rows = e == E_OK ? out.n : 0;
	return e;
}

static enum err
look_profile(struct look *l)
{
	struct person out;
	l->rows = 0;
	if (l->person.n == 0)
		return E_OK;
	enum err e = person_get(l->t, l->pg, l->env, l->person, &out);
	l->rows = e == E_OK ? out.nids : 0;
	return e;
}

static enum err
look_live(struct look *l)
{
	struct live out;
	enum err e = live_read(l->t, l->pg, l->env, l->filters, &out);
	l->rows = e == E_OK ? out.n : 0;
	return e;
}

static enum err
look_releases(struct look *l)
{
	struct releases_list out;
	enum err e = releases_list(l->t, l->pg, l->env, l->range, l->filters, &out);
	l->rows = e == E_OK ? out.n : 0;
	return e;
}

/* The page of the newest release of the first platform, its list included. */
static enum err
look_release(struct look *l)
{
	struct releases_list list;
	struct release_detail out;
	enum err e = releases_list(l->t, l->pg, l->env, l->range, l->filters, &list);
	l->rows = 0;
	if (e != E_OK || list.n == 0)
		return e;
	e = releases_detail(l->t, l->pg, l->env, l->range, l->filters, &list, 0, &out);
	l->rows = out.ntraces;
	return e;
}

static const struct {
	const char *name;
	enum err (*look)(struct look *l);
} LOOKS[] = {
	{ "sessions", look_sessions }, { "sessions_crashed", look_crashed },
	{ "session", look_session }, { "person_timeline", look_person },
	{ "crashes", look_crashes }, { "crash_group", look_group },
	{ "traces", look_traces }, { "trace_names", look_trace_names },
	{ "trace", look_trace }, { "events", look_events }, { "people", look_people },
	{ "person", look_profile }, { "live", look_live }, { "releases", look_releases },
	{ "release", look_release },
};

struct asked {
	struct range_input range;
	struct str team, build, look;
	bool cpu;
	struct str filter[FILTERS_MAX];
	size_t nfilters;
	int64_t repeat;
};

static bool
option(struct asked *a, struct str name, struct str value)
{
	if (str_is(name, "range"))
		a->range.range = value;
	else if (str_is(name, "team"))
		a->team = value;
	else if (str_is(name, "clock"))
		a->cpu = str_is(value, "cpu");
	else if (str_is(name, "look"))
		a->look = value;
	else if (str_is(name, "build"))
		a->build = value;
	else if (str_is(name, "f") && a->nfilters < FILTERS_MAX)
		a->filter[a->nfilters++] = value;
	else if (str_is(name, "repeat"))
		return num_range(value, 1, RUNS_MAX, &a->repeat);
	else
		return false;
	return true;
}

static int backend_pid;

/* Milliseconds, of whichever clock. */
static double
clock_ms(bool cpu)
{
	struct timespec own;
	char path[40];
	double ns = 0;

	if (!cpu)
		return (double)clock_mono_us() / 1000;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
	snprintf(path, sizeof(path), "/proc/%d/schedstat", backend_pid);
	FILE *f = fopen(path, "r");
	if (f == NULL || fscanf(f, "%lf", &ns) != 1)
		abort();
	fclose(f);
	return (double)own.tv_sec * 1e3 + (double)own.tv_nsec / 1e6 + ns / 1e6;
}

/* One reading in a transaction of its own, as a page does it. */
static enum err
once(struct task *t, struct pg *pg, int32_t env_id, const struct asked *a, size_t which,
     struct look *keep, double *ms)
{
	struct pg_scope scope = { .environment_id = env_id, .team_id = a->team };
	struct query_env env;
	struct filters filters;
	struct range range;
	struct range_input in = a->range;
	enum err e = filters_parse(t, a->filter, a->nfilters, &filters);
	if (e == E_OK)
		e = pg_begin(t, pg, &scope);
	if (e == E_OK)
		e = query_env_load(t, pg, env_id, &env);
	if (e == E_OK) {
		in.env_tz = env.timezone;
		e = range_parse(t, &in, &range);
	}
	if (e == E_OK) {
		double began = clock_ms(a->cpu);
		keep->t = t;
		keep->pg = pg;
		keep->env = &env;
		keep->range = &range;
		keep->filters = &filters;
		e = LOOKS[which].look(keep);
		*ms = clock_ms(a->cpu) - began;
	}
	return pg_end(t, pg, e);
}

/* Strings found by a list outlive the task of its last run. */
static void
hold(struct arena *a, struct look *l)
{
	l->session = arena_str(a, l->session);
	l->group = arena_str(a, l->group);
	l->trace = arena_str(a, l->trace);
	l->person = arena_str(a, l->person);
}

static enum err
measure(struct arena *kept, struct task *t, struct pg *pg, int32_t env_id, const struct asked *a)
{
	static const struct stmt pid = { "explore_pid", "SELECT pg_backend_pid()" };
	struct look l = { 0 };
	struct rows *r;
	enum err e = pg_one(t, pg, &pid, NULL, &r);
	backend_pid = e == E_OK ? (int)row_i64(r, 0, 0) : 0;
	for (size_t k = 0; k < NELEM(LOOKS) && e == E_OK; k++) {
		double ms[RUNS_MAX];
		if (a->look.n > 0 && !str_is(a->look, LOOKS[k].name))
			continue;
		for (int64_t i = 0; i < a->repeat && e == E_OK; i++) {
			task_reset(t);
			e = once(t, pg, env_id, a, k, &l, &ms[i]);
		}
		hold(kept, &l);
		printf("%s %zu", LOOKS[k].name, l.rows);
		for (int64_t i = 0; i < a->repeat && e == E_OK; i++)
			printf(" %.3f", ms[i]);
		printf("\n");
	}
	return e;
}

static enum err
job_blocks(struct task *t, struct job_host *h, int64_t *steps)
{
	return blocks_build(t, h->pg, 1000, steps);
}

static enum err
build(struct task *t, struct str conninfo)
{
	static enum err (*const jobs[])(struct task *, struct job_host *, int64_t *) = {
		job_release_days, job_activity, job_rollup, job_blocks, job_crash_days,
		job_trace_days };
	struct job_host h = { .pg = pg_open(conninfo.p, "explore_dump") };
	enum err e = E_OK;

	for (size_t k = 0; e == E_OK && k < NELEM(jobs); k++) {
		int64_t steps = 1;
		for (int64_t all = 0; e == E_OK && steps > 0; all += steps) {
			task_reset(t);
			steps = 0;
			e = jobs[k](t, &h, &steps);
			if (steps == 0)
				fprintf(stderr, "built %lld\n", (long long)all);
		}
	}
	pg_close(h.pg);
	return e;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new(1 << 20), *kept = arena_new(1 << 16);
	struct asked a = { .repeat = 1, .range = { .range = STR("30d"), .page = true } };
	struct task t;
	int64_t env_id;
	if (argc < 3 || !num_range(str_of(argv[2]), 1, INT32_MAX, &env_id))
		return 64;
	for (int i = 3; i < argc; i++) {
		struct str rest = str_of(argv[i]);
		struct str name = str_cut(&rest, '=');
		if (rest.p == NULL || !option(&a, name, rest)) {
			fprintf(stderr, "explore_dump: %s\n", argv[i]);
			return 64;
		}
	}
	task_init(&t, arena);
	struct pg *pg = pg_open(argv[1], "explore_dump");
	enum err e = a.build.p != NULL ? build(&t, a.build) : E_OK;
	if (e == E_OK)
		e = measure(kept, &t, pg, (int32_t)env_id, &a);
	if (e != E_OK)
		fprintf(stderr, "explore_dump: %s: %s\n", err_slug(e), t.detail);
	pg_close(pg);
	arena_free(kept);
	arena_free(arena);
	return err_exit(e);
}
