/* otlp.c - attributes, resources and properties; see otlp.h. */
#include "ingest/foreign/otlp.h"

#include "base/num.h"
#include "base/str.h"
#include "ingest/limits.h"

/* An AnyValue nested deeper is null; item_check refuses long before. */
#define DEPTH 18

/* Where attributes go. Of several for one place the first row wins. */
static const struct {
	struct str key;
	enum otlp_place place;
} places[] = {
	{ { "service.name", 12 }, OTLP_APP },
	{ { "service.version", 15 }, OTLP_VERSION },
	{ { "app.version", 11 }, OTLP_VERSION },
	{ { "app.build_id", 12 }, OTLP_BUILD },
	{ { "device.id", 9 }, OTLP_DEVICE },
	{ { "app.installation.id", 19 }, OTLP_DEVICE },
	{ { "device.model.name", 17 }, OTLP_MODEL },
	{ { "device.model.identifier", 23 }, OTLP_MODEL },
	{ { "os.name", 7 }, OTLP_PLATFORM },
	{ { "os.type", 7 }, OTLP_PLATFORM },
	{ { "os.version", 10 }, OTLP_OS },
	{ { "browser.language", 16 }, OTLP_LOCALE },
	{ { "session.id", 10 }, OTLP_SESSION },
	{ { "user.id", 7 }, OTLP_USER },
	{ { "enduser.id", 10 }, OTLP_USER },
	{ { "enduser.pseudo.id", 17 }, OTLP_ANONYMOUS },
	{ { "telemetry.sdk.language", 22 }, OTLP_LANGUAGE },
	{ { "telemetry.sdk.version", 21 }, OTLP_SDK_VERSION },
};

/* Attributes of a resource that tell of the machine, not of the app. */
static const struct str machine[] = {
	{ "process.", 8 }, { "host.", 5 }, { "container.", 10 }, { "k8s.", 4 },
	{ "cloud.", 6 }, { "os.", 3 }, { "device.", 7 }, { "telemetry.", 10 },
	{ "webengine.", 10 }, { "browser.", 8 }, { "aws.", 4 }, { "gcp.", 4 }, { "azure.", 6 },
	{ "heroku.", 7 }, { "service.instance.", 17 },
};

/* --- reading --- */

uint32_t
otlp_list(const struct scan *s, uint32_t obj, const char *key)
{
	uint32_t at = foreign_find(s, obj, key);
	return at != 0 && scan_is_array(s, at) ? at : 0;
}

uint64_t
otlp_number(const struct scan *s, uint32_t at)
{
	struct str text;
	int64_t v;
	double d;
	if (at == 0)
		return 0;
	if (scan_int(s, at, &v))
		return v > 0 ? (uint64_t)v : 0;
	if (scan_string(s, at, &text))
		return num_i64(text, &v) && v > 0 ? (uint64_t)v : 0;
	return scan_double(s, at, &d) && d > 0 && d < 1e19 ? (uint64_t)d : 0;
}

/* {"key": "…", "value": …}, as every exporter writes it. */
static inline bool
read_usual(const struct scan *s, uint32_t obj, struct str *key, uint32_t *value)
{
	if (!scan_is_object(s, obj) || scan_end(s, obj) < obj + 4 ||
	    !str_eq(scan_text(s, obj + 1), STR("key")) || !scan_string(s, obj + 2, key) ||
	    !str_eq(scan_text(s, obj + 3), STR("value")))
		return false;
	*value = scan_is_null(s, obj + 4) ? 0 : obj + 4;
	return true;
}

bool
otlp_attribute(const struct scan *s, uint32_t list, uint32_t *at, struct str *key,
               uint32_t *value)
{
	if (list == 0)
		return false;
	uint32_t end = scan_end(s, list), k = *at == 0 ? scan_first(s, list) : scan_next(s, *at);
	for (; k < end; k = scan_next(s, k)) {
		if (read_usual(s, k, key, value)) {
			*at = k;
			return true;
		}
		uint32_t name = foreign_find(s, k, "key");
		if (name == 0 || !scan_string(s, name, key))
			continue;
		*at = k;
		*value = foreign_find(s, k, "value");
		return true;
	}
	return false;
}

/* The AnyValue of a key, 0 when absent. */
static uint32_t
find(const struct scan *s, uint32_t list, struct str key)
{
	struct str name;
	uint32_t at = 0, value;
	while (otlp_attribute(s, list, &at, &name, &value))
		if (str_eq(name, key))
			return value;
	return 0;
}

/* What an AnyValue holds: the position inside, and which kind. */
enum any { ANY_NONE, ANY_TEXT, ANY_BOOL, ANY_INT, ANY_DOUBLE, ANY_ARRAY, ANY_KVLIST };

