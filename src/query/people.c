/* people.c - see people.h. */
#include "query/people.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/uuid.h"
#include "query/deadline.h"
#include "query/slices.h"

#define SEARCH_IDS "1000"  /* matches of a beginning that are looked at */
#define SEARCH_DEVICES "50"
#define NUMBERS \
	"(SELECT p.person_no AS no UNION ALL SELECT x.from_no FROM person_alias x" \
	" WHERE x.environment_id = $1 AND x.to_no = p.person_no)"

void
people_row(const struct rows *r, size_t i, int64_t limit, struct person_row *out)
{
	*out = (struct person_row){
		.person_id = row_str(r, i, 0), .no = (int32_t)row_i64(r, i, 1),
		.user_id = row_str(r, i, 2), .anonymous_id = row_str(r, i, 3),
		.first_us = row_i64(r, i, 4), .last_us = row_i64(r, i, 5),
		.sessions = row_i64(r, i, 6), .events = row_i64(r, i, 7),
		.origin = origin_row(r, i, 8, 9),
	};
	out->more = out->sessions >= limit;
}

/* Persons of sessions on these devices (a list of device_no). */
static void
add_device_persons(struct sqlb *b)
{
	sqlb_add(b, " SELECT coalesce(x.to_no, v.person_no) FROM"
		" (SELECT person_no FROM sessions WHERE environment_id = $1 AND session_id IS NULL"
		" AND device_no IN (SELECT device_no FROM dev) UNION"
		" SELECT person_no FROM sessions WHERE environment_id = $1 AND session_id IS NOT"
		" NULL AND device_no IN (SELECT device_no FROM dev)) v LEFT JOIN person_alias x"
		" ON x.environment_id = $1 AND x.from_no = v.person_no");
}

/* By the beginning of an id, or the person id. */
#define IDS_OF(kind) " (SELECT i.person_no FROM person_ids i WHERE i.environment_id = $1" \
	" AND i.kind = " kind " AND i.id ^@ "
static void
add_search(struct sqlb *b, struct str s)
{
	uint8_t raw[16];

	if (s.n == 0)
		return;
	sqlb_add(b, " AND p.person_no = ANY(ARRAY(WITH dev AS (SELECT device_no FROM devices"
		" WHERE environment_id = $1 AND device_id ^@ ");
	sqlb_str(b, s);
	sqlb_add(b, "::text LIMIT " SEARCH_DEVICES ")");
	sqlb_add(b, IDS_OF("'u'"));
	sqlb_str(b, s);
	sqlb_add(b, "::text LIMIT " SEARCH_IDS ") UNION ALL" IDS_OF("'a'"));
	sqlb_str(b, s);
	sqlb_add(b, "::text LIMIT " SEARCH_IDS ") UNION ALL" IDS_OF("'d'"));
	sqlb_str(b, s);
	sqlb_add(b, "::text LIMIT " SEARCH_IDS ")");
	sqlb_add(b, " UNION ALL (");
	add_device_persons(b);
	sqlb_add(b, " LIMIT " SEARCH_IDS ")");
	if (uuid_parse(s, raw)) {
		sqlb_add(b, " UNION ALL SELECT coalesce(x.to_no, i.person_no) FROM persons i"
			" LEFT JOIN person_alias x ON x.environment_id = $1"
			" AND x.from_no = i.person_no WHERE i.environment_id = $1"
			" AND i.person_id = ");
		sqlb_str(b, uuid_str(b->t->arena, raw));
		sqlb_add(b, "::uuid");
	}
	sqlb_add(b, "))");
}

static void
add_kind(struct sqlb *b, enum filter_key key)
{
	if (key == FILTER_USER)
		sqlb_add(b, "'u'");
	else
		sqlb_add(b, "'a'");
}

