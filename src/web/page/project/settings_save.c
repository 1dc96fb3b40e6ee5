/* settings_save.c - the forms of the settings page: validate, change, tell
 * the door (its mirror of the keys), audit what was and what is. */
#include "base/num.h"
#include "base/str.h"
#include "http/form.h"
#include "model/project/key.h"
#include "model/project/project.h"
#include "web/page/field.h"
#include "web/page/project/project.h"
#include "web/trail.h"
#include "web/who.h"

#define FORM_MAX 6
#define LIST_BYTES 60000
#define TOLD_MAX 1000 /* bytes of a list in the audit log */

/* The fields of one form, by enum settings_field. */
struct part {
	enum settings_field field[FORM_MAX];
	size_t n;
};

static bool
is_list(enum settings_field f)
{
	return f == SET_PII_KEYS || f == SET_ORIGINS || f == SET_BUNDLES;
}

static enum err
read_part(struct task *t, const struct req *req, const struct part *part,
          struct settings_typed *typed)
{
	struct form_field fields[FORM_MAX];
	struct str v[FORM_MAX];
	for (size_t i = 0; i < part->n; i++) {
		bool list = is_list(part->field[i]);
		fields[i] = (struct form_field){ .name = settings_names[part->field[i]],
			.max = list ? LIST_BYTES : 320, .required = !list, .lines = list };
	}
	enum err e = form_read(t, req, fields, part->n, v);
	if (e == E_OK || e == E_INVALID)
		for (size_t i = 0; i < part->n; i++)
			typed->value[part->field[i]] = v[i];
	return e;
}

/* A number of a field; a field error when it is none. */
static int32_t
number(struct task *t, const struct settings_typed *typed, enum settings_field f, int64_t max,
       const char *says)
{
	int64_t v = -1;
	if (typed->value[f].p == NULL)
		return -1;
	if (!num_range(typed->value[f], f == SET_IDLE ? 1 : 0, max, &v))
		task_field(t, str_of(settings_names[f]), "%s", says);
	return (int32_t)v;
}

/* Lines of a text area; NULL when it was not in the form. */
static const struct str_list *
lines(struct task *t, struct str text)
{
	if (text.p == NULL)
		return NULL;
	struct str_list *l = talloc(t, struct str_list);
	size_t n = 1;
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	l->item = tarray(t, n, struct str);
	while (text.p != NULL) {
		struct str line = str_trim(str_cut(&text, '\n'));
		if (line.n > 0)
			l->item[l->n++] = line;
	}
	return l;
}

static void
change_of(struct task *t, const struct settings_typed *v, struct environment_change *c)
{
	int32_t idle = number(t, v, SET_IDLE, 1440, "A number of minutes from 1 to 1,440.");
	*c = (struct environment_change)ENVIRONMENT_CHANGE_NONE;
	c->session_idle_s = idle > 0 ? idle * 60 : -1;
	c->timezone = v->value[SET_ZONE];
	c->pii_mode = v->value[SET_PII_MODE];
	c->ip_mode = v->value[SET_IP_MODE];
	c->user_id_mode = v->value[SET_USER_ID_MODE];
	c->pii_keys = lines(t, v->value[SET_PII_KEYS]);
	c->allowed_origins = lines(t, v->value[SET_ORIGINS]);
	c->allowed_bundles = lines(t, v->value[SET_BUNDLES]);
}

static struct str
told_list(struct task *t, const struct str_list *l)
{
	struct str s = STR("");
	for (size_t i = 0; i < l->n && s.n <= TOLD_MAX; i++)
		s = arena_printf(t->arena, "%.*s%s%.*s", STRF(s), i > 0 ? ", " : "",
		    STRF(l->item[i]));
	return s.n <= TOLD_MAX ? s : arena_printf(t->arena, "%zu entries", l->n);
}

static struct str
told_number(struct task *t, int32_t v)
{
	return arena_printf(t->arena, "%d", v);
}

