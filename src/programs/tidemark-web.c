/*
 * tidemark-web - FastCGI program for pages and the query API. Listens on
 * descriptor 0; started several times by a supervisor. See tidemark-web(8).
 */
#include "base/conf.h"
#include "base/crypt.h"
#include "base/log.h"
#include "base/process.h"
#include "base/str.h"
#include "model/team/perm.h"
#include "model/team/plan.h"
#include "programs/pool.h"
#include "queue/quota.h"
#include "queue/redis.h"
#include "queue/tally.h"
#include "queue/worker.h"
#include "query/events.h"
#include "store/pg.h"
#include "view/view.h"
#include "web/dispatch.h"
#include "web/errpage.h"
#include "web/guard.h"
#include "web/layout.h"
#include "web/need_token.h"
#include "web/replica.h"
#include "web/routes_api.h"
#include "web/routes_print.h"
#include "web/routes_web.h"

#define ARENA_KEEP (256 * 1024)
#define MAX_BODY (1024 * 1024) /* forms and API bodies */
#define ROUTES_MAX 512

static struct route routes[ROUTES_MAX];

static size_t
join_routes(void)
{
	ASSERT(nroutes_web + nroutes_api <= ROUTES_MAX);
	memcpy(routes, routes_web, nroutes_web * sizeof routes[0]);
	memcpy(routes + nroutes_web, routes_api, nroutes_api * sizeof routes[0]);
	return nroutes_web + nroutes_api;
}

static const char *
perm_of(unsigned perm)
{
	return perm_name((enum perm)perm);
}

/* A handler that failed may have left its transaction open. An API call is
 * counted once its reply is out, so that it waits for no disk. */
static void
after(struct web *w, struct task *t)
{
	enum err e = t->err;
	if (pg_in_tx(w->pg))
		pg_rollback(t, w->pg);
	if (e != E_UNAVAILABLE && tally_add(t, w->redis, "slow_statements", pg_slow_take(w->pg)) != E_OK)
		task_clear(t);
	replica_take_back(w, t);
	if (w->who.token.id.n == 0 || w->who.team.id.n == 0 || e == E_QUOTA || e == E_UNAVAILABLE)
		return;
	if (quota_call(t, w->redis, w->who.team.id) != E_OK)
		task_clear(t);
}

/* Cursors are signed with a key derived from the master key. */
static void
open_cursors(const struct conf *conf)
{
	uint8_t key[32];
	crypt_hmac_sha256(conf_str(conf, CONF_MASTER_KEY), STR("cursor"), key);
	cursor_key(key);
	crypt_wipe(key, sizeof key);
}

static enum err
open_drivers(struct task *t, struct conf *conf, struct web *w, struct crypt **crypt)
{
	enum log_level level = LOG_INFO;
	enum err e;
	if (!log_level_parse(conf_str(conf, CONF_LOG_LEVEL), &level))
		return task_fail(t, E_CONFIG, "TIDEMARK_LOG_LEVEL is not a level");
	log_open("tidemark-web", level);
	if ((e = conf_need(t, conf, CONF_DB_APP)) != E_OK ||
	    (e = conf_need(t, conf, CONF_MASTER_KEY)) != E_OK ||
	    (e = crypt_open(t, conf_str(conf, CONF_MASTER_KEY), crypt)) != E_OK)
		return e;
	struct view *view;
	if ((e = view_open(t, conf_text(conf, CONF_TEMPLATE_DIR), &view)) != E_OK)
		return e;
	if ((e = plan_open(t, conf_str(conf, CONF_DEFAULT_PLAN))) != E_OK)
		return e;
	layout_open(t, conf_text(conf, CONF_STATIC_DIR));
	open_cursors(conf);
	*w = (struct web){
		.program = "tidemark-web",
		.conf = conf,
		.crypt = *crypt,
		.pg = pg_open(conf_text(conf, CONF_DB_APP), "tidemark-web"),
		.replica = replica_open(conf),
		.redis = redis_open(conf_text(conf, CONF_REDIS_SOCKET),
		    conf_text(conf, CONF_REDIS_USER), conf_text(conf, CONF_REDIS_PASSWORD)),
		.view = view,
		.routes = routes,
		.nroutes = join_routes(),
	};
	return E_OK;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new(ARENA_KEEP);
	struct task t;
	struct conf *conf = NULL;
	struct crypt *crypt = NULL;
	struct fcgi *fcgi = NULL;
	struct web w = { 0 };
	enum err e;
	bool only_routes;
	int code = pool_args(argc, argv, "tidemark-web", &only_routes);
	if (code >= 0)
		return code;
	task_init(&t, arena);
	if (only_routes)
		return err_exit(routes_print(&t, routes, join_routes(), perm_of));
	process_start();
	if ((e = conf_open(&t, NULL, &conf)) != E_OK ||
	    (e = open_drivers(&t, conf, &w, &crypt)) != E_OK ||
	    (e = fcgi_open(&t, MAX_BODY, &fcgi)) != E_OK) {
		log_msg(LOG_ERROR, "start", "%s", t.detail);
		return err_exit(e);
	}
	fcgi_late(fcgi, "/api/v1/symbols", conf_int(conf, CONF_SYMBOL_MAX_BYTES));
	log_msg(LOG_INFO, "start", "%zu templates, %zu routes", view_count(w.view), w.nroutes);
	struct heart heart;
	heart_open(&heart, "web");
	struct dispatch d = {
		.web = &w,
		.heart = &heart,
		.check = {
			[NEED_USER] = guard_user,
			[NEED_SESSION] = guard_user,
			[NEED_TEAM] = guard_team,
			[NEED_PROJECT] = guard_project,
			[NEED_SYSTEM] = guard_system,
			[NEED_TOKEN] = need_token,
			[NEED_SYSTEM_TOKEN] = need_system_token,
		},
		.page = errpage,
		.lend = replica_lend,
		.take_back = replica_take_back,
		.after = after,
		.max_requests = conf_int(conf, CONF_WORKER_REQUESTS),
	};
	dispatch_run(&d, fcgi);
	fcgi_close(fcgi);
	replica_close(w.replica);
	pg_close(w.pg);
	redis_close(w.redis);
	view_close(w.view);
	crypt_close(crypt);
	conf_free(conf);
	arena_free(arena);
	return 0;
}
