/*
 * tidemark-ingest - the door for SDKs: FastCGI on descriptor 0, Redis, no
 * PostgreSQL, no pages.
 */
#include "base/codec.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/process.h"
#include "base/str.h"
#include "programs/pool.h"
#include "queue/stream.h"
#include "queue/worker.h"
#include "web/api/ingest.h"
#include "web/dispatch.h"
#include "web/routes_ingest.h"
#include "web/routes_print.h"

static void
read_limits(struct ingest *in, const struct conf *c)
{
	in->limits = ingest_limits_of(c);
	in->bound = (struct queue_bound){
		.max_bytes = conf_int(c, CONF_QUEUE_MAX_BYTES),
		.max_items = conf_int(c, CONF_QUEUE_MAX_ITEMS),
		.idem_bytes = conf_int(c, CONF_IDEMPOTENCY_BYTES),
	};
}

/*
 * The key for pseudonyms: the last of the master keys. While keys are rotated
 * ("new,old") pseudonyms stay what they were.
 */
static enum err
read_master_key(struct task *t, struct ingest *in, const struct conf *c)
{
	struct str rest = conf_str(c, CONF_MASTER_KEY), key = rest;
	while (rest.p != NULL)
		key = str_trim(str_cut(&rest, ','));
	if (!codec_unhex(key, in->keys.master_key, sizeof(in->keys.master_key)))
		return task_fail(t, E_CONFIG, "TIDEMARK_MASTER_KEY must be 64 hexadecimal digits.");
	return E_OK;
}

static enum err
open_all(struct task *t, struct web *w, struct conf **c, struct fcgi **f)
{
	enum log_level level;
	enum err e = conf_open(t, NULL, c);
	if (e != E_OK)
		return e;
	if (!log_level_parse(conf_str(*c, CONF_LOG_LEVEL), &level))
		return task_fail(t, E_CONFIG, "TIDEMARK_LOG_LEVEL is not a level.");
	log_open(w->program, level);
	w->conf = *c;
	read_limits(w->ingest, *c);
	scan_init(&w->ingest->scan);
	e = read_master_key(t, w->ingest, *c);
	if (e == E_OK)
		e = geo_open(t, &w->ingest->geo, conf_text(*c, CONF_GEOIP_FILE));
	if (e == E_OK)
		e = fcgi_open(t, w->ingest->limits.max_body, f);
	if (e == E_OK)
		w->redis = redis_open(conf_text(*c, CONF_REDIS_SOCKET),
		                      conf_text(*c, CONF_REDIS_USER),
		                      conf_text(*c, CONF_REDIS_PASSWORD));
	return e;
}

static void
close_all(struct web *w, struct conf *c, struct fcgi *f)
{
	struct ingest *in = w->ingest;
	fcgi_close(f);
	redis_close(w->redis);
	geo_close(in->geo);
	scan_release(&in->scan);
	key_cache_release(&in->keys);
	buf_release(&in->wire);
	buf_release(&in->wire_crashes);
	tape_release(&in->tape);
	conf_free(c);
}

int
main(int argc, char **argv)
{
	static struct ingest in;
	struct web w = { .program = "tidemark-ingest", .ingest = &in, .routes = routes_ingest,
		         .nroutes = nroutes_ingest };
	struct conf *c = NULL;
	struct fcgi *f = NULL;
	struct task t;
	bool only_routes;
	int code = pool_args(argc, argv, w.program, &only_routes);
	if (code >= 0)
		return code;
	struct arena *a = arena_new(0);
	task_init(&t, a);
	if (only_routes)
		return err_exit(routes_print(&t, routes_ingest, nroutes_ingest, NULL));
	process_start();
	enum err e = open_all(&t, &w, &c, &f);
	if (e != E_OK) {
		log_msg(LOG_ERROR, "start", "%s", t.detail);
	} else {
		struct heart heart;
		heart_open(&heart, "ingest");
		const struct dispatch d = {
			.web = &w,
			.heart = &heart,
			.check = { [NEED_WRITE_KEY] = need_write_key,
			           [NEED_VENDOR_KEY] = need_vendor_key },
			.refuse = ingest_refuse,
			.after = ingest_after,
			.max_requests = conf_int(c, CONF_WORKER_REQUESTS),
		};
		dispatch_run(&d, f);
		ingest_flush(&w, &t);
	}
	close_all(&w, c, f);
	arena_free(a);
	return err_exit(e);
}
