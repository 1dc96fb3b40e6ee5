/* csv: cells and lines; what a spreadsheet would run is text. */
#include "base/csv.h"

#include <math.h>

#include "base/str.h"
#include "t/unit/test.h"

static void
lines(void **state)
{
	static const char *const head[] = { "a", "b,c" };
	struct buf b = BUF_INIT;
	struct csv c;
	(void)state;
	csv_init(&c, &b);
	csv_head(&c, head, NELEM(head));
	csv_str(&c, STR("say \"x\",\n"));
	csv_str(&c, STR("=1+1"));
	csv_str(&c, STR_NULL);
	csv_i64(&c, -7); /* a number of ours, not a formula */
	csv_f64(&c, 0.5);
	csv_f64(&c, NAN);
	csv_bool(&c, true);
	csv_bool(&c, false);
	csv_time(&c, 1500);
	csv_time(&c, INT64_MIN);
	csv_line_end(&c);
	csv_line_end(&c);
	csv_i64(&c, 1);
	csv_line_end(&c);
	assert_str(buf_str(&b), "a,\"b,c\"\r\n"
		"\"say \"\"x\"\",\n\",\"'=1+1\",,-7,0.5,,true,false,1970-01-01T00:00:00.001Z,\r\n"
		"\r\n1\r\n");
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(lines) };
	return RUN(tests);
}
