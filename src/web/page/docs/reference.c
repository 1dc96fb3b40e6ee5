/* reference.c - the API reference: /docs/api lists the operations of the
 * description (web/openapi.h), /docs/api/{name} shows one. */
#include "base/conf.h"
#include "base/json.h"
#include "base/str.h"
#include "web/openapi.h"
#include "web/page/pages.h"

#define DEPTH_MAX 4 /* of schemas inside schemas */

/* Where an operation stands in the list: the first row that fits. A leading
 * '*' means anywhere in the path. */
static const struct area {
	const char *part, *title;
} areas[] = {
	{ "/api/v1/ingest/", "Sending" },
	{ "/api/v1/events", "Sending" },
	{ "/api/auth/", "Signing in" },
	{ "/oauth/", "Signing in" },
	{ "/api/v1/system/", "The system" },
	{ "/api/v1/billing/", "Team" },
	{ "/api/v1/flags", "Team" },
	{ "*/privacy/", "Privacy" },
	{ "*/symbols", "Projects" },
	{ "*/namespaces/", "Projects" },
	{ "*/tracking-plan", "Projects" },
	{ "/api/v1/projects/", "Reading" },
	{ "/api/v1/projects", "Projects" },
	{ "/api/v1/metrics", "Reading" },
	{ "/api/openapi.json", "Reading" },
	{ "/", "Other vendors' SDKs" },
};
static const char *const titles[] = { "Sending", "Reading", "Projects", "Privacy", "Team",
	"Signing in", "The system", "Other vendors' SDKs" };

static const char *
area_of(struct str path)
{
	for (size_t i = 0; i < NELEM(areas); i++) {
		const char *part = areas[i].part;
		if (part[0] == '*' ? memmem(path.p, path.n, part + 1, strlen(part + 1)) != NULL :
		                     str_starts(path, str_of(part)))
			return areas[i].title;
	}
	return "";
}

/* One operation while the description is walked. */
struct operation {
	struct str method, path;
	const struct json *body;
};

/* The next one; it and inner begin as NULL. */
struct walk {
	const struct json *paths, *item;
	void *at_path, *at_method;
	struct str path;
};

static bool
walk_next(struct walk *k, struct operation *op)
{
	for (;;) {
		if (k->item != NULL &&
		    json_next(k->item, &k->at_method, &op->method, &op->body)) {
			op->path = k->path;
			return true;
		}
		if (!json_next(k->paths, &k->at_path, &k->path, &k->item))
			return false;
		k->at_method = NULL;
	}
}

static enum err
load(struct web *w, struct task *t, const struct json **doc)
{
	struct str text;
	enum err e = openapi_text(w, t, &text);
	return e == E_OK ? json_parse(t, text, doc) : e;
}

static struct str
upper(struct task *t, struct str s)
{
	struct str out = arena_str(t->arena, s);
	char *p = (char *)(uintptr_t)out.p;
	for (size_t i = 0; i < out.n; i++)
		if (p[i] >= 'a' && p[i] <= 'z')
			p[i] = (char)(p[i] - 'a' + 'A');
	return out;
}

enum err
page_reference(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "docs_api.tpl", "API reference");
	struct dict *group[NELEM(titles)] = { 0 };
	const struct json *doc;
	struct operation op;
	enum err e = load(w, t, &doc);
	if (e != E_OK)
		return e;
	page_docs(&p, "api");
	struct walk k = { .paths = json_get(doc, "paths") };
	for (size_t i = 0; i < NELEM(titles); i++) {
		group[i] = dict_row(p.body, "GROUP");
		dict_set(group[i], "NAME", titles[i]);
	}
	while (walk_next(&k, &op)) {
		size_t i = 0;
		while (i + 1 < NELEM(titles) && strcmp(titles[i], area_of(op.path)) != 0)
			i++;
		struct dict *d = dict_row(group[i], "OPERATION");
		dict_str(d, "ID", json_get_str(op.body, "operationId"));
		dict_str(d, "METHOD", upper(t, op.method));
		dict_str(d, "PATH", op.path);
		dict_str(d, "SUMMARY", json_get_str(op.body, "summary"));
	}
	return page_send(&p, res, 200);
}

