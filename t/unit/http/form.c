#include "http/form.h"

#include "t/unit/test.h"

static const struct form_field fields[] = {
	{ .name = "name", .required = true, .max = 5 },
	{ .name = "password", .required = true, .raw = true },
	{ .name = "note", .lines = true },
};

static struct req
form(const char *body)
{
	return (struct req){ .content_type = STR("application/x-www-form-urlencoded"),
		             .body = str_of(body) };
}

static void
read_fields(void **state)
{
	struct task *t = *state;
	struct str v[3];
	struct req r = form("name=+Ann+&password=+x+&note=a%0D%0Ab&other=1");
	assert_int_equal(form_read(t, &r, fields, 3, v), E_OK);
	assert_str(v[0], "Ann");
	assert_str(v[1], " x ");
	assert_str(v[2], "a\r\nb");
}

static void
mistakes(void **state)
{
	struct task *t = *state;
	struct str v[3], many[4];
	struct req r = form("name=++&note=x&name=2");
	assert_int_equal(form_read(t, &r, fields, 3, v), E_INVALID);
	assert_str(form_error(t, "name"), "Please fill in this field.");
	assert_str(form_error(t, "password"), "Please fill in this field.");
	assert_null(form_error(t, "note").p);
	assert_int_equal(req_form_all(t, &r, "name", many, 4), 2);
	task_reset(t);
	r = form("name=abcdef&password=a%0Ab");
	assert_int_equal(form_read(t, &r, fields, 3, v), E_INVALID);
	assert_str(form_error(t, "name"), "Please use at most 5 characters.");
	assert_non_null(form_error(t, "password").p);
	task_reset(t);
	r.content_type = STR("application/json");
	assert_int_equal(form_read(t, &r, fields, 3, v), E_MEDIA_TYPE);
	assert_null(req_form(t, &r, "name").p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(read_fields), T(mistakes) };
	return RUN(tests);
}