static enum any
open_any(const struct scan *s, uint32_t value, uint32_t *in)
{
	static const struct {
		struct str name;
		enum any kind;
	} kinds[] = {
		{ { "stringValue", 11 }, ANY_TEXT },   { { "intValue", 8 }, ANY_INT },
		{ { "boolValue", 9 }, ANY_BOOL },      { { "doubleValue", 11 }, ANY_DOUBLE },
		{ { "arrayValue", 10 }, ANY_ARRAY },   { { "kvlistValue", 11 }, ANY_KVLIST },
		{ { "bytesValue", 10 }, ANY_TEXT },
	};
	if (value == 0 || !scan_is_object(s, value))
		return ANY_NONE;
	/* one member, as a rule */
	uint32_t end = scan_end(s, value);
	for (uint32_t k = scan_first(s, value); k < end; k = scan_next(s, k + 1)) {
		struct str name = scan_text(s, k);
		*in = k + 1;
		for (size_t i = 0; i < NELEM(kinds); i++)
			if (str_eq(name, kinds[i].name) && !scan_is_null(s, k + 1))
				return kinds[i].kind;
	}
	return ANY_NONE;
}

static struct str
any_text(struct task *t, const struct scan *s, uint32_t value)
{
	uint32_t in;
	enum any kind = open_any(s, value, &in);
	return kind == ANY_NONE || kind == ANY_BOOL ? STR("") : foreign_string(t, s, in);
}

struct str
otlp_attribute_text(struct task *t, const struct scan *s, uint32_t list, const char *key)
{
	return any_text(t, s, find(s, list, str_of(key)));
}

/* --- values --- */

static void
put_number(struct tape *w, const struct scan *s, uint32_t at)
{
	struct str text;
	int64_t v;
	double d;
	if (scan_int(s, at, &v) || (scan_string(s, at, &text) && num_i64(text, &v)))
		tape_i64(w, v);
	else if (scan_double(s, at, &d) || (scan_string(s, at, &text) && num_f64(text, &d)))
		tape_f64(w, d);
	else
		tape_null(w);
}

static void put_any(struct tape *w, const struct scan *s, uint32_t value, int depth);

static void
put_array(struct tape *w, const struct scan *s, uint32_t list, int depth)
{
	tape_array_begin(w);
	for (uint32_t k = list == 0 ? 0 : scan_first(s, list); k != 0 && k < scan_end(s, list);
	     k = scan_next(s, k))
		put_any(w, s, k, depth + 1);
	tape_array_end(w);
}

static void
put_kvlist(struct tape *w, const struct scan *s, uint32_t list, int depth)
{
	struct str key;
	uint32_t at = 0, value;
	tape_object_begin(w);
	while (otlp_attribute(s, list, &at, &key, &value)) {
		tape_key_str(w, key);
		put_any(w, s, value, depth + 1);
	}
	tape_object_end(w);
}

static void
put_any(struct tape *w, const struct scan *s, uint32_t value, int depth)
{
	struct str text;
	uint32_t in;
	enum any kind = depth > DEPTH ? ANY_NONE : open_any(s, value, &in);
	if (kind == ANY_TEXT && scan_string(s, in, &text))
		tape_str(w, text);
	else if (kind == ANY_BOOL)
		tape_bool(w, scan_kind(s, in) == SCAN_TRUE);
	else if (kind == ANY_INT || kind == ANY_DOUBLE)
		put_number(w, s, in);
	else if (kind == ANY_ARRAY)
		put_array(w, s, otlp_list(s, in, "values"), depth);
	else if (kind == ANY_KVLIST)
		put_kvlist(w, s, otlp_list(s, in, "values"), depth);
	else
		tape_null(w);
}

void
otlp_any(struct foreign_out *o, uint32_t value)
{
	put_any(o->w, o->scan, value, 0);
}

/* --- places --- */

/* Row of places, or -1. */
static int
place_of(struct str key)
{
	for (size_t i = 0; i < NELEM(places); i++)
		if (str_eq(key, places[i].key))
			return (int)i;
	return -1;
}

static void
read_places(struct foreign_out *o, uint32_t list, struct otlp_places *out)
{
	size_t row[OTLP_PLACES];
	struct str key;
	uint32_t at = 0, value;
	for (size_t i = 0; i < OTLP_PLACES; i++)
		row[i] = NELEM(places);
	while (otlp_attribute(o->scan, list, &at, &key, &value)) {
		int i = place_of(key);
		if (i < 0 || row[places[i].place] <= (size_t)i)
			continue;
		struct str text = any_text(o->task, o->scan, value);
		if (text.n == 0)
			continue;
		row[places[i].place] = (size_t)i;
		out->value[places[i].place] = text;
	}
}

