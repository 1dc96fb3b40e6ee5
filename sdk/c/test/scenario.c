/* scenario - what the cases of sdk/spec cannot say: threads, forks, signals, two
 * clients on one folder, a server that is silent. `scenario NAME URL FOLDER`;
 * t/conformance/c.py looks at what came in. "-" is no folder. */
#define TIDEMARK_IMPLEMENTATION
#define TIDEMARK_GZIP
#define TIDEMARK_BACKTRACE
#include "tidemark.h"

#include <sys/wait.h>

static struct tidemark_options options;
static int complaints;

static void
complain(void *arg, const char *message)
{
	(void)arg;
	complaints++;
	fprintf(stderr, "%s\n", message);
}

static void
check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "failed: %s\n", what);
	exit(1);
}

/* Until nothing waits. */
static void
drain(struct tidemark *tm)
{
	struct tidemark_stats s;
	for (int i = 0; i < 100; i++) {
		tidemark_flush(tm, 5000);
		tidemark_stats(tm, &s);
		if (s.queued == 0)
			return;
		usleep(100000);
	}
}

/* --- threads --- */

enum { THREADS = 8, EVENTS = 400 };
static struct tidemark *shared;

static void *
record(void *arg)
{
	int no = *(const int *)arg;
	for (int i = 0; i < EVENTS; i++) {
		char name[32];
		const struct tidemark_value props[] = { tidemark_int("i", i), tidemark_num("x", i / 3.0) };
		snprintf(name, sizeof(name), "%d-%d", no, i);
		tidemark_track(shared, tidemark_user("u"), name, TIDEMARK_LIST(props));
		if (i % 100 == 50)
			tidemark_flush(shared, 1000);
		if (i % 100 == 70)
			tidemark_breadcrumb(shared, "log", name, props, 1);
		if (i % 200 == 90)
			tidemark_set_key(shared, "tm_wk_other");
	}
	return NULL;
}

