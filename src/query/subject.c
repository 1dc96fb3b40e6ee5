/* subject.c - see subject.h. */
#include "query/subject.h"

#include "base/str.h"

#define IN_PERSONS "environment_id = $1 AND person_no = ANY($2::int4[])"

static const struct stmt persons_find = { "subject_persons",
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
static const struct stmt device_persons_find = { "subject_device_persons",
	"SELECT DISTINCT i.person_no FROM (SELECT DISTINCT device_no FROM sessions"
	"  WHERE " IN_PERSONS " AND device_no IS NOT NULL) o JOIN devices d"
	" ON d.environment_id = $1 AND d.device_no = o.device_no JOIN person_ids i"
	" ON i.environment_id = $1 AND i.kind = 'd' AND i.id = d.device_id"
	" WHERE NOT i.person_no = ANY($2::int4[])" STRANGER "NULL" NOT_THEM
	STRANGER "NOT NULL" NOT_THEM " ORDER BY 1" };
static const struct stmt ids_find = { "subject_ids",
	"SELECT kind::text, id FROM person_ids WHERE " IN_PERSONS " ORDER BY kind, id" };
static const struct stmt devices_find = { "subject_devices",
	"SELECT DISTINCT device_no FROM sessions WHERE " IN_PERSONS " AND device_no IS NOT NULL"
	" UNION SELECT d.device_no FROM person_ids i JOIN devices d ON d.environment_id = $1"
	" AND d.device_id = i.id WHERE i.environment_id = $1 AND i.person_no = ANY($2::int4[])"
	" AND i.kind = 'd' ORDER BY 1" };
/* $2 persons, $3 which request each is of. All at once: planning for every
 * partition costs more than counting one person's rows. */
#define COUNT(kind, table)                                                                 \
	"SELECT " kind " AS kind, person_no, count(*) AS n FROM " table " WHERE " IN_PERSONS   \
	" GROUP BY person_no"
static const struct stmt count_rows = { "subject_count",
	"SELECT k.i, x.kind, sum(x.n)::int8 FROM unnest($2::int4[], $3::int4[]) AS k (no, i) JOIN ("
	COUNT("0", "events") " UNION ALL " COUNT("1", "crashes") " UNION ALL " COUNT("2", "traces")
	" UNION ALL " COUNT("3", "sessions") " UNION ALL " COUNT("4", "property_changes")
	") x ON x.person_no = k.no GROUP BY 1, 2" };
static const struct stmt *const statements[] = { &persons_find, &device_persons_find, &ids_find,
	&devices_find, &count_rows };
const struct stmt_list subject_statements = STMT_LIST("subject", statements);

/* Kinds of ids, as in person_ids. */
enum { USER = 'u', ANONYMOUS = 'a' };

static int64_t *
column(struct task *t, const struct rows *r, size_t *n)
{
	int64_t *v = tarray(t, rows_count(r) + 1, int64_t);

	*n = rows_count(r);
	for (size_t i = 0; i < *n; i++)
		v[i] = row_i64(r, i, 0);
	return v;
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
subject_find(struct task *t, struct pg *pg, int32_t environment_id, struct str hashed,
             struct privacy_request *q)
{
	struct privacy_subject *s = &q->subject;
	struct bind b = { 0 };
	struct rows *r;
	struct str user[2];
	size_t nuser = 0;

	if (s->user_id.n > 0) {
		user[nuser++] = s->user_id;
		user[nuser++] = hashed;
		privacy_subject_add(t, s, USER, user[0]);
		privacy_subject_add(t, s, USER, user[1]);
	}
	privacy_subject_add(t, s, ANONYMOUS, s->anonymous_id);
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
subject_count(struct task *t, struct pg *pg, int32_t environment_id, struct privacy_request *q,
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
