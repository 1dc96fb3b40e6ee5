/* erase_end.c - the end of a request to erase: its receipt, signed; who it was
 * about forgotten. */
#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/jw.h"
#include "base/str.h"
#include "ingest/scrub.h"
#include "ingest/tombstone.h"
#include "jobs/erase_tx.h"
#include "model/project/receipt.h"

static const struct stmt done = { "erase_done",
	"UPDATE privacy_requests SET state = 'done', step = '', finished_at = now(),"
	" subject = CASE WHEN target = 'events' THEN subject END,"
	" person_nos = '{}', device_nos = '{}', receipt = $3, error = ''"
	" WHERE environment_id = $1 AND id = $2::uuid" };
static const struct stmt failed = { "erase_failed",
	"UPDATE privacy_requests SET state = 'failed', step = 'scan', error = $3"
	" WHERE environment_id = $1 AND id = $2::uuid" };
static const struct stmt counts_get = { "erase_counts_get",
	"SELECT coalesce(json_object_agg(k, v ORDER BY k)::text, '{}') FROM privacy_requests r,"
	" jsonb_each(r.counts) AS c (k, v) WHERE r.environment_id = $1 AND r.id = $2::uuid" };
/* Archives that were made of them. */
static const struct stmt archives = { "erase_archives",
	"UPDATE privacy_requests SET file_bytes = 0, file_until = now() WHERE environment_id = $1"
	" AND kind = 'export' AND file_bytes > 0 AND digests && $2::text[] RETURNING id" };
static const struct stmt *const statements[] = { &done, &failed, &counts_get, &archives };
const struct stmt_list erase_end_statements = STMT_LIST("erase_end", statements);

/* JSON of the database has blanks behind ':' and ','; its keys are ours. */
static struct str
compact(struct task *t, struct str json)
{
	char *p = arena_raw(t->arena, json.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < json.n; i++)
		if (json.p[i] != ' ')
			p[n++] = json.p[i];
	return (struct str){ p, n };
}

/* Keys in order: the text is canonical. */
static struct str
payload(struct task *t, const struct privacy_request *q, struct str counts, struct str scan)
{
	struct buf b = BUF_INIT;
	struct jw w;
	struct str rest = q->digests.n > 2 ? str_slice(q->digests, 1, q->digests.n - 1) : STR_NULL;

	jw_init(&w, &b);
	jw_object_begin(&w);
	jw_ktime(&w, "due_at", q->due_us);
	jw_ki64(&w, "environment_id", q->environment_id);
	jw_ktime(&w, "erased_at", q->erased_us);
	jw_ktime(&w, "finished_at", clock_now_us());
	jw_kstr(&w, "kind", q->kind);
	jw_kstr(&w, "law", q->law);
	jw_kstr(&w, "mode", q->mode);
	jw_kstr(&w, "request_id", q->id);
	jw_ktime(&w, "requested_at", q->requested_us);
	jw_kraw(&w, "rows", compact(t, counts));
	jw_kraw(&w, "search", scan);
	jw_key(&w, "subject_digests");
	jw_array_begin(&w);
	while (rest.p != NULL)
		jw_str(&w, str_cut(&rest, ','));
	jw_array_end(&w);
	jw_kstr(&w, "target", q->target);
	jw_ki64(&w, "version", 1);
	jw_object_end(&w);
	struct str out = arena_str(t->arena, buf_str(&b));

	buf_release(&b);
	return out;
}

static enum err
archives_of(struct task *t, const struct erase_unit *u, const struct privacy_subject *s)
{
	struct str *hash = tarray(t, s->nids + 1, struct str);
	uint8_t secret[32];
	struct bind b = { 0 };
	struct rows *r;

	scrub_secret(u->keys->master, u->environment_id, secret);
	for (size_t k = 0; k < s->nids; k++)
		hash[k] = tombstone_hash(t, secret, s->id[k].kind, s->id[k].id);
	bind_i64(t, &b, u->environment_id);
	bind_str_array(t, &b, hash, s->nids);
	enum err e = pg_run(t, u->host->pg, &archives, &b, &r);

	for (size_t k = 0; e == E_OK && k < rows_count(r); k++) {
		struct str path = arena_printf(t->arena, "%s/%.*s.zip",
			conf_text(u->host->conf, CONF_EXPORT_DIR), STRF(row_str(r, k, 0)));

		if (unlink(path.p) != 0 && errno != ENOENT)
			e = task_fail(t, E_IO, "Removing %s: %s", path.p, strerror(errno));
	}
	return e;
}

enum err
erase_archives(struct task *t, const struct erase_unit *u)
{
	enum err e = E_OK;

	for (size_t i = 0; e == E_OK && i < u->nrequests; i++)
		e = archives_of(t, u, &u->request[i].subject);
	return e;
}

enum err
erase_end(struct task *t, struct pg *pg, const struct erase_keys *k,
          const struct privacy_request *q, int64_t found, struct str scan)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, q->environment_id);
	bind_str(t, &b, q->id);
	if (found > 0) {
		bind_str(t, &b, arena_printf(t->arena, "%lld rows still hold an id: %.*s",
		                             (long long)found, STRF(scan)));
		enum err bad = pg_run(t, pg, &failed, &b, NULL);

		return bad == E_OK ? erase_tell(t, pg, q, "privacy.fail", STR_NULL) : bad;
	}
	enum err e = pg_one(t, pg, &counts_get, &b, &r);

	if (e != E_OK)
		return e;
	bind_str(t, &b, receipt_sign(t, k->master, payload(t, q, row_str(r, 0, 0), scan)));
	e = pg_run(t, pg, &done, &b, NULL);
	return e == E_OK ? erase_tell(t, pg, q, "privacy.done", compact(t, row_str(r, 0, 0))) : e;
}
