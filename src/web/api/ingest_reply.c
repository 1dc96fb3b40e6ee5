/* ingest_reply.c - the text of a 202; see ingest.h. */
#include "base/clock.h"
#include "base/str.h"
#include "base/uuid.h"
#include "web/api/ingest.h"

static void
add_key(struct buf *b, const char *key, struct str value)
{
	buf_printf(b, ",\"%s\":", key);
	buf_json(b, value);
}

static void
add_result(struct buf *out, const struct item_result *r, bool first)
{
	if (!first)
		buf_putc(out, ',');
	buf_printf(out, "{\"index\":%u,\"event_id\":", r->index);
	if (r->event_id.n > 0)
		buf_json(out, r->event_id);
	else
		buf_puts(out, "null");
	add_key(out, "result", str_of(r->result));
	add_key(out, "code", str_of(r->code));
	buf_puts(out, ",\"field\":");
	if (r->field.n > 0)
		buf_json(out, r->field);
	else
		buf_puts(out, "null");
	buf_putc(out, '}');
}

/* Items that did not fit the budget: the SDK keeps and resends them. */
static bool
add_retries(struct buf *out, const struct batch *b, bool first)
{
	for (size_t i = 0; i < b->nitems; i++) {
		const struct item *it = &b->items[i];
		char id[UUID_TEXT];
		if (it->type == ITEM_CRASH)
			continue;
		uuid_format(it->event_id, id);
		const struct item_result r = {
			.index = it->index,
			.event_id = it->original_id.n > 0 ? it->original_id : str_of(id),
			.result = "retry",
			.code = "rate_limited",
		};
		add_result(out, &r, first);
		first = false;
	}
	return first;
}

void
ingest_findings(struct buf *out, const struct verdict *v, const struct batch *retry)
{
	buf_puts(out, "\"warnings\":[");
	for (size_t i = 0; i < v->nwarnings; i++) {
		buf_puts(out, i > 0 ? ",{\"code\":" : "{\"code\":");
		buf_json(out, str_of(v->warnings[i].code));
		add_key(out, "message", v->warnings[i].message);
		buf_putc(out, '}');
	}
	buf_printf(out, "],\"duplicates\":%zu,\"results\":[", v->duplicates);
	bool first = true;
	for (size_t i = 0; i < v->nresults && i < MAX_RESULTS; i++) {
		add_result(out, &v->results[i], first);
		first = false;
	}
	if (retry != NULL)
		(void)add_retries(out, retry, first);
	buf_putc(out, ']');
}

void
ingest_scrubbed(struct buf *out, const struct redact_notes *notes)
{
	buf_puts(out, ",\"scrubbed\":[");
	for (size_t i = 0; i < notes->n && i < MAX_RESULTS; i++) {
		const struct redact_note *n = &notes->note[i];
		buf_printf(out, "%s{\"index\":%u,\"scope\":\"%s\"", i > 0 ? "," : "", n->index,
		           n->scope);
		add_key(out, "key", n->key);
		add_key(out, "action", str_of(n->action));
		add_key(out, "rule", n->rule);
		buf_putc(out, '}');
	}
	buf_putc(out, ']');
}

void
ingest_reply(struct task *t, const struct batch *b, const struct verdict *v, bool crashes_only,
             struct str *head, struct str *tail)
{
	struct buf out = BUF_INIT;
	char at[CLOCK_TEXT];
	size_t accepted = b->nitems, rejected = v->rejected;
	if (crashes_only) {
		accepted = 0;
		for (size_t i = 0; i < b->nitems; i++)
			accepted += b->items[i].type == ITEM_CRASH;
		rejected += b->nitems - accepted;
	}
	clock_format(b->received_us, at);
	buf_printf(&out, "\",\"received_at\":\"%s\",\"accepted\":%zu,\"rejected\":%zu,", at,
	           accepted, rejected);
	ingest_findings(&out, v, crashes_only ? b : NULL);
	if (v->quota_until_us != 0) {
		buf_printf(&out, ",\"quota\":{\"category\":\"%s\",\"resets_at\":", v->quota_category);
		if (v->quota_until_us < 0) {
			buf_puts(&out, "null}"); /* no date: storage is full */
		} else {
			clock_format(v->quota_until_us, at);
			buf_printf(&out, "\"%s\"}", at);
		}
	}
	buf_putc(&out, '}');
	*head = STR("{\"batch_id\":\"");
	*tail = arena_str(t->arena, buf_str(&out));
	buf_release(&out);
}
