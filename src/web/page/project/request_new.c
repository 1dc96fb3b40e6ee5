/* request_new.c - the forms of a new request: a person, or single events, the
 * latter with a preview of what would go before anything is asked for. */
#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "base/zone.h"
#include "http/form.h"
#include "query/person.h"
#include "view/format.h"
#include "web/page/field.h"
#include "web/page/project/requests.h"

#define VALUE_BYTES 160

enum field { F_KIND, F_USER, F_ANON, F_MODE, F_LAW, F_HOLD, F_NAME, F_PROP, F_VALUE, F_FROM, F_TO,
	F_STEP, F_COUNT };
static const struct form_field FIELDS[F_COUNT] = {
	[F_KIND] = { .name = "kind" }, [F_USER] = { .name = "user_id", .max = 256 },
	[F_ANON] = { .name = "anonymous_id", .max = 256 }, [F_MODE] = { .name = "mode" },
	[F_LAW] = { .name = "law" }, [F_HOLD] = { .name = "hold_minutes", .max = 4 },
	[F_NAME] = { .name = "name" }, [F_PROP] = { .name = "property", .max = 64 },
	[F_VALUE] = { .name = "value", .max = 1024 }, [F_FROM] = { .name = "from", .max = 40 },
	[F_TO] = { .name = "to", .max = 40 }, [F_STEP] = { .name = "step" },
};

static const struct option KINDS[] = {
	{ "erase", "Erase what is known of a person" },
	{ "export", "Export what is known of a person" },
};
static const struct option MODES[] = {
	{ "delete", "Delete: rows go, and every number counts as if they had never come" },
	{ "pseudonymize", "Pseudonymise: rows stay, but nothing says whose they were" },
};
static const struct option LAWS[] = {
	{ "gdpr", "GDPR" }, { "ccpa", "CCPA" }, { "other", "Other" },
};
static const struct option HOLDS[] = {
	{ "0", "At once" }, { "10", "In 10 minutes" }, { "60", "In an hour" }, { "1440", "In a day" },
};

/* The filters of the form: a name, a property that is there or has a value. */
static void
filters_of(struct task *t, const struct str *v, struct privacy_subject *s)
{
	s->filter = tarray(t, 2, struct str);
	if (v[F_NAME].n > 0)
		s->filter[s->nfilters++] = arena_printf(t->arena, "name:eq:%.*s", STRF(v[F_NAME]));
	if (v[F_PROP].n > 0)
		s->filter[s->nfilters++] = v[F_VALUE].n > 0 ?
			arena_printf(t->arena, "prop.%.*s:eq:%.*s", STRF(v[F_PROP]), STRF(v[F_VALUE])) :
			arena_printf(t->arena, "prop.%.*s:exists:", STRF(v[F_PROP]));
}

static enum err
read_form(struct web *w, struct task *t, const struct req *req, struct str v[F_COUNT], struct privacy_new *in)
{
	enum err e = form_read(t, req, FIELDS, F_COUNT, v);
	bool events = str_is(v[F_KIND], "events");

	*in = (struct privacy_new){ .kind = events ? STR("erase") : v[F_KIND],
		.target = events ? STR("events") : STR("person"), .law = v[F_LAW],
		.subject = { .user_id = v[F_USER], .anonymous_id = v[F_ANON] } };
	if (e != E_OK)
		return e;
	in->mode = events ? STR("delete") : str_is(v[F_KIND], "erase") ? v[F_MODE] : STR("");
	if (!num_range(v[F_HOLD].n > 0 ? v[F_HOLD] : STR("0"), 0, PRIVACY_HOLD_MAX, &in->hold_min))
		task_field(t, STR("hold_minutes"), "A number from 0 to %d.", PRIVACY_HOLD_MAX);
	if (!events)
		return E_OK;
	in->subject.user_id = in->subject.anonymous_id = STR("");
	filters_of(t, v, &in->subject);
	struct str zone = w->who.env.timezone;
	privacy_time(t, zone, FIELDS[F_FROM].name, v[F_FROM], &in->subject.from_us);
	privacy_time(t, zone, FIELDS[F_TO].name, v[F_TO], &in->subject.to_us);
	return t->nfields > 0 ? task_fail(t, E_INVALID, "Please check the marked fields.") : E_OK;
}

static void
fill_events(struct page *p, const struct str v[F_COUNT])
{
	struct task *t = p->t;
	struct dict *d = p->body;

	field_fill(t, d, "NAME", "filters", v[F_NAME]);
	field_fill(t, d, "PROP", "property", v[F_PROP]);
	field_fill(t, d, "VALUE", "value", v[F_VALUE]);
	field_fill(t, d, "FROM", "from", v[F_FROM]);
	field_fill(t, d, "TO", "to", v[F_TO]);
}

