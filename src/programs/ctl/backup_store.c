/* backup_store.c - what a backup asks of PostgreSQL; see backup.h. */
#include "base/str.h"
#include "programs/ctl/backup.h"

#define CATALOGS 6

static const struct stmt begin_snapshot = { "backup_begin",
	"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" };
/* The transaction lies idle while pg_dump works. */
static const struct stmt no_limits = { "backup_limits",
	"SELECT set_config('statement_timeout', '0', true),"
	" set_config('idle_in_transaction_session_timeout', '0', true)" };
static const struct stmt export_snapshot = { "backup_snapshot",
	"SELECT pg_export_snapshot(), current_setting('server_version'),"
	" (SELECT name FROM schema_migrations ORDER BY number DESC, name DESC LIMIT 1),"
	" (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
	"   AND relkind = 'r' AND relpersistence <> 't')" };
static const struct stmt end_snapshot = { "backup_end", "COMMIT" };
/* Rows that a policy hides from the owner would be missing in the dump. */
static const struct stmt hidden_tables = { "backup_hidden",
	"SELECT COALESCE(string_agg(c.relname, ', ' ORDER BY c.relname), '') FROM pg_class c"
	" WHERE c.relnamespace = 'public'::regnamespace AND c.relrowsecurity AND NOT EXISTS ("
	"   SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd IN ('*', 'r')"
	"   AND p.polpermissive AND pg_get_expr(p.polqual, p.polrelid) = 'true'"
	"   AND (SELECT oid FROM pg_roles WHERE rolname = current_user) = ANY (p.polroles))" };
static const struct stmt list_tables = { "backup_tables",
	"SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
	" AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'"
	" AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass"
	"   AND d.objid = c.oid AND d.deptype = 'e') ORDER BY c.relname" };
/* Counted by the server, which quotes the name. */
static const struct stmt count_table = { "backup_count",
	"SELECT (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM public.%I',"
	" $1::text), false, true, '')))[1]::text::int8" };
/* Rows alone do not make a database: what guards and finds them counts too. */
static const struct stmt count_catalog = { "backup_catalog",
	"WITH c AS (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)"
	" SELECT 'pg_index', count(*) FROM pg_index WHERE indrelid IN (TABLE c)"
	" UNION ALL SELECT 'pg_constraint', count(*) FROM pg_constraint WHERE conrelid IN (TABLE c)"
	" UNION ALL SELECT 'pg_policy', count(*) FROM pg_policy WHERE polrelid IN (TABLE c)"
	" UNION ALL SELECT 'pg_trigger', count(*) FROM pg_trigger WHERE tgrelid IN (TABLE c)"
	" UNION ALL SELECT 'pg_proc', count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
	" UNION ALL SELECT 'pg_class', count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
	"   AND relrowsecurity AND relforcerowsecurity" };
static const struct stmt *const all[] = { &count_catalog, &begin_snapshot, &no_limits, &export_snapshot,
	&end_snapshot, &hidden_tables, &list_tables, &count_table };
const struct stmt_list ctl_backup_statements = STMT_LIST("ctl_backup", all);

static enum err
check_hidden(struct ctl *c, struct pg *pg)
{
	struct rows *r;
	enum err e = pg_one(c->t, pg, &hidden_tables, NULL, &r);
	if (e == E_OK && row_str(r, 0, 0).n > 0)
		return task_fail(c->t, E_CONFIG, "The owner does not see every row of %.*s",
		                 STRF(row_str(r, 0, 0)));
	return e;
}

enum err
backup_store_begin(struct ctl *c, struct pg *pg, struct backup_store *out)
{
	struct rows *r;
	*out = (struct backup_store){ 0 };
	enum err e = pg_run(c->t, pg, &begin_snapshot, NULL, NULL);
	if (e == E_OK)
		e = pg_run(c->t, pg, &no_limits, NULL, NULL);
	if (e == E_OK)
		e = pg_one(c->t, pg, &export_snapshot, NULL, &r);
	if (e != E_OK)
		return e;
	out->snapshot = row_str(r, 0, 0);
	out->server = row_str(r, 0, 1);
	out->schema = row_str(r, 0, 2);
	out->parts = row_i64(r, 0, 3);
	return check_hidden(c, pg);
}

enum err
backup_store_end(struct ctl *c, struct pg *pg)
{
	return pg_run(c->t, pg, &end_snapshot, NULL, NULL);
}

enum err
backup_store_count(struct ctl *c, struct pg *pg, struct backup_store *out)
{
	struct progress p;
	struct rows *names, *r;
	enum err e = pg_run(c->t, pg, &list_tables, NULL, &names);
	if (e != E_OK)
		return e;
	out->n = rows_count(names);
	out->table = tarray(c->t, out->n + CATALOGS, struct backup_table);
	progress_begin(&p, "tables counted", (int64_t)out->n);
	for (size_t i = 0; e == E_OK && i < out->n; i++) {
		struct bind b = { 0 };
		out->table[i].name = row_str(names, i, 0);
		bind_str(c->t, &b, out->table[i].name);
		e = pg_one(c->t, pg, &count_table, &b, &r);
		if (e == E_OK)
			out->table[i].rows = row_i64(r, 0, 0);
		progress_step(&p, (int64_t)i + 1);
	}
	if (e == E_OK)
		progress_end(&p, (int64_t)out->n);
	if (e == E_OK)
		e = pg_run(c->t, pg, &count_catalog, NULL, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r) && i < CATALOGS; i++)
		out->table[out->n++] = (struct backup_table){ row_str(r, i, 0), row_i64(r, i, 1) };
	return e;
}

int64_t
backup_rows(const struct backup_table *table, size_t n, int64_t *tables)
{
	int64_t rows = 0;
	*tables = 0;
	for (size_t i = 0; i < n; i++) {
		if (str_starts(table[i].name, STR("pg_")))
			continue;
		rows += table[i].rows;
		(*tables)++;
	}
	return rows;
}
