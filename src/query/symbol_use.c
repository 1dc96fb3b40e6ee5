/* symbol_use.c - see symbol_use.h. */
#include "query/symbol_use.h"

#define TEXT(n) TEXT_OF(n)
#define TEXT_OF(n) #n
/* Of r: how many crashes have the stack, and when the newest came. */
#define CRASHES_OF_R                                                                \
	"(SELECT count(*) AS n, max(ts) AS last FROM (SELECT c.ts FROM crashes c"       \
	" WHERE c.environment_id = $1::int4 AND c.symbols_key = r.symbols_key"            \
	" ORDER BY c.ts DESC LIMIT " TEXT(SYMBOL_USE_CRASHES) ") x) c"

static const struct stmt missing = { "symbol_use_missing",
	"WITH r AS MATERIALIZED (SELECT symbols_key, kind, build_ids, platform, version, build"
	" FROM symbol_results WHERE environment_id = $1::int4 AND frames IS NULL"
	" ORDER BY first_at DESC LIMIT " TEXT(SYMBOL_USE_STACKS) ")"
	" SELECT r.kind, coalesce(b.id, ''), w.platform, w.version, w.build, sum(c.n)::int8,"
	" coalesce((extract(epoch FROM max(c.last)) * 1000000)::int8, 0),"
	" bool_or(c.n >= " TEXT(SYMBOL_USE_CRASHES) ") OR (SELECT count(*) FROM r) >= "
	TEXT(SYMBOL_USE_STACKS)
	" FROM r LEFT JOIN LATERAL unnest(r.build_ids) AS b (id) ON r.kind = 'elf'"
	" CROSS JOIN LATERAL (SELECT CASE WHEN r.kind = 'elf' THEN '' ELSE r.platform END AS platform,"
	" CASE WHEN r.kind = 'elf' THEN '' ELSE r.version END AS version,"
	" CASE WHEN r.kind = 'elf' THEN '' ELSE r.build END AS build) w"
	" CROSS JOIN LATERAL " CRASHES_OF_R
	/* a source map is one bundle's: that one is there says nothing of others */
	" WHERE NOT EXISTS (SELECT FROM symbol_files f WHERE f.project_id = $2::uuid"
	" AND f.kind = r.kind AND CASE r.kind WHEN 'elf' THEN f.build_id = b.id"
	" WHEN 'sourcemap' THEN false ELSE f.platform IN ('', r.platform)"
	" AND f.version IN ('', r.version) AND f.build IN ('', r.build) END)"
	" GROUP BY 1, 2, 3, 4, 5 HAVING sum(c.n) > 0"
	" ORDER BY 6 DESC, 7 DESC, 2, 4 LIMIT " TEXT(SYMBOL_USE_MISSING) };
static const struct stmt named = { "symbol_use_named",
	"WITH r AS MATERIALIZED (SELECT symbols_key FROM symbol_results"
	" WHERE environment_id = $1::int4 AND frames IS NOT NULL AND"
	" CASE WHEN $2 = 'elf' THEN kind = 'elf' AND build_ids @> ARRAY[$3] ELSE"
	" (kind = $2 OR $2 = 'obfuscation') AND $4 IN ('', platform) AND $5 IN ('', version)"
	" AND $6 IN ('', build) END LIMIT " TEXT(SYMBOL_USE_STACKS) ")"
	" SELECT count(*), coalesce(sum(c.n), 0)::int8, coalesce(bool_or(c.n >= "
	TEXT(SYMBOL_USE_CRASHES) "), false) OR count(*) >= " TEXT(SYMBOL_USE_STACKS)
	" FROM r CROSS JOIN LATERAL " CRASHES_OF_R };
static const struct stmt *const all[] = { &missing, &named };
const struct stmt_list symbol_use_statements = STMT_LIST("symbol_use", all);

enum err
symbol_missing_list(struct task *t, struct pg *pg, int32_t environment_id, struct str project_id,
                    struct symbol_missing **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;

	*n = 0;
	bind_i64(t, &b, environment_id);
	bind_str(t, &b, project_id);
	enum err e = pg_run(t, pg, &missing, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n + 1, struct symbol_missing);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = (struct symbol_missing){
			.kind = row_str(r, i, 0), .build_id = row_str(r, i, 1),
			.platform = row_str(r, i, 2), .version = row_str(r, i, 3),
			.build = row_str(r, i, 4), .crashes = row_i64(r, i, 5),
			.last_us = row_i64(r, i, 6), .more = row_bool(r, i, 7),
		};
	return E_OK;
}

enum err
symbol_named_count(struct task *t, struct pg *pg, int32_t environment_id,
                   const struct symbol_file *f, struct symbol_named *out)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, environment_id);
	bind_str(t, &b, f->kind);
	bind_str(t, &b, f->build_id);
	bind_str(t, &b, f->platform);
	bind_str(t, &b, f->version);
	bind_str(t, &b, f->build);
	enum err e = pg_one(t, pg, &named, &b, &r);
	if (e == E_OK)
		*out = (struct symbol_named){ row_i64(r, 0, 0), row_i64(r, 0, 1),
			row_bool(r, 0, 2) };
	return e;
}
