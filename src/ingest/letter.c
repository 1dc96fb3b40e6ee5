/* letter.c - see letter.h. */
#include "ingest/letter.h"

#include "base/clock.h"
#include "base/jw.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "ingest/wire.h"

static const struct {
	enum item_type type;
	const char *name;
} TYPES[] = {
	{ ITEM_EVENT, "event" }, { ITEM_USER_PROPERTIES, "user_properties" },
	{ ITEM_IDENTIFY, "identify" }, { ITEM_ALIAS, "alias" }, { ITEM_CRASH, "crash" },
	{ ITEM_TRACE, "trace" }, { ITEM_SESSION_START, "session_start" },
	{ ITEM_SESSION_END, "session_end" }, { ITEM_CLIENT_REPORT, "client_report" },
};

static const char *
type_name(enum item_type type)
{
	for (size_t i = 0; i < NELEM(TYPES); i++)
		if (TYPES[i].type == type)
			return TYPES[i].name;
	return "event";
}

static void
put_raw(struct jw *j, const char *key, struct str json)
{
	if (json.n > 0)
		jw_kraw(j, key, json);
}

static void
put_time(struct jw *j, const char *key, int64_t us)
{
	char text[CLOCK_TEXT];
	size_t n = clock_format_us(us, text);
	jw_kstr(j, key, (struct str){ text, n });
}

static void
put_crash(struct jw *j, const struct item *it)
{
	jw_kbool(j, "fatal", it->fatal);
	jw_kstr_if_any(j, "fingerprint", it->fingerprint);
	jw_key(j, "exception");
	jw_object_begin(j);
	jw_kstr_if_any(j, "type", it->exception_type);
	jw_kstr_if_any(j, "message", it->exception_message);
	jw_kstr_if_any(j, "stacktrace", it->stacktrace);
	jw_object_end(j);
	put_raw(j, "breadcrumbs", it->breadcrumbs);
	put_raw(j, "properties", it->properties);
}

static void
put_trace(struct jw *j, const struct item *it)
{
	jw_key(j, "trace");
	jw_object_begin(j);
	jw_kstr_if_any(j, "trace_id", it->trace_id);
	jw_kstr_if_any(j, "name", it->name);
	jw_kf64(j, "duration_ms", it->duration_ms);
	put_raw(j, "attributes", it->properties);
	jw_object_end(j);
}

static void
put_item(struct task *t, struct jw *j, const struct item *it)
{
	jw_object_begin(j);
	jw_kstr(j, "type", str_of(type_name(it->type)));
	jw_kstr(j, "event_id", it->original_id.n > 0 ? it->original_id :
	    uuid_str(t->arena, it->event_id));
	put_time(j, "timestamp", it->ts_us);
	jw_kstr_if_any(j, "session_id", it->session_id);
	if (it->seq >= 0)
		jw_ki64(j, "seq", it->seq);
	if (it->background)
		jw_kbool(j, "background", true);
	if (it->type == ITEM_CRASH) {
		put_crash(j, it);
	} else if (it->type == ITEM_TRACE) {
		put_trace(j, it);
	} else {
		jw_kstr_if_any(j, "name", it->name);
		jw_kstr_if_any(j, "namespace", it->namespace_);
		put_raw(j, it->type == ITEM_CLIENT_REPORT ? "report" : "properties", it->properties);
		put_raw(j, "operations", it->operations);
		jw_kstr_if_any(j, "alias", it->alias_id);
	}
	jw_object_end(j);
}

static void
put_blocks(struct jw *j, const struct context *c, const struct identity *d)
{
	jw_key(j, "app");
	jw_object_begin(j);
	jw_kstr_if_any(j, "bundle_id", c->bundle_id);
	jw_kstr_if_any(j, "version_name", c->app_version);
	jw_kstr_if_any(j, "build_number", c->app_build);
	jw_object_end(j);
	jw_key(j, "device");
	jw_object_begin(j);
	jw_kstr_if_any(j, "device_id", d->device_id);
	jw_kstr_if_any(j, "platform", c->platform);
	jw_kstr_if_any(j, "os_version", c->os_version);
	jw_kstr_if_any(j, "model", c->model);
	jw_kstr_if_any(j, "locale", c->locale);
	jw_object_end(j);
	jw_key(j, "user");
	jw_object_begin(j);
	jw_kstr_if_any(j, "user_id", d->user_id);
	jw_kstr_if_any(j, "anonymous_id", d->anonymous_id);
	jw_object_end(j);
}

