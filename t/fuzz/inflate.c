/* inflate: any bytes as gzip or zstd, within the bounds. First byte: which. */
#include "base/str.h"
#include "fuzz.h"
#include "http/inflate.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct inflate_limits limits = { (size_t)1 << 20, 100 };
	struct task *t = fuzz_task();
	struct str out;
	if (size == 0)
		return 0;
	struct str body = { (const char *)data + 1, size - 1 };
	if (inflate_body(t, data[0] & 1 ? STR("gzip") : STR("zstd"), body, &limits, &out) == E_OK)
		ASSERT(out.n <= limits.max_bytes);
	return 0;
}
