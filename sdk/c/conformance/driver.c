/* driver - the driver of sdk/spec/driver.md: commands of the runner on standard
 * input, replies on standard output. It is built as C and as C++. */
#define TIDEMARK_IMPLEMENTATION
#define TIDEMARK_GZIP
#include "tidemark.h"

#include <inttypes.h>

#include "command.h"

static struct {
	struct tidemark *tm;
	struct tidemark_host host;
	int64_t now_us;
	double jitter;
	struct tidemark_options options;
	char *kept[MAX_TEXTS];
	struct tidemark_timer timer[MAX_TIMERS];
	char *timer_name[MAX_TIMERS];
	size_t ntimers;
	char *before_send[3];
} driver;

/* --- time is the runner's --- */

static int64_t
wall(void *arg)
{
	(void)arg;
	return driver.now_us / 1000;
}

static int64_t
steady(void *arg)
{
	(void)arg;
	return driver.now_us;
}

static double
jitter(void *arg)
{
	(void)arg;
	return driver.jitter;
}

static void
sleep_ms(void *arg, int64_t ms)
{
	(void)arg;
	driver.now_us += ms * 1000;
}

static int64_t
pump(void)
{
	pthread_mutex_lock(&driver.tm->lock);
	int64_t next = tm_pump(driver.tm);
	pthread_mutex_unlock(&driver.tm->lock);
	return next;
}

static void
advance(int64_t ms)
{
	int64_t end = driver.now_us + ms * 1000;
	for (;;) {
		int64_t next = pump();
		if (next < 0 || next * 1000 > end)
			break;
		driver.now_us = next * 1000;
	}
	driver.now_us = end;
	pump();
}

/* --- the commands --- */

static bool
before_send(void *arg, struct tidemark_item *item)
{
	(void)arg;
	if (item->name == NULL || strcmp(item->name, driver.before_send[1]) != 0)
		return true;
	if (strcmp(driver.before_send[0], "rename") == 0) {
		item->name = driver.before_send[2];
		return true;
	}
#ifdef __cplusplus
	if (strcmp(driver.before_send[0], "throw") == 0)
		throw 1;
#endif
	return false;
}

static void
complain(void *arg, const char *message)
{
	(void)arg;
	fprintf(stderr, "%s\n", message);
}

/* "drop:NAME", "rename:A:B" */
static void
take_before_send(struct tidemark_options *o, char *text)
{
	for (int i = 0; i < 3 && text != NULL; i++) {
		char *colon = strchr(text, ':');
		if (colon != NULL)
			*colon = '\0';
		driver.before_send[i] = tm_copy(text);
		text = colon != NULL ? colon + 1 : NULL;
	}
	o->before_send = before_send;
}

static void
take_names(struct command *c, struct tidemark_options *o)
{
	const char *all = c->p;
	c->p = tm_json_get(all, c->end, "app");
	o->app_id = text_of(c, "id");
	o->app_version = text_of(c, "version");
	o->app_build = text_of(c, "build");
	c->p = tm_json_get(all, c->end, "device");
	o->device_id = text_of(c, "id");
	o->platform = text_of(c, "platform");
	o->os = text_of(c, "os");
	o->model = text_of(c, "model");
	o->locale = text_of(c, "locale");
	c->p = tm_json_get(all, c->end, "service");
	o->org_id = text_of(c, "org_id");
	o->service = text_of(c, "service");
	o->service_version = text_of(c, "version");
	c->p = all;
}

static void
take_settings(struct command *c, struct tidemark_options *o)
{
	static const char *keys[MAX_KEYS];
	const char *all = c->p, *list = tm_json_get(c->p, c->end, "redactKeys");
	char *filter = text_of(c, "beforeSend");
	c->p = tm_json_get(all, c->end, "sampling");
	o->sample_events = number_of(c, "events", 1);
	o->sample_traces = number_of(c, "traces", 1);
	c->p = tm_json_get(all, c->end, "consent");
	if (c->p != NULL)
		o->consent = consent_of(c);
	c->p = all;
	o->queue_bytes = (int64_t)number_of(c, "queueBytes", (double)o->queue_bytes);
	o->queue_age_ms = (int64_t)number_of(c, "queueAgeMs", (double)o->queue_age_ms);
	o->flush_interval_ms = (int64_t)number_of(c, "flushIntervalMs", (double)o->flush_interval_ms);
	o->batch_size = (int)number_of(c, "batchSize", o->batch_size);
	o->gzip = bool_of(c, "gzip", false);
	o->remote_config = bool_of(c, "config", false);
	if (filter != NULL)
		take_before_send(o, filter);
	if (list != NULL)
		for (const char *p = tm_json_first(list, c->end); p != NULL && o->nredact_keys < MAX_KEYS;
		     p = tm_json_next(tm_json_skip(p, c->end, 0), c->end))
			keys[o->nredact_keys++] = text_at(c, p);
	o->redact_keys = keys;
}