enum err
letter_open(struct task *t, struct str wire, struct batch *b, struct str *json)
{
	struct buf out = BUF_INIT;
	struct jw j;
	enum err e = wire_decode(t, wire, b);
	if (e == E_OK && (b->nitems == 0 || b->ncontexts == 0 || b->nidentities == 0))
		e = task_fail(t, E_DATA, "The letter holds no item.");
	if (e != E_OK)
		return e;
	const struct item *it = &b->items[0];
	jw_init(&j, &out);
	jw_object_begin(&j);
	jw_kstr(&j, "schema_version", STR("1.0"));
	put_blocks(&j, &b->contexts[it->context], &b->identities[it->identity]);
	jw_key(&j, "events");
	jw_array_begin(&j);
	put_item(t, &j, it);
	jw_array_end(&j);
	jw_object_end(&j);
	*json = utf8_clean(t->arena, arena_str(t->arena, buf_str(&out)));
	buf_release(&out);
	return E_OK;
}

/* Ids that came out of the wire went through the environment's rule before. */
static struct str
keep_id(struct task *t, const struct scrub *s, struct str was, struct str now)
{
	return str_eq(was, now) ? now : scrub_user_id(t, s, now);
}

static void
restore(struct task *t, const struct scrub *s, const struct batch *old, struct batch *b)
{
	const struct item *was = &old->items[0];
	struct item *it = &b->items[0];
	struct identity *d = &b->identities[it->identity];
	d->user_id = keep_id(t, s, old->identities[was->identity].user_id, d->user_id);
	it->alias_id = keep_id(t, s, was->alias_id, it->alias_id);
	it->index = was->index;
	if (it->type == was->type && it->extra.n == 0)
		it->extra = was->extra;
	if (b->contexts[it->context].country.n == 0)
		b->contexts[it->context].country = old->contexts[was->context].country;
	b->key_id = old->key_id;
	b->received_us = old->received_us;
	b->sent_us = old->sent_us;
	b->request_id = old->request_id;
	b->schema_version = old->schema_version;
	b->sdk = old->sdk;
	b->sdk_version = old->sdk_version;
	b->source = old->source;
	b->historical = old->historical;
	b->nrejects = 0;
}

enum err
letter_mend(struct task *t, const struct letter_rules *rules, const struct batch *old,
            struct str json, struct str *wire)
{
	struct scrub full, scrub;
	struct scan scan;
	struct batch b = { 0 };
	struct verdict v = { 0 };
	struct buf out = BUF_INIT;
	scrub_init(&full, t->arena, &rules->scrub, rules->master_key);
	full.policy = rules->policy;
	scrub = full;
	scrub.hash_user_id = false; /* restore() hashes those that are new */
	const struct intake in = {
		.limits = rules->limits, .scrub = &scrub, .schemas = rules->schemas,
		.environment_id = old->environment_id, .environment = STR(""),
		.key_id = old->key_id, .retention_days = rules->retention_days,
		.bundles = STR(""), .remote_addr = STR(""), .country = STR(""),
		.idempotency_key = STR(""), .sdk = STR(""), .sdk_version = STR(""),
		.schema_version = STR(""), .shape = SHAPE_INGEST, .form = BODY_JSON,
		.received_us = old->received_us, .strict = true, .historical = true,
		.all_errors = true,
	};
	/* the parser reads ahead: zero bytes behind the text */
	char *text = arena_alloc(t->arena, json.n + 64);
	memcpy(text, json.p, json.n);
	scan_init(&scan);
	enum err e = envelope_parse(t, &scan, &in, (struct str){ text, json.n }, &b, &v);
	if (e == E_OK && b.nitems != 1) {
		task_field(t, STR("events"), "There must be exactly one event.");
		e = task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
	}
	if (e == E_OK) {
		task_clear(t); /* warnings */
		restore(t, &full, old, &b);
		wire_encode(&out, &b);
		*wire = arena_str(t->arena, buf_str(&out));
	}
	buf_release(&out);
	scan_release(&scan);
	return e;
}