static bool
is_machine(struct str key)
{
	for (size_t i = 0; i < NELEM(machine); i++)
		if (str_starts(key, machine[i]))
			return true;
	return false;
}

static void
read_resource(struct foreign_out *o, uint32_t resource, struct otlp_resource *out)
{
	uint32_t list = otlp_list(o->scan, resource, "attributes"), at = 0, value;
	struct str key;
	out->at = resource;
	read_places(o, list, &out->places);
	while (otlp_attribute(o->scan, list, &at, &key, &value))
		if (out->nkept < OTLP_RESOURCE_KEPT && place_of(key) < 0 && !is_machine(key))
			out->kept[out->nkept++] = at;
	if (o->sdk.n == 0) {
		o->sdk = arena_printf(o->task->arena, "opentelemetry-%.*s",
		                      STRF(out->places.value[OTLP_LANGUAGE]));
		o->sdk_version = out->places.value[OTLP_SDK_VERSION];
	}
}

void
otlp_head(struct foreign_out *o, const struct otlp_source *from, uint32_t attributes,
          struct foreign_head *h)
{
	struct otlp_places p = from->resource->places;
	struct str *v = p.value;
	read_places(o, attributes, &p);
	h->app_id = v[OTLP_APP];
	h->app_version = v[OTLP_VERSION];
	h->app_build = v[OTLP_BUILD];
	h->device_id = v[OTLP_DEVICE];
	h->model = v[OTLP_MODEL];
	h->os = v[OTLP_OS];
	h->locale = v[OTLP_LOCALE];
	h->session = v[OTLP_SESSION];
	h->user_id = v[OTLP_USER];
	h->anonymous_id = v[OTLP_ANONYMOUS];
	/* a service says what it is written in rather than where it runs */
	if (str_is(v[OTLP_LANGUAGE], "webjs"))
		h->platform = STR("web");
	else
		h->platform = foreign_platform(o->task, v[OTLP_PLATFORM].n > 0 ? v[OTLP_PLATFORM] :
		                                                                 v[OTLP_LANGUAGE]);
}

/* --- properties --- */

/* A few bits of a key: equal keys share them. */
static uint64_t
key_bit(struct str key)
{
	if (key.n == 0)
		return 1;
	unsigned h = (unsigned)key.n * 7U + (unsigned char)key.p[0] * 5U;
	return UINT64_C(1) << ((h + (unsigned char)key.p[key.n - 1]) & 63);
}

static uint64_t
key_bits(const struct scan *s, uint32_t list)
{
	struct str key;
	uint32_t at = 0, value;
	uint64_t bits = 0;
	while (otlp_attribute(s, list, &at, &key, &value))
		bits |= key_bit(key);
	return bits;
}

void
otlp_props_begin(struct otlp_props *p, const char *member)
{
	const struct scan *s = p->o->scan;
	p->n = 0;
	p->some = key_bits(s, p->own) | key_bits(s, p->around);
	tape_key(p->o->w, member);
	tape_object_begin(p->o->w);
}

bool
otlp_is_free(struct otlp_props *p, const char *key)
{
	const struct scan *s = p->o->scan;
	struct str name = str_of(key);
	if ((p->some & key_bit(name)) != 0 &&
	    (find(s, p->own, name) != 0 || find(s, p->around, name) != 0))
		return false;
	p->key[p->n++] = name;
	return true;
}

void
otlp_fact(struct otlp_props *p, const char *key, struct str text)
{
	if (text.n > 0 && otlp_is_free(p, key))
		tape_kstr(p->o->w, key, text);
}

static bool
is_written(const struct otlp_props *p, struct str key)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_eq(p->key[i], key))
			return true;
	return false;
}

static void
put_attribute(struct otlp_props *p, struct str key, uint32_t value)
{
	if ((p->skip != NULL && str_starts(key, str_of(p->skip))) || place_of(key) >= 0)
		return;
	if (p->n >= OTLP_PROPS || key.n > 64 || is_written(p, key)) {
		p->dropped++;
		return;
	}
	p->key[p->n++] = key;
	tape_key_str(p->o->w, key);
	otlp_any(p->o, value);
}

static void
put_list(struct otlp_props *p, uint32_t list)
{
	struct str key;
	uint32_t at = 0, value;
	while (otlp_attribute(p->o->scan, list, &at, &key, &value))
		put_attribute(p, key, value);
}

