/* ingest_batch.c - the loop around persist: see ingest_batch.h. */
#include "jobs/ingest_batch.h"

#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "base/process.h"
#include "base/str.h"
#include "jobs/job.h"
#include "jobs/meter.h"
#include "queue/keys.h"
#include "queue/stream.h"
#include "queue/tally.h"
#include "queue/worker.h"

#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 10000
#define IDLE_WAIT_MS 500      /* a blocking read while nothing comes */
#define QUIET_US (2 * US_PER_S)
#define HOUSEKEEPING_MS 1000  /* pause flag, jobs, claims */
#define ARENA_KEEP (8u << 20)

struct loop {
	int64_t busy_us; /* last gather with work; 0 = trimmed since */
	const struct ingest_batch *c;
	struct persist *persist;
	struct task hold;  /* what was read */
	struct task work;  /* one attempt */
	int backoff_ms;
	int64_t next_check_us; /* monotonic */
	bool paused;
	bool missed;           /* a reply did not come: what it held is ours by now */
	bool store_away;       /* the last round of jobs found none */
	enum err failure;  /* drain, once: why it ends */
	struct meter meter;
	struct spread latency; /* since the last flush */
	struct worker self;
	char now[64]; /* what self.now says */
	int64_t next_beat_us;
};

/* Tell that we live, and what we are at: when it is time, or at once. */
static void
beat(struct loop *l, struct task *t, bool at_once)
{
	int64_t now = clock_mono_us();

	if (!at_once && now < l->next_beat_us)
		return;
	l->next_beat_us = now + WORKER_BEAT_S * US_PER_S;
	l->self.pss_bytes = process_pss();
	if (worker_beat(t, l->c->redis, &l->self) != E_OK)
		task_clear(t); /* numbers for operators only */
}

/* struct job_host.tell: a job may take long, so it is told at once. Between jobs
 * a consumer that holds still says so: it reads nothing until it says otherwise. */
static void
tell_job(void *ctx, struct task *t, struct str now)
{
	struct loop *l = ctx;

	if (now.n == 0 && l->paused)
		now = STR("paused");
	snprintf(l->now, sizeof(l->now), "%.*s", STRF(now));
	l->self.now = str_of(l->now);
	l->self.now_since_us = now.n > 0 ? clock_now_us() : 0;
	beat(l, t, true);
}

static void
nap(int ms)
{
	struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };

	if (!process_stopping())
		(void)nanosleep(&ts, NULL);
}

/* The world's fault: log once, wait a while with jitter. */
static void
back_off(struct loop *l, struct task *t, const char *where, enum err e)
{
	/* the jitter only keeps two consumers out of step */
	int ms = l->backoff_ms / 2 + (int)(clock_mono_us() % (l->backoff_ms / 2 + 1));

	log_msg(LOG_WARN, where, "%s; next try in %d ms",
	        t->detail[0] ? t->detail : err_slug(e), ms);
	l->failure = e;
	nap(ms);
	l->backoff_ms = l->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : l->backoff_ms * 2;
}

static bool
gives_up(const struct loop *l)
{
	return process_stopping() || ((l->c->drain || l->c->once) && l->failure != E_OK);
}

static int64_t
id_ms(struct str id)
{
	struct str rest = id;
	int64_t ms = 0;

	return num_i64(str_cut(&rest, '-'), &ms) ? ms : 0;
}

