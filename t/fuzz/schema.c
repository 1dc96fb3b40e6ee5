/* schema: a schema and a value, parted by a line of "--". Faults name places,
 * a bounded number of them, and never the value. */
#include "base/scan.h"
#include "base/str.h"
#include "fuzz.h"
#include "model/governance/schema.h"

static struct scan s;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task *t = fuzz_task();
	const struct schema *x;
	struct schema_fault f[SCHEMA_FAULTS_MAX];
	struct str all = { (const char *)data, size }, schema = all, value = STR("");
	if (s.parser == NULL)
		scan_init(&s);
	const char *cut = size > 0 ? memmem(all.p, all.n, "\n--\n", 4) : NULL;
	if (cut != NULL) {
		schema = str_slice(all, 0, (size_t)(cut - all.p));
		value = str_slice(all, schema.n + 4, all.n);
	}
	if (schema_compile(t, t->arena, schema, &x) != E_OK) {
		ASSERT(t->nfields > 0);
		return 0;
	}
	ASSERT(schema_check(t, x, &s, 0, "properties", f) <= SCHEMA_FAULTS_MAX);
	task_clear(t);
	if (scan_parse(t, &s, value) != E_OK)
		return 0;
	size_t n = schema_check(t, x, &s, s.root, "properties", f);
	for (size_t i = 0; i < n; i++)
		ASSERT(str_starts(f[i].path, STR("properties")));
	return 0;
}