static void
do_init(struct command *c)
{
	struct tidemark_options *o = &driver.options;
	const char *all = c->p;
	tidemark_defaults(o);
	o->endpoint = text_of(c, "endpoint");
	o->key = text_of(c, "key");
	o->spool = text_of(c, "dir");
	o->log = complain;
	c->p = tm_json_get(all, c->end, "options");
	take_names(c, o);
	take_settings(c, o);
	c->p = all;
	memcpy(driver.kept, c->texts, sizeof(driver.kept)); /* what o points to */
	c->ntexts = 0;
	driver.now_us = (int64_t)number_of(c, "now", 0) * 1000;
	driver.jitter = number_of(c, "jitter", 0.5);
	driver.host.wall_ms = wall;
	driver.host.steady_us = steady;
	driver.host.jitter = jitter;
	driver.host.sleep_ms = sleep_ms;
	o->host = &driver.host;
	driver.tm = tidemark_open(o);
	pump();
}

static void
do_track(struct command *c)
{
	char *ns = text_of(c, "ns");
	size_t n = values_of(c, "props");
	if (ns == NULL)
		tidemark_track(driver.tm, who_of(c), text_of(c, "name"), c->value, n);
	else
		tidemark_track_in(driver.tm, who_of(c), ns, text_of(c, "name"), c->value, n);
}

static void
do_screen(struct command *c)
{
	size_t n = values_of(c, "props");
	c->value[n++] = tidemark_str("screen", text_of(c, "name"));
	tidemark_track(driver.tm, who_of(c), "screen_view", c->value, n);
}

static void
do_alias(struct command *c)
{
	tidemark_alias(driver.tm, who_of(c), text_of(c, "alias_id"));
}

static void
do_crash(struct command *c)
{
	struct tidemark_crash crash;
	size_t n = values_of(c, "props");
	crash.type = text_of(c, "type");
	crash.message = text_of(c, "message");
	crash.stack = text_of(c, "stacktrace");
	crash.fingerprint = text_of(c, "fingerprint");
	crash.fatal = bool_of(c, "fatal", true);
	tidemark_crash(driver.tm, who_of(c), &crash, c->value, n);
}

static void
do_breadcrumb(struct command *c)
{
	size_t n = values_of(c, "data");
	tidemark_breadcrumb(driver.tm, text_of(c, "type"), text_of(c, "message"), c->value, n);
}

static void
do_trace(struct command *c)
{
	size_t n = values_of(c, "props");
	tidemark_trace(driver.tm, who_of(c), text_of(c, "name"), text_of(c, "trace_id"),
	               number_of(c, "duration_ms", 0), c->value, n);
}

static void
do_trace_start(struct command *c)
{
	size_t i = driver.ntimers < MAX_TIMERS ? driver.ntimers++ : 0;
	driver.timer_name[i] = tm_copy(text_of(c, "name"));
	driver.timer[i] = tidemark_trace_start(driver.tm, driver.timer_name[i]);
	printf("{\"trace\":%zu}\n", i + 1);
}

static void
do_trace_stop(struct command *c)
{
	size_t n = values_of(c, "props"), i = (size_t)number_of(c, "trace", 1) - 1;
	if (i < driver.ntimers)
		tidemark_trace_stop(driver.tm, who_of(c), &driver.timer[i], c->value, n);
}

static void
do_consent(struct command *c)
{
	tidemark_consent(driver.tm, consent_of(c));
}

static void
do_opt_out(struct command *c)
{
	(void)c;
	tidemark_opt_out(driver.tm);
}

static void
do_opt_in(struct command *c)
{
	(void)c;
	tidemark_opt_in(driver.tm);
}

static void
do_flush(struct command *c)
{
	(void)c;
	tidemark_flush(driver.tm, 30000);
}