void
otlp_props_end(struct otlp_props *p)
{
	struct foreign_out *o = p->o;
	put_list(p, p->own);
	uint64_t dropped = p->dropped; /* what is around may repeat a name */
	put_list(p, p->around);
	for (size_t i = 0; p->from != NULL && i < p->from->resource->nkept; i++) {
		uint32_t k = p->from->resource->kept[i];
		put_attribute(p, scan_text(o->scan, foreign_find(o->scan, k, "key")),
		              foreign_find(o->scan, k, "value"));
	}
	if (dropped > 0)
		tape_ki64(o->w, "dropped_attributes", (int64_t)(dropped & INT64_MAX));
	tape_object_end(o->w);
}

/* --- exceptions --- */

bool
otlp_is_exception(const struct scan *s, uint32_t attributes)
{
	return find(s, attributes, STR("exception.type")) != 0 ||
	       find(s, attributes, STR("exception.message")) != 0;
}

void
otlp_exception(struct foreign_out *o, const struct otlp_exception *e)
{
	const struct scan *s = o->scan;
	struct task *t = o->task;
	struct str message = otlp_attribute_text(t, s, e->attributes, "exception.message");
	struct otlp_props p = { .o = o, .from = e->from, .own = e->attributes,
	                        .around = e->around, .skip = "exception." };
	foreign_item(o, &e->head, "crash", e->part);
	tape_kbool(o->w, "fatal", e->fatal);
	tape_key(o->w, "exception");
	tape_object_begin(o->w);
	foreign_text(o, "type", otlp_attribute_text(t, s, e->attributes, "exception.type"));
	foreign_text(o, "message", message.n > 0 ? message : e->message);
	foreign_text(o, "stacktrace", otlp_attribute_text(t, s, e->attributes,
	                                                  "exception.stacktrace"));
	tape_object_end(o->w);
	otlp_props_begin(&p, "props");
	otlp_fact(&p, "trace_id", e->trace_id);
	otlp_fact(&p, "span_id", e->span_id);
	otlp_fact(&p, "span_name", e->name);
	otlp_fact(&p, "severity", e->severity);
	otlp_fact(&p, "scope", e->from->scope);
	otlp_props_end(&p);
	foreign_end(o);
}

/* --- the request --- */

struct walking {
	struct foreign_out *o;
	const struct otlp_walk *w;
	size_t n;
};

/* n more of what was sent; what takes memory is bounded by it. */
static enum err
count(struct walking *k, size_t n)
{
	k->n += n;
	return k->n <= OTLP_RECORDS_MAX ? E_OK :
	    task_fail(k->o->task, E_TOO_LARGE, "The request holds more than %d records.",
	              OTLP_RECORDS_MAX);
}

static enum err
walk_scope(struct walking *k, const struct otlp_resource *resource, uint32_t scope)
{
	const struct scan *s = k->o->scan;
	struct task *t = k->o->task;
	uint32_t list = otlp_list(s, scope, k->w->records);
	if (list == 0 || scan_count(s, list) == 0)
		return E_OK;
	enum err e = count(k, scan_count(s, list));
	if (e != E_OK)
		return e;
	struct otlp_source *from = talloc(t, struct otlp_source);
	from->resource = resource;
	from->scope = foreign_member(t, s, foreign_find(s, scope, "scope"), "name");
	uint32_t end = scan_end(s, list);
	for (uint32_t at = scan_first(s, list); at < end; at = scan_next(s, at))
		k->w->record(k->w->ctx, from, at);
	return E_OK;
}

static enum err
walk_resource(struct walking *k, uint32_t at)
{
	const struct scan *s = k->o->scan;
	uint32_t list = otlp_list(s, at, k->w->scopes);
	if (list == 0 || scan_count(s, list) == 0)
		return E_OK;
	struct otlp_resource *resource = talloc(k->o->task, struct otlp_resource);
	enum err e = count(k, 1);
	read_resource(k->o, foreign_find(s, at, "resource"), resource);
	uint32_t end = scan_end(s, list);
	for (uint32_t c = scan_first(s, list); e == E_OK && c < end; c = scan_next(s, c))
		e = walk_scope(k, resource, c);
	return e;
}

enum err
otlp_walk(struct foreign_out *o, const struct otlp_walk *w)
{
	const struct scan *s = o->scan;
	struct walking k = { .o = o, .w = w };
	uint32_t list = otlp_list(s, s->root, w->resources);
	enum err e = E_OK;
	if (list == 0)
		return E_OK;
	uint32_t end = scan_end(s, list);
	for (uint32_t r = scan_first(s, list); e == E_OK && r < end; r = scan_next(s, r))
		e = walk_resource(&k, r);
	return e;
}
