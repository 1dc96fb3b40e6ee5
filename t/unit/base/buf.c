#include "base/buf.h"

#include "t/unit/test.h"

static void
growth(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	assert_str(buf_str(&b), "");
	for (int i = 0; i < 5000; i++)
		buf_putc(&b, 'x');
	buf_printf(&b, "%05d", 42);
	buf_i64(&b, INT64_MIN);
	buf_i64(&b, 0);
	assert_int_equal(b.n, 5000 + 5 + 20 + 1);
	assert_string_equal(b.p + 5000, "00042-92233720368547758080");
	buf_reset(&b);
	buf_add(&b, STR_NULL);
	assert_int_equal(b.n, 0);
	buf_release(&b);
	buf_release(&b);
}

static void
escapes(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	buf_json(&b, STR("a\"\\\n\r\t\x1f\xC3\xA9</script>\0z"));
	assert_str(buf_str(&b), "\"a\\\"\\\\\\n\\r\\t\\u001f\xC3\xA9</script>\\u0000z\"");
	buf_reset(&b);
	buf_html(&b, STR("<a href=\"x\">'&'</a>"));
	assert_str(buf_str(&b), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(growth), T(escapes) };
	return RUN(tests);
}