static enum err
metrics_add(struct loop *l, const struct persist_result *r, int64_t us, int64_t lag_ms)
{
	const struct {
		const char *field;
		int64_t add;
	} m[] = {
		{ "consumer_transactions_total", r->transactions },
		{ "consumer_batches_total", r->batches },
		{ "consumer_rows_total", r->inserted },
		{ "consumer_duplicates_total", r->duplicates },
		{ "consumer_dropped_total", r->dropped },
		{ "consumer_dead_total", r->dead },
		{ "consumer_busy_us_total", us },
	};
	struct task *t = &l->work;
	enum err e = E_OK;

	for (size_t i = 0; e == E_OK && i < NELEM(m); i++) {
		struct str argv[] = { STR("HINCRBY"), STR(KEY_METRICS), str_of(m[i].field),
			              arena_printf(t->arena, "%lld", (long long)m[i].add) };

		if (m[i].add != 0)
			e = redis_run(t, l->c->redis, NELEM(argv), argv, NULL);
	}
	struct str argv[] = { STR("HSET"), STR(KEY_METRICS), STR("consumer_lag_ms"),
		              arena_printf(t->arena, "%lld", (long long)lag_ms) };

	if (e == E_OK)
		e = redis_run(t, l->c->redis, NELEM(argv), argv, NULL);
	if (e == E_OK)
		e = spread_flush(t, l->c->redis, SPREAD_STORE, &l->latency);
	return e == E_OK ? tally_add(t, l->c->redis, "slow_statements", pg_slow_take(l->c->pg)) : e;
}

static void
log_stored(const struct loop *l, const struct persist_result *r, int64_t us, int64_t lag_ms)
{
	struct log line;

	log_begin(&line, LOG_INFO, "stored");
	log_str(&line, "consumer", l->c->name);
	log_i64(&line, "batches", r->batches);
	log_i64(&line, "items", r->items);
	log_i64(&line, "inserted", r->inserted);
	log_i64(&line, "duplicates", r->duplicates);
	log_i64(&line, "dropped", r->dropped);
	log_i64(&line, "dead", r->dead);
	log_i64(&line, "ms", us / 1000);
	log_i64(&line, "lag_ms", lag_ms);
	log_end(&line);
}

/* One transaction's figures for the console. */
static void
count(struct loop *l, const struct stream_entry *e, size_t n, const struct persist_result *r,
      int64_t us, int64_t lag_ms)
{
	struct work w = { .batches = r->batches, .items = r->items, .dead = r->dead,
		          .lag_max_ms = lag_ms };

	for (size_t i = 0; i < n; i++) {
		w.retries += e[i].deliveries > 1;
		spread_add(&l->latency, SPREAD_STORE, clock_now_us() / US_PER_MS - id_ms(e[i].id));
	}
	meter_add(&l->meter, WORK_INGEST, us, &w);
	l->self.done += r->items;
}

static enum err
store_once(struct loop *l, const struct stream_entry *e, size_t n)
{
	struct task *t = &l->work;
	struct persist_entry *p = tarray(t, n, struct persist_entry);
	struct persist_result r = { 0 };
	int64_t began = clock_mono_us(), us, lag_ms;
	enum err err;

	for (size_t i = 0; i < n; i++) {
		char id[BATCH_ID_TEXT];
		size_t len = batch_id_format(e[i].id, id);

		p[i] = (struct persist_entry){
			.batch_id = arena_str(t->arena, (struct str){ id, len }),
			.wire = e[i].wire,
			.environment_id = e[i].environment_id,
			.items = e[i].items,
			.received_us = id_ms(e[i].id) * US_PER_MS,
			.deliveries = e[i].deliveries,
		};
	}
	err = persist_store(t, l->persist, p, n, &r);
	if (err != E_OK)
		return err;
	us = clock_mono_us() - began;
	lag_ms = clock_now_us() / US_PER_MS - id_ms(e[0].id);
	log_stored(l, &r, us, lag_ms);
	count(l, e, n, &r, us, lag_ms);
	if (metrics_add(l, &r, us, lag_ms) != E_OK)
		task_clear(t); /* numbers for operators only */
	return E_OK;
}

/* Store until it works; false when asked to stop before. */
static bool
store(struct loop *l, const struct stream_entry *e, size_t n)
{
	while (!l->c->discard) {
		enum err err;

		task_reset(&l->work);
		err = store_once(l, e, n);
		if (err == E_OK)
			break;
		meter_add(&l->meter, WORK_INGEST, 0, &(struct work){ .failures = 1 });
		back_off(l, &l->work, "store", err);
		if (gives_up(l))
			return false;
	}
	crash_point("after_commit_before_ack");
	return true;
}