static int
threads(void)
{
	pthread_t thread[THREADS];
	int no[THREADS];
	shared = tidemark_open(&options);
	for (int i = 0; i < THREADS; i++) {
		no[i] = i;
		pthread_create(&thread[i], NULL, record, &no[i]);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	drain(shared);
	tidemark_close(shared, 2000);
	return 0;
}

/* --- forks --- */

static int
forks(void)
{
	struct tidemark *tm = tidemark_open(&options);
	int status = 1;
	tidemark_track(tm, tidemark_nobody(), "before", NULL, 0);
	pid_t child = fork();
	if (child == 0) {
		tidemark_track(tm, tidemark_nobody(), "child", NULL, 0);
		tidemark_track(tm, tidemark_nobody(), "child-2", NULL, 0);
		check(tidemark_flush(tm, 5000), "the child flushes");
		tidemark_close(tm, 1000);
		_exit(0);
	}
	tidemark_track(tm, tidemark_nobody(), "parent", NULL, 0);
	check(waitpid(child, &status, 0) == child && status == 0, "the child ends well");
	drain(tm);
	tidemark_close(tm, 1000);
	return 0;
}

/* --- signals --- */

static struct sigaction former;

static void
former_handler(int sig)
{
	(void)sig;
	if (write(STDOUT_FILENO, "former\n", 7) == 7)
		_exit(3);
}

/* Not static: the frames of a stack have the names that -rdynamic exports. */
int read_nowhere(void);

__attribute__((noinline)) int
read_nowhere(void)
{
	static volatile int *nowhere;
	return *nowhere; /* SIGSEGV */
}

static int
signals(void)
{
	struct tidemark *tm;
	memset(&former, 0, sizeof(former));
	former.sa_handler = former_handler;
	sigaction(SIGSEGV, &former, NULL);
	tm = tidemark_open(&options);
	check(tidemark_catch_signals(tm), "the handler is installed");
	check(!tidemark_catch_signals(tm), "and only once");
	tidemark_track(tm, tidemark_nobody(), "before", NULL, 0);
	return read_nowhere();
}

static int
afterwards(void)
{
	struct tidemark *tm = tidemark_open(&options);
	drain(tm);
	tidemark_close(tm, 2000);
	return 0;
}

/* --- the rest --- */

static int
two(void)
{
	struct tidemark *first = tidemark_open(&options), *second = tidemark_open(&options);
	check(complaints == 1, "the second one says that the folder is taken");
	tidemark_track(first, tidemark_nobody(), "first", NULL, 0);
	tidemark_track(second, tidemark_nobody(), "second", NULL, 0);
	drain(first);
	drain(second);
	tidemark_close(second, 0);
	tidemark_track(first, tidemark_nobody(), "third", NULL, 0);
	tidemark_close(first, 2000);
	first = tidemark_open(&options);
	check(complaints == 1, "a closed client gives the folder back");
	tidemark_close(first, 0);
	return 0;
}

static int
silent(void)
{
	struct tidemark *tm = tidemark_open(&options);
	int64_t begin = tm_clock_us(CLOCK_MONOTONIC);
	for (int i = 0; i < 1000; i++)
		tidemark_track(tm, tidemark_nobody(), "a", NULL, 0);
	check(tm_clock_us(CLOCK_MONOTONIC) - begin < 2000000, "calls go on");
	begin = tm_clock_us(CLOCK_MONOTONIC);
	check(!tidemark_flush(tm, 100), "a flush says that it did not end");
	tidemark_close(tm, 200);
	check(tm_clock_us(CLOCK_MONOTONIC) - begin < 1500000, "closing keeps to its time");
	return 0;
}

/* The server refuses twice, while the client closes. */
static int
closing(void)
{
	struct tidemark *tm;
	int64_t begin = tm_clock_us(CLOCK_MONOTONIC);
	options.remote_config = false;
	tm = tidemark_open(&options);
	tidemark_track(tm, tidemark_nobody(), "a", NULL, 0);
	tidemark_close(tm, 8000);
	check(tm_clock_us(CLOCK_MONOTONIC) - begin >= 1500000, "closing waits for two pauses");
	return 0;
}

/* Nobody is there: closing ends in its time. */
static int
away(void)
{
	struct tidemark *tm = tidemark_open(&options);
	int64_t begin = tm_clock_us(CLOCK_MONOTONIC), took;
	tidemark_track(tm, tidemark_nobody(), "a", NULL, 0);
	tidemark_close(tm, 1200);
	took = tm_clock_us(CLOCK_MONOTONIC) - begin;
	check(took >= 400000 && took < 5000000, "closing without a server keeps to its time");
	return 0;
}

/* Everything with nothing: NULL, empty, odd. */
static int
nothing(void)
{
	const struct tidemark_value odd[] = {
		tidemark_str(NULL, "no key"), tidemark_str("null", NULL), tidemark_num("nan", NAN),
		tidemark_num("inf", -INFINITY), tidemark_num("tenth", 0.1), tidemark_json("bad", "{\"a\":"),
		tidemark_json("empty", NULL), tidemark_str("bytes", "a\xff\xc0\xaf z"),
		tidemark_json("pair", "[\"\\ud83d\\ude00\",\"\\ud83d\",\"\\u0041\\q\"]"),
	};
	struct tidemark_stats s;
	struct tidemark_crash crash;
	struct tidemark_timer timer = tidemark_trace_start(NULL, "t");
	memset(&crash, 0, sizeof(crash));
	tidemark_track(NULL, tidemark_nobody(), "a", NULL, 0);
	tidemark_trace_stop(NULL, tidemark_nobody(), &timer, NULL, 0);
	tidemark_crash(NULL, tidemark_nobody(), &crash, NULL, 0);
	tidemark_breadcrumb(NULL, NULL, NULL, NULL, 0);
	tidemark_stats(NULL, &s);
	check(tidemark_open(NULL) == NULL && tidemark_flag(NULL, "x", true) && tidemark_flush(NULL, 1) &&
	      !tidemark_catch_signals(NULL) && strcmp(s.discarded, "[]") == 0, "NULL does nothing");
	tidemark_close(NULL, 1);
	struct tidemark *tm = tidemark_open(&options);
	tidemark_track(tm, tidemark_nobody(), NULL, NULL, 0);
	tidemark_track(tm, tidemark_nobody(), "", NULL, 0);
	tidemark_track(tm, tidemark_user(""), "odd", TIDEMARK_LIST(odd));
	tidemark_set(tm, tidemark_user("u"), NULL, 4);
	crash.type = "Own";
	tidemark_crash(tm, tidemark_nobody(), &crash, NULL, 0);
	tidemark_breadcrumb(tm, NULL, NULL, NULL, 0);
	tidemark_enable(tm, false);
	tidemark_track(tm, tidemark_nobody(), "disabled", NULL, 0);
	check(tidemark_flush(tm, 1000), "a disabled client has nothing to flush");
	tidemark_enable(tm, true);
	drain(tm);
	tidemark_close(tm, 2000);
	return 0;
}

/* What waits of a kind goes with its consent. */
static int
consent(void)
{
	struct tidemark *tm;
	options.flush_interval_ms = 60000;
	tm = tidemark_open(&options);
	tidemark_track(tm, tidemark_nobody(), "a", NULL, 0);
	tidemark_trace(tm, tidemark_nobody(), "t", NULL, 1, NULL, 0);
	tidemark_consent(tm, TIDEMARK_TRACES);
	tidemark_track(tm, tidemark_nobody(), "b", NULL, 0);
	drain(tm);
	tidemark_close(tm, 2000);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} scenarios[] = {
	{ "threads", threads }, { "forks", forks }, { "signals", signals }, { "afterwards", afterwards },
	{ "two", two }, { "silent", silent }, { "closing", closing }, { "away", away }, { "nothing", nothing }, { "consent", consent },
};

int
main(int argc, char **argv)
{
	if (argc != 4)
		return 64;
	tidemark_defaults(&options);
	options.endpoint = argv[2];
	options.key = "tm_wk_test";
	options.spool = strcmp(argv[3], "-") != 0 ? argv[3] : NULL;
	options.service = "scenario";
	options.log = complain;
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (strcmp(scenarios[i].name, argv[1]) == 0)
			return scenarios[i].run();
	return 64;
}
