/* symbols: any bytes as a mapping, a source map and an obfuscation map; what
 * comes out is bounded text.
 */
#include "base/str.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "symbols/obfuscation.h"
#include "symbols/proguard.h"
#include "symbols/sourcemap.h"

static const char printed[] =
	"a.b: x\n\tat a.b.a(SourceFile:2)\n\tat a.b.c(Unknown Source)\n"
	"    at e (https://x.test/main.js:1:4100)\n    at https://x.test/main.js:2:7\n";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task *t = fuzz_task();
	struct str text = { (const char *)data, size }, type = STR("a.b"), bundle;
	const char *why = NULL;
	struct stack in, out;

	stack_parse(t, STR(printed), &in);
	(void)proguard_check(text, &why);
	(void)proguard_apply(t, text, &in, &out, &type);
	ASSERT(out.n >= in.n && out.n <= STACK_FRAMES_MAX);
	(void)sourcemap_check(t, text, &bundle, &why);
	(void)sourcemap_apply(t, text, STR("main.js"), &in, &out);
	ASSERT(out.n == in.n);
	for (size_t i = 0; i < out.n; i++)
		ASSERT(out.frame[i].line >= 0 && utf8_valid(out.frame[i].place));
	(void)obfuscation_check(text, &why);
	(void)obfuscation_apply(t, text, STR("minified:aB<aC>"));
	return 0;
}
