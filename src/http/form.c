/* form.c - see form.h. */
#include "http/form.h"

#include "base/str.h"
#include "base/utf8.h"

#define MAX_DEFAULT 200

static void
read_field(struct task *t, const struct req *req, const struct form_field *f, struct str *out)
{
	struct str name = str_of(f->name);
	size_t max = f->max != 0 ? f->max : MAX_DEFAULT;
	struct str v = req_form(t, req, f->name);
	if (!f->raw)
		v = str_trim(v);
	if (v.p == NULL)
		v = STR("");
	*out = v;
	if (f->required && v.n == 0)
		task_field(t, name, "Please fill in this field.");
	else if (v.n > max)
		task_field(t, name, "Please use at most %zu characters.", max);
	else if (!f->lines && !utf8_is_line(v))
		task_field(t, name, "Please use a single line without control characters.");
}

enum err
form_read(struct task *t, const struct req *req, const struct form_field *fields, size_t n,
          struct str *out)
{
	if (!str_is(req->content_type, "application/x-www-form-urlencoded"))
		return task_fail(t, E_MEDIA_TYPE, "The form was not sent as a form.");
	size_t before = t->nfields;
	for (size_t i = 0; i < n; i++)
		read_field(t, req, &fields[i], &out[i]);
	if (t->nfields > before)
		return task_fail(t, E_INVALID, "Please check the marked fields.");
	return E_OK;
}

struct str
form_error(const struct task *t, const char *name)
{
	for (size_t i = 0; i < t->nfields; i++) {
		if (str_is(t->fields[i].path, name))
			return t->fields[i].message;
	}
	return STR_NULL;
}
