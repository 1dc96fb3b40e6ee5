/*
 * json.c - json-c behind json.h. json-c stands for null with a NULL pointer;
 * here NULL means "absent", so null is the address of a marker.
 */
/* json-c has a type of each of these names. */
#define json_type jsonc_type
#define json_bool jsonc_bool
#include <json-c/json.h>
#undef json_type
#undef json_bool

#include "base/json.h"

#include "base/num.h"
#include "base/str.h"

static const char null_marker;

static const struct json *
wrap(const struct json_object *o)
{
	return o != NULL ? (const struct json *)o : (const struct json *)&null_marker;
}

/* For json-c, whose getters are not const-correct. */
static struct json_object *
unwrap(const struct json *j)
{
	if (j == (const struct json *)&null_marker)
		return NULL;
	return (struct json_object *)(uintptr_t)j;
}

static void
put_object(void *p)
{
	json_object_put(p);
}

/* Depth is bounded by the scan. */
static size_t
count_members(struct json_object *o)
{
	size_t n = 0;
	if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			n += count_members(json_object_array_get_idx(o, i));
	} else if (json_object_is_type(o, json_type_object)) {
		struct lh_entry *entry = json_object_get_object(o)->head;
		for (; entry != NULL; entry = entry->next)
			n += 1 + count_members((struct json_object *)(uintptr_t)entry->v);
	}
	return n;
}

enum err
json_parse(struct task *t, struct str text, const struct json **out)
{
	size_t members;
	enum err e = json_scan(t, text, &members);
	if (e != E_OK)
		return e;
	struct json_tokener *tok = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
	ASSERT(tok != NULL);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	/* The terminating NUL tells the tokener that a number has ended. */
	struct json_object *o = json_tokener_parse_ex(tok, arena_cstr(t->arena, text), -1);
	enum json_tokener_error rc = json_tokener_get_error(tok);
	json_tokener_free(tok);
	if (o != NULL)
		arena_defer(t->arena, put_object, o);
	if (rc != json_tokener_success)
		return task_fail(t, E_BAD_JSON, "The body is not valid JSON: %s.",
		                 json_tokener_error_desc(rc));
	if (count_members(o) != members)
		return task_fail(t, E_INVALID, "The JSON holds the same key twice in an object.");
	*out = wrap(o);
	return E_OK;
}

enum json_type
json_type(const struct json *j)
{
	if (j == NULL)
		return JSON_ABSENT;
	switch (json_object_get_type(unwrap(j))) {
	case json_type_boolean:
		return JSON_BOOL;
	case json_type_int:
		return JSON_INT;
	case json_type_double:
		return JSON_REAL;
	case json_type_string:
		return JSON_STR;
	case json_type_array:
		return JSON_ARRAY;
	case json_type_object:
		return JSON_OBJECT;
	case json_type_null:
		break;
	}
	return JSON_NULL;
}

bool
json_is_object(const struct json *j)
{
	return json_type(j) == JSON_OBJECT;
}

const struct json *
json_get(const struct json *j, const char *key)
{
	struct json_object *value;
	if (json_type(j) != JSON_OBJECT || !json_object_object_get_ex(unwrap(j), key, &value))
		return NULL;
	return wrap(value);
}

size_t
json_count(const struct json *j)
{
	switch (json_type(j)) {
	case JSON_ARRAY:
		return json_object_array_length(unwrap(j));
	case JSON_OBJECT:
		return (size_t)json_object_object_length(unwrap(j));
	default:
		return 0;
	}
}

const struct json *
json_at(const struct json *j, size_t i)
{
	if (json_type(j) != JSON_ARRAY || i >= json_count(j))
		return NULL;
	return wrap(json_object_array_get_idx(unwrap(j), i));
}

bool
json_next(const struct json *obj, void **it, struct str *key, const struct json **value)
{
	if (json_type(obj) != JSON_OBJECT)
		return false;
	struct lh_entry *entry = *it;
	entry = entry != NULL ? entry->next : json_object_get_object(unwrap(obj))->head;
	if (entry == NULL)
		return false;
	*it = entry;
	*key = str_of(entry->k);
	*value = wrap(entry->v);
	return true;
}

struct str
json_str(const struct json *j, struct str fallback)
{
	if (json_type(j) != JSON_STR)
		return fallback;
	struct json_object *o = unwrap(j);
	return (struct str){ json_object_get_string(o), (size_t)json_object_get_string_len(o) };
}

int64_t
json_i64(const struct json *j, int64_t fallback)
{
	return json_type(j) == JSON_INT ? json_object_get_int64(unwrap(j)) : fallback;
}

double
json_f64(const struct json *j, double fallback)
{
	enum json_type type = json_type(j);
	if (type != JSON_INT && type != JSON_REAL)
		return fallback;
	return json_object_get_double(unwrap(j));
}

bool
json_bool(const struct json *j, bool fallback)
{
	return json_type(j) == JSON_BOOL ? json_object_get_boolean(unwrap(j)) != 0 : fallback;
}

struct str
json_get_str(const struct json *j, const char *key)
{
	return json_str(json_get(j, key), STR_NULL);
}

static void
write_members(struct buf *b, const struct json *j)
{
	struct str key;
	const struct json *value;
	char sep = '{';
	for (void *it = NULL; json_next(j, &it, &key, &value); sep = ',') {
		buf_putc(b, sep);
		buf_json(b, key);
		buf_putc(b, ':');
		json_write(b, value);
	}
	if (sep == '{')
		buf_putc(b, '{');
	buf_putc(b, '}');
}

void
json_write(struct buf *b, const struct json *j)
{
	char text[NUM_TEXT];
	switch (json_type(j)) {
	case JSON_ABSENT:
	case JSON_NULL:
		buf_add(b, STR("null"));
		break;
	case JSON_BOOL:
		buf_puts(b, json_bool(j, false) ? "true" : "false");
		break;
	case JSON_INT:
		buf_i64(b, json_i64(j, 0));
		break;
	case JSON_REAL:
		buf_add(b, (struct str){ text, num_format(json_f64(j, 0), text) });
		break;
	case JSON_STR:
		buf_json(b, json_str(j, STR_NULL));
		break;
	case JSON_ARRAY:
		buf_putc(b, '[');
		for (size_t i = 0; i < json_count(j); i++) {
			if (i > 0)
				buf_putc(b, ',');
			json_write(b, json_at(j, i));
		}
		buf_putc(b, ']');
		break;
	case JSON_OBJECT:
		write_members(b, j);
		break;
	}
}
