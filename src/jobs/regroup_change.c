/* regroup_change.c - what a group's crashes say now, and the moment it
 * changes; see regroup.h. */
#include "base/map.h"
#include "base/str.h"
#include "jobs/rebuild.h"
#include "jobs/regroup_tx.h"

/* The text of a group that is empty for good: no crash has such a one. */
#define GONE "'gone:' || group_no"

/* A group that was told apart from another goes on as that one says. */
static const struct stmt group_get = { "regroup_get",
	"SELECT g.fingerprint, g.rule_version, g.split_frames, g.split_done, g.title, g.crashes,"
	" coalesce(p.split_frames, 0), g.fingerprint LIKE 'gone:%' FROM crash_groups g"
	" LEFT JOIN crash_groups p ON p.environment_id = $1 AND p.group_no = g.split_of"
	" WHERE g.environment_id = $1 AND g.group_no = $2" };
/* Is this the rule's text of the group it was told apart from? */
static const struct stmt of_parent = { "regroup_of_parent",
	"SELECT count(*) FROM crash_groups g JOIN crash_groups p ON p.environment_id = $1"
	" AND p.group_no = g.split_of WHERE g.environment_id = $1 AND g.group_no = $2"
	" AND p.fingerprint = $3" };
static const struct stmt leave_parent = { "regroup_leave_parent",
	"UPDATE crash_groups SET split_of = NULL WHERE environment_id = $1 AND group_no = $2" };
static const struct stmt group_lock = { "regroup_group_lock",
	"SELECT group_no FROM crash_groups WHERE environment_id = $1 AND group_no = $2 FOR UPDATE" };
/* Who has the text already, and whether the group may take it away: not from
 * a group that is told apart (its share); else one that people merged keeps
 * it, else the elder. The third column: it is the text of that group itself. */
static const struct stmt rival_get = { "regroup_rival",
	"SELECT n.group_no, n.fingerprint = $3 AND"
	" CASE WHEN (a.from_no IS NULL) <> (b.from_no IS NULL)"
	" THEN b.from_no IS NULL ELSE (g.first_seen, g.group_no) < (n.first_seen, n.group_no) END,"
	" n.fingerprint = $3 FROM crash_groups g"
	" JOIN crash_groups n ON n.environment_id = $1 AND n.group_no = coalesce("
	"  (SELECT group_no FROM crash_group_texts WHERE environment_id = $1 AND fingerprint = $3),"
	"  (SELECT group_no FROM crash_groups WHERE environment_id = $1 AND fingerprint = $3))"
	" LEFT JOIN crash_group_alias a ON a.environment_id = $1 AND a.from_no = g.group_no"
	" LEFT JOIN crash_group_alias b ON b.environment_id = $1 AND b.from_no = n.group_no"
	" WHERE g.environment_id = $1 AND g.group_no = $2 AND n.group_no <> g.group_no" };
static const struct stmt rename_to = { "regroup_rename",
	"UPDATE crash_groups SET fingerprint = $3, culprit = $4, title = $5"
	" WHERE environment_id = $1 AND group_no = $2" };
/* To be told apart anew; one that is to be so no more still has its parts. */
static const struct stmt ruled = { "regroup_ruled",
	"UPDATE crash_groups SET rule_version = $3,"
	" split_done = CASE WHEN split_frames > 0 THEN 0 ELSE split_done END"
	" WHERE environment_id = $1 AND group_no = $2" };
static const struct stmt texts_gone = { "regroup_texts_gone",
	"DELETE FROM crash_group_texts WHERE environment_id = $1 AND group_no = $2" };
static const struct stmt text_add = { "regroup_text_add",
	"INSERT INTO crash_group_texts (environment_id, group_no, fingerprint) VALUES ($1, $2, $3)"
	" ON CONFLICT DO NOTHING" };
static const struct stmt divided = { "regroup_divided",
	"UPDATE crash_groups SET split_done = split_frames WHERE environment_id = $1"
	" AND group_no = $2" };
static const struct stmt children = { "regroup_children",
	"SELECT group_no FROM crash_groups WHERE environment_id = $1 AND split_of = $2"
	" AND fingerprint NOT LIKE 'gone:%' ORDER BY group_no" };
static const struct stmt walk_add = { "regroup_walk_add",
	"INSERT INTO crash_regroup AS w (environment_id, group_no, into_no)"
	" VALUES ($1, $2, nullif($3::int4, 0)) ON CONFLICT (environment_id, group_no) DO UPDATE"
	" SET ts = '-infinity', event_id = '00000000-0000-0000-0000-000000000000',"
	" into_no = coalesce(excluded.into_no, w.into_no)" };
