/* definitions.c - what the numbers mean and what to do when: the tables of
 * query/metric.h and query/runbook.h as pages. */
#include "query/metric.h"
#include "query/runbook.h"
#include "web/page/pages.h"

enum err
page_definitions(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "definitions.tpl", "Definitions");
	struct dict *group = NULL;
	page_docs(&p, "definitions");
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

enum err
page_runbook(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "runbook.tpl", "Runbook");
	struct dict *chapter = NULL, *part = NULL, *topic = NULL;
	page_docs(&p, "runbook");
	for (size_t i = 0; i < nrunbook; i++) {
		const struct runbook_row *row = &runbook[i];
		if (row->kind == RUNBOOK_PART) {
			part = dict_row(p.body, "PART");
			dict_set(part, "NAME", row->text);
			chapter = dict_row(p.body, "CHAPTER");
			dict_set(chapter, "NAME", row->text);
		} else if (row->kind == RUNBOOK_TOPIC) {
			topic = dict_row(part, "TOPIC");
			dict_set(topic, "SLUG", row->slug);
			dict_set(topic, "TITLE", row->text);
			struct dict *toc = dict_row(chapter, "TOC");
			dict_set(toc, "SLUG", row->slug);
			dict_set(toc, "TITLE", row->text);
			dict_show_if(topic, "ALARM", row->alarm);
		} else {
			dict_set(dict_row(dict_row(topic, "STEP"),
			             row->kind == RUNBOOK_RUNS ? "RUNS" : "SAYS"), "TEXT", row->text);
		}
	}
	return page_send(&p, res, 200);
}
