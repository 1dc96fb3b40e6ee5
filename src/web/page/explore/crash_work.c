/* crash_work.c - the forms of a crash group's page, what was merged, and what
 * people did and said. */
#include "base/json.h"
#include "base/str.h"
#include "base/zone.h"
#include "http/form.h"
#include "view/format.h"
#include "web/page/explore/crash.h"
#include "web/page/field.h"

static struct dict *
form(struct explore *x, struct dict *d, const char *section, const struct crash_found *f,
     const char *act)
{
	struct dict *s = dict_row(d, section);
	dict_str(s, "URL", crash_url(x->w, x->t, f->group.row.group_id, act));
	page_csrf(&x->page, s);
	return s;
}

static void
fill_acts(struct explore *x, const struct crash_found *f, const struct crash_form *typed)
{
	struct task *t = x->t;
	struct str id = f->group.row.group_id, status = f->group.row.status;
	bool open = str_is(status, "open") || str_is(status, "regressed");
	struct dict *d = dict_row(x->page.body, "ACTS");
	page_csrf(&x->page, d);
	if (open)
		(void)form(x, d, "NEXT_RELEASE", f, "/resolve");
	else
		(void)form(x, d, "REOPEN", f, "/reopen");
	dict_str(d, "RESOLVE_URL", crash_url(x->w, t, id, "/resolve"));
	dict_str(d, "IGNORE_URL", crash_url(x->w, t, id, "/ignore"));
	dict_str(d, "ASSIGN_URL", crash_url(x->w, t, id, "/assign"));
	dict_printf(d, "MERGE_URL", "%.*s#merge", STRF(page_link(t, x->page.path, x->range_q,
	    x->filter_q, STR("merge=1"))));
	field_fill(t, d, "VERSION", "version", typed->version);
	field_fill(t, d, "AGAIN", "crashes", typed->crashes);
	dict_show_if(d, "VERSION_OPEN", form_error(t, "version").p != NULL);
	dict_show_if(d, "IGNORE_OPEN", form_error(t, "crashes").p != NULL);
	for (size_t i = 0; i < f->nreleases; i++)
		dict_str(dict_row(d, "RELEASE"), "NAME", f->release[i]);
	for (size_t i = 0; i < f->nmembers; i++) {
		struct dict *m = dict_row(d, "MEMBER");
		dict_str(m, "ID", f->member[i].user_id);
		dict_str(m, "NAME", crash_member_name(f->member, f->nmembers,
		    f->member[i].user_id));
		dict_show_if(m, "HERE", str_eq(f->member[i].user_id, f->group.row.assignee));
	}
}

/* The other groups of the window, to be chosen. */
static void
fill_merge(struct explore *x, const struct crash_found *f)
{
	struct task *t = x->t;
	struct dict *d = dict_row(x->page.body, "MERGE"), *list = NULL;
	for (size_t i = 0; i < f->others.n; i++) {
		const struct crash_row *row = &f->others.row[i];
		if (row->no == f->group.row.no)
			continue;
		if (list == NULL) {
			list = form(x, d, "OTHERS", f, "/merge");
			dict_str(list, "CLOSE_URL", page_link(t, x->page.path, x->range_q,
			    x->filter_q, STR_NULL));
		}
		struct dict *o = dict_row(list, "OTHER");
		dict_str(o, "ID", row->group_id);
		dict_str(o, "TITLE", row->title);
		dict_str(o, "WHERE", row->culprit.n > 0 ? row->culprit : STR("no frame of its own"));
		dict_printf(o, "CRASHES", "%.*s %s", STRF(format_count(t, row->crashes)),
		    row->crashes == 1 ? "crash" : "crashes");
	}
	if (list == NULL)
		dict_show(d, "NO_OTHERS");
}

static void
fill_split(struct explore *x, const struct crash_found *f)
{
	const struct crash_group *g = &f->group;
	if (g->split_of.n > 0)
		dict_str(dict_row(x->page.body, "SPLIT_OF"), "URL", crash_url(x->w, x->t,
		    g->split_of, ""));
	if (!crash_may(x->w) || g->rule_version == 0)
		return;
	struct dict *d = form(x, x->page.body, "SPLIT", f, g->split_frames > 0 ? "/unsplit" :
	    "/split");
	dict_set(d, "TEXT", g->split_frames > 0 ? "Tell apart as the rule says" :
	    "Tell apart more finely");
	if (g->split_frames != g->split_done)
		dict_set(d, "HINT", "The stored crashes are being moved.");
	else if (g->split_frames > 0)
		dict_printf(d, "HINT", "Up to %d own frames are compared.", g->split_frames);
	else
		dict_printf(d, "HINT", "Compares up to %d own frames: different ways to the same"
		    " place become groups of their own.", CRASH_SPLIT_FRAMES);
}