static void
add_id_set(struct sqlb *b, const struct filter *f)
{
	if (f->op == FILTER_EXISTS) {
		sqlb_add(b, "EXISTS (SELECT FROM person_ids i WHERE i.environment_id = $1"
			" AND i.person_no = p.person_no AND i.kind = ");
		add_kind(b, f->key);
		sqlb_add(b, ")");
		return;
	}
	sqlb_add(b, "p.person_no = ANY(ARRAY(SELECT i.person_no FROM person_ids i"
		" WHERE i.environment_id = $1 AND i.kind = ");
	add_kind(b, f->key);
	sqlb_add(b, " AND i.id = ANY(");
	sqlb_str_array(b, f->value, f->nvalues);
	sqlb_add(b, "::text[])))");
}

static void
add_person_set(struct sqlb *b, const struct filter *f)
{
	if (f->op == FILTER_EXISTS) {
		sqlb_add(b, "true");
		return;
	}
	sqlb_add(b, "p.person_no = ANY(ARRAY(SELECT coalesce(x.to_no, i.person_no) FROM persons i"
		" LEFT JOIN person_alias x ON x.environment_id = $1 AND x.from_no = i.person_no"
		" WHERE i.environment_id = $1 AND i.person_id = ANY(");
	sqlb_str_array(b, f->value, f->nvalues);
	sqlb_add(b, "::uuid[])))");
}

static void
add_device_set(struct sqlb *b, const struct filter *f)
{
	if (f->op == FILTER_EXISTS) {
		sqlb_add(b, "EXISTS (SELECT FROM " NUMBERS " n CROSS JOIN LATERAL"
			" (SELECT FROM sessions e WHERE e.environment_id = $1"
			" AND e.person_no = n.no AND e.device_no IS NOT NULL LIMIT 1) e)");
		return;
	}
	sqlb_add(b, "p.person_no = ANY(ARRAY(WITH dev AS (SELECT device_no FROM devices"
		" WHERE environment_id = $1 AND device_id = ANY(");
	sqlb_str_array(b, f->value, f->nvalues);
	sqlb_add(b, "::text[])) SELECT i.person_no FROM person_ids i WHERE i.environment_id = $1"
		" AND i.kind = 'd' AND i.id = ANY(");
	sqlb_str_array(b, f->value, f->nvalues);
	sqlb_add(b, "::text[]) UNION ALL");
	add_device_persons(b);
	sqlb_add(b, "))");
}

/* On the person's properties as one object, or on one of their sessions. */
static void
add_rows(struct sqlb *b, const struct filter *f)
{
	struct filters one = { .f[0] = *f, .n = 1 };

	if (f->key == FILTER_PROP) {
		sqlb_add(b, "EXISTS (SELECT FROM (SELECT coalesce(jsonb_object_agg(h.key, h.value),"
			" '{}') AS properties FROM person_properties h WHERE h.environment_id = $1"
			" AND h.person_no = p.person_no) e WHERE true");
		filters_sql(b, &one, FILTER_EVENTS);
	} else {
		sqlb_add(b, "EXISTS (SELECT FROM " NUMBERS " n CROSS JOIN LATERAL"
			" (SELECT FROM sessions e WHERE e.environment_id = $1"
			" AND e.person_no = n.no");
		filters_sql(b, &one, FILTER_SESSIONS);
		sqlb_add(b, " LIMIT 1) e"); /* by the person's index, one by one */
	}
	sqlb_add(b, ")");
}

static void
add_filters(struct sqlb *b, const struct filters *f)
{
	for (size_t i = 0; f != NULL && i < f->n; i++) {
		const struct filter *one = &f->f[i];
		bool ids = one->key == FILTER_USER || one->key == FILTER_ANONYMOUS ||
		           one->key == FILTER_PERSON || one->key == FILTER_DEVICE;
		sqlb_add(b, " AND (");
		if (one->key == FILTER_USER || one->key == FILTER_ANONYMOUS)
			add_id_set(b, one);
		else if (one->key == FILTER_PERSON)
			add_person_set(b, one);
		else if (one->key == FILTER_DEVICE)
			add_device_set(b, one);
		else
			add_rows(b, one);
		if (ids && one->op == FILTER_NE)
			sqlb_add(b, ") IS NOT TRUE");
		else
			sqlb_add(b, ")");
	}
}

