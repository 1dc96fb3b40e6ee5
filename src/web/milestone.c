/* milestone.c - see milestone.h. */
#include "web/milestone.h"

#include "base/str.h"

static struct adoption_datum
word(const char *key, const char *value)
{
	return (struct adoption_datum){ key, ADOPT_WORD, str_of(value), 0 };
}

/* Where the request is at work. */
static struct adoption_fact
fact(const struct web *w, struct task *t, enum adoption_event event, const char *area)
{
	const struct who *who = &w->who;
	struct adoption_fact f = { .event = event, .area = area, .team_id = who->team.id,
		.user_id = who->user.id, .project_id = who->project.id,
		.environment_id = who->env.id };
	if (who->env.id > 0)
		f.subject = arena_printf(t->arena, "environment:%d", who->env.id);
	return f;
}

enum err
milestone_onboarded(struct web *w, struct task *t)
{
	const struct adoption_datum datum[] = { word("step", "first_event") };
	struct adoption_fact f = fact(w, t, ADOPT_ONBOARDING, "onboarding");
	if (w->who.user.id.n == 0)
		return E_OK;
	f.subject = arena_printf(t->arena, "project:%.*s", STRF(w->who.project.id));
	f.datum = datum;
	f.n = NELEM(datum);
	return adoption_record(t, w->pg, &f);
}

enum err
milestone_operation(struct web *w, struct task *t, const struct req *req,
                    const struct operation *op)
{
	bool api = w->who.token.id.n > 0 || str_starts(req->path, STR("/api/"));
	struct adoption_datum datum[3] = { word("type", op->type),
		word("channel", api ? "api" : "page") };
	struct adoption_fact f = fact(w, t, ADOPT_OPERATION, op->area);
	if (w->who.user.id.n == 0)
		return E_OK;
	if (op->environment_id > 0) {
		f.team_id = f.project_id = STR("");
		f.environment_id = op->environment_id;
		f.subject = arena_printf(t->arena, "environment:%d", op->environment_id);
	}
	f.datum = datum;
	f.n = 2;
	if (op->format != NULL)
		datum[f.n++] = word("format", op->format);
	return adoption_record(t, w->pg, &f);
}

enum err
milestone_report(struct web *w, struct task *t, const struct report *r)
{
	const struct adoption_datum datum[] = {
		word("page", r->page),
		{ "shared", ADOPT_BOOL, STR(""), r->shared },
		{ "filters", ADOPT_INT, STR(""), r->filters < 100 ? r->filters : 100 },
	};
	struct adoption_fact f = fact(w, t, ADOPT_REPORT, "reports");
	if (w->who.user.id.n == 0)
		return E_OK;
	f.subject = arena_printf(t->arena, "report:%.*s", STRF(r->id));
	f.datum = datum;
	f.n = NELEM(datum);
	return adoption_record(t, w->pg, &f);
}

enum err
milestone_support(struct web *w, struct task *t, bool download)
{
	const struct adoption_datum datum[] = {
		word("scope", "project"), { "download", ADOPT_BOOL, STR(""), download },
	};
	struct adoption_fact f = fact(w, t, ADOPT_SUPPORT, "support");
	if (w->who.user.id.n == 0)
		return E_OK;
	f.datum = datum;
	f.n = NELEM(datum);
	return adoption_record(t, w->pg, &f);
}

enum err
milestone_review(struct web *w, struct task *t, int32_t months_ago)
{
	const struct adoption_datum datum[] = { { "months_ago", ADOPT_INT, STR(""), months_ago } };
	struct adoption_fact f = fact(w, t, ADOPT_REVIEW, "reports");
	if (w->who.user.id.n == 0)
		return E_OK;
	f.datum = datum;
	f.n = NELEM(datum);
	return adoption_record(t, w->pg, &f);
}
