/*
 * json.h - read JSON of API and admin bodies and settings (json-c inside).
 * Ingest bodies go through base/scan.h instead.
 *
 * A strict byte scan runs first, since json-c takes too much: it checks the
 * grammar of RFC 8259, UTF-8, depth, \u0000, lone surrogates and the length
 * of numbers. Duplicate keys are found after parsing.
 */
#ifndef TM_BASE_JSON_H
#define TM_BASE_JSON_H

#include "base/buf.h"
#include "base/task.h"

/* One value; borrowed from the task's arena. NULL stands for "absent". */
struct json;

enum json_type {
	JSON_ABSENT, /* NULL pointer */
	JSON_NULL,
	JSON_BOOL,
	JSON_INT, /* an integer within int64 */
	JSON_REAL,
	JSON_STR,
	JSON_ARRAY,
	JSON_OBJECT,
};

#define JSON_DEPTH_MAX 32
#define JSON_DIGITS_MAX 400

/*
 * Parse one document; *out lives until task_reset. E_BAD_JSON: not JSON (also
 * NaN, single quotes, bad UTF-8, trailing bytes). E_INVALID: JSON, but deeper
 * than JSON_DEPTH_MAX, a duplicate key, \u0000, a lone surrogate, or a number
 * longer than JSON_DIGITS_MAX or beyond the range of a double.
 */
enum err json_parse(struct task *t, struct str text, const struct json **out) MUST_CHECK;
/* Only the byte scan; counts object members into *members (may be NULL). */
enum err json_scan(struct task *t, struct str text, size_t *members) MUST_CHECK;

enum json_type json_type(const struct json *j);
bool json_is_object(const struct json *j);

/* Member by name; NULL when absent or j is no object. null is a value. */
const struct json *json_get(const struct json *j, const char *key);
/* Elements of an array, members of an object; 0 otherwise. */
size_t json_count(const struct json *j);
/* Element i of an array; NULL when out of range. */
const struct json *json_at(const struct json *j, size_t i);
/* Members in order: for (it = NULL; json_next(obj, &it, &key, &value);) */
bool json_next(const struct json *obj, void **it, struct str *key, const struct json **value);

/* The value when the type fits, else the fallback. Borrowed. */
struct str json_str(const struct json *j, struct str fallback);
int64_t json_i64(const struct json *j, int64_t fallback);
double json_f64(const struct json *j, double fallback); /* INT fits too */
bool json_bool(const struct json *j, bool fallback);
/* Shorthand for the usual json_str(json_get(…), STR_NULL). */
struct str json_get_str(const struct json *j, const char *key);

/* Write the value back as compact JSON. */
void json_write(struct buf *b, const struct json *j);

#endif
