/* settings.c - what applies to a project and an environment: shown to all,
 * as forms to who may change it. settings_save.c takes the forms. */
#include "base/num.h"
#include "base/str.h"
#include "model/project/project.h"
#include "model/team/perm.h"
#include "web/page/field.h"
#include "web/page/project/project.h"
#include "web/who.h"

const char *const settings_names[SET_COUNT] = {
	[SET_NAME] = "name", [SET_PLATFORM] = "platform", [SET_ZONE] = "timezone",
	[SET_IDLE] = "session_idle_min",
	[SET_PII_MODE] = "pii_mode", [SET_PII_KEYS] = "pii_keys", [SET_IP_MODE] = "ip_mode",
	[SET_USER_ID_MODE] = "user_id_mode", [SET_ORIGINS] = "allowed_origins",
	[SET_BUNDLES] = "allowed_bundles",
};
static const char *const MARKS[SET_COUNT] = {
	[SET_NAME] = "NAME", [SET_PLATFORM] = "PLATFORM", [SET_ZONE] = "ZONE",
	[SET_IDLE] = "IDLE",
	[SET_PII_MODE] = "PII_MODE", [SET_PII_KEYS] = "PII_KEYS", [SET_IP_MODE] = "IP_MODE",
	[SET_USER_ID_MODE] = "USER_ID_MODE", [SET_ORIGINS] = "ORIGINS", [SET_BUNDLES] = "BUNDLES",
};

static const struct option PLATFORMS[] = {
	{ "flutter", "Flutter" }, { "web", "Web" }, { "android", "Android" }, { "ios", "iOS" },
	{ "react-native", "React Native" }, { "desktop", "Desktop" }, { "server", "Server" },
	{ "other", "Something else" },
};
static const struct option PII[] = {
	{ "deny", "Listed properties are removed" }, { "allow", "Only listed properties are kept" },
	{ "off", "All properties are kept" },
};
static const struct option IP[] = {
	{ "truncate", "Cut to the network" }, { "drop", "Dropped" }, { "keep", "Kept whole" },
};
static const struct option USER_ID[] = {
	{ "plain", "Kept as sent" }, { "hash", "Hashed; nobody can read them back" },
};
static const char *const ZONES[] = {
	"UTC", "Europe/Berlin", "Europe/London", "Europe/Paris", "Europe/Madrid", "Europe/Warsaw",
	"Europe/Kyiv", "Europe/Istanbul", "America/New_York", "America/Chicago", "America/Denver",
	"America/Los_Angeles", "America/Sao_Paulo", "America/Mexico_City", "Africa/Cairo",
	"Africa/Lagos", "Africa/Johannesburg", "Asia/Dubai", "Asia/Kolkata", "Asia/Bangkok",
	"Asia/Jakarta", "Asia/Shanghai", "Asia/Singapore", "Asia/Tokyo", "Asia/Seoul",
	"Australia/Sydney", "Pacific/Auckland",
};

struct loaded {
	struct project project;
	struct environment env;
	struct str_list namespaces;
};

static enum err
load(struct web *w, struct task *t, struct loaded *out)
{
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = project_get(t, w->pg, w->who.project.id, &out->project);
	if (e == E_OK)
		e = environment_get(t, w->pg, w->who.env.id, &out->env);
	if (e == E_OK)
		e = environment_namespaces(t, w->pg, w->who.env.id, &out->namespaces);
	return pg_end(t, w->pg, e);
}

static struct str
joined(struct task *t, const struct str_list *l, const char *between)
{
	struct str s = STR("");
	for (size_t i = 0; i < l->n; i++)
		s = arena_printf(t->arena, "%.*s%s%.*s", STRF(s), i > 0 ? between : "",
		    STRF(l->item[i]));
	return s;
}

static struct str
number(struct task *t, int64_t v)
{
	return arena_printf(t->arena, "%lld", (long long)v);
}

/* What is stored, as the forms hold it. */
static void
stored(struct task *t, const struct loaded *x, struct settings_typed *out)
{
	const struct environment *e = &x->env;
	*out = (struct settings_typed){ .value = {
		[SET_NAME] = x->project.name, [SET_PLATFORM] = x->project.platform,
		[SET_ZONE] = e->timezone,
		[SET_IDLE] = number(t, e->session_idle_s / 60), [SET_PII_MODE] = e->pii_mode,
		[SET_PII_KEYS] = joined(t, &e->pii_keys, "\n"), [SET_IP_MODE] = e->ip_mode,
		[SET_USER_ID_MODE] = e->user_id_mode,
		[SET_ORIGINS] = joined(t, &e->allowed_origins, "\n"),
		[SET_BUNDLES] = joined(t, &e->allowed_bundles, "\n"),
	} };
}

