/* sweep.c - job: sessions, links, attempts, invitations and grants that have
 * lost their use (sql/0020), and rows of mails that ended long ago. */
#include "jobs/job.h"
#include "model/account/mail.h"

#define AT_ONCE 20000 /* rows of one table in one pass */

static const struct stmt sweep = { "sweep_expired", "SELECT sweep_expired($1::int4)" };
static const struct stmt *const statements[] = { &sweep };
const struct stmt_list job_sweep_statements = STMT_LIST("sweep", statements);

enum err
job_sweep(struct task *t, struct job_host *h, int64_t *steps)
{
	struct bind b = { 0 };
	struct rows *r;
	int64_t mails = 0;
	enum err e = pg_begin(t, h->pg, NULL);

	bind_i64(t, &b, AT_ONCE);
	if (e == E_OK)
		e = pg_one(t, h->pg, &sweep, &b, &r);
	if (e == E_OK) {
		*steps = row_i64(r, 0, 0);
		e = mail_prune(t, h->pg, &mails);
	}
	*steps += mails;
	return pg_end(t, h->pg, e);
}