static bool
ack(struct loop *l, struct stream_entry *e, size_t n)
{
	struct stream_list list = { e, n };

	for (;;) {
		enum err err;

		task_reset(&l->work);
		err = stream_ack(&l->work, l->c->redis, &list);
		if (err == E_OK)
			break;
		back_off(l, &l->work, "ack", err);
		if (gives_up(l))
			return false;
	}
	crash_point("after_ack");
	l->backoff_ms = BACKOFF_MIN_MS;
	l->failure = E_OK;
	return true;
}

/* Store and acknowledge what was read, at most max_rows a transaction. What
 * is left over at a stop stays pending under our name. */
static void
work_off(struct loop *l, struct stream_list *list)
{
	size_t from = 0;
	uint64_t rows = 0;

	crash_point("after_read");
	for (size_t i = 0; i < list->n; i++) {
		rows += list->entries[i].items;
		if (i + 1 < list->n && rows + list->entries[i + 1].items <= l->c->max_rows)
			continue;
		if (!store(l, list->entries + from, i + 1 - from) ||
		    !ack(l, list->entries + from, i + 1 - from))
			return;
		from = i + 1;
		rows = 0;
		if (process_stopping())
			return;
	}
}

static void
append(struct loop *l, struct stream_list *all, const struct stream_list *more)
{
	struct stream_entry *e = tarray(&l->hold, all->n + more->n + 1, struct stream_entry);

	if (all->n > 0)
		memcpy(e, all->entries, all->n * sizeof(*e));
	if (more->n > 0)
		memcpy(e + all->n, more->entries, more->n * sizeof(*e));
	all->entries = e;
	all->n += more->n;
}

static uint64_t
rows_of(const struct stream_list *list)
{
	uint64_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += list->entries[i].items;
	return n;
}

/* New entries: wait for the first, then gather for wait_ms. */
static enum err
gather(struct loop *l, struct stream_list *all)
{
	const struct ingest_batch *c = l->c;
	int64_t until = 0;
	int wait = c->drain || c->once ? 0 : IDLE_WAIT_MS;

	*all = (struct stream_list){ 0 };
	for (;;) {
		struct stream_list more = { 0 };
		enum err e = stream_read(&l->hold, c->redis, c->name,
		                         c->max_batches - all->n, wait, &more);

		if (e != E_OK && all->n == 0)
			return e;
		if (e != E_OK) {
			l->missed = true;
			task_clear(&l->hold);
			return E_OK;
		}
		append(l, all, &more);
		if (all->n == 0 || all->n >= c->max_batches || rows_of(all) >= c->max_rows ||
		    c->drain || process_stopping())
			return E_OK;
		if (until == 0)
			until = clock_mono_us() + c->wait_ms * US_PER_MS;
		wait = (int)((until - clock_mono_us()) / US_PER_MS);
		if (wait <= 0)
			return E_OK;
	}
}

/* What this name read before it was killed. */
static enum err
own_pending(struct loop *l)
{
	for (;;) {
		struct stream_list list = { 0 };
		enum err e;

		task_reset(&l->hold);
		e = stream_read_own(&l->hold, l->c->redis, l->c->name, STR(""),
		                    l->c->max_batches, &list);
		if (e != E_OK || list.n == 0)
			return e;
		work_off(l, &list);
		if (gives_up(l))
			return l->failure;
	}
}

/* Entries of dead consumers: one pass over the pending list. */
static enum err
claim(struct loop *l)
{
	char cursor[64] = "";

	do {
		struct str at = str_of(cursor);
		struct stream_list list = { 0 };
		enum err e;

		task_reset(&l->hold);
		e = stream_claim(&l->hold, l->c->redis, l->c->name, l->c->claim_idle_ms,
		                 l->c->max_batches, &at, &list);
		if (e != E_OK)
			return e;
		snprintf(cursor, sizeof(cursor), "%.*s", STRF(at));
		if (list.n > 0)
			work_off(l, &list);
	} while (cursor[0] != '\0' && !gives_up(l));
	return E_OK;
}

/* The switch as it stands. While it cannot be read, it stays as it was, and
 * nothing else is done: a pause holds when Redis was away. */