/* from = $2 becomes empty, its crashes are to's ($3). */
static const struct stmt retire_texts = { "regroup_retire",
	"UPDATE crash_groups SET fingerprint = " GONE ", rule_version = $3, split_frames = 0,"
	" split_done = 0, split_of = NULL WHERE environment_id = $1 AND group_no = $2" };
static const struct stmt retire_loop = { "regroup_retire_loop",
	"DELETE FROM crash_group_alias WHERE environment_id = $1 AND from_no = $3 AND to_no = $2" };
static const struct stmt retire_alias = { "regroup_retire_alias",
	"INSERT INTO crash_group_alias (environment_id, from_no, to_no, why)"
	" SELECT $1, $2, coalesce((SELECT to_no FROM crash_group_alias WHERE environment_id = $1"
	"  AND from_no = $3), $3), 'regroup'"
	" ON CONFLICT (environment_id, from_no) DO UPDATE SET to_no = excluded.to_no,"
	" why = 'regroup' RETURNING to_no" };
static const struct stmt retire_along = { "regroup_retire_along",
	"UPDATE crash_group_alias SET to_no = $3 WHERE environment_id = $1 AND to_no = $2" };
static const struct stmt log_add = { "regroup_log",
	"INSERT INTO crash_group_log (environment_id, group_no, actor, action, detail)"
	" VALUES ($1, $2, 'consumer', 'regroup', jsonb_build_object('why', $3::text))" };
static const struct stmt *const statements[] = { &group_get, &of_parent, &leave_parent,
	&group_lock, &rival_get, &rename_to, &ruled, &texts_gone, &text_add, &divided, &children,
	&walk_add, &retire_texts, &retire_loop, &retire_alias, &retire_along, &log_add };
const struct stmt_list regroup_change_statements = STMT_LIST("regroup_change", statements);

struct group {
	int32_t environment_id, no;
	struct str text, title;
	int version, split_frames, split_done, parent_frames;
	int64_t crashes;
	bool gone;
};

/* What its crashes say now: how many texts, and the largest share. */
struct shares {
	struct map map;
	struct fingerprint most;
	int64_t n, stay, crashes;
};

static void
bind_group(struct task *t, struct bind *b, int32_t environment_id, int64_t no)
{
	*b = (struct bind){ 0 };
	bind_i64(t, b, environment_id);
	bind_i64(t, b, no);
}

static enum err
group_load(struct task *t, struct pg *pg, struct group *g)
{
	struct bind b;
	struct rows *r;

	bind_group(t, &b, g->environment_id, g->no);
	enum err e = pg_one(t, pg, &group_get, &b, &r);

	if (e != E_OK)
		return e;
	g->text = row_str(r, 0, 0);
	g->version = (int)row_i64(r, 0, 1);
	g->split_frames = (int)row_i64(r, 0, 2);
	g->split_done = (int)row_i64(r, 0, 3);
	g->title = row_str(r, 0, 4);
	g->crashes = row_i64(r, 0, 5);
	g->parent_frames = (int)row_i64(r, 0, 6);
	g->gone = row_bool(r, 0, 7);
	return E_OK;
}

static bool
is_ruled(const struct group *g)
{
	return g->version >= FINGERPRINT_VERSION;
}

static const char *
reason_of(const struct group *g)
{
	return !is_ruled(g) ? "rule" : g->split_frames > 0 ? "split" : "unsplit";
}

static void
fingerprint_copy(struct task *t, const struct fingerprint *from, struct fingerprint *to)
{
	*to = *from;
	to->text = arena_str(t->arena, from->text);
	to->title = arena_str(t->arena, from->title);
	to->culprit = arena_str(t->arena, from->culprit);
}

/* One step's crashes; t keeps, step's memory does not. */
static void
shares_add(struct task *t, struct task *step, struct shares *s, const struct stored *row,
           size_t n, int frames)
{
	for (size_t i = 0; i < n; i++) {
		struct fingerprint fp;
		uint64_t *slot;

		symbolized_finer(step, &row[i].text, row[i].symbolized, frames, &fp);
		slot = map_find(&s->map, fp.text);
		if (slot == NULL) {
			slot = map_put(&s->map, arena_str(t->arena, fp.text), NULL);
			s->n++;
		}
		++*slot;
		s->crashes++;
		if ((int64_t)*slot <= s->stay)
			continue;
		s->stay = (int64_t)*slot;
		if (!str_eq(s->most.text, fp.text))
			fingerprint_copy(t, &fp, &s->most);
	}
}

