/* sweep.c - job: sessions, links, attempts, invitations and grants that have
 * lost their use (sql/0020), rows of mails that ended long ago, review packs
 * of months that no aggregate is kept of, filters of old erasures, and what
 * the queue's file still holds of batches that were stored. */
#include "jobs/job.h"
#include "model/account/mail.h"
#include "model/insight/pack.h"
#include "model/project/privacy.h"
#include "queue/aof.h"

#define AT_ONCE 20000 /* rows of one table in one pass */

static const struct stmt sweep = { "sweep_expired", "SELECT sweep_expired($1::int4)" };
/* rows whose session never opened (ingest/persist_wait.c) */
static const struct stmt waits = { "sweep_waits",
	"WITH gone AS (DELETE FROM session_waits WHERE ctid = ANY (ARRAY(SELECT ctid"
	" FROM session_waits WHERE since < now() - interval '30 days' LIMIT $1::int4))"
	" RETURNING 1) SELECT count(*) FROM gone" };
static const struct stmt *const statements[] = { &sweep, &waits };
const struct stmt_list job_sweep_statements = STMT_LIST("sweep", statements);

enum err
job_sweep(struct task *t, struct job_host *h, int64_t *steps)
{
	struct bind b = { 0 };
	struct rows *r;
	int64_t mails = 0, packs = 0, filters = 0;
	enum err e = pg_begin(t, h->pg, NULL);

	bind_i64(t, &b, AT_ONCE);
	if (e == E_OK)
		e = pg_one(t, h->pg, &sweep, &b, &r);
	if (e == E_OK) {
		*steps = row_i64(r, 0, 0);
		e = pg_one(t, h->pg, &waits, &b, &r);
	}
	if (e == E_OK) {
		*steps += row_i64(r, 0, 0);
		e = mail_prune(t, h->pg, &mails);
	}
	if (e == E_OK)
		e = pack_prune(t, h->pg, &packs);
	if (e == E_OK)
		e = privacy_forget(t, h->pg, &filters);
	*steps += mails + packs + filters;
	e = pg_end(t, h->pg, e);
	return e == E_OK ? aof_rewrite(t, h->redis) : e;
}
