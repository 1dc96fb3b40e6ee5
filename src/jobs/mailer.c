/* mailer.c - who sends mails, and when: a child of the consumer, or the
 * process itself. See mail.h. */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypt.h"
#include "base/log.h"
#include "base/process.h"
#include "base/str.h"
#include "jobs/job.h"
#include "jobs/mail.h"
#include "jobs/webhook.h"
#include "mail/carrier.h"
#include "model/account/mail.h"
#include "model/system/webhook.h"
#include "queue/keys.h"

#define LOOK_US (400 * US_PER_MS)   /* the loop comes by every 500 ms */
#define PAUSE_US (5 * US_PER_S)     /* after a failure of store or transport */
#define ALARM_US (5 * US_PER_S)
#define COUNT_US (15 * US_PER_S)
#define STOP_US (5 * US_PER_S)
#define ARENA_KEEP (64 * 1024)

struct mailer {
	const struct conf *conf;
	struct crypt *crypt;
	pid_t child; /* 0 = none */
	int64_t next_look_us, next_count_us, next_alarm_us; /* monotonic */
};

enum err
mailer_new(struct task *t, const struct conf *conf, struct mailer **out)
{
	struct crypt *crypt;
	struct carrier *carrier;
	enum err e = carrier_open(t, conf, &carrier); /* only to see whether it can be */
	if (e != E_OK)
		return e;
	carrier_close(carrier);
	e = crypt_open(t, conf_str(conf, CONF_MASTER_KEY), &crypt);
	if (e != E_OK)
		return e;
	struct mailer *m = calloc(1, sizeof(*m));
	ASSERT(m != NULL);
	*m = (struct mailer){ .conf = conf, .crypt = crypt };
	*out = m;
	return E_OK;
}

/* Everything that is due, on connections of its own. */
static enum err
send_all(struct mailer *m)
{
	struct arena *arena = arena_new(ARENA_KEEP);
	struct task t;
	int64_t sent = 0;
	task_init(&t, arena);
	struct mail_host h = {
		.pg = pg_open(conf_text(m->conf, CONF_DB_CONSUMER), "tidemark-mail"),
		.redis = redis_open(conf_text(m->conf, CONF_REDIS_SOCKET),
		    conf_text(m->conf, CONF_REDIS_USER), conf_text(m->conf, CONF_REDIS_PASSWORD)),
		.crypt = m->crypt,
	};
	/* webhooks first: a mail server that is away must not hold them up */
	enum err e = webhook_send_due(&t, &h, m->conf, &sent);
	if (e == E_OK)
		e = carrier_open(&t, m->conf, &h.carrier);
	if (e == E_OK)
		e = mail_send_due(&t, &h, &sent);
	if (e != E_OK)
		log_msg(LOG_WARN, "mail", "%s; next look in %d s", t.detail,
		    (int)(PAUSE_US / US_PER_S));
	carrier_close(h.carrier);
	redis_close(h.redis);
	pg_close(h.pg);
	arena_free(arena);
	return e;
}

