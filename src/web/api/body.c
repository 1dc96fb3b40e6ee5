/* body.c - the JSON object of a request by a table of its fields; see api.h. */
#include "base/json.h"
#include "base/str.h"
#include "web/api/api.h"

static const struct {
	unsigned types;
	const char *says;
} WORDS[] = {
	{ API_STR, "a string" }, { API_INT, "a whole number" }, { API_BOOL, "true or false" },
	{ API_LIST, "a list" }, { API_STR | API_OBJECT, "a string or an object" },
};

static const char *
words_of(unsigned types)
{
	for (size_t i = 0; i < NELEM(WORDS); i++)
		if (WORDS[i].types == (types & ~API_NULL))
			return WORDS[i].says;
	return "of another type";
}

static void
check(struct task *t, const struct api_field *field, size_t n, struct str key,
      const struct json *value)
{
	struct str path = str_slice(key, 0, 64);

	for (size_t i = 0; i < n; i++) {
		if (!str_is(key, field[i].name))
			continue;
		if ((field[i].types & 1u << json_type(value)) == 0)
			task_field(t, path, "The %s field must be %s.", field[i].name,
				words_of(field[i].types));
		return;
	}
	task_field(t, path, "This is not a field of this request.");
}

enum err
api_object(struct task *t, const struct req *req, const struct api_field *field, size_t n,
           const struct json **body)
{
	struct str key;
	const struct json *value;

	if (!str_is(req->content_type, "application/json"))
		return task_fail(t, E_MEDIA_TYPE, "Send the request as application/json.");
	enum err e = json_parse(t, req->body, body);
	if (e != E_OK)
		return e;
	if (!json_is_object(*body)) {
		task_field(t, STR("body"), "The body must be an object.");
		return task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
	}
	for (void *it = NULL; json_next(*body, &it, &key, &value);)
		check(t, field, n, key, value);
	return t->nfields > 0 ? task_fail(t, E_INVALID, "%s", err_message(E_INVALID)) : E_OK;
}

enum err
api_object_or_none(struct task *t, const struct req *req, const struct api_field *field,
                   size_t n, const struct json **body)
{
	*body = NULL;
	return req->body.n > 0 ? api_object(t, req, field, n, body) : E_OK;
}
