/* layout_view.c - range, comparison and filters of the top line, and reading
 * them from a query. See layout.h. */
#include "base/clock.h"
#include "base/str.h"
#include "base/url.h"
#include "base/zone.h"
#include "model/insight/saved.h"
#include "model/team/perm.h"
#include "view/format.h"
#include "web/layout.h"

static const struct preset {
	const char *value, *name, *before;
} PRESETS[] = {
	{ "24h", "24h", "24 hours" },
	{ "7d", "7d", "7 days" },
	{ "30d", "30d", "30 days" },
	{ "90d", "90d", "90 days" },
	{ "12m", "12m", "12 months" },
};
static const struct {
	enum compare value;
	const char *query, *name;
} COMPARES[] = {
	{ COMPARE_PREVIOUS, "", "previous period" },
	{ COMPARE_YEAR, "compare=year", "a year before" },
	{ COMPARE_NONE, "compare=none", "nothing" },
};

static struct str
encoded(struct task *t, const char *before, struct str value)
{
	struct buf b = BUF_INIT;
	buf_puts(&b, before);
	url_encode(&b, value);
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

struct str
page_filter(struct task *t, const char *key, const char *op, struct str value)
{
	return encoded(t, "f=", arena_printf(t->arena, "%s:%s:%.*s", key, op, STRF(value)));
}

/* "a&b", without the empty ones. */
static struct str
join(struct task *t, struct str a, struct str b)
{
	if (a.n == 0 || b.n == 0)
		return a.n == 0 ? b : a;
	return arena_printf(t->arena, "%.*s&%.*s", STRF(a), STRF(b));
}

/* "compare=year&tz=Asia%2FTokyo": what a change of range keeps. */
static struct str
kept_of_range(struct task *t, const struct range *r, bool compare, bool window)
{
	struct str out = STR_NULL;
	if (window)
		out = r->preset != NULL ? arena_printf(t->arena, "range=%s", r->preset) :
		    arena_printf(t->arena, "%.*s&%.*s",
		        STRF(encoded(t, "from=", span_label(t, r, r->now.from_us))),
		        STRF(encoded(t, "to=", span_label(t, r, r->now.to_us))));
	if (compare && r->compare != COMPARE_PREVIOUS)
		out = join(t, out, str_of(r->compare == COMPARE_NONE ? "compare=none" : "compare=year"));
	if (!r->env_zone)
		out = join(t, out, encoded(t, "tz=", zone_name(r->zone)));
	return out;
}

/* Hidden fields of a form, from an encoded query. */
static void
keep_fields(struct task *t, struct dict *d, struct str query)
{
	struct str name, value;
	while (url_next(&query, &name, &value)) {
		struct str n, v;
		if (!url_decode(t->arena, name, true, &n) || !url_decode(t->arena, value, true, &v))
			continue;
		struct dict *k = dict_row(d, "KEEP");
		dict_str(k, "NAME", n);
		dict_str(k, "VALUE", v);
	}
}

/* "previous 30 days" */
static struct str
previous_words(struct task *t, const struct range *r)
{
	for (size_t i = 0; r->preset != NULL && i < NELEM(PRESETS); i++)
		if (strcmp(r->preset, PRESETS[i].value) == 0)
			return arena_printf(t->arena, "previous %s", PRESETS[i].before);
	return STR("previous period");
}

static void
fill_ranges(struct page *p, const struct page_view *v)
{
	struct task *t = p->t;
	const struct range *r = v->range;
	struct dict *d = dict_row(p->top, "RANGES");
	struct str f = filters_query(t, v->filters, -1);
	struct str kept = kept_of_range(t, r, true, false);
	for (size_t i = 0; i < NELEM(PRESETS); i++) {
		struct dict *row = dict_row(d, "PRESET");
		struct str q = join(t, arena_printf(t->arena, "range=%s", PRESETS[i].value), kept);
		dict_set(row, "NAME", PRESETS[i].name);
		dict_str(row, "URL", page_link(t, p->path, q, f, p->extra));
		dict_show_if(row, "HERE", r->preset != NULL && strcmp(r->preset, PRESETS[i].value) == 0);
	}
	dict_show_if(d, "CUSTOM", r->preset == NULL);
	dict_str(d, "PATH", p->path);
	dict_str(d, "ZONE", zone_name(r->zone));
	int32_t last = zone_day(r->zone, r->now.to_us - 1) + 1;
	int y, m, day;
	clock_civil(zone_day(r->zone, r->now.from_us), &y, &m, &day);
	dict_printf(d, "FROM", "%04d-%02d-%02d", y, m, day);
	clock_civil(last, &y, &m, &day);
	dict_printf(d, "TO", "%04d-%02d-%02d", y, m, day);
	keep_fields(t, d, join(t, join(t, kept, f), p->extra));
	if (!v->compare)
		return;
	struct dict *c = dict_row(d, "COMPARE");
	for (size_t i = 0; i < NELEM(COMPARES); i++) {
		struct dict *row = dict_row(c, "CHOICE");
		struct str q = join(t, kept_of_range(t, r, false, true), str_of(COMPARES[i].query));
		struct str name = str_of(COMPARES[i].name);
		if (COMPARES[i].value == COMPARE_PREVIOUS)
			name = previous_words(t, r);
		dict_str(row, "NAME", name);
		dict_str(row, "URL", page_link(t, p->path, q, f, p->extra));
		dict_show_if(row, "HERE", r->compare == COMPARES[i].value);
		if (r->compare == COMPARES[i].value)
			dict_str(c, "NAME", name);
	}
}

static void
fill_add_filter(struct page *p, struct dict *d, const struct page_view *v)
{
	for (size_t i = 0; i < FILTER_KEYS; i++) {
		struct dict *row = dict_row(d, "KEY");
		dict_set(row, "VALUE", filter_keys[i].key);
		dict_set(row, "NAME", filter_keys[i].label);
	}
	for (size_t i = 0; i < FILTER_OPS; i++) {
		struct dict *row = dict_row(d, "OP");
		dict_set(row, "VALUE", filter_ops[i].op);
		dict_set(row, "NAME", filter_ops[i].label);
	}
	for (size_t i = 0; i < v->nknown; i++) {
		struct dict *row = dict_row(d, "KNOWN");
		dict_str(row, "VALUE", v->known[i].value);
		dict_set(row, "NAME", v->known[i].label);
	}
	for (size_t i = 0; i < v->nprops; i++)
		dict_str(dict_row(d, "PROP"), "VALUE",
		    str_slice(v->prop[i], 5, v->prop[i].n));
	dict_str(d, "PATH", p->path);
}

/* "Save view", on the pages that can be saved, for whom may save. */
static void
fill_save(struct page *p, struct dict *d, struct str query)
{
	struct web *w = p->w;
	if (!perm_has(role_find(w->who.team.role), PERM_SAVE))
		return;
	for (size_t i = 0; saved_pages[i] != NULL; i++) {
		if (!str_eq(p->path, page_path(w, p->t, saved_pages[i])))
			continue;
		struct dict *save = dict_row(d, "SAVE");
		dict_str(save, "URL", page_path(w, p->t, "reports"));
		dict_set(save, "PAGE", saved_pages[i]);
		dict_str(save, "QUERY", query);
		page_csrf(p, save);
	}
}

void
page_view(struct page *p, const struct page_view *v)
{
	struct task *t = p->t;
	struct str range = range_query(t, v->range);
	struct str all = filters_query(t, v->filters, -1);
	if (!v->no_range)
		fill_ranges(p, v);
	struct dict *d = dict_row(p->top, "FILTERS");
	for (size_t i = 0; i < v->filters->n && !v->no_filters; i++) {
		struct dict *chip = dict_row(d, "CHIP");
		dict_str(chip, "TEXT", filter_describe(t, &v->filters->f[i]));
		dict_str(chip, "URL", page_link(t, p->path, range,
		    filters_query(t, v->filters, (int)i), p->extra));
	}
	if (!v->no_filters) {
		struct dict *add = dict_row(d, "ADD");
		keep_fields(t, add, join(t, join(t, range, all), p->extra));
		fill_add_filter(p, add, v);
	}
	fill_save(p, d, join(t, join(t, range, all), p->extra));
	struct dict *fresh = dict_row(d, "FRESH");
	dict_str(fresh, "ZONE", zone_name(v->range->zone));
	if (v->newest_us == 0) {
		dict_set(fresh, "TEXT", "Nothing stored yet");
	} else {
		dict_printf(fresh, "TEXT", "Newest data stored %.*s",
		    STRF(format_ago(t, v->newest_us < t->now_us ? v->newest_us : t->now_us,
		        t->now_us)));
	}
	dict_show_if(fresh, "OLD", t->now_us - v->newest_us > 10 * US_PER_MIN);
}

/* One more "key:op:value" if the form sent one. */
static void
form_filter(struct task *t, const char *key, const char *op, struct str value,
            struct str *query)
{
	value = str_trim(value);
	if (value.n == 0 && strcmp(op, "exists") != 0)
		return;
	struct str one = strcmp(op, "exists") == 0 ?
	    encoded(t, "f=", arena_printf(t->arena, "%s:exists", key)) :
	    page_filter(t, key, op, value);
	*query = join(t, *query, one);
}

/* Boxes of the explorer that stand for one filter each. */
static const struct box {
	const char *field;
	enum filter_key key;
} BOXES[] = {
	{ "name", FILTER_NAME },
	{ "user", FILTER_USER },
	{ "session", FILTER_SESSION },
};

/* A box that was sent replaces the filter it stands for. */
static void
drop_boxed(struct page *p, struct filters *f)
{
	for (size_t i = 0; i < NELEM(BOXES); i++) {
		size_t kept = 0;
		if (req_query(p->t, p->req, BOXES[i].field).p == NULL)
			continue;
		for (size_t j = 0; j < f->n; j++)
			if (f->f[j].key != BOXES[i].key || f->f[j].op != FILTER_EQ)
				f->f[kept++] = f->f[j];
		f->n = kept;
	}
}

/* The filters that the forms' own fields ask for, encoded; "" = none. */
static struct str
form_filters(struct page *p)
{
	struct task *t = p->t;
	struct str out = STR_NULL;
	struct str key = req_query(t, p->req, "fk"), op = req_query(t, p->req, "fo");
	for (size_t i = 0; i < NELEM(BOXES); i++)
		form_filter(t, filter_keys[BOXES[i].key].key, "eq",
		    req_query(t, p->req, BOXES[i].field), &out);
	if (key.n > 0 && op.n > 0) {
		struct str prop = str_trim(req_query(t, p->req, "fp"));
		if (str_ends(key, STR(".")))
			key = arena_printf(t->arena, "%.*s%.*s", STRF(key), STRF(prop));
		form_filter(t, arena_cstr(t->arena, key), arena_cstr(t->arena, op),
		    req_query(t, p->req, "fv"), &out);
	}
	struct str prop = str_trim(req_query(t, p->req, "prop"));
	if (prop.n > 0) {
		struct str value = req_query(t, p->req, "value");
		struct str full = arena_printf(t->arena, "prop.%.*s", STRF(prop));
		form_filter(t, full.p, str_trim(value).n > 0 ? "eq" : "exists", value, &out);
	}
	return out;
}

static bool
has_form_fields(struct page *p)
{
	static const char *const FIELDS[] = { "name", "user", "session", "prop", "value",
		"fk", "fo", "fp", "fv" };
	for (size_t i = 0; i < NELEM(FIELDS); i++)
		if (req_query(p->t, p->req, FIELDS[i]).p != NULL)
			return true;
	return false;
}

enum err
page_query(struct page *p, struct range *range, struct filters *filters, struct str *redirect)
{
	struct task *t = p->t;
	struct str raw[FILTERS_MAX + 1];
	*redirect = STR_NULL;
	struct range_input in = {
		.from = req_query(t, p->req, "from"),
		.to = req_query(t, p->req, "to"),
		.range = req_query(t, p->req, "range"),
		.compare = req_query(t, p->req, "compare"),
		.tz = req_query(t, p->req, "tz"),
		.env_tz = p->w->who.env.timezone,
		.page = true,
	};
	enum err e = range_parse(t, &in, range);
	if (e != E_OK)
		return e;
	size_t n = req_query_all(t, p->req, "f", raw, NELEM(raw));
	if ((e = filters_parse(t, raw, n, filters)) != E_OK)
		return e;
	p->keep = join(t, range_query(t, range), filters_query(t, filters, -1));
	if (str_is(p->keep, "range=30d")) /* what every page shows by itself */
		p->keep = STR_NULL;
	if (has_form_fields(p)) {
		drop_boxed(p, filters);
		*redirect = page_link(t, p->path,
		    join(t, range_query(t, range), filters_query(t, filters, -1)),
		    form_filters(p), p->extra);
	}
	return E_OK;
}
