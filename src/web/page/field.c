/* field.c - see field.h. */
#include "web/page/field.h"

#include "base/clock.h"
#include "base/jw.h"
#include "base/num.h"
#include "base/str.h"

#define YEARS_MAX 10
#define SHOWN_MAX 5

const struct option field_expiries[] = {
	{ "7", "7 days" }, { "30", "30 days" }, { "90", "90 days" }, { "365", "One year" },
	{ "date", "On a date" }, { "never", "Never" },
};
const size_t nfield_expiries = NELEM(field_expiries);

/* What is wrong with a field: its first errors, each a sentence. */
static struct str
problems(struct task *t, const char *name)
{
	struct str all = STR_NULL;
	size_t shown = 0;
	for (size_t i = 0; i < t->nfields && shown < SHOWN_MAX; i++) {
		if (!str_is(t->fields[i].path, name))
			continue;
		all = arena_printf(t->arena, "%.*s%s%.*s", STRF(all), shown > 0 ? " " : "",
		    STRF(t->fields[i].message));
		shown++;
	}
	return all;
}

void
field_fill(struct task *t, struct dict *d, const char *mark, const char *name,
           struct str value)
{
	struct str problem = problems(t, name);
	dict_str(d, mark, value);
	if (problem.n == 0)
		return;
	struct str section = arena_printf(t->arena, "%s_BAD", mark);
	struct dict *bad = dict_row(d, section.p);
	dict_str(bad, "TEXT", problem);
	dict_show_if(bad, "FIRST", str_is(t->fields[0].path, name));
}

void
field_options(struct dict *d, const char *section, const struct option *list, size_t n,
              struct str chosen)
{
	for (size_t i = 0; i < n; i++) {
		struct dict *row = dict_row(d, section);
		dict_set(row, "VALUE", list[i].value);
		dict_set(row, "NAME", list[i].name);
		dict_show_if(row, "HERE", str_is(chosen, list[i].value));
	}
}

void
field_expiry(struct task *t, struct str choice, struct str date, int64_t *us)
{
	int64_t days, at;
	*us = 0;
	if (str_is(choice, "never"))
		return;
	if (num_range(choice, 1, 365 * YEARS_MAX, &days)) {
		*us = t->now_us + days * US_PER_DAY;
		return;
	}
	if (!str_is(choice, "date")) {
		task_field(t, STR("expires"), "Choose how long it is valid.");
		return;
	}
	if (date.n != 10 || !clock_parse(date, true, &at)) {
		task_field(t, STR("date"), "Enter a date such as 2027-03-31.");
		return;
	}
	*us = at + US_PER_DAY;
	if (*us <= t->now_us)
		task_field(t, STR("date"), "This date is over.");
	else if (*us > t->now_us + 365 * YEARS_MAX * US_PER_DAY)
		task_field(t, STR("date"), "At most %d years from now.", YEARS_MAX);
}

struct str
changes_json(struct task *t, const struct change *list, size_t n)
{
	struct buf b = BUF_INIT;
	struct jw w;
	size_t kept = 0;
	jw_init(&w, &b);
	jw_object_begin(&w);
	for (size_t i = 0; i < n; i++) {
		const struct change *c = &list[i];
		if (c->from.p == NULL && c->to.n > 0) {
			jw_kstr(&w, c->name, c->to);
			kept++;
		} else if (c->from.p != NULL && !str_eq(c->from, c->to)) {
			jw_key(&w, c->name);
			jw_object_begin(&w);
			jw_kstr(&w, "from", c->from);
			jw_kstr(&w, "to", c->to);
			jw_object_end(&w);
			kept++;
		}
	}
	jw_object_end(&w);
	struct str out = kept > 0 ? arena_str(t->arena, buf_str(&b)) : STR("");
	buf_release(&b);
	return out;
}
