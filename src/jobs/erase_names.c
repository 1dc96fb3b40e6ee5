/* erase_names.c - names that say who somebody is ("opened_profile_user-12").
 * A name is a key: events, sums and catalogues find one another by it. So it
 * is not erased row by row like a mention (erase_scan.c): the id in it becomes
 * the same pseudonym in every table of one search. What the tracking plan had
 * only seen, and nobody's events carry any more, goes as a whole. */
#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "ingest/scrub.h"
#include "ingest/tombstone.h"
#include "jobs/erase_tx.h"
#include "model/governance/rules.h"
#include "model/project/key.h"

#define KIND_NAME 'n'
#define PSEUDONYM 8 /* hex digits */

/* $1 environment, $2 partition, $3 place, $4 pattern, $5 pseudonym. */
#define PUT(column) column " = regexp_replace(x." column ", $4, $5, 'g')"
#define HERE " WHERE x.environment_id = $1 AND x.tableoid = $2::int8::oid AND x.ctid = $3::tid"
#define WHERE_IT_STANDS " RETURNING x.tableoid::int8, x.ctid::text"
#define NAME(table, column)                                                                \
	{ "erase_name_" table, "UPDATE " table " x SET " PUT(column) HERE                       \
	  " AND x." column " ~ $4" WHERE_IT_STANDS }
/* Unless it is there already: a row under the old name that came in the middle
 * of a search. The next one has another pseudonym. */
#define KEY(table, column, same)                                                           \
	{ "erase_name_" table, "UPDATE " table " x SET " PUT(column) HERE                       \
	  " AND x." column " ~ $4 AND NOT EXISTS (SELECT FROM " table " o"                      \
	  " WHERE o.environment_id = $1 AND o." column " = regexp_replace(x." column ", $4, $5, 'g')" \
	  same ")" WHERE_IT_STANDS }
#define SAME(column) " AND o." column " = x." column