/* --- one operation --- */

/* What {"$ref":"#/components/schemas/X"} points to; the value itself when it
 * is none. *name is X. */
static const struct json *
resolve(const struct json *doc, const struct json *j, struct str *name)
{
	struct str ref = json_get_str(j, "$ref"), part = ref;
	const struct json *at = doc;
	if (ref.n < 2 || ref.p[0] != '#')
		return j;
	(void)str_cut(&part, '/');
	while (part.p != NULL && at != NULL) {
		char key[80];
		struct str one = str_cut(&part, '/');
		snprintf(key, sizeof(key), "%.*s", STRF(one));
		at = json_get(at, key);
		*name = one;
	}
	return at;
}

/* "integer or null"; of an array also what it holds. */
static void
add_type(struct buf *b, const struct json *s)
{
	const struct json *type = json_get(s, "type");
	struct str held = json_get_str(json_get(s, "items"), "type");
	if (json_type(type) == JSON_STR)
		buf_add(b, json_str(type, STR("")));
	for (size_t i = 0; json_type(type) == JSON_ARRAY && i < json_count(type); i++) {
		buf_puts(b, i > 0 ? " or " : "");
		buf_add(b, json_str(json_at(type, i), STR("")));
	}
	if (held.n > 0 && str_is(json_str(type, STR("")), "array")) {
		buf_puts(b, " of ");
		buf_add(b, held);
	}
}

/* What of the schema is a value of its own: ", at least 1". */
static void
add_rules(struct buf *b, const struct json *s)
{
	static const struct {
		const char *key, *says;
	} rules[] = {
		{ "const", "always " }, { "minimum", "at least " }, { "maximum", "at most " },
		{ "default", "default " },
	};
	for (size_t i = 0; i < NELEM(rules); i++) {
		const struct json *value = json_get(s, rules[i].key);
		if (value == NULL)
			continue;
		buf_puts(b, b->n > 0 ? ", " : "");
		buf_puts(b, rules[i].says);
		json_write(b, value);
	}
}

/* "string, date-time", "array of integer", "string: "a", "b"", "integer, at
 * least 1, at most 100, default 20", "any". */
