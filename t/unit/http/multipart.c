#include "http/multipart.h"

#include "base/str.h"
#include "t/unit/test.h"

#define B "--b1"

static void
boundaries(void **state)
{
	static const struct {
		const char *type, *boundary; /* NULL = refused */
	} rows[] = {
		{ "multipart/form-data; boundary=abc", "abc" },
		{ "Multipart/Form-Data;charset=utf-8; BOUNDARY=\"a b\"", "a b" },
		{ "multipart/form-data", NULL }, { "multipart/form-data; boundary=", NULL },
		{ "multipart/mixed; boundary=a", NULL }, { "multipart/form-data; boundary=a{b", NULL },
		{ "multipart/form-data; boundary=\"a ", NULL },
		{ "multipart/form-data; boundary=0123456789012345678901234567890123456789"
		  "0123456789012345678901234567890", NULL },
		{ "multipart/form-data; boundary=a\tb", NULL }, { "", NULL },
	};
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct str b;
		bool ok = multipart_boundary(str_of(rows[i].type), &b);
		assert_row(ok == (rows[i].boundary != NULL), rows[i].type);
		if (ok)
			assert_str(b, rows[i].boundary);
	}
}

static void
parts(void **state)
{
	struct task *t = *state;
	struct multipart_part p[4];
	size_t n;
	struct str body = STR(B "\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n"
	    B "\r\ncontent-disposition: form-data; name=\"f\"; filename=\"x;y=.png\"\r\n"
	    "Content-Type: image/png\r\n\r\n\r\n--b\r\n\0z\r\n"
	    B "\r\nContent-Disposition: form-data; name=e\r\n\r\n\r\n" B "--\r\n");
	assert_int_equal(multipart_parse(t, STR("b1"), body, p, 4, &n), E_OK);
	assert_int_equal(n, 3);
	assert_str(p[0].name, "a");
	assert_str(p[0].body, "one");
	assert_null(p[0].filename.p);
	assert_str(p[1].filename, "x;y=.png");
	assert_str(p[1].type, "image/png");
	assert_true(str_eq(p[1].body, STR("\r\n--b\r\n\0z")));
	assert_str(p[2].name, "e");
	assert_int_equal(p[2].body.n, 0);
	assert_int_equal(multipart_parse(t, STR("b1"), body, p, 2, &n), E_BAD_REQUEST);
}

static void
malformed(void **state)
{
	static const char *const rows[] = {
		"", "x", B, B "\r\n", B "x\r\n",
		B "\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none",
		B "\r\n\r\none\r\n" B "--",
		B "\r\nContent-Disposition: form-data\r\n\r\none\r\n" B "--",
		B "\r\nContent-Disposition: form-data; name=\"a\r\n\r\none\r\n" B "--",
		B "\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\none\r\n" B "--",
		B "\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data;"
		  " name=b\r\n\r\none\r\n" B "--",
		B "\r\nno colon\r\n\r\none\r\n" B "--",
	};
	struct task *t = *state;
	struct multipart_part p[4];
	for (size_t i = 0; i < NELEM(rows); i++) {
		size_t n;
		task_clear(t);
		enum err e = multipart_parse(t, STR("b1"), str_of(rows[i]), p, 4, &n);
		assert_row(e == E_BAD_REQUEST, rows[i]);
	}
	char line[1200] = B "\r\nX: ";
	memset(line + 9, 'x', 1100);
	size_t n;
	assert_int_equal(multipart_parse(t, STR("b1"), (struct str){ line, sizeof(line) }, p, 4, &n),
	                 E_BAD_REQUEST);
}

/* A form's text fields are read the same way whatever the form's type. */
static void
form_fields(void **state)
{
	struct task *t = *state;
	struct multipart_part p;
	struct req r = { .content_type = STR("multipart/form-data"),
		.content_type_line = STR("multipart/form-data; boundary=b1"),
		.body = STR(B "\r\nContent-Disposition: form-data; name=csrf\r\n\r\na%20b\xff\r\n"
		            B "\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\nz\r\n"
		            B "--") };
	assert_str(req_form(t, &r, "csrf"), "a%20b\xef\xbf\xbd");
	assert_null(req_form(t, &r, "f").p); /* a file is no field */
	assert_null(req_form(t, &r, "other").p);
	assert_true(multipart_find(t, &r, "f", &p));
	assert_str(p.body, "z");
	r.content_type_line = STR("multipart/form-data");
	assert_null(req_form(t, &r, "csrf").p);
	assert_int_equal(t->err, E_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(boundaries), T(parts), T(malformed), T(form_fields) };
	return RUN(tests);
}