/* Ids lead to few persons; anything else is looked for. */
static bool
is_indexed(const struct people_query *q)
{
	const struct filters *f = q->filters;

	if (q->search.n > 0 || f == NULL || f->n == 0)
		return true;
	for (size_t i = 0; i < f->n; i++) {
		bool ids = f->f[i].key == FILTER_USER || f->f[i].key == FILTER_ANONYMOUS ||
		           f->f[i].key == FILTER_PERSON || f->f[i].key == FILTER_DEVICE;
		if (ids && (f->f[i].op == FILTER_EQ || f->f[i].op == FILTER_IN))
			return true;
	}
	return false;
}

struct search {
	struct pg *pg;
	const struct query_env *env;
	const struct people_query *q;
	const struct slices *slices;
	struct people_page *out;
};

static void
add_window(struct sqlb *b, const struct slices *s, int64_t from_us, int64_t to_us)
{
	sqlb_add(b, " AND p.last_seen >= ");
	sqlb_time(b, from_us);
	sqlb_add(b, " AND p.last_seen < ");
	sqlb_time(b, to_us);
	/* the same of the hour, for its index */
	sqlb_add(b, " AND p.seen_hour > ");
	sqlb_time(b, from_us - US_PER_HOUR);
	sqlb_add(b, " AND p.seen_hour < ");
	sqlb_time(b, to_us);
	if (!s->has_after)
		return;
	sqlb_add(b, " AND (p.last_seen, p.person_id) < ");
	cursor_sql(b, &s->after);
}

static enum err
run_slice(struct task *t, void *ctx, int64_t from_us, int64_t to_us, size_t limit, int ms,
          size_t *got, bool *late)
{
	const struct search *s = ctx;
	struct sqlb *b = sqlb_new(t);
	struct rows *r;

	sqlb_add(b, "WITH k AS MATERIALIZED (SELECT p.* FROM persons p WHERE p.environment_id = ");
	sqlb_i64(b, s->env->id);
	add_window(b, s->slices, from_us, to_us);
	sqlb_add(b, " AND NOT EXISTS (SELECT FROM person_alias x WHERE x.environment_id = $1"
		" AND x.from_no = p.person_no)");
	add_search(b, s->q->search);
	add_filters(b, s->q->filters);
	sqlb_add(b, " ORDER BY p.seen_hour DESC, p.last_seen DESC, p.person_id DESC LIMIT ");
	sqlb_i64(b, (int64_t)limit);
	sqlb_add(b, ") " PEOPLE_COLUMNS("200") " ORDER BY k.last_seen DESC, k.person_id DESC");
	enum err e = deadline_run(t, s->pg, b, ms, &r, late);
	if (e != E_OK || *late)
		return e;
	*got = rows_count(r);
	for (size_t i = 0; i < *got; i++)
		people_row(r, i, PEOPLE_SESSIONS, &s->out->row[s->out->n++]);
	return E_OK;
}

enum err
people_list(struct task *t, struct pg *pg, const struct query_env *env,
            const struct people_query *q, struct people_page *out)
{
	struct str f = filters_query(t, q->filters, -1);
	struct slices slices = {
		.range = q->range, .cursor = q->cursor, .limit = q->limit == 0 ? 50 : q->limit,
		.indexed = is_indexed(q),
		.parameters = arena_printf(t->arena, "people %d %.*s %.*s %.*s", env->id,
			STRF(q->range->asked), STRF(f), STRF(q->search)),
	};
	struct search s = { pg, env, q, &slices, out };
	enum err e = slices_open(t, &slices);

	ASSERT(slices.limit <= EVENTS_LIMIT_MAX);
	memset(out, 0, sizeof(*out));
	if (e != E_OK)
		return e;
	out->row = tarray(t, slices.limit + 1, struct person_row);
	e = slices_search(t, &slices, run_slice, &s);
	if (e != E_OK)
		return e;
	const struct person_row *last = &out->row[slices.limit - 1];
	out->n = slices_close(t, &slices, &(struct list_cursor){ last->last_us, last->person_id },
		&out->next_cursor, &out->meta);
	return E_OK;
}
