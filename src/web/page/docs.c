/* docs.c - what the numbers mean: the table of query/metric.h as a page. */
#include "query/metric.h"
#include "web/page/pages.h"

enum err
page_definitions(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "definitions.tpl", "Definitions");
	struct dict *group = NULL;
	page_account(&p, "definitions"); /* of no row: reached from the numbers */
	for (size_t i = 0; i < nmetrics; i++) {
		const struct metric *m = &metrics[i];
		if (m->group != NULL || group == NULL) {
			group = dict_row(p.body, "GROUP");
			dict_set(group, "NAME", m->group);
		}
		struct dict *d = dict_row(group, "METRIC"), *toc = dict_row(p.body, "TOC");
		dict_set(toc, "SLUG", m->slug);
		dict_set(toc, "TITLE", m->title);
		dict_set(d, "SLUG", m->slug);
		dict_set(d, "TITLE", m->title);
		dict_set(d, "UNIT", m->unit);
		dict_set(d, "API", m->name);
		dict_set(d, "SENTENCE", m->sentence);
		if (m->formula[0] != '\0')
			dict_set(dict_row(d, "FORMULA"), "TEXT", m->formula);
		if (m->note[0] != '\0')
			dict_set(dict_row(d, "NOTE"), "TEXT", m->note);
	}
	return page_send(&p, res, 200);
}
