/* settings.c - what applies to an environment: keys, retention, privacy. */
#include "base/conf.h"
#include "base/str.h"
#include "model/project/environment.h"
#include "model/project/key.h"
#include "view/format.h"
#include "web/page/pages.h"

struct view_of {
	struct environment env;
	struct key *key;
	size_t nkeys;
};

static enum err
load(struct page *p, struct view_of *out)
{
	struct web *w = p->w;
	struct pg_scope scope = { w->who.env.id, w->who.team.id, w->who.user.id };
	enum err e;
	if ((e = pg_begin(p->t, w->pg, &scope)) != E_OK ||
	    (e = environment_get(p->t, w->pg, w->who.env.id, &out->env)) != E_OK ||
	    (e = key_list(p->t, w->pg, w->who.env.id, &out->key, &out->nkeys)) != E_OK ||
	    (e = pg_commit(p->t, w->pg)) != E_OK)
		pg_rollback(p->t, w->pg);
	return e;
}

static void
fill_keys(struct page *p, const struct view_of *v)
{
	struct task *t = p->t;
	if (v->nkeys == 0) {
		dict_show(p->body, "NO_KEYS");
		return;
	}
	struct dict *table = dict_row(p->body, "KEYS");
	for (size_t i = 0; i < v->nkeys; i++) {
		const struct key *k = &v->key[i];
		struct dict *d = dict_row(table, "ROW");
		bool revoked = k->revoked_us > 0;
		bool expired = k->expires_us > 0 && k->expires_us <= t->now_us;
		dict_printf(d, "TOKEN", "%s…%.*s", k->type == KEY_WRITE ? "tm_wk_" : "tm_rk_",
		    STRF(k->hint));
		dict_set(d, "STATE", revoked || expired ? "plain" : "ok");
		dict_set(d, "WORD", revoked ? "revoked" : expired ? "expired" :
		    k->type == KEY_WRITE ? "write, live" : "read, live");
		dict_str(d, "RATE", format_count(t, k->rate_limit));
		dict_str(d, "MADE", format_ago(t, k->created_us, t->now_us));
		dict_str(d, "USED", k->last_seen_us > 0 ?
		    format_ago(t, k->last_seen_us, t->now_us) : STR("not yet"));
		dict_str(d, "ID", k->id);
	}
}

static void
pair(struct dict *body, const char *section, const char *name, struct str value, bool mono)
{
	struct dict *d = dict_row(body, section);
	dict_set(d, "NAME", name);
	dict_str(d, "VALUE", value);
	dict_set(d, "CLASS", mono ? "mono" : "text");
}

static struct str
days(struct task *t, int32_t n)
{
	if (n == 0)
		return STR("kept for ever");
	return arena_printf(t->arena, "%.*s days", STRF(format_count(t, n)));
}

static struct str
list_or(struct task *t, const struct str_list *l, const char *none)
{
	struct str s = STR_NULL;
	for (size_t i = 0; i < l->n; i++)
		s = arena_printf(t->arena, "%.*s%s%.*s", STRF(s), i > 0 ? ", " : "",
		    STRF(l->item[i]));
	return l->n > 0 ? s : str_of(none);
}

static void
fill_rules(struct page *p, const struct environment *e)
{
	struct task *t = p->t;
	struct dict *b = p->body;
	pair(b, "RETENTION", "Time zone", e->timezone, false);
	pair(b, "RETENTION", "Events", days(t, e->retention_raw_days), false);
	pair(b, "RETENTION", "Crashes", days(t, e->retention_crash_days), false);
	pair(b, "RETENTION", "Traces", days(t, e->retention_trace_days), false);
	pair(b, "RETENTION", "Daily sums", days(t, e->retention_agg_days), false);
	pair(b, "RETENTION", "Session", arena_printf(t->arena, "ends after %d min idle, at most "
	    "%d h", e->session_idle_s / 60, e->session_cap_s / 3600), false);
	pair(b, "PRIVACY", "Properties", str_is(e->pii_mode, "deny") ? STR("listed names are removed") :
	    str_is(e->pii_mode, "allow") ? STR("only listed names are kept") : STR("all are kept"),
	    false);
	pair(b, "PRIVACY", "Names", list_or(t, &e->pii_keys, "none"), true);
	pair(b, "PRIVACY", "Addresses", str_is(e->ip_mode, "truncate") ? STR("cut to the network") :
	    str_is(e->ip_mode, "drop") ? STR("dropped") : STR("kept"), false);
	pair(b, "PRIVACY", "User ids", str_is(e->user_id_mode, "hash") ? STR("hashed") :
	    STR("kept as sent"), false);
	pair(b, "PRIVACY", "Origins", list_or(t, &e->allowed_origins, "any"), true);
	pair(b, "PRIVACY", "Bundle ids", list_or(t, &e->allowed_bundles, "any"), true);
	dict_str(b, "ZONE", e->timezone);
	dict_i64(b, "RAW_DAYS", e->retention_raw_days);
}

enum err
page_settings(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "settings.tpl", "Settings");
	struct view_of v = { 0 };
	enum err e;
	if ((e = load(&p, &v)) != E_OK)
		return e;
	page_project(&p, "settings");
	dict_str(p.body, "PROJECT_ID", w->who.project.id);
	fill_keys(&p, &v);
	fill_rules(&p, &v.env);
	return page_send(&p, res, 200);
}
