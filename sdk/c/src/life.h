/* life.h - opening, closing, forking, and the switches. */

static int64_t
tm_real_wall(void *arg)
{
	(void)arg;
	return tm_clock_us(CLOCK_REALTIME) / 1000;
}

static int64_t
tm_real_steady(void *arg)
{
	(void)arg;
	return tm_clock_us(CLOCK_MONOTONIC);
}

/* Spreads clients that failed together; nothing secret depends on it. */
static double
tm_real_jitter(void *arg)
{
	struct tidemark *tm = (struct tidemark *)arg;
	char id[TM_ID];
	tm_uuid7(&tm->ids, 0, id);
	return 0.5 + (double)(strtoul(id + 28, NULL, 16) & 0xffff) / 131072;
}

static void
tm_real_sleep(void *arg, int64_t ms)
{
	struct timespec t;
	(void)arg;
	t.tv_sec = (time_t)(ms / 1000);
	t.tv_nsec = (long)(ms % 1000) * 1000000;
	nanosleep(&t, NULL); /* a signal makes it shorter: who sleeps looks at the clock */
}

void
tidemark_defaults(struct tidemark_options *o)
{
	memset(o, 0, sizeof(*o));
	o->queue_bytes = (int64_t)64 << 20;
	o->queue_age_ms = (int64_t)7 * 24 * 3600 * 1000;
	o->flush_interval_ms = 5000;
	o->batch_size = TM_MAX_SEGMENT_ITEMS;
	o->sample_events = o->sample_traces = 1;
	o->consent = TIDEMARK_ALL;
	o->gzip = true;
	o->remote_config = true;
}

/* --- the thread --- */

static void
tm_wait(struct tidemark *tm, pthread_cond_t *cond, int64_t until_ms)
{
	struct timespec t;
	t.tv_sec = (time_t)(until_ms / 1000);
	t.tv_nsec = (long)(until_ms % 1000) * 1000000;
	if (until_ms < 0)
		pthread_cond_wait(cond, &tm->lock);
	else
		pthread_cond_timedwait(cond, &tm->lock, &t);
}

static void *
tm_thread_main(void *arg)
{
	struct tidemark *tm = (struct tidemark *)arg;
	pthread_mutex_lock(&tm->lock);
	while (!tm->closed) {
		int64_t next = tm_pump(tm);
		if (!tm->closed && tm->flush_asked == tm->flush_begun)
			tm_wait(tm, &tm->wake, next);
	}
	pthread_mutex_unlock(&tm->lock);
	return NULL;
}

/* Signals are for the app's threads. */
static bool
tm_thread_start(struct tidemark *tm)
{
	sigset_t all, before;
	if (tm->manual)
		return true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	tm->threaded = pthread_create(&tm->thread, NULL, tm_thread_main, tm) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return tm->threaded;
}

static bool
tm_locks_init(struct tidemark *tm)
{
	pthread_condattr_t steady;
	if (pthread_condattr_init(&steady) != 0)
		return false;
#ifndef __APPLE__
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
#endif
	bool ok = pthread_mutex_init(&tm->lock, NULL) == 0 && pthread_cond_init(&tm->wake, &steady) == 0 &&
	          pthread_cond_init(&tm->done, &steady) == 0;
	pthread_condattr_destroy(&steady);
	return ok;
}

/* --- after a fork --- */

/* The thread is gone and another one of the parent may have held the lock: what
 * the queue holds is the parent's to send, and is left where it is. */
static void
tm_begin_child(struct tidemark *tm)
{
	for (size_t i = 0; i < sizeof(tm_folders) / sizeof(tm_folders[0]); i++)
		if (tm_folders[i] == &tm->queue)
			tm_folders[i] = NULL;
	for (int l = 0; l < TM_LANES; l++) {
		tm->queue.segment[l] = NULL;
		tm->queue.n[l] = tm->queue.cap[l] = 0;
	}
	tm->queue.folder = tm->ledger.folder = NULL;
	tm->queue.lock = -1;
	tm->queue.bytes = 0;
	tm->ledger.seq = tm->ledger.saved = 0;
	tm_ledger_forget(&tm->ledger);
	memset(&tm->ids, 0, sizeof(tm->ids));
	memset(&tm->remote, 0, sizeof(tm->remote));
	tm->ncrumb = tm->oldest_crumb = 0;
	tm_buf_init(&tm->line);
	tm->failures = 0;
	tm->paused_to[TM_LANE_CRASH] = tm->paused_to[TM_LANE_EVENT] = 0;
	tm->key_paused = tm->full = false;
	tm->flush_asked = tm->flush_begun = tm->flush_done = 0;
	tm->multi = curl_multi_init(); /* the parent's has its connections */
	if (!tm->ledger.opt_out)
		tm_uuid7(&tm->ids, tm_wall(tm), tm->ledger.install);
	tm->disabled = tm->disabled || tm->multi == NULL || !tm_locks_init(tm) || !tm_thread_start(tm);
}

