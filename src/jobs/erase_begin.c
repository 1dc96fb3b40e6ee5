/* erase_begin.c - from ids to person numbers, and from then on nobody is known
 * by these ids: tombstones, and rows of person_ids gone, in one transaction. */
#include "base/num.h"
#include "base/str.h"
#include "ingest/persist.h"
#include "ingest/scrub.h"
#include "ingest/tombstone.h"
#include "jobs/erase_tx.h"
#include "model/insight/pack.h"
#include "query/subject.h"
#include "queue/stream.h"

#define IN_PERSONS "environment_id = $1 AND person_no = ANY($2::int4[])"

static const struct stmt tombstone_put = { "erase_tombstone",
	"INSERT INTO erasure_tombstones AS s (environment_id, hash, erased_at)"
	" SELECT $1, decode(h, 'hex'), $3::timestamptz FROM (SELECT DISTINCT h FROM"
	" unnest($2::text[]) u (h)) k ON CONFLICT (environment_id, hash) DO UPDATE SET"
	" erased_at = greatest(s.erased_at, excluded.erased_at)" };
static const struct stmt ids_gone = { "erase_begin_ids",
	"DELETE FROM person_ids WHERE " IN_PERSONS };
static const struct stmt epoch = { "erase_epoch",
	"UPDATE environments SET erasures = erasures + 1 WHERE id = $1" };
static const struct stmt clock_get = { "erase_clock",
	"SELECT (extract(epoch FROM clock_timestamp())*1e6)::int8" };
static const struct stmt begun = { "erase_begun",
	"UPDATE privacy_requests SET state = 'running', step = 'rows', started_at = now(),"
	" erased_at = $3::timestamptz, subject = $4::bytea, person_nos = $5::int4[],"
	" device_nos = $6::int4[], queue_mark = $7, counts = $8::jsonb"
	" WHERE environment_id = $1 AND id = $2::uuid" };
static const struct stmt *const statements[] = { &tombstone_put, &ids_gone, &epoch,
	&clock_get, &begun };
const struct stmt_list erase_begin_statements = STMT_LIST("erase_begin", statements);

enum err
erase_persons_of(struct task *t, struct pg *pg, const uint8_t master_key[32],
                 int32_t environment_id, struct privacy_request *q)
{
	uint8_t secret[32];

	scrub_secret(master_key, environment_id, secret);
	return subject_find(t, pg, environment_id, scrub_user_hashed(t, secret, q->subject.user_id), q);
}

static enum err
tombstones(struct task *t, const struct erase_unit *u, const struct privacy_request *q)
{
	const struct privacy_subject *s = &q->subject;
	struct str *hash = tarray(t, s->nids + 1, struct str);
	uint8_t secret[32];
	struct bind b = { 0 };

	scrub_secret(u->keys->master, u->environment_id, secret);
	for (size_t i = 0; i < s->nids; i++)
		hash[i] = tombstone_hash(t, secret, s->id[i].kind, s->id[i].id);
	bind_i64(t, &b, u->environment_id);
	bind_str_array(t, &b, hash, s->nids);
	bind_time(t, &b, q->erased_us);
	enum err e = pg_run(t, u->host->pg, &tombstone_put, &b, NULL);

	b = (struct bind){ 0 };
	bind_i64(t, &b, u->environment_id);
	bind_i64_array(t, &b, q->person_no, q->npersons);
	return e == E_OK ? pg_run(t, u->host->pg, &ids_gone, &b, NULL) : e;
}

static enum err
begin_one(struct task *t, const struct erase_unit *u, struct privacy_request *q)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e = privacy_open(t, u->keys->crypt, q);

	if (e == E_OK)
		e = pg_one(t, u->host->pg, &clock_get, &b, &r);
	if (e != E_OK)
		return e;
	q->erased_us = row_i64(r, 0, 0);
	if (!u->events)
		e = erase_persons_of(t, u->host->pg, u->keys->master, u->environment_id, q);
	if (e == E_OK && !u->events)
		e = tombstones(t, u, q);
	/* under pseudonyms every sum stays as it is */
	if (e == E_OK && !u->pseudonymize && (u->events || q->npersons > 0))
		e = pack_forget(t, u->host->pg, u->environment_id, q->person_no,
		                u->events ? 0 : q->npersons);
	return e;
}

static enum err
begun_put(struct task *t, const struct erase_unit *u, const struct privacy_request *q, struct str mark)
{
	struct bind b = { 0 };

	bind_i64(t, &b, u->environment_id);
	bind_str(t, &b, q->id);
	bind_time(t, &b, q->erased_us);
	bind_bytes(t, &b, privacy_seal(t, u->keys->crypt, q));
	bind_i64_array(t, &b, q->person_no, q->npersons);
	bind_i64_array(t, &b, q->device_no, q->ndevices);
	bind_str(t, &b, mark);
	bind_str(t, &b, u->events ? STR("{}") : q->counts);
	return pg_run(t, u->host->pg, &begun, &b, NULL);
}

enum err
erase_begin(struct task *t, const struct erase_unit *u)
{
	struct stream_stats s = { 0 };
	struct bind b = { 0 };
	enum err e = stream_stats(t, u->host->redis, &s);
	struct str mark = arena_printf(t->arena, "%lld-%lld", (long long)s.last_id_ms,
	                               (long long)s.last_id_seq);

	for (size_t i = 0; e == E_OK && i < u->nrequests; i++)
		e = begin_one(t, u, &u->request[i]);
	if (e == E_OK && !u->events)
		e = subject_count(t, u->host->pg, u->environment_id, u->request, u->nrequests);
	for (size_t i = 0; e == E_OK && i < u->nrequests; i++)
		e = begun_put(t, u, &u->request[i], mark);
	bind_i64(t, &b, u->environment_id);
	return e == E_OK ? pg_run(t, u->host->pg, &epoch, &b, NULL) : e;
}
