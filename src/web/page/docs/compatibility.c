/* compatibility.c - the page of other vendors' SDKs; see compatibility.h. */
#include "web/page/docs/compatibility.h"

#include "base/conf.h"
#include "base/str.h"
#include "web/page/pages.h"
#include "web/page/snippets.h"

static void
fill_sdk(struct page *p, struct dict *vendor, const struct compat_sdk *sdk)
{
	struct dict *d = dict_row(vendor, "SDK");
	const struct snippet line = { .text = sdk->change };
	dict_set(d, "NAME", sdk->name);
	dict_str(d, "CHANGE", snippet_fill(p->t, &line, conf_text(p->w->conf, CONF_PUBLIC_URL),
	                                   STR("YOUR_WRITE_KEY"), STR("")));
}

static void
fill_vendor(struct page *p, const struct compat *c)
{
	struct dict *d = dict_row(p->body, "VENDOR"), *toc = dict_row(p->body, "TOC");
	dict_set(toc, "SLUG", c->slug);
	dict_set(toc, "NAME", c->name);
	dict_set(d, "SLUG", c->slug);
	dict_set(d, "NAME", c->name);
	dict_set(d, "SAYS", c->says);
	dict_set(d, "LIMITS", c->limits);
	for (const struct compat_sdk *s = c->sdk; s->name != NULL; s++)
		fill_sdk(p, d, s);
	for (const struct compat_call *call = c->call; call->theirs != NULL; call++) {
		struct dict *row = dict_row(d, "CALL");
		dict_set(row, "THEIRS", call->theirs);
		if (call->ours != NULL)
			dict_set(dict_row(row, "TAKEN"), "OURS", call->ours);
		dict_show_if(row, "NOT_TAKEN", call->ours == NULL);
	}
}

enum err
page_compatibility(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "docs_compatibility.tpl", "Other vendors' SDKs");
	page_docs(&p, "compatibility");
	for (unsigned i = 0; i < ncompat; i++)
		fill_vendor(&p, &compat[i]);
	return page_send(&p, res, 200);
}