static void
fill_merged(struct explore *x, const struct crash_found *f)
{
	struct dict *d = NULL;
	for (size_t i = 0; i < f->group.nmembers; i++) {
		const struct crash_member *m = &f->group.member[i];
		if (!m->merged)
			continue;
		if (d == NULL)
			d = dict_row(x->page.body, "MERGED");
		struct dict *in = dict_row(d, "IN");
		dict_str(in, "TITLE", m->title);
		dict_str(in, "WHEN", format_ago(x->t, m->at_us, x->t->now_us));
		if (crash_may(x->w)) {
			struct dict *undo = form(x, in, "UNDO", f, "/unmerge");
			dict_str(undo, "ID", m->group_id);
		}
	}
}

/* --- the log -------------------------------------------------------------------- */

static struct str
resolve_words(struct task *t, const struct json *j)
{
	struct str how = json_get_str(j, "how"), version = json_get_str(j, "version");
	if (str_is(how, "next"))
		return STR("resolved it in the next release");
	if (str_is(how, "release"))
		return arena_printf(t->arena, "resolved it in %.*s", STRF(version));
	return STR("resolved it");
}

static struct str
ignore_words(struct explore *x, const struct json *j)
{
	struct str until = json_get_str(j, "until");
	int64_t crashes = json_i64(json_get(j, "crashes"), 0);
	if (crashes > 0)
		return arena_printf(x->t->arena, "ignored it for %.*s more %s",
		    STRF(format_count(x->t, crashes)), crashes == 1 ? "crash" : "crashes");
	if (until.n >= 10)
		return arena_printf(x->t->arena, "ignored it until %.*s", STRF(str_slice(until, 0,
		    10)));
	return STR("ignored it");
}

static struct str
assign_words(struct explore *x, const struct crash_found *f, const struct json *j)
{
	struct str to = json_get_str(j, "to");
	struct str name = crash_member_name(f->member, f->nmembers, to);
	if (to.n == 0)
		return STR("assigned it to nobody");
	return arena_printf(x->t->arena, "assigned it to %.*s", STRF(name.n > 0 ? name :
	    STR("somebody who left")));
}

/* What was done, as the rest of a sentence. */
static struct str
words(struct explore *x, const struct crash_found *f, const struct crash_log *l,
      const struct json *j)
{
	static const struct {
		const char *action, *words;
	} PLAIN[] = {
		{ "comment", "noted" }, { "reopen", "opened it again" },
		{ "split", "had it told apart more finely" },
		{ "unsplit", "had it told apart as the rule says" },
		{ "regress", "opened it again: it came back" },
		{ "regressed", "opened it again: it came back" },
		{ "unignore", "opened it again: it crashed often enough" },
	};
	struct task *t = x->t;
	if (str_is(l->action, "resolve"))
		return resolve_words(t, j);
	if (str_is(l->action, "ignore"))
		return ignore_words(x, j);
	if (str_is(l->action, "assign"))
		return assign_words(x, f, j);
	if (str_is(l->action, "merge"))
		return arena_printf(t->arena, "merged in %.*s", STRF(json_get_str(j, "title")));
	if (str_is(l->action, "unmerge"))
		return arena_printf(t->arena, "undid the merge of %.*s",
		    STRF(json_get_str(j, "title")));
	for (size_t i = 0; i < NELEM(PLAIN); i++)
		if (str_is(l->action, PLAIN[i].action))
			return str_of(PLAIN[i].words);
	return l->action;
}

static struct str
who_did(const struct crash_found *f, struct str actor)
{
	struct str name;
	if (!str_starts(actor, STR("user:")))
		return STR("Tidemark");
	name = crash_member_name(f->member, f->nmembers, str_slice(actor, 5, actor.n));
	return name.n > 0 ? name : STR("Somebody who left");
}

static void
fill_log(struct explore *x, const struct crash_found *f)
{
	struct task *t = x->t;
	for (size_t i = 0; i < f->nlog; i++) {
		const struct crash_log *l = &f->log[i];
		struct dict *d = dict_row(x->page.body, "LOG");
		int32_t off = zone_offset(x->range->zone, l->at_us);
		const struct json *j = NULL;
		if (json_parse(t, l->detail, &j) != E_OK)
			task_clear(t);
		dict_str(d, "WHO", who_did(f, l->actor));
		dict_str(d, "WHAT", words(x, f, l, j));
		dict_str(d, "ISO", format_iso(t, l->at_us, off));
		dict_str(d, "TIME", format_time(t, l->at_us, off));
		if (str_is(l->action, "comment"))
			dict_str(dict_row(d, "SAID"), "TEXT", json_get_str(j, "text"));
	}
	if (f->nlog == 0)
		dict_show(x->page.body, "NO_LOG");
}

void
crash_work(struct explore *x, const struct crash_found *f, const struct crash_form *typed)
{
	static const struct crash_form NOTHING = { 0 };
	if (typed == NULL)
		typed = &NOTHING;
	if (crash_may(x->w)) {
		fill_acts(x, f, typed);
		if (req_query(x->t, x->page.req, "merge").n > 0)
			fill_merge(x, f);
		struct dict *d = form(x, x->page.body, "COMMENT", f, "/comment");
		field_fill(x->t, d, "TEXT", "text", typed->comment);
	}
	fill_split(x, f);
	fill_merged(x, f);
	fill_log(x, f);
}