/* All crashes of the group, read in steps and without a lock. */
static enum err
shares_count(struct task *t, struct pg *pg, const struct group *g, int frames, struct shares *s)
{
	struct str ts = STR("-infinity"), id = STR("00000000-0000-0000-0000-000000000000");
	struct task step;
	size_t n = REGROUP_STEP;
	enum err e = E_OK;

	*s = (struct shares){ 0 };
	map_init(&s->map, t->arena, 64);
	task_init(&step, arena_new((size_t)1 << 20));
	while (e == E_OK && n == REGROUP_STEP) {
		struct stored *row;

		e = stored_read(&step, pg, g->environment_id, g->no, ts, id, &row, &n);
		if (e != E_OK || n == 0)
			break;
		shares_add(t, &step, s, row, n, frames);
		ts = arena_str(t->arena, row[n - 1].ts);
		id = arena_str(t->arena, row[n - 1].id);
		task_reset(&step);
	}
	if (e != E_OK)
		e = task_fail(t, e, "%s", step.detail);
	arena_free(step.arena);
	return e;
}

/* By a group's new rule, its wish, or that of the group it was told apart
 * from, as long as its crashes would be that one's otherwise. */
static enum err
shares_of(struct task *t, struct pg *pg, struct group *g, struct shares *s)
{
	struct bind b;
	struct rows *r;
	enum err e = shares_count(t, pg, g, is_ruled(g) ? g->split_frames : 0, s);

	if (e != E_OK || is_ruled(g) || g->parent_frames == 0)
		return e;
	bind_group(t, &b, g->environment_id, g->no);
	bind_str(t, &b, s->most.text);
	e = pg_one(t, pg, &of_parent, &b, &r);
	if (e == E_OK && row_i64(r, 0, 0) == 0)
		g->parent_frames = 0;
	return e == E_OK && g->parent_frames > 0 ?
		shares_count(t, pg, g, g->parent_frames, s) : e;
}

static enum err
walk_put(struct task *t, struct pg *pg, int32_t environment_id, int32_t no, int32_t into)
{
	struct bind b;

	bind_group(t, &b, environment_id, no);
	bind_i64(t, &b, into);
	return pg_run(t, pg, &walk_add, &b, NULL);
}

/* Its crashes become another's; whoever has its id is led there. */
static enum err
retire(struct task *t, struct pg *pg, int32_t environment_id, int32_t from, int32_t to)
{
	struct bind b;
	struct rows *r = NULL;

	bind_group(t, &b, environment_id, from);
	enum err e = pg_run(t, pg, &texts_gone, &b, NULL);

	bind_i64(t, &b, FINGERPRINT_VERSION);
	if (e == E_OK)
		e = pg_run(t, pg, &retire_texts, &b, NULL);
	bind_group(t, &b, environment_id, from);
	bind_i64(t, &b, to);
	if (e == E_OK)
		e = pg_run(t, pg, &retire_loop, &b, NULL);
	if (e == E_OK)
		e = pg_one(t, pg, &retire_alias, &b, &r);
	if (e != E_OK)
		return e;
	bind_group(t, &b, environment_id, from);
	bind_i64(t, &b, row_i64(r, 0, 0));
	e = pg_run(t, pg, &retire_along, &b, NULL);
	return e == E_OK ? walk_put(t, pg, environment_id, from, to) : e;
}

/* The group gets the text of its largest share, or joins who has it. */
static enum err
take_text(struct task *t, struct pg *pg, const struct group *g, const struct fingerprint *fp)
{
	struct bind b;
	struct rows *r;

	if (fp->text.n == 0 || str_eq(fp->text, g->text))
		return E_OK;
	bind_group(t, &b, g->environment_id, g->no);
	bind_str(t, &b, fp->text);
	enum err e = pg_run(t, pg, &rival_get, &b, &r);

	if (e != E_OK)
		return e;
	if (rows_count(r) > 0) {
		int32_t rival = (int32_t)row_i64(r, 0, 0);

		if (!row_bool(r, 0, 1))
			return retire(t, pg, g->environment_id, g->no, rival);
		e = retire(t, pg, g->environment_id, rival, g->no);
	}
	bind_str(t, &b, fp->culprit);
	bind_str(t, &b, fp->title);
	return e == E_OK ? pg_run(t, pg, &rename_to, &b, NULL) : e;
}