static enum err
look_at_switch(struct loop *l)
{
	bool paused;
	enum err e;

	task_reset(&l->hold);
	e = stream_is_paused(&l->hold, l->c->redis, &paused);
	if (e != E_OK || paused == l->paused)
		return e;
	l->paused = paused;
	tell_job(l, &l->hold, STR(""));
	return E_OK;
}

/* Once a second: pause flag, jobs, claims. */
static enum err
housekeeping(struct loop *l)
{
	struct job_host host = { .pg = l->c->pg, .redis = l->c->redis, .conf = l->c->conf,
		                 .crypt = l->c->crypt, .name = l->c->name,
		                 .meter = &l->meter, .tell = tell_job, .tell_ctx = l,
		                 .away = &l->store_away };
	enum err e;

	if (clock_mono_us() < l->next_check_us)
		return E_OK;
	e = look_at_switch(l);
	if (e != E_OK)
		return e;
	l->next_check_us = clock_mono_us() + HOUSEKEEPING_MS * US_PER_MS;
	if (!l->c->discard && !l->c->drain && !l->c->once) {
		job_run_asked(&l->work, &host);
		job_run_due(&l->work, &host, false);
		task_reset(&l->work);
		beat(l, &l->work, false);
	}
	meter_flush(&l->meter, &l->work, l->c->pg, false);
	return l->paused ? E_OK : claim(l);
}

static enum err
turn(struct loop *l, bool *empty)
{
	struct stream_list list;
	enum err e;

	if (l->c->turn != NULL)
		l->c->turn(l->c->turn_ctx, &l->work);
	e = housekeeping(l);
	*empty = false;
	if (e != E_OK)
		return e;
	if (l->paused) {
		nap(HOUSEKEEPING_MS / 10);
		l->next_check_us = 0; /* resumed is resumed at once */
		return E_OK;
	}
	if (l->missed) {
		/* else it would wait for claim_idle_ms */
		e = own_pending(l);
		if (e != E_OK)
			return e;
		l->missed = false;
	}
	task_reset(&l->hold);
	e = gather(l, &list);
	if (e != E_OK)
		return e;
	*empty = list.n == 0;
	if (list.n > 0) {
		work_off(l, &list);
		l->busy_us = clock_mono_us();
	} else if (l->busy_us != 0 && clock_mono_us() - l->busy_us > QUIET_US) {
		l->busy_us = 0;
		arena_trim(l->hold.arena);
		arena_trim(l->work.arena);
		process_trim();
	}
	return E_OK;
}

static enum err
begin(struct loop *l)
{
	enum err e;

	task_reset(&l->hold);
	e = stream_ensure(&l->hold, l->c->redis);
	return e == E_OK ? own_pending(l) : e;
}

static void
run(struct loop *l)
{
	bool begun = false;

	while (!gives_up(l)) {
		bool empty = false;
		enum err e = begun ? turn(l, &empty) : begin(l);

		if (process_stopping())
			break;
		if (e == E_NOT_FOUND) {
			begun = false;
			continue;
		}
		if (e != E_OK) {
			l->missed = true;
			back_off(l, &l->hold, "queue", e);
			continue;
		}
		if (begun && (l->c->once || (l->c->drain && empty)))
			break;
		begun = true;
		l->backoff_ms = BACKOFF_MIN_MS; /* also of a quiet queue */
	}
}

enum err
ingest_batch_run(const struct ingest_batch *c)
{
	struct loop l = { .c = c, .backoff_ms = BACKOFF_MIN_MS };
	struct arena *hold = arena_new(ARENA_KEEP), *work = arena_new(ARENA_KEEP);

	task_init(&l.hold, hold);
	task_init(&l.work, work);
	l.self = (struct worker){ .kind = STR("consumer"), .name = c->name, .pid = getpid(),
		                  .started_us = clock_now_us(), .now = STR("") };
	l.persist = persist_open(c->pg, c->master_key);
	run(&l);
	meter_flush(&l.meter, &l.work, c->pg, true);
	task_reset(&l.work);
	if (worker_leave(&l.work, c->redis, l.self.kind, l.self.name) != E_OK)
		task_clear(&l.work);
	persist_close(l.persist);
	arena_free(hold);
	arena_free(work);
	return l.failure;
}