static void
fill_forms(struct page *p, const struct settings_typed *v)
{
	struct task *t = p->t;
	struct dict *d = dict_row(p->body, "FORMS");
	page_csrf(p, d);
	dict_str(d, "PROJECT_URL", page_path(p->w, t, "settings/project"));
	dict_str(d, "TIME_URL", page_path(p->w, t, "settings/time"));
	dict_str(d, "PRIVACY_URL", page_path(p->w, t, "settings/privacy"));
	dict_str(d, "RULES_URL", page_path(p->w, t, "privacy"));
	dict_str(d, "SENDERS_URL", page_path(p->w, t, "settings/senders"));
	dict_str(d, "DELETE_URL", page_path(p->w, t, "settings/delete"));
	dict_str(d, "ENV", p->w->who.env.name);
	for (size_t i = 0; i < SET_COUNT; i++)
		field_fill(t, d, MARKS[i], settings_names[i], v->value[i]);
	field_options(d, "PLATFORMS", PLATFORMS, NELEM(PLATFORMS), v->value[SET_PLATFORM]);
	field_options(d, "PII_MODES", PII, NELEM(PII), v->value[SET_PII_MODE]);
	field_options(d, "IP_MODES", IP, NELEM(IP), v->value[SET_IP_MODE]);
	field_options(d, "USER_ID_MODES", USER_ID, NELEM(USER_ID), v->value[SET_USER_ID_MODE]);
	for (size_t i = 0; i < NELEM(ZONES); i++)
		dict_set(dict_row(d, "ZONES"), "VALUE", ZONES[i]);
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
words(const struct option *o, size_t n, struct str value)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(value, o[i].value))
			return str_of(o[i].name);
	return value;
}

/* For those who may look only. */
static void
fill_rules(struct page *p, const struct environment *e)
{
	struct task *t = p->t;
	struct dict *b = dict_row(p->body, "RULES");
	struct str keys = joined(t, &e->pii_keys, ", "), origins = joined(t, &e->allowed_origins, ", "),
	           bundles = joined(t, &e->allowed_bundles, ", ");
	pair(b, "TIME", "Time zone", e->timezone, false);
	pair(b, "TIME", "Session", arena_printf(t->arena, "ends after %d min idle, at most "
	    "%d h", e->session_idle_s / 60, e->session_cap_s / 3600), false);
	pair(b, "PRIVACY", "Properties", words(PII, NELEM(PII), e->pii_mode), false);
	pair(b, "PRIVACY", "Names", keys.n > 0 ? keys : STR("none"), true);
	pair(b, "PRIVACY", "Addresses", words(IP, NELEM(IP), e->ip_mode), false);
	pair(b, "PRIVACY", "User ids", words(USER_ID, NELEM(USER_ID), e->user_id_mode), false);
	pair(b, "PRIVACY", "Origins", origins.n > 0 ? origins : STR("any"), true);
	pair(b, "PRIVACY", "Bundle ids", bundles.n > 0 ? bundles : STR("any"), true);
}

static void
fill_namespaces(struct page *p, const struct str_list *l)
{
	struct dict *list = l->n > 0 ? dict_row(p->body, "NAMESPACES") : NULL;
	dict_show_if(p->body, "NO_NAMESPACES", l->n == 0);
	for (size_t i = 0; i < l->n; i++) {
		struct dict *d = dict_row(list, "ROW");
		dict_str(d, "NAME", l->item[i]);
	}
}

static void
note_done(struct page *p)
{
	static const struct {
		const char *slug, *text;
	} DONE[] = {
		{ "project", "The project is saved." },
		{ "saved", "The settings are saved. What is sent from now on follows them." },
		{ "zone", "The time zone is saved. The days are counted again in it; that takes a "
		    "moment when there are many." },
	};
	struct str done = req_query(p->t, p->req, "done");
	for (size_t i = 0; i < NELEM(DONE); i++)
		if (str_is(done, DONE[i].slug))
			page_note(p, "good", DONE[i].text);
}

enum err
settings_show(struct web *w, struct task *t, const struct req *req, struct res *res,
              const struct settings_typed *typed, int status)
{
	struct page p = page_framed(w, t, req, "settings.tpl", "Settings");
	struct loaded x = { 0 };
	struct settings_typed v;
	enum err e = load(w, t, &x);
	if (e != E_OK)
		return e;
	stored(t, &x, &v);
	for (size_t i = 0; typed != NULL && i < SET_COUNT; i++)
		if (typed->value[i].p != NULL)
			v.value[i] = typed->value[i];
	page_project(&p, "settings");
	note_done(&p);
	dict_str(p.body, "PROJECT_ID", w->who.project.id);
	dict_i64(p.body, "ENV_ID", w->who.env.id);
	dict_str(p.body, "STORAGE_URL", page_path(w, t, "storage"));
	dict_str(p.body, "KEYS_URL", page_path(w, t, "keys"));
	dict_show_if(p.body, "REBUILDING", x.env.rebuild_asked_us > 0);
	if (perm_has(role_find(w->who.team.role), PERM_PROJECT_EDIT))
		fill_forms(&p, &v);
	else
		fill_rules(&p, &x.env);
	fill_namespaces(&p, &x.namespaces);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_settings(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return settings_show(w, t, req, res, NULL, 200);
}