static const struct stmt take[] = {
	KEY("block_chunks", "value", SAME("dim") SAME("width") SAME("block") SAME("chunk")),
	KEY("crash_group_texts", "fingerprint", ""),
	KEY("crash_groups", "fingerprint", ""),
	KEY("day_chunks", "value", SAME("dim") SAME("day") SAME("chunk")),
	KEY("day_members", "value", SAME("dim") SAME("day") SAME("person_no")),
	{ "erase_name_events", "UPDATE events x SET " PUT("name") ", " PUT("namespace") HERE
	  " AND (x.name ~ $4 OR x.namespace ~ $4)" WHERE_IT_STANDS },
	/* consumers know their namespaces by heart; the next epoch asks again */
	{ "erase_name_namespaces", "WITH u AS (UPDATE namespaces x SET " PUT("name") HERE
	  " AND x.name ~ $4 AND NOT EXISTS (SELECT FROM namespaces o WHERE o.environment_id = $1"
	  " AND o.name = regexp_replace(x.name, $4, $5, 'g')) RETURNING x.tableoid, x.ctid),"
	  " e AS (UPDATE environments SET erasures = erasures + 1 WHERE id = $1"
	  " AND EXISTS (SELECT FROM u)) SELECT tableoid::int8, ctid::text FROM u" },
	{ "erase_name_namespace_schemas", "WITH u AS (UPDATE namespace_schemas x SET "
	  PUT("namespace") ", " PUT("event") ", " PUT("schema") HERE
	  " AND (x.namespace ~ $4 OR x.event ~ $4 OR x.schema ~ $4) AND NOT EXISTS (SELECT"
	  " FROM namespace_schemas o WHERE o.environment_id = $1 AND o.ctid <> x.ctid"
	  " AND o.namespace = regexp_replace(x.namespace, $4, $5, 'g')"
	  " AND o.event = regexp_replace(x.event, $4, $5, 'g')) RETURNING x.tableoid, x.ctid),"
	  " e AS (UPDATE environments SET rules_version = rules_version + 1 WHERE id = $1"
	  " AND EXISTS (SELECT FROM u)) SELECT tableoid::int8, ctid::text FROM u" },
	KEY("person_properties", "key", SAME("person_no")),
	{ "erase_name_plan_events", "UPDATE plan_events x SET " PUT("name")
	  ", namespaces = regexp_replace(x.namespaces::text, $4, $5, 'g')::text[]" HERE
	  " AND (x.name ~ $4 OR x.namespaces::text ~ $4) AND NOT EXISTS (SELECT FROM plan_events o"
	  " WHERE o.environment_id = $1 AND o.name = regexp_replace(x.name, $4, $5, 'g')"
	  " AND o.name <> x.name)" WHERE_IT_STANDS },
	{ "erase_name_plan_properties", "UPDATE plan_properties x SET " PUT("name") ", " PUT("key")
	  HERE " AND (x.name ~ $4 OR x.key ~ $4) AND NOT EXISTS (SELECT FROM plan_properties o"
	  " WHERE o.environment_id = $1 AND o.name = regexp_replace(x.name, $4, $5, 'g')"
	  " AND o.key = regexp_replace(x.key, $4, $5, 'g')" SAME("type") ")" WHERE_IT_STANDS },
	KEY("property_changes", "key", SAME("person_no") SAME("ts") SAME("event_id")
	    SAME("position")),
	KEY("rollup_counts", "value", SAME("grain") SAME("dim") SAME("bucket")),
	{ "erase_name_saved_views", "UPDATE saved_views x SET"
	  " name = left(regexp_replace(x.name, $4, $5, 'g'), 80),"
	  " query = left(regexp_replace(x.query, $4, $5, 'g'), 2000)" HERE
	  " AND (x.name ~ $4 OR x.query ~ $4)" WHERE_IT_STANDS },
	/* it may not be changed; its row is then of no session */
	{ "erase_name_session_waits", "WITH x AS (DELETE FROM session_waits x" HERE
	  " AND x.session_id ~ $4 AND $5::text IS NOT NULL RETURNING x.tableoid)"
	  " SELECT tableoid::int8, '' FROM x" },
	NAME("sessions", "entry_name"),
	/* the whole day: the job makes it again of what its rows are called then */
	{ "erase_name_trace_days", "WITH x AS (DELETE FROM trace_days d USING trace_days x" HERE
	  " AND x.name ~ $4 AND $5::text IS NOT NULL AND d.environment_id = $1 AND d.day = x.day"
	  " RETURNING d.tableoid) SELECT DISTINCT tableoid::int8, '' FROM x" },
	KEY("trace_digests", "name", SAME("day")),
	NAME("traces", "name"),
};
/* Before it is renamed: seen by the plan only, never written about, and all
 * its events were of the erased. */
static const struct stmt plan_gone = { "erase_name_plan_gone",
	"WITH x AS (DELETE FROM plan_events x" HERE " AND x.name ~ $4 AND $5::text IS NOT NULL"
	" AND x.status IN ('live', 'unexpected') AND x.owner = '' AND x.description = ''"
	" AND x.updated_by = '' AND NOT EXISTS (SELECT FROM rollup_counts r"
	"  WHERE r.environment_id = $1 AND r.dim = 2 AND r.value = x.name AND r.events > 0)"
	" RETURNING x.tableoid, x.name), p AS (DELETE FROM plan_properties p USING x"
	" WHERE p.environment_id = $1 AND p.name = x.name)"
	" SELECT tableoid::int8, '' FROM x" };
/* Sent since the person was erased: what comes late of themselves is dropped,
 * so it is others'. */
static const struct stmt others = { "erase_name_others",
	"SELECT EXISTS (SELECT FROM events WHERE environment_id = $1"
	"  AND ts > $2::timestamptz - interval '1 day' AND received_at > $2::timestamptz"
	"  AND (name ~ $3 OR namespace ~ $3)) OR EXISTS (SELECT FROM traces"
	" WHERE environment_id = $1 AND ts > $2::timestamptz - interval '1 day'"
	"  AND received_at > $2::timestamptz AND name ~ $3)" };
static const struct stmt kept = { "erase_name_kept",
	"UPDATE privacy_requests SET counts = counts || jsonb_build_object($3::text,"
	" coalesce((counts ->> $3)::int8, 0) + 1) WHERE environment_id = $1 AND id = $2::uuid" };