static enum err
change_rule(struct task *t, struct pg *pg, const struct group *g, const struct shares *s)
{
	struct bind b;

	bind_group(t, &b, g->environment_id, g->no);
	enum err e = pg_run(t, pg, &texts_gone, &b, NULL);

	if (e == E_OK && g->parent_frames == 0)
		e = pg_run(t, pg, &leave_parent, &b, NULL);
	if (e == E_OK && !g->gone)
		e = take_text(t, pg, g, &s->most);
	bind_i64(t, &b, FINGERPRINT_VERSION);
	return e == E_OK ? pg_run(t, pg, &ruled, &b, NULL) : e;
}

/* The largest share stays; who was made for it is part of it now. */
static enum err
keep_share(struct task *t, struct pg *pg, const struct group *g, struct str text)
{
	struct bind b;
	struct rows *r;

	bind_group(t, &b, g->environment_id, g->no);
	bind_str(t, &b, text);
	enum err e = pg_run(t, pg, &rival_get, &b, &r);

	if (e == E_OK && rows_count(r) > 0 && row_bool(r, 0, 2))
		e = retire(t, pg, g->environment_id, (int32_t)row_i64(r, 0, 0), g->no);
	return e == E_OK ? pg_run(t, pg, &text_add, &b, NULL) : e;
}

static enum err
change_split(struct task *t, struct pg *pg, const struct group *g, const struct shares *s)
{
	struct bind b;
	struct rows *r;

	bind_group(t, &b, g->environment_id, g->no);
	enum err e = pg_run(t, pg, &texts_gone, &b, NULL);

	if (e == E_OK && g->split_frames > 0 && s->most.text.n > 0)
		e = keep_share(t, pg, g, s->most.text);
	if (e == E_OK)
		e = pg_run(t, pg, &divided, &b, NULL);
	if (e != E_OK || g->split_frames > 0)
		return e;
	e = pg_run(t, pg, &children, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		e = retire(t, pg, g->environment_id, (int32_t)row_i64(r, i, 0), g->no);
	return e;
}

/* The moment: consumers stand still, and from here on store by the new
 * state. What they stored until now is gone through afterwards. */
static enum err
change(struct task *t, struct pg *pg, const struct group *was, const struct shares *s)
{
	struct group g = *was;
	struct bind b;

	bind_group(t, &b, g.environment_id, g.no);
	enum err e = pg_begin(t, pg, NULL);

	if (e == E_OK)
		e = rebuild_lock(t, pg, g.environment_id);
	if (e == E_OK)
		e = pg_run(t, pg, &group_lock, &b, NULL);
	if (e == E_OK)
		e = group_load(t, pg, &g);
	if (e == E_OK && (g.version != was->version || g.split_frames != was->split_frames ||
	                  g.split_done != was->split_done))
		e = task_fail(t, E_RETRY, "the group changed meanwhile");
	g.parent_frames = was->parent_frames;
	if (e == E_OK)
		e = is_ruled(&g) ? change_split(t, pg, &g, s) : change_rule(t, pg, &g, s);
	if (e == E_OK)
		e = walk_put(t, pg, g.environment_id, g.no, 0);
	bind_str(t, &b, str_of(reason_of(&g)));
	if (e == E_OK && (s->n > 1 || is_ruled(&g)))
		e = pg_run(t, pg, &log_add, &b, NULL);
	return pg_end(t, pg, e);
}

enum err
regroup_change(struct task *t, struct pg *pg, struct regroup *r, int32_t no)
{
	struct group g = { .environment_id = r->environment_id, .no = no };
	struct shares s = { 0 };
	enum err e = group_load(t, pg, &g);

	if (e == E_OK && (!is_ruled(&g) || g.split_frames > 0))
		e = shares_of(t, pg, &g, &s);
	if (e == E_OK)
		e = change(t, pg, &g, &s);
	r->groups += e == E_OK;
	return e;
}

enum err
regroup_plan_group(struct task *t, struct pg *pg, int32_t environment_id, int32_t no,
                   struct regroup_plan *out)
{
	struct group g = { .environment_id = environment_id, .no = no };
	struct shares s;
	enum err e = group_load(t, pg, &g);

	if (e == E_OK)
		e = shares_of(t, pg, &g, &s);
	if (e == E_OK)
		*out = (struct regroup_plan){ g.no, g.title, str_of(reason_of(&g)), s.crashes,
			s.stay, s.n };
	return e;
}
