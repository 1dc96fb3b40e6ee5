/* stack: any text becomes frames that point into it, and a group of its own
 * that comes out the same again. */
#include "base/str.h"
#include "fuzz.h"
#include "ingest/fingerprint.h"

static void
same(struct task *t, const struct crash_text *c, const struct stack *s, int frames)
{
	struct fingerprint a, b;

	fingerprint_finer(t, c, s, frames, &a);
	fingerprint_finer(t, c, s, frames, &b);
	ASSERT(a.text.n > 0 && a.text.n <= 200 && str_eq(a.text, b.text));
	ASSERT(a.title.n <= 200 && a.culprit.n <= 200);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task *t = fuzz_task();
	struct str text = { (const char *)data, size }, rest = text;
	struct crash_text c = { 0 };
	struct stack s;

	c.type = str_cut(&rest, '\n');
	c.message = rest.p != NULL ? str_cut(&rest, '\n') : STR("");
	c.stack = rest.p != NULL ? rest : STR("");
	stack_parse(t, text, &s);
	ASSERT(s.n <= STACK_FRAMES_MAX);
	for (size_t i = 0; i < s.n; i++) {
		const struct frame *f = &s.frame[i];

		ASSERT(f->form > STACK_NONE && f->form < STACK_FORMS);
		ASSERT(f->function.n <= size && f->place.n <= size);
		ASSERT(f->line >= 0 && f->column >= 0);
		ASSERT(f->in_app == stack_is_own(f));
	}
	stack_parse(t, c.stack, &s);
	same(t, &c, &s, 0);
	same(t, &c, &s, FINGERPRINT_FRAMES_MAX);
	return 0;
}
