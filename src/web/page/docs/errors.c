/* errors.c - /docs/errors: what each status and code means, and what to do. */
#include "base/str.h"
#include "ingest/reason.h"
#include "web/page/pages.h"

/* What an SDK does with an answer of the door; sdk/spec has the details. */
static const struct answer {
	const char *status, *meaning, *does;
} answers[] = {
	{ "202", "Durable.", "Delete what was sent, but for results that say \"retry\"." },
	{ "400, 415, 422", "Malformed.", "Set it aside; never resend it as it is." },
	{ "401, 403", "The key is unknown or revoked; the origin or bundle is not allowed.",
	  "Keep everything, pause an hour." },
	{ "409", "Reserved.", "Wait, resend." },
	{ "413", "Too large.", "Halve the batch." },
	{ "429", "A limit or the quota; Retry-After says how long, the body which category.",
	  "Keep, wait." },
	{ "503, 504", "Busy, or a store is down; Retry-After.", "Keep, back off." },
};

static void
fill_slugs(struct page *p)
{
	for (int e = E_OK + 1; e < E_COUNT; e++) {
		struct dict *d = dict_row(p->body, "SLUG");
		dict_set(d, "NAME", err_slug((enum err)e));
		dict_i64(d, "STATUS", err_status((enum err)e));
		dict_set(d, "TEXT", err_message((enum err)e));
	}
}

static void
fill_reasons(struct page *p, const char *section, bool device)
{
	size_t n;
	const struct reason *row = reason_list(device, &n);
	for (size_t i = 0; i < n; i++) {
		struct dict *d = dict_row(p->body, section);
		dict_set(d, "CODE", row[i].code);
		dict_set(d, "WORDS", row[i].words);
		dict_set(d, "FIX", row[i].fix);
	}
}

enum err
page_errors(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "docs_errors.tpl", "Errors");
	page_docs(&p, "errors");
	for (size_t i = 0; i < NELEM(answers); i++) {
		struct dict *d = dict_row(p.body, "ANSWER");
		dict_set(d, "STATUS", answers[i].status);
		dict_set(d, "MEANING", answers[i].meaning);
		dict_set(d, "DOES", answers[i].does);
	}
	fill_slugs(&p);
	fill_reasons(&p, "REASON", false);
	fill_reasons(&p, "THROWN", true);
	return page_send(&p, res, 200);
}
