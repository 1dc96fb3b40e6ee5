/* record: the records of a file, whatever its form; damage costs what it hits. */
#include "programs/ctl/record.h"
#include "t/unit/test.h"

#include <fcntl.h>

#define MAX 40

static const struct {
	const char *what, *text;
	bool csv;
	const char *want; /* line:record, one a line; "cut" for what is too long */
} rows[] = {
	{ "empty", "", false, "" },
	{ "blank", " \n\n", false, "" },
	{ "lines", "{\"a\":1}\n{\"a\":2}\n", false, "1:{\"a\":1}\n2:{\"a\":2}\n" },
	{ "no last end", "{\"a\":1}\n{\"a\":2}", false, "1:{\"a\":1}\n2:{\"a\":2}\n" },
	{ "CRLF, blank lines, BOM", "\xef\xbb\xbf\r\n{\"a\":1}\r\n\r\n{\"a\":2}\r\n", false,
	  "2:{\"a\":1}\n4:{\"a\":2}\n" },
	{ "a bad line costs itself", "{\"a\":1}\n{\"a\n{\"a\":2}\n", false,
	  "1:{\"a\":1}\n2:{\"a\n3:{\"a\":2}\n" },
	{ "no JSON", "hello\nworld\n", false, "1:hello\n2:world\n" },
	{ "too long a line", "{\"a\":\"0123456789012345678901234567890123456789\"}\n{}\n", false,
	  "1:cut\n2:{}\n" },
	{ "array", "[{\"a\":1},{\"a\":2}]", false, "1:{\"a\":1}\n1:{\"a\":2}\n" },
	{ "array over lines", "[\n  {\n    \"a\": 1\n  },\n  {\"a\":[{},\"]}\"]}\n]\n", false,
	  "2:{\n    \"a\": 1\n  }\n5:{\"a\":[{},\"]}\"]}\n" },
	{ "escapes", "[{\"a\":\"\\\"}\\\\\"},{}]", false, "1:{\"a\":\"\\\"}\\\\\"}\n1:{}\n" },
	{ "other values", "[1, \"x\" ,null,{}]", false, "1:1\n1:\"x\"\n1:null\n1:{}\n" },
	{ "array cut short", "[{\"a\":1},{\"a\":", false, "1:{\"a\":1}\n1:{\"a\":\n" },
	{ "array with a long one", "[{\"a\":\"0123456789012345678901234567890123456789\"},{}]", false,
	  "1:cut\n1:{}\n" },
	{ "pretty objects", "{\n \"a\": 1\n}\n{\n \"a\": 2\n}\n", false,
	  "1:{\n \"a\": 1\n}\n4:{\n \"a\": 2\n}\n" },
	{ "a stray end", "[}{}]", false, "1:}\n1:{}\n" },
	{ "CSV", "a,b\n1,x\n2,\"y,\"\"z\"\"\"\n", true,
	  "2:{\"a\":\"1\",\"b\":\"x\"}\n3:{\"a\":\"2\",\"b\":\"y,\\\"z\\\"\"}\n" },
	{ "CSV, CRLF, a line end in a cell", "\"a\",b\r\n\"1\n2\",x\r\n\r\n3,4\r\n", true,
	  "2:{\"a\":\"1\\n2\",\"b\":\"x\"}\n5:{\"a\":\"3\",\"b\":\"4\"}\n" },
	{ "CSV, empty cells, too few, too many", "a,b\n,x\n1\n1,2,3\n", true,
	  "2:{\"b\":\"x\"}\n3:{\"a\":\"1\"}\n4:{\"a\":\"1\",\"b\":\"2\"}\n" },
	{ "CSV, a quote that stays open", "a\n\"x\ny", true, "2:{\"a\":\"x\\ny\"}\n" },
	{ "CSV, no rows", "a,b\n", true, "" },
};

static struct source *
open_text(struct task *t, const char *path, const char *text)
{
	struct source *s;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	assert_int_equal(source_open(t, str_of(path), &s), E_OK);
	return s;
}

static void
table(void **state)
{
	struct task *t = *state;
	char path[] = "/tmp/record-XXXXXX";
	struct buf got = BUF_INIT;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct source *s = open_text(t, path, rows[i].text);
		struct record_reader r;
		struct record one;
		bool end = false;
		record_init(&r, s, MAX, rows[i].csv);
		buf_reset(&got);
		while (record_next(t, &r, &one, &end) == E_OK && !end)
			buf_printf(&got, "%lld:%.*s\n", (long long)one.line,
			           STRF(one.cut ? STR("cut") : one.text));
		assert_row(t->err == E_OK && end, rows[i].what);
		assert_str(buf_str(&got), rows[i].want);
		record_release(&r);
		source_close(s);
	}
	buf_release(&got);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(table) };
	return RUN(tests);
}