static struct str
detail(struct task *t, const struct environment *a, const struct environment *b)
{
	const struct change list[] = {
		{ "timezone", a->timezone, b->timezone },
		{ "session_idle_s", told_number(t, a->session_idle_s),
		  told_number(t, b->session_idle_s) },
		{ "pii_mode", a->pii_mode, b->pii_mode },
		{ "pii_keys", told_list(t, &a->pii_keys), told_list(t, &b->pii_keys) },
		{ "ip_mode", a->ip_mode, b->ip_mode },
		{ "user_id_mode", a->user_id_mode, b->user_id_mode },
		{ "allowed_origins", told_list(t, &a->allowed_origins),
		  told_list(t, &b->allowed_origins) },
		{ "allowed_bundles", told_list(t, &a->allowed_bundles),
		  told_list(t, &b->allowed_bundles) },
	};
	return changes_json(t, list, NELEM(list));
}

static enum err
apply(struct web *w, struct task *t, const struct req *req, const struct environment_change *c)
{
	struct environment was, is;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = environment_get(t, w->pg, w->who.env.id, &was);
	if (e == E_OK)
		e = environment_update(t, w->pg, w->who.env.id, c, &is);
	if (e == E_OK)
		e = key_mirror_environment(t, w->pg, w->redis, w->who.env.id);
	if (e == E_OK) {
		struct str what = detail(t, &was, &is);
		if (what.n > 0)
			e = trail(w, t, req, "environment.set",
			    arena_printf(t->arena, "environment:%d", w->who.env.id), what);
	}
	return pg_end(t, w->pg, e);
}

static enum err
back(struct web *w, struct task *t, struct res *res, const char *done)
{
	res_redirect(res, page_link(t, page_path(w, t, "settings"),
	    arena_printf(t->arena, "done=%s", done), STR_NULL, STR_NULL));
	return E_OK;
}

static enum err
save(struct web *w, struct task *t, const struct req *req, struct res *res,
     const struct part *part)
{
	struct settings_typed typed = { 0 };
	struct environment_change c;
	enum err e = read_part(t, req, part, &typed);
	if (e == E_OK) {
		change_of(t, &typed, &c);
		e = t->nfields > 0 ? E_INVALID : apply(w, t, req, &c);
		if ((e == E_PLAN || e == E_DISABLED) && t->nfields > 0)
			e = E_INVALID; /* said beside the field */
	}
	if (e == E_INVALID)
		return settings_show(w, t, req, res, &typed, 422);
	if (e != E_OK)
		return e;
	bool zone = c.timezone.p != NULL && !str_eq(c.timezone, w->who.env.timezone);
	return back(w, t, res, zone ? "zone" : "saved");
}

enum err
page_settings_time(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct part PART = { { SET_ZONE, SET_IDLE }, 2 };
	return save(w, t, req, res, &PART);
}

enum err
page_settings_privacy(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct part PART = {
		{ SET_PII_MODE, SET_PII_KEYS, SET_IP_MODE, SET_USER_ID_MODE }, 4 };
	return save(w, t, req, res, &PART);
}

enum err
page_settings_senders(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct part PART = { { SET_ORIGINS, SET_BUNDLES }, 2 };
	return save(w, t, req, res, &PART);
}

static enum err
rename_project(struct web *w, struct task *t, const struct req *req,
               const struct settings_typed *typed)
{
	struct project_new in = { w->who.team.id, typed->value[SET_NAME],
		typed->value[SET_PLATFORM] };
	struct project was;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = project_get(t, w->pg, w->who.project.id, &was);
	if (e == E_OK)
		e = project_update(t, w->pg, w->who.team.id, w->who.project.id, &in);
	if (e == E_OK) {
		const struct change list[] = {
			{ "name", was.name, in.name }, { "platform", was.platform, in.platform },
		};
		struct str what = changes_json(t, list, NELEM(list));
		if (what.n > 0)
			e = trail(w, t, req, "project.set", arena_printf(t->arena, "project:%.*s",
			    STRF(w->who.project.id)), what);
	}
	return pg_end(t, w->pg, e);
}

enum err
page_settings_project(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct part PART = { { SET_NAME, SET_PLATFORM }, 2 };
	struct settings_typed typed = { 0 };
	enum err e = read_part(t, req, &PART, &typed);
	if (e == E_OK)
		e = rename_project(w, t, req, &typed);
	if (e == E_INVALID)
		return settings_show(w, t, req, res, &typed, 422);
	return e == E_OK ? back(w, t, res, "project") : e;
}
