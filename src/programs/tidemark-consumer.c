/* tidemark-consumer - moves accepted batches from the queue into the store.
 * Start one per core; each has its own --index. */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/crypt.h"
#include "base/log.h"
#include "base/num.h"
#include "base/process.h"
#include "base/str.h"
#include "ingest/scrub.h"
#include "jobs/ingest_batch.h"
#include "jobs/mail.h"
#include "model/team/plan.h"

static const struct option options[] = {
	{ "index", required_argument, NULL, 'i' },
	{ "once", no_argument, NULL, 'o' },
	{ "drain", no_argument, NULL, 'd' },
	{ "discard", no_argument, NULL, 'x' },
	{ "mail-only", no_argument, NULL, 'm' },
	{ "no-mail", no_argument, NULL, 'n' },
	{ "version", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
	"usage: tidemark-consumer [--index N] [--once | --drain] [--discard]\n"
	"                         [--no-mail | --mail-only]\n"
	"  --index N   which of this machine's consumers (default 0); never twice at once\n"
	"  --once      store one gather and end\n"
	"  --drain     end when the queue is empty\n"
	"  --discard   acknowledge without storing: for benchmarks, loses data\n"
	"  --no-mail   send no mails: another process does\n"
	"  --mail-only send mails, and leave the queue alone\n";

struct args {
	int64_t index;
	bool once, drain, discard, mail_only, no_mail;
};

/* -1: go on; else the exit code. */
static int
args_read(int argc, char **argv, struct args *a)
{
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'i':
			if (!num_range(str_of(optarg), 0, 999, &a->index))
				return err_exit(E_USAGE);
			break;
		case 'o': a->once = true; break;
		case 'd': a->drain = true; break;
		case 'x': a->discard = true; break;
		case 'm': a->mail_only = true; break;
		case 'n': a->no_mail = true; break;
		case 'v': puts("tidemark-consumer " TM_VERSION); return 0;
		case 'h': fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return err_exit(E_USAGE);
		}
	}
	if (a->mail_only && (a->no_mail || a->once || a->drain || a->discard)) {
		fputs(usage, stderr);
		return err_exit(E_USAGE);
	}
	return -1;
}

struct consumer {
	struct ingest_batch batch;
	struct mailer *mailer; /* NULL: sends none */
	struct crypt *crypt;   /* seals mails of alarms */
	char name[80];
};

static void
mail_turn(void *ctx, struct task *t)
{
	struct consumer *c = ctx;

	mailer_turn(c->mailer, t, c->batch.pg, c->batch.redis);
}

static enum err
open_consumer(struct task *t, const struct conf *conf, const struct args *a, struct consumer *c)
{
	char host[65] = "";
	enum err e = E_OK;

	c->batch = (struct ingest_batch){
		.conf = conf,
		.max_batches = (size_t)conf_int(conf, CONF_CONSUMER_BATCHES),
		.max_rows = (uint32_t)conf_int(conf, CONF_CONSUMER_ROWS),
		.wait_ms = (int)conf_int(conf, CONF_CONSUMER_WAIT_MS),
		.claim_idle_ms = (int)conf_int(conf, CONF_CLAIM_IDLE_MS),
		.discard = a->discard,
		.once = a->once,
		.drain = a->drain,
		.turn_ctx = c,
	};
	if (!a->no_mail && !a->once && !a->drain && !a->discard) {
		e = mailer_new(t, conf, &c->mailer);
		c->batch.turn = mail_turn;
	}
	if (e == E_OK)
		e = crypt_open(t, conf_str(conf, CONF_MASTER_KEY), &c->crypt);
	c->batch.crypt = c->crypt;
	if (e == E_OK)
		e = scrub_master_key(t, conf_str(conf, CONF_MASTER_KEY), c->batch.master_key);
	if (e != E_OK)
		return e;
	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
		memcpy(host, "consumer", sizeof("consumer"));
	snprintf(c->name, sizeof(c->name), "%s-%d", host, (int)a->index);
	c->batch.name = str_of(c->name);
	return E_OK;
}

static int
run(struct task *t, const struct conf *conf, const struct args *a)
{
	struct consumer c = { 0 };
	enum err e = open_consumer(t, conf, a, &c);

	if (e != E_OK) {
		log_msg(LOG_ERROR, "start", "%s", t->detail);
		return err_exit(e);
	}
	log_msg(LOG_INFO, "start", "consumer %s", a->mail_only ? "of mails" : c.name);
	if (a->mail_only) {
		mailer_run(c.mailer);
	} else {
		c.batch.pg = pg_open(conf_text(conf, CONF_DB_CONSUMER), "tidemark-consumer");
		c.batch.redis = redis_open(conf_text(conf, CONF_REDIS_SOCKET),
		                           conf_text(conf, CONF_REDIS_USER),
		                           conf_text(conf, CONF_REDIS_PASSWORD));
		e = ingest_batch_run(&c.batch);
		redis_close(c.batch.redis);
		pg_close(c.batch.pg);
	}
	mailer_free(c.mailer);
	crypt_close(c.crypt);
	log_msg(LOG_INFO, "stop", "consumer %s", a->mail_only ? "of mails" : c.name);
	return err_exit(e);
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new(64 * 1024);
	struct args args = { 0 };
	enum log_level level = LOG_INFO;
	struct conf *conf = NULL;
	struct task t;
	int code = args_read(argc, argv, &args);

	if (code < 0) {
		task_init(&t, arena);
		enum err e = conf_open(&t, NULL, &conf);

		if (e == E_OK)
			e = conf_need(&t, conf, CONF_DB_CONSUMER);
		if (e == E_OK)
			e = conf_need(&t, conf, CONF_MASTER_KEY);
		if (e == E_OK) {
			(void)log_level_parse(conf_str(conf, CONF_LOG_LEVEL), &level);
			log_open("tidemark-consumer", level);
			process_start();
			e = plan_open(&t, conf_str(conf, CONF_DEFAULT_PLAN));
		}
		if (e == E_OK) {
			code = run(&t, conf, &args);
		} else {
			log_open("tidemark-consumer", level);
			log_msg(LOG_ERROR, "start", "%s", t.detail);
			code = err_exit(e);
		}
		conf_free(conf);
	}
	arena_free(arena);
	return code;
}
