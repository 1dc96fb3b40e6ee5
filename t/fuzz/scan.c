/* scan: what is written from a body must parse again, to the same text. */
#include "base/scan_write.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scan s;
	struct task *t = fuzz_task();
	struct buf one = BUF_INIT, two = BUF_INIT;
	struct scan_writer w = { .max_depth = 16, .max_keys = 64, .max_key = 64,
		                 .max_string = 1024 };
	if (s.parser == NULL)
		scan_init(&s);
	if (scan_parse(t, &s, (struct str){ (const char *)data, size }) == E_OK) {
		(void)scan_size(&s, s.root, 4096);
		if (scan_write(&one, &s, s.root, &w) == SCAN_FINE) {
			ASSERT(scan_parse(t, &s, buf_str(&one)) == E_OK);
			ASSERT(!s.repaired);
			ASSERT(scan_write(&two, &s, s.root, &w) == SCAN_FINE);
			ASSERT(one.n == two.n && memcmp(one.p, two.p, one.n) == 0);
		}
	}
	buf_release(&one);
	buf_release(&two);
	return 0;
}
