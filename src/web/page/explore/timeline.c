/* timeline.c - one item of a timeline, on a session's or a person's page. */
#include "base/str.h"
#include "base/utf8.h"
#include "view/format.h"
#include "web/page/explore/explore.h"
#include "web/page/explorer.h"

#define DETAIL_BYTES 4000
#define VALUE_BYTES 80 /* of a property, on its line */

static struct str
detail_of(struct task *t, const struct timeline_row *r)
{
	bool scalar = r->kind == TIMELINE_PROPERTY && r->detail.n <= VALUE_BYTES;
	if (r->kind == TIMELINE_BREADCRUMB || r->detail.n <= 2 || scalar)
		return STR_NULL;
	return str_slice(json_pretty(t, r->detail), 0, DETAIL_BYTES);
}

void
explore_item(struct explore *x, struct dict *d, const struct timeline_row *r)
{
	struct task *t = x->t;
	struct str detail = detail_of(t, r);
	explore_time(x, d, r->ts_us);
	dict_set(d, "KIND", timeline_kind_name(r->kind));
	dict_str(d, "NAME", r->name.n > 0 ? r->name : STR("(no name)"));
	dict_show_if(d, "FATAL", r->fatal);
	dict_show_if(d, "BACKGROUND", r->background);
	if (r->kind == TIMELINE_TRACE)
		dict_str(dict_row(d, "TOOK"), "TEXT", format_ms(t, r->duration_ms, false));
	else if (r->kind == TIMELINE_PROPERTY && !str_is(r->sort, "unset"))
		dict_str(dict_row(d, "TOOK"), "TEXT", utf8_cut(r->detail, VALUE_BYTES));
	if (r->sort.n > 0)
		dict_str(dict_row(d, "SORT"), "TEXT", r->sort);
	if (r->kind == TIMELINE_CRASH && r->group_id.n > 0)
		dict_str(dict_row(d, "GROUP"), "URL", explore_url(x, "crashes", r->group_id));
	if (detail.n == 0) {
		dict_show(d, "PLAIN");
		return;
	}
	struct dict *more = dict_row(d, "MORE");
	dict_str(more, "JSON", detail);
	dict_str(more, "PREVIEW", explorer_preview(t, r->detail));
}