/* The parent's sockets are not ours: a store must see it go when it dies. */
static _Noreturn void
be_child(struct mailer *m, pid_t parent)
{
	if (close_range(STDERR_FILENO + 1, ~0U, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 ||
	    getppid() != parent)
		_exit(err_exit(E_INTERNAL));
	_exit(err_exit(send_all(m)));
}

static void
start_child(struct mailer *m)
{
	pid_t parent = getpid(), pid = fork();
	if (pid == 0)
		be_child(m, parent);
	if (pid > 0)
		m->child = pid;
	else
		m->next_look_us = clock_mono_us() + PAUSE_US;
}

/* True when no child is left; one that failed brings a pause. */
static bool
reap(struct mailer *m, int options)
{
	int status = 0;
	pid_t pid;
	if (m->child == 0)
		return true;
	while ((pid = waitpid(m->child, &status, options)) < 0 && errno == EINTR)
		continue;
	if (pid == 0)
		return false;
	m->child = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		m->next_look_us = clock_mono_us() + PAUSE_US;
	return true;
}

/* How long the oldest mail has waited: a gauge of /metrics. */
static enum err
keep_count(struct task *t, struct pg *pg, struct redis *redis)
{
	struct mail_counts n;
	enum err e = mail_count(t, pg, &n);
	if (e != E_OK)
		return e;
	int64_t ms = n.oldest_us == 0 || n.oldest_us > t->now_us ? 0 :
	    (t->now_us - n.oldest_us) / US_PER_MS;
	struct str argv[] = { STR("HSET"), STR(KEY_METRICS), STR("mail_oldest_ms"),
		arena_printf(t->arena, "%lld", (long long)ms) };
	return redis_run(t, redis, NELEM(argv), argv, NULL);
}

static enum err
look(struct mailer *m, struct task *t, struct pg *pg, struct redis *redis, bool *due)
{
	int64_t now = clock_mono_us();
	enum err e = pg_begin(t, pg, NULL);
	if (e == E_OK)
		e = mail_is_due(t, pg, due);
	if (e == E_OK && !*due)
		e = webhook_is_due(t, pg, due);
	if (e == E_OK && now >= m->next_count_us) {
		e = keep_count(t, pg, redis);
		m->next_count_us = now + COUNT_US;
	}
	return pg_end(t, pg, e);
}

/* Time to look, and a mail is due? */
static bool
is_due(struct mailer *m, struct task *t, struct pg *pg, struct redis *redis)
{
	bool due = false;
	int64_t now = clock_mono_us();
	if (now < m->next_look_us)
		return false;
	task_reset(t);
	m->next_look_us = now + LOOK_US;
	if (look(m, t, pg, redis, &due) != E_OK) {
		log_msg(LOG_WARN, "mail", "%s", t->detail);
		m->next_look_us = now + PAUSE_US;
		due = false;
	}
	task_reset(t);
	return due;
}

void
mailer_turn(struct mailer *m, struct task *t, struct pg *pg, struct redis *redis)
{
	if (reap(m, WNOHANG) && is_due(m, t, pg, redis))
		start_child(m);
}

void
mailer_run(struct mailer *m)
{
	struct arena *arena = arena_new(ARENA_KEEP);
	struct pg *pg = pg_open(conf_text(m->conf, CONF_DB_CONSUMER), "tidemark-mail");
	struct redis *redis = redis_open(conf_text(m->conf, CONF_REDIS_SOCKET),
	    conf_text(m->conf, CONF_REDIS_USER), conf_text(m->conf, CONF_REDIS_PASSWORD));
	struct task t;
	struct job_host host = { .pg = pg, .redis = redis, .conf = m->conf, .crypt = m->crypt,
		.name = STR("mail") };
	task_init(&t, arena);
	while (!process_stopping()) {
		struct timespec nap = { 0, LOOK_US * 1000 };
		if (is_due(m, &t, pg, redis) && send_all(m) != E_OK)
			m->next_look_us = clock_mono_us() + PAUSE_US;
		/* also when every consumer is gone: that is an alarm */
		if (clock_mono_us() >= m->next_alarm_us) {
			m->next_alarm_us = clock_mono_us() + ALARM_US;
			job_run_one(&t, &host, STR("alarm"));
		}
		if (!process_stopping())
			(void)nanosleep(&nap, NULL);
	}
	redis_close(redis);
	pg_close(pg);
	arena_free(arena);
}

/* A child finishes the mail it is at; it is not waited for longer than 5 s. */
void
mailer_free(struct mailer *m)
{
	int64_t until = clock_mono_us() + STOP_US;
	if (m == NULL)
		return;
	if (m->child != 0)
		(void)kill(m->child, SIGTERM);
	while (!reap(m, WNOHANG) && clock_mono_us() < until) {
		struct timespec nap = { 0, 20 * 1000000 };
		(void)nanosleep(&nap, NULL);
	}
	crypt_close(m->crypt);
	free(m);
}
