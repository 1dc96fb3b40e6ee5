/* rejects.c - the newest refusals of an environment, and what to do about
 * each. */
#include "web/page/rejects.h"
#include "web/page/pipeline/pipeline.h"

enum err
page_pipeline_rejects(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "pipeline_rejects.tpl", "Refused items");
	page_project(&p, "pipeline");
	dict_str(p.body, "UP_URL", page_path(w, t, "pipeline"));
	rejects_fill(&p, REJECTS_MAX);
	return page_send(&p, res, 200);
}