static const struct stmt *const statements[] = { &take[0], &take[1], &take[2], &take[3], &take[4],
	&take[5], &take[6], &take[7], &take[8], &take[9], &take[10], &take[11], &take[12],
	&take[13], &take[14], &take[15], &take[16], &take[17], &take[18], &plan_gone, &others, &kept };
const struct stmt_list erase_names_statements = STMT_LIST("erase_names", statements);

/* The id where it stands alone, as base/needle.h sees it. */
static struct str
pattern(struct task *t, struct str id)
{
	struct buf b = BUF_INIT;

	buf_puts(&b, "((?<![[:alnum:]])|(?<=%[0-9A-Fa-f]{2}))");
	for (size_t i = 0; i < id.n; i++) {
		if ((unsigned char)id.p[i] < 0x80 && !isalnum((unsigned char)id.p[i]))
			buf_putc(&b, '\\');
		buf_putc(&b, id.p[i]);
	}
	buf_puts(&b, "(?![[:alnum:]])");
	struct str out = arena_str(t->arena, buf_str(&b));

	buf_release(&b);
	return out;
}

/* The same for one id through one search, and nobody's who has not the key. */
static struct str
pseudonym(struct task *t, const struct erase_name *x)
{
	const struct privacy_request *q = x->request;
	uint8_t secret[32];

	scrub_secret(x->master, q->environment_id, secret);
	struct str hash = tombstone_hash(t, secret, KIND_NAME,
		arena_printf(t->arena, "%.*s %lld %.*s", STRF(q->id), (long long)q->rounds,
		             STRF(x->id)));

	return arena_printf(t->arena, "erased-%.*s", PSEUDONYM, hash.p);
}

static const struct stmt *
stmt_of(struct str table)
{
	for (size_t i = 0; i < NELEM(take); i++)
		if (str_is(table, take[i].name + strlen("erase_name_")))
			return &take[i];
	return NULL;
}

/* What was compiled from a schema is at the door. */
static enum err
schemas_tell(struct task *t, const struct job_host *h, int32_t environment_id)
{
	enum err e = rules_mirror(t, h->pg, h->redis, environment_id);

	return e == E_OK ? key_mirror_environment(t, h->pg, h->redis, environment_id) : e;
}

enum err
erase_name(struct task *t, const struct job_host *h, const struct erase_name *x, int64_t *leaf,
           struct str *place, bool *changed)
{
	const struct stmt *s = stmt_of(x->table);
	struct bind b = { 0 };
	struct rows *r;
	enum err e = E_OK;

	*changed = false;
	if (s == NULL)
		return E_OK;
	bind_i64(t, &b, x->request->environment_id);
	bind_i64(t, &b, *leaf);
	bind_str(t, &b, *place);
	bind_str(t, &b, pattern(t, x->id));
	bind_str(t, &b, pseudonym(t, x));
	if (str_is(x->table, "plan_events")) {
		e = pg_run(t, h->pg, &plan_gone, &b, &r);
		*changed = e == E_OK && rows_count(r) > 0;
	}
	if (e == E_OK && !*changed) {
		e = pg_run(t, h->pg, s, &b, &r);
		*changed = e == E_OK && rows_count(r) > 0;
	}
	if (!*changed)
		return e;
	*leaf = row_i64(r, 0, 0);
	*place = row_str(r, 0, 1);
	return str_is(x->table, "namespace_schemas") ?
		schemas_tell(t, h, x->request->environment_id) : E_OK;
}

enum err
erase_name_kept(struct task *t, struct pg *pg, const struct erase_name *x, bool *is_kept)
{
	const struct privacy_request *q = x->request;
	struct bind b = { 0 }, add = { 0 };
	struct rows *r;

	bind_i64(t, &b, q->environment_id);
	bind_time(t, &b, q->erased_us);
	bind_str(t, &b, pattern(t, x->id));
	enum err e = pg_one(t, pg, &others, &b, &r);

	*is_kept = e == E_OK && row_bool(r, 0, 0);
	if (!*is_kept)
		return e;
	bind_i64(t, &add, q->environment_id);
	bind_str(t, &add, q->id);
	bind_str(t, &add, arena_printf(t->arena, PRIVACY_KEPT "%.*s", STRF(x->table)));
	return pg_run(t, pg, &kept, &add, NULL);
}
