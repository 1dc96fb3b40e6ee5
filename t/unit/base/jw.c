#include "base/jw.h"

#include <math.h>

#include "base/json.h"
#include "t/unit/test.h"

static void
document(void **state)
{
	struct task *t = *state;
	struct buf b = BUF_INIT;
	struct jw w;
	jw_init(&w, &b);
	jw_object_begin(&w);
	jw_kstr(&w, "s", STR("a\"\n\x01"));
	jw_key(&w, "list");
	jw_array_begin(&w);
	jw_i64(&w, INT64_MIN);
	jw_bool(&w, true);
	jw_null(&w);
	jw_object_begin(&w);
	jw_object_end(&w);
	jw_array_begin(&w);
	jw_array_end(&w);
	jw_array_end(&w);
	jw_kf64(&w, "half", 0.5);
	jw_kf64(&w, "none", NAN);
	jw_ktime(&w, "at", 0);
	jw_ktime(&w, "never", INT64_MIN);
	jw_kraw(&w, "raw", STR("{\"x\":1}"));
	jw_kraw(&w, "empty", STR(""));
	jw_key(&w, "round");
	jw_round(&w, 12.345678, 2);
	jw_key(&w, "zero");
	jw_round(&w, -0.0001, 2);
	jw_key(&w, "absent");
	jw_str_or_null(&w, STR(""));
	jw_object_end(&w);
	assert_str(buf_str(&b),
	           "{\"s\":\"a\\\"\\n\\u0001\",\"list\":[-9223372036854775808,true,null,{},[]],"
	           "\"half\":0.5,\"none\":null,\"at\":\"1970-01-01T00:00:00.000Z\",\"never\":null,"
	           "\"raw\":{\"x\":1},\"empty\":null,\"round\":12.35,\"zero\":0,\"absent\":null}");
	const struct json *j;
	assert_int_equal(json_parse(t, buf_str(&b), &j), E_OK);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(document) };
	return RUN(tests);
}