static void
fill_preview(struct page *p, const struct erasable_sum *sum, const struct str v[F_COUNT])
{
	struct task *t = p->t;
	struct dict *d = dict_row(p->body, "PREVIEW");
	const struct zone *z = zone_find(p->w->who.env.timezone);

	dict_str(d, "EVENTS", format_count(t, sum->events));
	dict_str(d, "PERSONS", format_count(t, sum->persons));
	dict_str(d, "DAYS", format_count(t, sum->days));
	struct dict *list = sum->nsample > 0 ? dict_row(d, "SAMPLES") : NULL;

	for (size_t i = 0; i < sum->nsample; i++) {
		struct dict *r = dict_row(list, "SAMPLE");

		dict_str(r, "AT", format_time(t, sum->sample[i].ts_us,
		    z != NULL ? zone_offset(z, sum->sample[i].ts_us) : 0));
		dict_str(r, "NAME", sum->sample[i].name);
		dict_str(r, "PROPERTIES", str_slice(sum->sample[i].properties, 0, VALUE_BYTES));
	}
	if (sum->events == 0) {
		dict_show(d, "NOTHING");
		return;
	}
	struct dict *f = dict_row(d, "CONFIRM");

	page_csrf(p, f);
	dict_str(f, "URL", page_path(p->w, t, "requests"));
	dict_str(f, "EVENTS", format_count(t, sum->events));
	static const struct {
		const char *mark;
		enum field field;
	} keep[] = { { "NAME", F_NAME }, { "PROP", F_PROP }, { "VALUE", F_VALUE },
		{ "FROM", F_FROM }, { "TO", F_TO } };
	for (size_t i = 0; i < NELEM(keep); i++)
		dict_str(f, keep[i].mark, v[keep[i].field]);
}

static void
fill_id(struct dict *d, const char *name, struct str id)
{
	struct dict *row = dict_row(d, "ID");

	dict_set(row, "NAME", name);
	dict_str(row, "VALUE", id);
}

/* What the job would find now of whom the form names, for somebody to say yes. */
static enum err
fill_person(struct page *p, const struct privacy_request *q, const struct str v[F_COUNT])
{
	static const enum field keep[] = { F_USER, F_ANON, F_MODE, F_LAW, F_HOLD };
	static const struct {
		const char *name;
		enum field field;
	} IDS[] = { { "User id", F_USER }, { "Anonymous id", F_ANON } };
	struct task *t = p->t;
	struct dict *d = dict_row(p->body, "WHOM");
	enum err e = E_OK;
	int64_t rows = 0;

	if (q->npersons > 0) {
		struct dict *table = dict_row(d, "TABLE");

		for (size_t i = 0; i < NELEM(IDS); i++)
			if (v[IDS[i].field].n > 0)
				fill_id(table, IDS[i].name, v[IDS[i].field]);
		e = requests_rows(p, table, q->counts, &rows);
		dict_str(table, "DEVICES", format_count(t, (int64_t)q->ndevices));
		dict_show(d, "SURE");
	}
	dict_str(d, "USER", v[F_USER]);
	dict_str(d, "ANON", v[F_USER].n > 0 ? STR("") : v[F_ANON]);
	dict_str(d, "ROWS", format_count(t, rows));
	dict_show(d, q->npersons == 0 ? "ANYWAY" : str_is(v[F_MODE], "pseudonymize") ? "PART" : "GO");
	page_csrf(p, d);
	dict_str(d, "URL", page_path(p->w, t, "requests"));
	for (size_t i = 0; i < NELEM(keep); i++) {
		struct dict *f = dict_row(d, "FIELD");

		dict_set(f, "NAME", FIELDS[keep[i]].name);
		dict_str(f, "VALUE", v[keep[i]]);
	}
	return e;
}

