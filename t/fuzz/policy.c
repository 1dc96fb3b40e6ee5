/*
 * policy: rules and a text, parted by a line of "--". Whatever compiles is
 * applied; the result is text again, and what was found lies inside it.
 */
#include "base/scan.h"
#include "base/str.h"
#include "fuzz.h"
#include "ingest/redact.h"

static struct scan s;

static void
apply(struct task *t, const struct policy *p, struct str text)
{
	struct scrub scrub = { .mode = PII_OFF, .ip_mode = IP_TRUNCATE, .policy = p };
	struct redact_notes notes = { .values = true };
	struct redact r = { .task = t, .scrub = &scrub, .scan = &s, .notes = &notes };
	struct buf b = BUF_INIT;
	for (unsigned scope = 1; scope <= SCOPE_NAME; scope <<= 1) {
		struct scan_writer w = { .max_depth = 16, .max_keys = 64, .max_key = 64,
			.max_string = 1024 };
		r.scope = scope;
		if (scan_parse(t, &s, text) != E_OK) {
			task_clear(t);
			continue;
		}
		redact_writer(&r, &w);
		buf_reset(&b);
		if (scan_write(&b, &s, s.root, &w) != SCAN_FINE)
			continue;
		/* what was written is JSON, and stays as it is the second time */
		struct str again = arena_str(t->arena, buf_str(&b));
		ASSERT(scan_parse(t, &s, again) == E_OK);
		(void)redact_text(&r, STR("message"), again);
	}
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task *t = fuzz_task();
	struct policy p;
	struct str all = { (const char *)data, size }, rules = all, text = STR("");
	if (s.parser == NULL)
		scan_init(&s);
	const char *cut = size > 0 ? memmem(all.p, all.n, "\n--\n", 4) : NULL;
	if (cut != NULL) {
		rules = str_slice(all, 0, (size_t)(cut - all.p));
		text = str_slice(all, rules.n + 4, all.n);
	}
	if (policy_compile(t, t->arena, rules, &p) == E_OK)
		apply(t, &p, text);
	return 0;
}
