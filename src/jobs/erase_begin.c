/* erase_begin.c - from ids to person numbers, and from then on nobody is known
 * by these ids: tombstones, and rows of person_ids gone, in one transaction. */
#include "base/codec.h"
#include "base/num.h"
#include "base/str.h"
#include "ingest/identity.h"
#include "ingest/persist.h"
#include "ingest/scrub.h"
#include "ingest/tombstone.h"
#include "jobs/erase_tx.h"
#include "model/insight/pack.h"
#include "queue/stream.h"

#define IN_PERSONS "environment_id = $1 AND person_no = ANY($2::int4[])"

static const struct stmt persons_find = { "erase_find_persons",
	"WITH p AS (SELECT person_no FROM person_ids WHERE environment_id = $1"
	"  AND ((kind = 'u' AND id = ANY($2::text[])) OR (kind = 'a' AND id = $3)))"
	" SELECT person_no FROM p UNION SELECT a.from_no FROM person_alias a JOIN p"
	" ON a.environment_id = $1 AND a.to_no = p.person_no ORDER BY 1" };
/* Who is known by nothing but a device that they alone used is them as well:
 * what it sent before they signed in. */
#define STRANGER                                                                           \
	" AND NOT EXISTS (SELECT FROM sessions s WHERE s.environment_id = $1"                  \
	"  AND s.device_no = d.device_no AND s.session_id IS "
#define NOT_THEM " AND NOT coalesce(s.person_no = ANY($2::int4[] || i.person_no), false))"
static const struct stmt device_persons_find = { "erase_find_device_persons",
	"SELECT DISTINCT i.person_no FROM (SELECT DISTINCT device_no FROM sessions"
	"  WHERE " IN_PERSONS " AND device_no IS NOT NULL) o JOIN devices d"
	" ON d.environment_id = $1 AND d.device_no = o.device_no JOIN person_ids i"
	" ON i.environment_id = $1 AND i.kind = 'd' AND i.id = d.device_id"
	" WHERE NOT i.person_no = ANY($2::int4[])" STRANGER "NULL" NOT_THEM
	STRANGER "NOT NULL" NOT_THEM " ORDER BY 1" };
static const struct stmt ids_find = { "erase_find_ids",
	"SELECT kind::text, id FROM person_ids WHERE " IN_PERSONS " ORDER BY kind, id" };
static const struct stmt devices_find = { "erase_find_devices",
	"SELECT DISTINCT device_no FROM sessions WHERE " IN_PERSONS " AND device_no IS NOT NULL"
	" UNION SELECT d.device_no FROM person_ids i JOIN devices d ON d.environment_id = $1"
	" AND d.device_id = i.id WHERE i.environment_id = $1 AND i.person_no = ANY($2::int4[])"
	" AND i.kind = 'd' ORDER BY 1" };
/* $2 persons, $3 which request each is of. All at once: planning for every
 * partition costs more than counting one person's rows. */
#define COUNT(kind, table)                                                                 \
	"SELECT " kind " AS kind, person_no, count(*) AS n FROM " table " WHERE " IN_PERSONS   \
	" GROUP BY person_no"
static const struct stmt count_rows = { "erase_count_rows",
	"SELECT k.i, x.kind, sum(x.n)::int8 FROM unnest($2::int4[], $3::int4[]) AS k (no, i) JOIN ("
	COUNT("0", "events") " UNION ALL " COUNT("1", "crashes") " UNION ALL " COUNT("2", "traces")
	" UNION ALL " COUNT("3", "sessions") " UNION ALL " COUNT("4", "property_changes")
	") x ON x.person_no = k.no GROUP BY 1, 2" };
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
static const struct stmt *const statements[] = { &persons_find, &device_persons_find,
	&ids_find, &devices_find,
	&count_rows, &tombstone_put, &ids_gone, &epoch, &clock_get, &begun };
const struct stmt_list erase_begin_statements = STMT_LIST("erase_begin", statements);

static int64_t *
column(struct task *t, const struct rows *r, size_t *n)
{
	int64_t *v = tarray(t, rows_count(r) + 1, int64_t);

	*n = rows_count(r);
	for (size_t i = 0; i < *n; i++)
		v[i] = row_i64(r, i, 0);
	return v;
}

/* The id as given, and as it would be kept where user ids are hashed. */
static struct str
hashed(struct task *t, const uint8_t secret[32], struct str id)
{
	uint8_t hash[SCRUB_HASH];
	char hex[2 * SCRUB_HASH + 1];

	scrub_user_hash(secret, id, hash);
	codec_hex(hash, sizeof(hash), hex);
	return arena_printf(t->arena, "h_%s", hex);
}