static void
tm_own(struct tidemark *tm)
{
	const pid_t mine = getpid(), busy = -mine; /* another process's is left by a fork in the middle */
	pid_t owner = __atomic_load_n(&tm->pid, __ATOMIC_ACQUIRE);
	while (owner != mine) {
		if (owner != busy &&
		    __atomic_compare_exchange_n(&tm->pid, &owner, busy, false, __ATOMIC_ACQ_REL,
		                                __ATOMIC_ACQUIRE)) {
			tm_begin_child(tm);
			__atomic_store_n(&tm->pid, mine, __ATOMIC_RELEASE);
			return;
		}
		sched_yield(); /* another thread of the child does it */
		owner = __atomic_load_n(&tm->pid, __ATOMIC_ACQUIRE);
	}
}

/* --- opening --- */

static void
tm_put_block(struct tm_buf *b, const char *name, const char *const *field, size_t n)
{
	struct tm_buf inner;
	tm_buf_init(&inner);
	tm_buf_putc(&inner, '{');
	for (size_t i = 0; i + 1 < n; i += 2)
		tm_put_field(&inner, field[i], field[i + 1], TM_MAX_OWNER);
	if (inner.n > 1) {
		tm_put_key(b, tm_str_of(name));
		tm_buf_add(b, inner.p, inner.n);
		tm_buf_putc(b, '}');
	}
	tm_buf_free(&inner);
}

/* The context of the batches: app and device, without what is empty. */
static char *
tm_context_block(const struct tidemark_options *o)
{
	const char *app[] = { "id", o->app_id, "version", o->app_version, "build", o->app_build };
	const char *device[] = { "id", o->device_id, "platform", o->platform, "os", o->os,
		                 "model", o->model, "locale", o->locale };
	struct tm_buf b;
	tm_buf_init(&b);
	tm_buf_putc(&b, '{');
	tm_put_block(&b, "app", app, sizeof(app) / sizeof(app[0]));
	tm_put_block(&b, "device", device, sizeof(device) / sizeof(device[0]));
	tm_buf_putc(&b, '}');
	tm_buf_text(&b);
	return b.failed ? NULL : b.p; /* taken over */
}

static bool
tm_copy_texts(struct tidemark *tm, const struct tidemark_options *o)
{
	struct tm_buf service;
	size_t n = strlen(o->endpoint);
	tm_buf_init(&service);
	tm_put_field(&service, "service", o->service, TM_MAX_OWNER);
	tm_put_field(&service, "version", o->service_version, TM_MAX_OWNER);
	if (service.n > 0) {
		tm_buf_text(&service);
		tm->service_json = service.p;
	}
	tm->endpoint = tm_copy(o->endpoint);
	while (tm->endpoint != NULL && n > 0 && tm->endpoint[n - 1] == '/')
		tm->endpoint[--n] = '\0';
	tm->key = tm_copy(o->key);
	tm->org_id = tm_copy(o->org_id);
	tm->queue.context = tm_context_block(o);
	bool ok = !service.failed && tm->endpoint != NULL && tm->key != NULL && tm->queue.context != NULL;
	if (o->nredact_keys == 0)
		return ok;
	tm->redact.key = (char **)calloc(o->nredact_keys, sizeof(char *));
	for (size_t i = 0; tm->redact.key != NULL && i < o->nredact_keys; i++) {
		tm->redact.key[i] = tm_copy(o->redact_keys[i]);
		ok = ok && tm->redact.key[i] != NULL;
		tm->redact.n += tm->redact.key[i] != NULL;
	}
	return ok && tm->redact.key != NULL;
}

static void
tm_copy_numbers(struct tidemark *tm, const struct tidemark_options *o)
{
	tm->before_send = o->before_send;
	tm->before_send_arg = o->before_send_arg;
	tm->log = tm->queue.log = o->log;
	tm->log_arg = tm->queue.log_arg = o->log_arg;
	tm->sample_events = o->sample_events;
	tm->sample_traces = o->sample_traces;
	tm->flush_ms = o->flush_interval_ms;
	tm->batch = o->batch_size > 0 ? (size_t)o->batch_size : 0;
	tm->gzip = o->gzip;
	tm->ask_remote = o->remote_config;
	tm->consent = o->consent;
	tm->manual = o->host != NULL;
	tm->host.wall_ms = tm_real_wall;
	tm->host.steady_us = tm_real_steady;
	tm->host.jitter = tm_real_jitter;
	tm->host.sleep_ms = tm_real_sleep;
	tm->host.arg = tm;
	if (o->host != NULL)
		tm->host = *o->host;
	tm->queue.max_bytes = o->queue_bytes;
	tm->queue.max_age_ms = o->queue_age_ms;
	tm->queue.lock = -1;
	tm->queue.ledger = &tm->ledger;
	tm_queue_bound(&tm->queue, tm->batch, 0, 0);
}

