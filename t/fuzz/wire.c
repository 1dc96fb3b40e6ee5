/* wire: any bytes; what decodes must encode and decode to the same again. */
#include "fuzz.h"
#include "ingest/wire.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task *t = fuzz_task();
	struct batch b, c;
	struct buf one = BUF_INIT, two = BUF_INIT;
	if (wire_decode(t, (struct str){ (const char *)data, size }, &b) == E_OK) {
		wire_encode(&one, &b);
		ASSERT(wire_decode(t, buf_str(&one), &c) == E_OK);
		wire_encode(&two, &c);
		ASSERT(one.n == two.n && memcmp(one.p, two.p, one.n) == 0);
		for (size_t i = 0; i < c.nitems && i < 3; i++)
			wire_encode_item(&two, &c, i);
	}
	buf_release(&one);
	buf_release(&two);
	return 0;
}