static void
persons_add(struct task *t, struct privacy_request *q, const struct rows *r)
{
	int64_t *v = tarray(t, q->npersons + rows_count(r) + 1, int64_t);

	if (q->npersons > 0)
		memcpy(v, q->person_no, q->npersons * sizeof(*v));
	for (size_t i = 0; i < rows_count(r); i++)
		v[q->npersons++] = row_i64(r, i, 0);
	q->person_no = v;
}

enum err
erase_persons_of(struct task *t, struct pg *pg, const uint8_t master_key[32],
                 int32_t environment_id, struct privacy_request *q)
{
	struct privacy_subject *s = &q->subject;
	uint8_t secret[32];
	struct bind b = { 0 };
	struct rows *r;
	struct str user[2];
	size_t nuser = 0;

	scrub_secret(master_key, environment_id, secret);
	if (s->user_id.n > 0) {
		user[nuser++] = s->user_id;
		user[nuser++] = hashed(t, secret, s->user_id);
		privacy_subject_add(t, s, ID_USER, user[0]);
		privacy_subject_add(t, s, ID_USER, user[1]);
	}
	privacy_subject_add(t, s, ID_ANONYMOUS, s->anonymous_id);
	bind_i64(t, &b, environment_id);
	bind_str_array(t, &b, user, nuser);
	bind_str(t, &b, s->anonymous_id.n > 0 ? s->anonymous_id : STR(""));
	enum err e = pg_run(t, pg, &persons_find, &b, &r);

	if (e != E_OK)
		return e;
	q->person_no = column(t, r, &q->npersons);
	b = (struct bind){ 0 };
	bind_i64(t, &b, environment_id);
	bind_i64_array(t, &b, q->person_no, q->npersons);
	e = pg_run(t, pg, &device_persons_find, &b, &r);
	if (e != E_OK)
		return e;
	persons_add(t, q, r);
	b = (struct bind){ 0 };
	bind_i64(t, &b, environment_id);
	bind_i64_array(t, &b, q->person_no, q->npersons);
	e = pg_run(t, pg, &ids_find, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		privacy_subject_add(t, s, row_str(r, i, 0).p[0], row_str(r, i, 1));
	if (e == E_OK)
		e = pg_run(t, pg, &devices_find, &b, &r);
	if (e == E_OK)
		q->device_no = column(t, r, &q->ndevices);
	return e;
}

#define COUNTED 5
static const char *const counted[COUNTED] = { "events", "crashes", "traces", "sessions",
	"property_changes" };

static struct str
counts_text(struct task *t, const int64_t n[COUNTED], size_t npersons)
{
	struct str out = STR("");

	for (size_t i = 0; i < COUNTED; i++)
		out = arena_printf(t->arena, "%.*s\"%s\":%lld,", STRF(out), counted[i],
		                   (long long)n[i]);
	return arena_printf(t->arena, "{%.*s\"persons\":%zu}", STRF(out), npersons);
}

enum err
erase_count(struct task *t, struct pg *pg, int32_t environment_id, struct privacy_request *q,
            size_t n)
{
	struct bind b = { 0 };
	struct rows *r;
	size_t all = 0, k = 0;

	for (size_t i = 0; i < n; i++)
		all += q[i].npersons;
	int64_t *person = tarray(t, all + 1, int64_t), *of = tarray(t, all + 1, int64_t);
	int64_t *count = tarray(t, COUNTED * n + 1, int64_t);

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < q[i].npersons; j++, k++) {
			person[k] = q[i].person_no[j];
			of[k] = (int64_t)i;
		}
	memset(count, 0, COUNTED * n * sizeof(*count));
	bind_i64(t, &b, environment_id);
	bind_i64_array(t, &b, person, all);
	bind_i64_array(t, &b, of, all);
	enum err e = pg_run(t, pg, &count_rows, &b, &r);

	if (e != E_OK)
		return e;
	for (size_t i = 0; i < rows_count(r); i++)
		count[COUNTED * row_i64(r, i, 0) + row_i64(r, i, 1)] = row_i64(r, i, 2);
	for (size_t i = 0; i < n; i++)
		q[i].counts = counts_text(t, &count[COUNTED * i], q[i].npersons);
	return E_OK;
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
		e = erase_count(t, u->host->pg, u->environment_id, u->request, u->nrequests);
	for (size_t i = 0; e == E_OK && i < u->nrequests; i++)
		e = begun_put(t, u, &u->request[i], mark);
	bind_i64(t, &b, u->environment_id);
	return e == E_OK ? pg_run(t, u->host->pg, &epoch, &b, NULL) : e;
}
