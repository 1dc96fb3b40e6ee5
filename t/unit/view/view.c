#include "view/view.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"
#include "t/unit/test.h"

#define FIRST "{{%AUTOESCAPE context=\"HTML\"}}\n"

static struct task t;
static char dir[] = "/tmp/tm-view-XXXXXX";

static void
put(const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
drop(const char *name)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	unlink(path);
}

static enum err
open_only(const char *text)
{
	struct view *v;
	put("bad.tpl", text);
	task_clear(&t);
	enum err e = view_open(&t, dir, &v);
	if (e == E_OK)
		view_close(v);
	drop("bad.tpl");
	return e;
}

/* Everything a template can do wrong stops the program at start. */
static void
refuses(void **state)
{
	(void)state;
	assert_int_equal(open_only(FIRST "<p>{{A}}</p>"), E_OK);
	assert_int_equal(open_only("<p>{{A}}</p>"), E_CONFIG);
	assert_int_equal(open_only(FIRST "<p>{{A:none}}</p>"), E_CONFIG);
	assert_int_equal(open_only(FIRST "<p>{{#S}}{{A:none}}{{/S}}</p>"), E_CONFIG);
	assert_int_equal(open_only(FIRST "<p>{{A_SVG:none}}</p>"), E_OK);
	assert_int_equal(open_only(FIRST "<p>{{#S}}</p>"), E_CONFIG);
	assert_int_equal(open_only(FIRST "<a href=\"{{A:none}}\">x</a>"), E_CONFIG);
	struct view *v;
	task_clear(&t);
	assert_int_equal(view_open(&t, "/nonexistent", &v), E_CONFIG);
	assert_null(v);
	task_clear(&t);
}

static void
renders(void **state)
{
	struct view *v;
	struct buf b = BUF_INIT;
	(void)state;
	put("part.tpl", FIRST "<i>{{X}}</i>");
	put("page.tpl", FIRST "<a href=\"{{URL}}\" title=\"{{T}}\">{{T}}</a>{{#ROW}}[{{N}}{{#ON}}!{{/ON}}]"
	    "{{/ROW}}{{>PART}}<pre>{{P:p}}</pre>");
	assert_int_equal(view_open(&t, dir, &v), E_OK);
	assert_int_equal(view_count(v), 2);
	struct dict *d = dict_new(&t);
	dict_set(d, "URL", "javascript:alert(1)");
	dict_set(d, "T", "\"<b>&'");
	dict_set(d, "P", "a\n b<");
	for (int i = 0; i < 3; i++) {
		struct dict *r = dict_row(d, "ROW");
		dict_i64(r, "N", i);
		dict_show_if(r, "ON", i == 1);
	}
	dict_printf(dict_include(d, "PART", "part.tpl"), "X", "%s-%d", "<x>", 7);
	assert_int_equal(view_render(&t, v, "page.tpl", d, &b), E_OK);
	struct str s = buf_str(&b);
	assert_true(str_eq(str_trim(s), STR("<a href=\"#\" title=\"&quot;&lt;b&gt;&amp;&#39;\">"
	    "&quot;&lt;b&gt;&amp;&#39;</a>[0][1!][2]<i>&lt;x&gt;-7</i><pre>a\n b&lt;</pre>")));
	size_t n = b.n;
	assert_int_equal(view_render(&t, v, "absent.tpl", d, &b), E_INTERNAL);
	assert_int_equal(b.n, n);
	task_reset(&t);
	buf_release(&b);
	view_close(v);
	drop("part.tpl");
	drop("page.tpl");
}

/* Plain text: values as they are, and never inside a page. */
static void
texts(void **state)
{
	struct view *v;
	struct buf b = BUF_INIT;
	(void)state;
	put("a.txt.tpl", FIRST "x {{A}}\n");
	assert_int_equal(view_open(&t, dir, &v), E_CONFIG); /* not marked as text */
	put("a.txt.tpl", "{{!TEXT}}\n<b>{{A}}</b>\n");
	assert_int_equal(view_open(&t, dir, &v), E_CONFIG);
	put("a.txt.tpl", "{{!TEXT}}\n{{A:h}}\n");
	assert_int_equal(view_open(&t, dir, &v), E_CONFIG); /* escaped */
	put("a.txt.tpl", "{{!TEXT}}\nx {{A}}\n\ny{{#S}} {{B}}{{/S}}\n");
	put("page.tpl", FIRST "<p>{{>PART}}</p>\n");
	task_clear(&t);
	assert_int_equal(view_open(&t, dir, &v), E_OK);
	struct dict *d = dict_new(&t);
	dict_set(d, "A", "<&\"'>");
	assert_int_equal(view_render(&t, v, "a.txt.tpl", d, &b), E_OK);
	assert_str(str_trim(buf_str(&b)), "x <&\"'>\n\ny");
	/* a page with a text in it, a text with a page in it */
	buf_reset(&b);
	d = dict_new(&t);
	dict_set(dict_include(d, "PART", "a.txt.tpl"), "A", "<script>");
	assert_int_equal(view_render(&t, v, "page.tpl", d, &b), E_INTERNAL);
	assert_int_equal(b.n, 0);
	d = dict_new(&t);
	(void)dict_include(d, "PART", "page.tpl");
	assert_int_equal(view_render(&t, v, "a.txt.tpl", d, &b), E_INTERNAL);
	task_reset(&t);
	buf_release(&b);
	view_close(v);
	drop("a.txt.tpl");
	drop("page.tpl");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses),
		cmocka_unit_test(renders),
		cmocka_unit_test(texts),
	};
	task_init(&t, arena_new(65536));
	if (mkdtemp(dir) == NULL)
		return 1;
	int rc = cmocka_run_group_tests_name("view/view", tests, NULL, NULL);
	rmdir(dir);
	return rc;
}