static void
tm_free(struct tidemark *tm)
{
	for (int l = 0; l < TM_LANES; l++) {
		for (size_t i = 0; i < tm->queue.n[l]; i++)
			tm_segment_free(tm->queue.segment[l][i]);
		free(tm->queue.segment[l]);
	}
	tm_folder_release(&tm->queue);
	tm_forget_crumbs(tm);
	for (size_t i = 0; i < tm->redact.n; i++)
		free(tm->redact.key[i]);
	free(tm->redact.key);
	curl_multi_cleanup(tm->multi);
	free(tm->queue.context);
	free(tm->service_json);
	free(tm->remote.text);
	tm_buf_free(&tm->line);
	free(tm->endpoint);
	free(tm->org_id);
	free(tm->key);
	pthread_mutex_destroy(&tm->lock);
	pthread_cond_destroy(&tm->wake);
	pthread_cond_destroy(&tm->done);
	free(tm);
}

static pthread_once_t tm_curl_once = PTHREAD_ONCE_INIT;

static void
tm_curl_init(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct tidemark *
tidemark_open(const struct tidemark_options *o)
{
	if (o == NULL || o->endpoint == NULL || o->key == NULL || *o->endpoint == '\0' || *o->key == '\0')
		return NULL;
	pthread_once(&tm_curl_once, tm_curl_init);
	struct tidemark *tm = (struct tidemark *)calloc(1, sizeof(*tm));
	if (tm == NULL || !tm_locks_init(tm)) {
		free(tm);
		return NULL;
	}
	tm_copy_numbers(tm, o);
	tm->pid = getpid();
	tm->multi = curl_multi_init();
	if (!tm_copy_texts(tm, o) || tm->multi == NULL) {
		tm_free(tm);
		return NULL;
	}
	tm_folder_open(&tm->queue, o->spool);
	tm->ledger.folder = tm->queue.folder;
	if (tm->ledger.folder != NULL)
		tm_ledger_load(&tm->ledger);
	if (tm->ledger.install[0] == '\0' && !tm->ledger.opt_out)
		tm_uuid7(&tm->ids, tm_wall(tm), tm->ledger.install);
	tm_folder_adopt(&tm->queue, tm_now(tm), tm_now(tm) + tm->flush_ms, tm_wall(tm));
	tm_signal_adopt(tm);
	tm_queue_save(&tm->queue);
	if (!tm_thread_start(tm)) {
		tm_free(tm);
		return NULL;
	}
	return tm;
}

/* --- sending --- */

bool
tidemark_flush(struct tidemark *tm, int64_t timeout_ms)
{
	if (tm == NULL)
		return true;
	tm_own(tm);
	pthread_mutex_lock(&tm->lock);
	uint64_t mine = ++tm->flush_asked;
	int64_t end = tm_now(tm) + (timeout_ms > 0 ? timeout_ms : 0);
	tm_kick(tm);
	if (tm->manual)
		tm_pump(tm);
	else
		while (tm->flush_done < mine && !tm->closed && tm->threaded && tm_now(tm) < end)
			tm_wait(tm, &tm->done, end);
	bool ok = tm->flush_done >= mine;
	pthread_mutex_unlock(&tm->lock);
	return ok;
}

static int64_t
tm_shortest_pause(const struct tidemark *tm)
{
	int64_t now = tm_now(tm), shortest = -1;
	for (int l = 0; l < TM_LANES; l++)
		for (size_t i = 0; i < tm->queue.n[l]; i++) {
			int64_t at = tm->queue.segment[l][i]->not_before;
			at = at > tm->paused_to[l] ? at : tm->paused_to[l];
			at = at > now ? at - now : 0;
			if (shortest < 0 || at < shortest)
				shortest = at;
		}
	return shortest < 0 ? 0 : shortest;
}

/* A flush, and another one after each pause that ends in time. */
static void
tm_finish(struct tidemark *tm, int64_t timeout_ms)
{
	int64_t end = tm_now(tm) + timeout_ms;
	for (;;) {
		tidemark_flush(tm, end - tm_now(tm));
		pthread_mutex_lock(&tm->lock);
		int64_t pause = tm_shortest_pause(tm);
		bool again = tm_enabled(tm) && tm_queue_items(&tm->queue) > 0 && tm_now(tm) + pause < end;
		pthread_mutex_unlock(&tm->lock);
		if (!again)
			return;
		tm->host.sleep_ms(tm->host.arg, pause);
	}
}

void
tidemark_close(struct tidemark *tm, int64_t timeout_ms)
{
	if (tm == NULL)
		return;
	tm_finish(tm, timeout_ms);
	__atomic_store_n(&tm->stopping, 1, __ATOMIC_RELEASE);
	pthread_mutex_lock(&tm->lock);
	tm->closed = true;
	tm_kick(tm);
	pthread_mutex_unlock(&tm->lock);
	curl_multi_wakeup(tm->multi);
	if (tm->threaded)
		pthread_join(tm->thread, NULL);
	tm_queue_save(&tm->queue);
	tm_signals_release(tm);
	tm_free(tm);
}

void
tidemark_set_key(struct tidemark *tm, const char *key)
{
	char *copy = key != NULL ? tm_copy(key) : NULL;
	if (tm == NULL || copy == NULL) {
		free(copy);
		return;
	}
	tm_own(tm);
	pthread_mutex_lock(&tm->lock);
	char *old = tm->key;
	tm->key = copy; /* first, for a child that is forked meanwhile */
	free(old);
	if (tm->key_paused)
		tm->paused_to[TM_LANE_CRASH] = tm->paused_to[TM_LANE_EVENT] = 0;
	tm->key_paused = false;
	tm_kick(tm);
	pthread_mutex_unlock(&tm->lock);
}

/* --- switches --- */

void
tidemark_consent(struct tidemark *tm, int kinds)
{
	if (tm == NULL)
		return;
	tm_own(tm);
	pthread_mutex_lock(&tm->lock);
	tm->consent = kinds & TIDEMARK_ALL;
	tm_queue_filter(&tm->queue, tm->consent);
	if ((kinds & TIDEMARK_CRASHES) == 0)
		tm_forget_crumbs(tm);
	pthread_mutex_unlock(&tm->lock);
}

void
tidemark_opt_out(struct tidemark *tm)
{
	if (tm == NULL)
		return;
	tm_own(tm);
	pthread_mutex_lock(&tm->lock);
	tm->ledger.opt_out = true;
	tm->ledger.seq = 0;
	tm->ledger.install[0] = '\0';
	tm_queue_clear(&tm->queue);
	tm_ledger_forget(&tm->ledger);
	tm_queue_save(&tm->queue);
	tm_forget_crumbs(tm);
	tm_kick(tm);
	pthread_mutex_unlock(&tm->lock);
}

void
tidemark_opt_in(struct tidemark *tm)
{
	if (tm == NULL)
		return;
	tm_own(tm);
	pthread_mutex_lock(&tm->lock);
	if (tm->ledger.opt_out) {
		tm->ledger.opt_out = false;
		tm_uuid7(&tm->ids, tm_wall(tm), tm->ledger.install);
		tm_queue_save(&tm->queue);
	}
	pthread_mutex_unlock(&tm->lock);
}

void
tidemark_enable(struct tidemark *tm, bool on)
{
	if (tm == NULL)
		return;
	tm_own(tm);
	pthread_mutex_lock(&tm->lock);
	tm->disabled = !on;
	tm_kick(tm);
	pthread_mutex_unlock(&tm->lock);
}

bool
tidemark_flag(struct tidemark *tm, const char *name, bool otherwise)
{
	if (tm == NULL || name == NULL)
		return otherwise;
	tm_own(tm);
	pthread_mutex_lock(&tm->lock);
	const char *text = tm->remote.text, *end = text != NULL ? text + tm->remote.text_n : NULL;
	if (text != NULL) {
		const char *flags = tm_json_get(tm_json_blank(text, end), end, "flags");
		const char *v = tm_json_get(flags, end, name);
		if (v != NULL && (*v == 't' || *v == 'f'))
			otherwise = *v == 't';
	}
	pthread_mutex_unlock(&tm->lock);
	return otherwise;
}

void
tidemark_stats(struct tidemark *tm, struct tidemark_stats *out)
{
	struct tm_buf b;
	memset(out, 0, sizeof(*out));
	snprintf(out->discarded, sizeof(out->discarded), "[]");
	if (tm == NULL)
		return;
	tm_own(tm);
	tm_buf_init(&b);
	pthread_mutex_lock(&tm->lock);
	out->queued = tm_queue_items(&tm->queue);
	out->paused_ms = tm_shortest_pause(tm);
	out->enabled = tm_enabled(tm);
	tm_ledger_list(&tm->ledger, &b);
	pthread_mutex_unlock(&tm->lock);
	if (b.n < sizeof(out->discarded))
		snprintf(out->discarded, sizeof(out->discarded), "%s", tm_buf_text(&b));
	tm_buf_free(&b);
}