/* What a form asks about, before it is asked for; NULL: nothing yet. */
struct looked {
	const struct erasable_sum *sum;
	const struct privacy_request *person;
};

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res,
     const struct str v[F_COUNT], const struct looked *x, int status)
{
	struct page p = page_framed(w, t, req, "request_new.tpl", "New privacy request");

	page_project(&p, "requests");
	page_csrf(&p, p.body);
	dict_str(p.body, "URL", page_path(w, t, "requests"));
	dict_str(p.body, "LIST_URL", page_path(w, t, "requests"));
	/* the form of events chooses nothing in that of a person */
	field_options(p.body, "KINDS", KINDS, NELEM(KINDS),
	    str_is(v[F_KIND], "export") ? v[F_KIND] : STR("erase"));
	field_options(p.body, "MODES", MODES, NELEM(MODES), v[F_MODE].n > 0 ? v[F_MODE] : STR("delete"));
	field_options(p.body, "LAWS", LAWS, NELEM(LAWS), v[F_LAW]);
	field_options(p.body, "HOLDS", HOLDS, NELEM(HOLDS), v[F_HOLD].n > 0 ? v[F_HOLD] : STR("10"));
	field_fill(t, p.body, "USER", "user_id", v[F_USER]);
	field_fill(t, p.body, "ANON", "anonymous_id", v[F_ANON]);
	fill_events(&p, v);
	if (x != NULL && x->sum != NULL)
		fill_preview(&p, x->sum, v);
	if (x != NULL && x->person != NULL) {
		enum err e = fill_person(&p, x->person, v);

		if (e != E_OK)
			return e;
	}
	task_clear(t);
	return page_send(&p, res, status);
}

static struct str
day_of(struct task *t, int64_t us)
{
	char text[CLOCK_TEXT];

	clock_format(us, text);
	return arena_str(t->arena, (struct str){ text, 10 });
}

/* The last seven days, of which the environment's zone says where they begin. */
static void
default_days(const struct web *w, struct task *t, struct str v[F_COUNT])
{
	const struct zone *z = zone_find(w->who.env.timezone);
	int32_t today = z != NULL ? zone_day(z, t->now_us) : zone_day(zone_find(STR("UTC")), t->now_us);

	v[F_FROM] = day_of(t, (today - 7) * US_PER_DAY);
	v[F_TO] = day_of(t, (today + 1) * US_PER_DAY);
}

/* From a person's own page: an address holds their public id only. */
static enum err
person_ids(struct web *w, struct task *t, struct str id, struct str v[F_COUNT])
{
	struct query_env env;
	struct person p;
	enum err e = requests_begin(w, t);

	if (e == E_OK)
		e = query_env_load(t, w->pg, w->who.env.id, &env);
	if (e == E_OK)
		e = person_get(t, w->pg, &env, id, &p);
	e = pg_end(t, w->pg, e);
	if (e == E_OK) {
		v[F_USER] = p.row.user_id.n > 0 ? p.row.user_id : STR("");
		v[F_ANON] = p.row.user_id.n > 0 || p.row.anonymous_id.n == 0 ? STR("") :
			p.row.anonymous_id;
	}
	return e;
}

enum err
page_request_new(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str v[F_COUNT];

	struct str person = req_query(t, req, "person");

	for (size_t i = 0; i < F_COUNT; i++)
		v[i] = STR("");
	v[F_KIND] = str_is(req_query(t, req, "kind"), "export") ? STR("export") : STR("erase");
	if (person.n > 0) {
		enum err e = person_ids(w, t, person, v);

		if (e != E_OK)
			return e;
	}
	v[F_MODE] = STR("delete");
	v[F_LAW] = STR("gdpr");
	v[F_HOLD] = STR("10");
	default_days(w, t, v);
	return show(w, t, req, res, v, NULL, 200);
}

/* In the caller's transaction: nothing is asked for. */
static enum err
look(struct web *w, struct task *t, const struct privacy_new *in, struct looked *out)
{
	struct privacy_request *person = talloc(t, struct privacy_request);
	struct erasable_sum *sum = talloc(t, struct erasable_sum);

	*out = (struct looked){ 0 };
	if (str_is(in->target, "events")) {
		out->sum = sum;
		return privacy_preview(w, t, in, sum);
	}
	out->person = person;
	return privacy_look(w, t, in, person);
}

enum err
page_request_create(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str v[F_COUNT], id;
	struct privacy_new in;
	struct looked x;
	enum err e = read_form(w, t, req, v, &in);
	bool ask = str_is(v[F_KIND], "export") || str_is(v[F_STEP], "confirm");

	if (!str_is(v[F_KIND], "events"))
		default_days(w, t, v);
	if (e == E_OK)
		e = requests_begin(w, t);
	if (e == E_OK)
		e = pg_end(t, w->pg, ask ? privacy_ask(w, t, req, &in, &id) : look(w, t, &in, &x));
	if (e == E_OK && !ask)
		return show(w, t, req, res, v, &x, 200);
	if (e == E_INVALID)
		return show(w, t, req, res, v, NULL, 422);
	if (e != E_OK)
		return e;
	res_redirect(res, page_link(t, request_url(w, t, id, ""), STR("done=asked"), STR_NULL,
	    STR_NULL));
	return E_OK;
}
