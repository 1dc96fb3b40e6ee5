/* multipart: any bytes as a form with files; the boundary is the first line.
 * What comes out lies within the body.
 */
#include "http/multipart.h"

#include "base/str.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task *t = fuzz_task();
	struct multipart_part part[MULTIPART_PARTS_MAX];
	struct str rest = { (const char *)data, size }, boundary;
	size_t n;
	struct str type = str_cut(&rest, '\n');
	if (!multipart_boundary(type, &boundary))
		boundary = STR("b");
	if (multipart_parse(t, boundary, rest, part, NELEM(part), &n) != E_OK)
		return 0;
	ASSERT(n <= NELEM(part));
	for (size_t i = 0; i < n; i++) {
		ASSERT(part[i].name.p != NULL);
		ASSERT(part[i].body.n == 0 || (part[i].body.p > rest.p &&
		       part[i].body.p + part[i].body.n < rest.p + rest.n));
	}
	return 0;
}
