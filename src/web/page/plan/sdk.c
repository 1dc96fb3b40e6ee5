/* sdk.c - what SDKs of the environment are told: shares to send, and who
 * shall stop. */
#include "model/project/sdk.h"

#include "base/num.h"
#include "http/form.h"
#include "model/project/key.h"
#include "web/page/field.h"
#include "web/page/plan/plan.h"
#include "web/page/team/team.h"
#include "web/trail.h"
#include "web/who.h"

static const struct team_done DONE[] = {
	{ "saved", "Saved. SDKs see it the next time they ask." },
	{ NULL, NULL },
};

struct typed {
	struct str events, traces, killed;
};

static struct str
percent_text(struct task *t, double share)
{
	char text[NUM_TEXT];
	double v = share * 100;
	size_t n = num_format((double)(int64_t)(v * 1000 + 0.5) / 1000, text);
	return arena_str(t->arena, (struct str){ text, n });
}

static struct typed
typed_of(struct task *t, const struct sdk_settings *s)
{
	return (struct typed){ percent_text(t, s->sample_events),
		percent_text(t, s->sample_traces), s->killed };
}

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res,
     const struct typed *typed, int status)
{
	struct page p = page_framed(w, t, req, "sdk.tpl", "SDKs");
	page_project(&p, "sdk");
	team_note(&p, DONE);
	dict_show_if(p.body, "KILLED_ALL", str_is(str_trim(typed->killed), "*"));
	if (team_can(w, PERM_PROJECT_EDIT)) {
		struct dict *d = dict_row(p.body, "FORM");
		page_csrf(&p, d);
		dict_str(d, "URL", page_path(w, t, "sdk"));
		field_fill(t, d, "EVENTS", "sample_events", typed->events);
		field_fill(t, d, "TRACES", "sample_traces", typed->traces);
		field_fill(t, d, "KILLED", "killed_sdks", typed->killed);
	} else {
		struct dict *d = dict_row(p.body, "READ");
		dict_str(d, "EVENTS", typed->events);
		dict_str(d, "TRACES", typed->traces);
		dict_str(d, "KILLED", typed->killed.n > 0 ? typed->killed : STR("none"));
	}
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_sdk(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct sdk_settings s;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = sdk_get(t, w->pg, w->who.env.id, &s);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	const struct typed typed = typed_of(t, &s);
	return show(w, t, req, res, &typed, 200);
}

static enum err
save(struct web *w, struct task *t, const struct req *req, const struct sdk_settings *in)
{
	struct sdk_settings was;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = sdk_get(t, w->pg, w->who.env.id, &was);
	if (e == E_OK)
		e = sdk_set(t, w->pg, w->who.env.id, in);
	if (e == E_OK)
		e = key_mirror_environment(t, w->pg, w->redis, w->who.env.id);
	if (e == E_OK) {
		const struct typed a = typed_of(t, &was), b = typed_of(t, in);
		const struct change list[] = {
			{ "sample_events", a.events, b.events }, { "sample_traces", a.traces, b.traces },
			{ "killed_sdks", a.killed, b.killed },
		};
		struct str what = changes_json(t, list, NELEM(list));
		if (what.n > 0)
			e = trail(w, t, req, "environment.set",
			    arena_printf(t->arena, "environment:%d", w->who.env.id), what);
	}
	return pg_end(t, w->pg, e);
}

enum err
page_sdk_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field FIELDS[] = {
		{ .name = "sample_events", .required = true },
		{ .name = "sample_traces", .required = true },
		{ .name = "killed_sdks", .max = 2000, .lines = true },
	};
	struct str v[3];
	struct sdk_settings in = { -1, -1, STR("") };
	enum err e = form_read(t, req, FIELDS, NELEM(FIELDS), v);
	if (e == E_OK) {
		(void)!sdk_percent(v[0], &in.sample_events); /* sdk_set says what is wrong */
		(void)!sdk_percent(v[1], &in.sample_traces);
		in.killed = v[2];
		e = save(w, t, req, &in);
	}
	if (e == E_INVALID) {
		const struct typed typed = { v[0], v[1], v[2] };
		return show(w, t, req, res, &typed, 422);
	}
	if (e != E_OK)
		return e;
	res_redirect(res, page_link(t, page_path(w, t, "sdk"), STR("done=saved"), STR_NULL,
	    STR_NULL));
	return E_OK;
}