static struct str
type_text(struct task *t, const struct json *s)
{
	struct buf b = BUF_INIT;
	const struct json *list = json_get(s, "enum");
	add_type(&b, s);
	if (json_get_str(s, "format").n > 0) {
		buf_puts(&b, ", ");
		buf_add(&b, json_get_str(s, "format"));
	}
	for (size_t i = 0; i < json_count(list); i++) {
		buf_puts(&b, i > 0 ? ", " : b.n > 0 ? ": " : "");
		json_write(&b, json_at(list, i));
	}
	add_rules(&b, s);
	if (b.n == 0)
		buf_puts(&b, "any");
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

/* A sentence, the names between its `backticks` as code. */
static void
add_text(struct dict *d, struct str text)
{
	while (text.p != NULL && text.n > 0) {
		struct dict *piece = dict_row(d, "SAYS");
		dict_str(piece, "TEXT", str_cut(&text, '`'));
		struct str code = str_cut(&text, '`');
		if (code.n > 0)
			dict_str(dict_row(piece, "CODE"), "WORD", code);
	}
}

static bool
is_required(const struct json *schema, struct str key)
{
	const struct json *list = json_get(schema, "required");
	for (size_t i = 0; i < json_count(list); i++)
		if (str_eq(json_str(json_at(list, i), STR("")), key))
			return true;
	return false;
}

struct fields {
	struct task *t;
	const struct json *doc;
	struct dict *d;
};

static void add_fields(const struct fields *f, const struct json *schema, struct str path,
                       int depth);

static void
add_field(const struct fields *f, const struct json *parent, struct str key, struct str path,
          const struct json *value, int depth)
{
	struct str name = STR("");
	struct dict *d = dict_row(f->d, "FIELD");
	struct str at = path.n > 0 ? arena_printf(f->t->arena, "%.*s.%.*s", STRF(path), STRF(key)) :
	                             key;
	const struct json *s = resolve(f->doc, value, &name);
	dict_str(d, "PATH", at);
	dict_str(d, "TYPE", type_text(f->t, s));
	/* what is said here goes before what is said of the schema */
	struct str text = json_get_str(value, "description");
	add_text(d, text.n > 0 ? text : json_get_str(s, "description"));
	dict_show_if(d, "REQUIRED", is_required(parent, key));
	if (json_get(s, "items") != NULL)
		at = arena_printf(f->t->arena, "%.*s[]", STRF(at));
	add_fields(f, s, at, depth + 1);
}

/* The members of an object, of what an array holds, or of each part of an
 * allOf or oneOf. */
static void
add_fields(const struct fields *f, const struct json *schema, struct str path, int depth)
{
	static const char *const parts[] = { "allOf", "oneOf", "anyOf" };
	struct str name = STR(""), key;
	const struct json *s = resolve(f->doc, schema, &name), *value;
	if (depth > DEPTH_MAX)
		return;
	if (json_get(s, "items") != NULL)
		s = resolve(f->doc, json_get(s, "items"), &name);
	for (size_t k = 0; k < NELEM(parts); k++)
		for (size_t i = 0; i < json_count(json_get(s, parts[k])); i++)
			add_fields(f, json_at(json_get(s, parts[k]), i), path, depth + 1);
	for (void *it = NULL; json_next(json_get(s, "properties"), &it, &key, &value);)
		add_field(f, s, key, path, value, depth);
}

/* The schema of the first content type, which is named. */
static const struct json *
first_schema(const struct json *holder, struct str *content)
{
	void *it = NULL;
	const struct json *one;
	if (!json_next(json_get(holder, "content"), &it, content, &one))
		return NULL;
	return json_get(one, "schema");
}

static void
fill_parameters(struct page *p, const struct json *doc, const struct json *op)
{
	const struct json *list = json_get(op, "parameters");
	for (size_t i = 0; i < json_count(list); i++) {
		struct str name = STR("");
		const struct json *one = resolve(doc, json_at(list, i), &name);
		struct dict *d = dict_row(p->body, "PARAMETER");
		dict_str(d, "NAME", json_get_str(one, "name"));
		dict_str(d, "WHERE", json_get_str(one, "in"));
		dict_str(d, "TYPE", type_text(p->t, json_get(one, "schema")));
		add_text(d, json_get_str(one, "description"));
		dict_show_if(d, "REQUIRED", json_bool(json_get(one, "required"), false));
	}
	dict_show_if(p->body, "PARAMETERS", json_count(list) > 0);
}

static void
fill_body(struct page *p, const struct json *doc, const struct json *op)
{
	struct str content = STR("");
	const struct json *schema = first_schema(json_get(op, "requestBody"), &content);
	if (schema == NULL)
		return;
	struct dict *d = dict_row(p->body, "BODY");
	const struct fields f = { p->t, doc, d };
	dict_str(d, "CONTENT", content);
	add_fields(&f, schema, STR(""), 0);
}

static void
fill_responses(struct page *p, const struct json *doc, const struct json *op)
{
	struct str status;
	const struct json *value;
	for (void *it = NULL; json_next(json_get(op, "responses"), &it, &status, &value);) {
		struct str name = STR(""), content = STR("");
		const struct json *one = resolve(doc, value, &name);
		struct dict *d = dict_row(p->body, "RESPONSE");
		dict_str(d, "STATUS", status);
		add_text(d, json_get_str(one, "description"));
		if (status.n == 0 || status.p[0] != '2' || first_schema(one, &content) == NULL)
			continue;
		struct dict *fields = dict_row(p->body, "REPLY");
		const struct fields f = { p->t, doc, fields };
		dict_str(fields, "STATUS", status);
		dict_str(fields, "CONTENT", content);
		add_fields(&f, first_schema(one, &content), STR(""), 0);
	}
}

/* Which credentials do: "Write key", "Personal access token with events:read". */
static void
fill_credentials(struct page *p, const struct json *op)
{
	static const struct {
		const char *scheme, *name;
	} names[] = {
		{ "writeKey", "write key of the environment" },
		{ "readKey", "read key of the environment" },
		{ "token", "personal access token" },
		{ "oauth", "OAuth access token" },
		{ "accessToken", "access token of a sign-in" },
		{ "basic", "client id and secret (HTTP Basic)" },
	};
	const struct json *list = json_get(op, "security");
	size_t n = 0;
	for (size_t i = 0; i < json_count(list); i++) {
		struct str scheme;
		const struct json *scopes;
		void *it = NULL;
		if (!json_next(json_at(list, i), &it, &scheme, &scopes))
			continue;
		struct dict *d = dict_row(p->body, "CREDENTIAL");
		n++;
		for (size_t k = 0; k < NELEM(names); k++)
			if (str_is(scheme, names[k].scheme))
				dict_set(d, "NAME", names[k].name);
		if (json_count(scopes) > 0)
			dict_str(dict_row(d, "SCOPED"), "SCOPE", json_str(json_at(scopes, 0), STR("")));
	}
	dict_show_if(p->body, "NOBODY", n == 0);
}

/* A call that works once the capitals are replaced. */
static struct str
example(struct page *p, const struct operation *op)
{
	struct buf b = BUF_INIT;
	struct str content = STR("");
	const char *url = conf_text(p->w->conf, CONF_PUBLIC_URL);
	bool has_body = first_schema(json_get(op->body, "requestBody"), &content) != NULL;
	if (str_is(op->method, "get"))
		buf_printf(&b, "curl '%s%.*s'", url, STRF(op->path));
	else
		buf_printf(&b, "curl -X %.*s '%s%.*s'", STRF(upper(p->t, op->method)), url,
		           STRF(op->path));
	if (json_count(json_get(op->body, "security")) > 0)
		buf_puts(&b, " \\\n  -H 'Authorization: Bearer YOUR_TOKEN'");
	if (has_body)
		buf_printf(&b, " \\\n  -H 'Content-Type: %.*s' \\\n  --data @body", STRF(content));
	buf_putc(&b, '\n');
	struct str out = arena_str(p->t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

enum err
page_operation(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "docs_operation.tpl", "API reference");
	struct str name = req->param[0];
	const struct json *doc;
	struct operation op = { 0 };
	enum err e = load(w, t, &doc);
	if (e != E_OK)
		return e;
	struct walk k = { .paths = json_get(doc, "paths") };
	bool found = false;
	while (!found && walk_next(&k, &op))
		found = str_eq(json_get_str(op.body, "operationId"), name);
	if (!found)
		return task_fail(t, E_NOT_FOUND, "%s", err_message(E_NOT_FOUND));
	page_docs(&p, "api");
	dict_str(p.body, "SUMMARY", json_get_str(op.body, "summary"));
	dict_str(p.body, "METHOD", upper(t, op.method));
	dict_str(p.body, "PATH", op.path);
	if (json_get_str(op.body, "description").n > 0)
		add_text(dict_row(p.body, "DESCRIPTION"), json_get_str(op.body, "description"));
	dict_str(p.body, "EXAMPLE", example(&p, &op));
	fill_credentials(&p, op.body);
	fill_parameters(&p, doc, op.body);
	fill_body(&p, doc, op.body);
	fill_responses(&p, doc, op.body);
	return page_send(&p, res, 200);
}
