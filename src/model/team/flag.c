/* flag.c - see flag.h: the rules in the tables. */
#include "model/team/flag.h"

#include "base/str.h"
#include "queue/flags.h"

static const struct stmt list = { "flag_list",
	"SELECT flag, scope, subject, percent FROM flag_rules"
	" WHERE team_id = $1::uuid OR user_id = $2::uuid"
	/* the key's first columns: a server has many rules of teams */
	" OR (flag = ANY ($3::text[]) AND scope = 'system')" };
static const struct stmt put = { "flag_put",
	"SELECT known, team, coalesce(before, -1) FROM system_flag_put($1, $2, $3::uuid, $4::int4)" };
static const struct stmt subject_of = { "flag_subject", "SELECT system_flag_subject($1, $2)" };
static const struct stmt list_all = { "flag_list_all",
	"SELECT flag, scope, subject, percent, name, set_us FROM system_flag_rules($1::int4)" };
/* As system_flag_put() has it: no change comes between reading and writing. */
static const struct stmt lock = { "flag_lock", "SELECT pg_advisory_xact_lock(7321, 0)" };
static const struct stmt mirror = { "flag_mirror",
	"SELECT flag, scope, subject, percent FROM flag_rules ORDER BY flag, scope, subject" };
static const struct stmt *const all[] = { &list, &put, &subject_of, &list_all, &lock, &mirror };
const struct stmt_list flag_statements = STMT_LIST("flag", all);

/* A rule of a flag that this version does not know is FLAG_NONE: no effect. */
static struct flag_rule
rule_of(const struct rows *r, size_t i)
{
	return (struct flag_rule){ flag_find(row_str(r, i, 0)), flag_scope_find(row_str(r, i, 1)),
		row_str(r, i, 2), (int)row_i64(r, i, 3) };
}

enum err
flag_list(struct task *t, struct pg *pg, const struct flag_who *who, struct flag_rule **out,
          size_t *n)
{
	struct str key[FLAG_COUNT - 1];
	struct bind b = { 0 };
	struct rows *r;
	for (int f = FLAG_NONE + 1; f < FLAG_COUNT; f++)
		key[f - 1] = str_of(flag_rows[f].key);
	bind_str_or_null(t, &b, who->team_id);
	bind_str_or_null(t, &b, who->user_id);
	bind_str_array(t, &b, key, FLAG_COUNT - 1);
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n + 1, struct flag_rule);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = rule_of(r, i);
	return E_OK;
}

enum err
flag_load(struct task *t, struct pg *pg, const struct flag_who *who, unsigned *mask)
{
	struct flag_rule *rule;
	size_t n = 0;
	enum err e = flag_list(t, pg, who, &rule, &n);
	if (e == E_OK)
		*mask = flag_mask(rule, n, who);
	return e;
}

enum err
flag_need(struct task *t, unsigned mask, enum flag flag)
{
	if ((mask >> flag & 1) != 0)
		return E_OK;
	return task_fail(t, E_DISABLED, "The feature %s (%s) is not enabled here. Ask who runs this server.",
	                 flag_rows[flag].name, flag_rows[flag].key);
}

enum err
flag_subject(struct task *t, struct pg *pg, enum flag_scope scope, struct str text, struct str *id)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, str_of(flag_scope_name(scope)));
	bind_str(t, &b, str_trim(text));
	enum err e = pg_one(t, pg, &subject_of, &b, &r);
	if (e != E_OK)
		return e;
	if (row_is_null(r, 0, 0))
		return task_fail(t, E_NOT_FOUND, "There is no %s \"%.*s\"",
		                 flag_scope_name(scope), STRF(text));
	*id = row_str(r, 0, 0);
	return E_OK;
}

enum err
flag_change(struct task *t, struct pg *pg, struct redis *redis, const struct flag_change *in,
            struct flag_changed *out)
{
	struct bind b = { 0 };
	struct rows *r;
	ASSERT(in->flag != FLAG_NONE && in->scope != FLAG_DEFAULT && in->percent <= 100);
	*out = (struct flag_changed){ 0 };
	enum err e = flag_subject(t, pg, in->scope, in->subject, &out->subject);
	if (e != E_OK)
		return e;
	bind_str(t, &b, str_of(flag_rows[in->flag].key));
	bind_str(t, &b, str_of(flag_scope_name(in->scope)));
	bind_str(t, &b, out->subject);
	if (in->percent < 0)
		bind_null(&b);
	else
		bind_i64(t, &b, in->percent);
	if ((e = pg_one(t, pg, &put, &b, &r)) != E_OK)
		return e;
	out->team_id = row_str(r, 0, 1);
	out->before = (int)row_i64(r, 0, 2);
	const struct flags_place place = { str_of(flag_rows[in->flag].key),
		flag_scope_name(in->scope), out->subject };
	return in->percent < 0 ? flags_remove(t, redis, &place) :
	                         flags_put(t, redis, &place, in->percent);
}

enum err
flag_list_all(struct task *t, struct pg *pg, int limit, struct flag_listed **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, limit);
	enum err e = pg_run(t, pg, &list_all, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n + 1, struct flag_listed);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = (struct flag_listed){ rule_of(r, i), row_str(r, i, 4), row_i64(r, i, 5) };
	return E_OK;
}

enum err
flag_mirror(struct task *t, struct pg *pg, struct redis *redis)
{
	struct rows *r;
	ASSERT(pg_in_tx(pg));
	enum err e = pg_run(t, pg, &lock, NULL, NULL);
	if (e == E_OK)
		e = pg_run(t, pg, &mirror, NULL, &r);
	if (e != E_OK)
		return e;
	size_t n = rows_count(r);
	struct flags_place *place = tarray(t, n + 1, struct flags_place);
	int *percent = tarray(t, n + 1, int);
	for (size_t i = 0; i < n; i++) {
		enum flag_scope scope = flag_scope_find(row_str(r, i, 1));
		place[i] = (struct flags_place){ row_str(r, i, 0), flag_scope_name(scope),
			row_str(r, i, 2) };
		percent[i] = (int)row_i64(r, i, 3);
	}
	return flags_replace(t, redis, place, percent, n);
}
