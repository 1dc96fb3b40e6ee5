/* client.h - the whole of a client. */

/* What the client takes from the machine; the conformance driver brings its own
 * and calls tm_pump() instead of a thread. */
struct tidemark_host {
	int64_t (*wall_ms)(void *arg);
	int64_t (*steady_us)(void *arg);
	double (*jitter)(void *arg); /* the factor of a wait, in [0.5, 1) */
	void (*sleep_ms)(void *arg, int64_t ms);
	void *arg;
};

/* What the server wants of its SDKs. */
struct tm_remote {
	bool known, killed;
	double sample_events, sample_traces;
	char *text; /* the answer, for flags */
	size_t text_n;
	char tag[128];
	int64_t poll_at; /* steady ms; 0: never asked */
	int64_t poll_ms;
};

struct tm_crumb {
	int64_t ts;
	char *json; /* the members after ts */
};

struct tidemark {
	/* never changed after the start */
	char *endpoint;
	char *service_json; /* members of an event's context but org_id, or NULL */
	char *org_id;
	struct tm_redact redact;
	bool (*before_send)(void *arg, struct tidemark_item *item);
	void *before_send_arg;
	void (*log)(void *arg, const char *message);
	void *log_arg;
	double sample_events, sample_traces;
	int64_t flush_ms;
	size_t batch;
	bool gzip, ask_remote, manual; /* manual: without a thread */
	struct tidemark_host host;

	pid_t pid; /* of the process that owns what follows; changed by a fork */
	pthread_mutex_t lock;
	pthread_cond_t wake, done;
	pthread_t thread;
	bool threaded;
	CURLM *multi;
	int stopping; /* 1: end what is under way; read without the lock */

	char *key;
	int consent;
	bool disabled, closed;
	struct tm_ids ids;
	struct tm_ledger ledger;
	struct tm_queue queue;
	struct tm_remote remote;
	struct tm_crumb crumb[TM_MAX_CRUMBS];
	size_t ncrumb, oldest_crumb;
	struct tm_buf line;

	/* the sender's */
	int failures; /* in a row */
	int64_t paused_to[TM_LANES];
	bool key_paused, full;
	uint64_t flush_asked, flush_begun, flush_done; /* numbers of flushes */
};

static int64_t
tm_wall(const struct tidemark *tm)
{
	return tm->host.wall_ms(tm->host.arg);
}

static int64_t
tm_now(const struct tidemark *tm)
{
	return tm->host.steady_us(tm->host.arg) / 1000;
}

static void
tm_say(const struct tidemark *tm, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

static void
tm_say(const struct tidemark *tm, const char *format, ...)
{
	char text[512];
	va_list args;
	if (tm->log == NULL)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	tm->log(tm->log_arg, text);
}

static bool
tm_enabled(const struct tidemark *tm)
{
	return !tm->closed && !tm->disabled && !tm->ledger.opt_out && !tm->remote.killed;
}

static bool
tm_allows(const struct tidemark *tm, const struct tm_type *type)
{
	return tm_enabled(tm) && (tm->consent & type->consent) != 0;
}

static void
tm_kick(struct tidemark *tm)
{
	if (!tm->manual)
		pthread_cond_signal(&tm->wake);
}

/* After a fork the child gets a queue and a thread of its own; else nothing. */
static void tm_own(struct tidemark *tm);
