/* replica.c - see replica.h. */
#include "web/replica.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/str.h"
#include "http/cookie.h"
#include "web/guard.h"

#define LOOK_US (500 * US_PER_MS)
#define AWAY_US (30 * US_PER_S) /* a host that is down costs its time-out */
#define COOKIE "tm_changed"
#define LSN_MAX 32

static const struct stmt written = { "replica_written", "SELECT pg_current_wal_lsn()::text" };
static const struct stmt applied = { "replica_applied",
	"SELECT pg_is_in_recovery(), coalesce(pg_last_wal_replay_lsn() >= $1::pg_lsn, false),"
	" coalesce(pg_last_wal_replay_lsn() >= nullif($2, '')::pg_lsn, false)" };
static const struct stmt *const all[] = { &written, &applied };
const struct stmt_list replica_statements = STMT_LIST("replica", all);

struct replica {
	struct pg *pg;
	struct pg *primary;   /* while lent; NULL otherwise */
	int64_t limit_us;
	int64_t next_look_us; /* monotonic, as all here */
	int64_t as_of_us;     /* it holds what was written by then; 0 = not known */
	int64_t mark_us;      /* when the primary had written up to mark */
	char mark[LSN_MAX];
	bool away;            /* said in the log */
};

struct replica *
replica_open(const struct conf *conf)
{
	if (conf_text(conf, CONF_DB_READ)[0] == '\0')
		return NULL;
	struct replica *r = calloc(1, sizeof(*r));
	ASSERT(r != NULL);
	r->pg = pg_open(conf_text(conf, CONF_DB_READ), "tidemark-web");
	r->limit_us = conf_int(conf, CONF_READ_LAG_MS) * US_PER_MS;
	return r;
}

void
replica_close(struct replica *r)
{
	if (r == NULL)
		return;
	pg_close(r->pg);
	free(r);
}

/* Has it applied what the primary has written by now, or had at the mark? */
static enum err
compare(struct web *w, struct task *t, struct replica *r, int64_t now)
{
	struct rows *p, *q;
	struct bind b = { 0 };
	enum err e = pg_one(t, w->pg, &written, NULL, &p);
	if (e != E_OK)
		return e;
	bind_str(t, &b, row_str(p, 0, 0));
	bind_str(t, &b, str_of(r->mark));
	e = pg_one(t, r->pg, &applied, &b, &q);
	if (e != E_OK)
		return e;
	if (!row_bool(q, 0, 0))
		return task_fail(t, E_CONFIG, "it is no replica, or not any more");
	bool all_of_now = row_bool(q, 0, 1), all_of_mark = row_bool(q, 0, 2);
	if (all_of_now)
		r->as_of_us = now;
	else if (all_of_mark)
		r->as_of_us = r->mark_us;
	if (all_of_now || all_of_mark || r->mark[0] == '\0') {
		snprintf(r->mark, sizeof(r->mark), "%.*s", STRF(row_str(p, 0, 0)));
		r->mark_us = now;
	}
	return E_OK;
}

static void
look(struct web *w, struct task *t, struct replica *r, int64_t now)
{
	enum err e = compare(w, t, r, now);
	r->next_look_us = now + (e == E_OK ? LOOK_US : AWAY_US);
	if (e != E_OK)
		r->as_of_us = 0;
	if ((e != E_OK) != r->away)
		log_msg(e == E_OK ? LOG_INFO : LOG_WARN, "replica", "%s",
		    e == E_OK ? "is there" : t->detail);
	r->away = e != E_OK;
	task_clear(t);
}

static bool
is_fresh(struct web *w, struct task *t, struct replica *r)
{
	int64_t now = clock_mono_us();
	if (now >= r->next_look_us)
		look(w, t, r, now);
	return r->as_of_us > 0 && now - r->as_of_us <= r->limit_us;
}

bool
replica_lend(struct web *w, struct task *t, const struct req *req, struct res *res,
             const struct route *row)
{
	struct replica *r = w->replica;
	if (r == NULL)
		return false;
	if (req->method != M_GET && req->method != M_HEAD) {
		if (w->who.user.session.n > 0)
			res_cookie(res, COOKIE, STR("1"), (int)(r->limit_us / US_PER_S + 1),
			    guard_cookie_secure(w));
		return false;
	}
	if (!row->replica || cookie_find(req_header(req, "cookie"), COOKIE).p != NULL ||
	    !is_fresh(w, t, r))
		return false;
	r->primary = w->pg;
	w->pg = r->pg;
	w->who.replica = true;
	return true;
}

void
replica_take_back(struct web *w, struct task *t)
{
	struct replica *r = w->replica;
	if (r == NULL || r->primary == NULL)
		return;
	if (pg_in_tx(r->pg))
		pg_rollback(t, r->pg);
	w->pg = r->primary;
	w->who.replica = false;
	r->primary = NULL;
}