static void
do_close(struct command *c)
{
	int64_t begin = driver.now_us;
	(void)c;
	tidemark_close(driver.tm, 2000);
	driver.tm = NULL;
	printf("{\"ms\":%" PRId64 "}\n", (driver.now_us - begin) / 1000);
}

static void
do_advance(struct command *c)
{
	advance((int64_t)number_of(c, "ms", 0));
}

static void
do_state(struct command *c)
{
	struct tidemark_stats s;
	(void)c;
	tidemark_stats(driver.tm, &s);
	printf("{\"queued\":%zu,\"paused_ms\":%" PRId64 ",\"enabled\":%s,\"discarded\":%s}\n", s.queued,
	       s.paused_ms, s.enabled ? "true" : "false", s.discarded);
}

static void
do_flag(struct command *c)
{
	bool on = tidemark_flag(driver.tm, text_of(c, "name"), bool_of(c, "default", false));
	printf("{\"value\":%s}\n", on ? "true" : "false");
}

static void
do_burst(struct command *c)
{
	const char *prefix = text_of(c, "prefix");
	int n = (int)number_of(c, "n", 0);
	for (int i = 0; i < n; i++) {
		char name[128];
		snprintf(name, sizeof(name), "%s-%d", prefix, i);
		tidemark_track(driver.tm, tidemark_nobody(), name, NULL, 0);
		fprintf(stderr, "%s\n", name);
	}
}

static void
do_leave(struct command *c)
{
	(void)c;
	tidemark_close(driver.tm, 0);
	for (size_t i = 0; i < MAX_TEXTS; i++)
		free(driver.kept[i]);
	for (size_t i = 0; i < driver.ntimers; i++)
		free(driver.timer_name[i]);
	for (size_t i = 0; i < 3; i++)
		free(driver.before_send[i]);
	memset(&driver, 0, sizeof(driver));
}

/* A client with the real clock and a thread, in place of the other. */
static void
do_real(struct command *c)
{
	(void)c;
	tidemark_close(driver.tm, 0);
	driver.options.host = NULL;
	driver.tm = tidemark_open(&driver.options);
}

/* replies: it prints its reply itself */
static const struct act {
	const char *name;
	void (*run)(struct command *c);
	bool replies;
} acts[] = {
	{ "init", do_init, false },           { "real", do_real, false },
	{ "track", do_track, false },         { "screen", do_screen, false },
	{ "alias", do_alias, false },         { "leave", do_leave, false },
	{ "crash", do_crash, false },         { "breadcrumb", do_breadcrumb, false },
	{ "trace", do_trace, false },         { "trace_start", do_trace_start, true },
	{ "trace_stop", do_trace_stop, false }, { "consent", do_consent, false },
	{ "opt_out", do_opt_out, false },     { "opt_in", do_opt_in, false },
	{ "flush", do_flush, false },         { "close", do_close, true },
	{ "advance", do_advance, false },     { "state", do_state, true },
	{ "flag", do_flag, true },            { "burst", do_burst, false },
};

/* What is known of a person: calls with a list of values. */
static const struct fact {
	const char *name, *list;
	void (*tell)(struct tidemark *tm, struct tidemark_who who, const struct tidemark_value *values,
	             size_t n);
} facts[] = {
	{ "identify", "traits", tidemark_identify },   { "set", "values", tidemark_set },
	{ "set_once", "values", tidemark_set_once },   { "unset", "keys", tidemark_unset },
	{ "increment", "values", tidemark_increment },
};

static void
answer(struct command *c)
{
	struct tm_str word = tm_json_word(tm_json_get(c->p, c->end, "do"), c->end);
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (!tm_is(word, facts[i].name))
			continue;
		size_t n = values_of(c, facts[i].list);
		facts[i].tell(driver.tm, who_of(c), c->value, n);
		puts("{}");
		return;
	}
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (!tm_is(word, acts[i].name))
			continue;
		acts[i].run(c);
		if (!acts[i].replies)
			puts("{}");
		return;
	}
	puts("{\"unsupported\":true}");
}

int
main(void)
{
	static struct command c;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	setvbuf(stderr, NULL, _IONBF, 0);
	while ((n = getline(&line, &cap, stdin)) > 0) {
		memset(&c, 0, sizeof(c));
		c.p = line;
		c.end = line + n;
		answer(&c);
		fflush(stdout);
		for (size_t i = 0; i < c.ntexts; i++)
			free(c.texts[i]);
	}
	free(line);
	tidemark_close(driver.tm, 0);
	return 0;
}
