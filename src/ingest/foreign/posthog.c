/*
 * posthog.c - PostHog: POST /batch/, /e/, /i/v0/e/, /capture/ (events), /s/
 * (recordings: answered, not taken), /flags/ and /decide/ (no flags are on
 * here), GET /array/{key}/config (what the browser's client may do).
 *
 * The body is {api_key, batch: [message], sent_at}, an array of messages or
 * one message; a message is {event, distinct_id, uuid, timestamp, properties,
 * $set, $set_once}. A distinct_id is a user's, unless the client says that it
 * is not: it is the device's own id then.
 *
 * One message may become several items: the event, and what it sets of the
 * user. Names are kept, but for $pageview, $screen and $groupidentify.
 */
#include "base/clock.h"
#include "base/str.h"
#include "base/uuid.h"
#include "ingest/foreign/exception.h"
#include "ingest/foreign/foreign.h"

/* Properties that have a place of their own; those without a name here are
 * only about the client itself. */
enum property {
	P_TOKEN, P_DISTINCT_ID, P_UUID, P_LIB, P_LIB_VERSION, P_INSERT_ID, P_DEVICE_ID,
	P_SESSION_ID, P_ANON_DISTINCT_ID, P_APP_NAMESPACE, P_APP_VERSION, P_APP_BUILD, P_OS,
	P_OS_VERSION, P_DEVICE_MODEL, P_LOCALE, P_IS_IDENTIFIED, P_PROCESS_PERSON_PROFILE,
	P_IS_SERVER, P_SET, P_SET_ONCE, P_UNSET, P_EXCEPTION_LIST, P_EXCEPTION_LEVEL,
	P_EXCEPTION_FINGERPRINT, P_EXCEPTION_STEPS, P_EXCEPTION_TYPE, P_EXCEPTION_MESSAGE, P_NAMED
};

#define NAME(text) { text, sizeof(text) - 1 }
static const struct str placed[] = {
	[P_TOKEN] = NAME("token"), [P_DISTINCT_ID] = NAME("distinct_id"), [P_UUID] = NAME("uuid"),
	[P_LIB] = NAME("$lib"), [P_LIB_VERSION] = NAME("$lib_version"),
	[P_INSERT_ID] = NAME("$insert_id"), [P_DEVICE_ID] = NAME("$device_id"),
	[P_SESSION_ID] = NAME("$session_id"), [P_ANON_DISTINCT_ID] = NAME("$anon_distinct_id"),
	[P_APP_NAMESPACE] = NAME("$app_namespace"), [P_APP_VERSION] = NAME("$app_version"),
	[P_APP_BUILD] = NAME("$app_build"), [P_OS] = NAME("$os"),
	[P_OS_VERSION] = NAME("$os_version"), [P_DEVICE_MODEL] = NAME("$device_model"),
	[P_LOCALE] = NAME("$locale"), [P_IS_IDENTIFIED] = NAME("$is_identified"),
	[P_PROCESS_PERSON_PROFILE] = NAME("$process_person_profile"),
	[P_IS_SERVER] = NAME("$is_server"), [P_SET] = NAME("$set"),
	[P_SET_ONCE] = NAME("$set_once"), [P_UNSET] = NAME("$unset"),
	[P_EXCEPTION_LIST] = NAME("$exception_list"),
	[P_EXCEPTION_LEVEL] = NAME("$exception_level"),
	[P_EXCEPTION_FINGERPRINT] = NAME("$exception_fingerprint"),
	[P_EXCEPTION_STEPS] = NAME("$exception_steps"),
	[P_EXCEPTION_TYPE] = NAME("$exception_type"),
	[P_EXCEPTION_MESSAGE] = NAME("$exception_message"),
	NAME("$time"), NAME("$user_id"), NAME("$geoip_disable"), NAME("$raw_user_agent"),
	NAME("$initialization_time"), NAME("$configured_session_timeout_ms"),
	NAME("$config_defaults"), NAME("$lib_custom_api_host"),
	NAME("$lib_rate_limit_remaining_tokens"), NAME("$sdk_dist_channel"),
	NAME("$recording_status"), NAME("$sdk_debug_extensions_init_method"),
	NAME("$sdk_debug_extensions_init_time_ms"), NAME("$sdk_debug_retry_queue_size"),
	NAME("$exception_personURL"),
};

#define CRASH_PROPERTIES_MAX 60

struct message {
	struct foreign_out *out;
	const struct scan *scan;
	struct task *task;
	uint32_t at, properties;
	uint32_t pos[P_NAMED]; /* values of its properties, 0 = not sent */
	uint32_t *other;       /* keys of those that are not placed */
	size_t nother;
	size_t index;          /* in the body */
	struct str event, distinct_id;
	struct foreign_head head;
};

/* --- reading --- */

static enum property
find_placed(struct str key)
{
	size_t i = 0;
	while (i < NELEM(placed) &&
	       (placed[i].n != key.n || memcmp(placed[i].p, key.p, key.n) != 0))
		i++;
	return (enum property)i;
}

/* All properties in one pass: a browser sends forty of them. */
static void
collect(struct message *m)
{
	const struct scan *s = m->scan;
	if (m->properties == 0 || !scan_is_object(s, m->properties))
		return;
	size_t cap = scan_count(s, m->properties);
	uint32_t end = scan_end(s, m->properties);
	m->other = arena_raw(m->task->arena, (cap + 1) * sizeof(*m->other));
	for (uint32_t k = scan_first(s, m->properties); k < end; k = scan_next(s, k + 1)) {
		struct str key = scan_text(s, k);
		bool theirs = key.n > 0 && (key.p[0] == '$' || key.n == 4 || key.n == 5 ||
		                            key.n == 11); /* uuid, token, distinct_id */
		enum property at = theirs ? find_placed(key) : (enum property)NELEM(placed);
		if (scan_is_null(s, k + 1))
			continue;
		if (at < P_NAMED && m->pos[at] == 0)
			m->pos[at] = k + 1;
		else if (at == NELEM(placed) && m->nother < cap)
			m->other[m->nother++] = k;
	}
}

/* A member of the message, else that property. */
static uint32_t
either(const struct message *m, enum property p)
{
	uint32_t at = foreign_find(m->scan, m->at, placed[p].p);
	return at != 0 ? at : m->pos[p];
}

static struct str
property(const struct message *m, enum property p)
{
	return foreign_string(m->task, m->scan, m->pos[p]);
}

/* One that is seldom there. */
static struct str
member(const struct message *m, const char *key)
{
	return foreign_member(m->task, m->scan, m->properties, key);
}

static bool
says(const struct message *m, enum property p, enum scan_type what)
{
	return m->pos[p] != 0 && scan_kind(m->scan, m->pos[p]) == what;
}

static struct str
platform_of(const struct message *m)
{
	static const struct {
		const char *lib, *platform;
	} libs[] = {
		{ "web", "web" }, { "js", "web" }, { "posthog-js-lite", "web" },
		{ "posthog-node", "node" }, { "posthog-edge", "node" },
		{ "posthog-python", "python" },
	};
	struct str lib = property(m, P_LIB);
	for (size_t i = 0; i < NELEM(libs); i++)
		if (str_is(lib, libs[i].lib))
			return str_of(libs[i].platform);
	if (says(m, P_IS_SERVER, SCAN_TRUE) && str_starts(lib, STR("posthog-")))
		return str_slice(lib, 8, lib.n);
	return foreign_platform(m->task, property(m, P_OS));
}

/* Servers that name nobody make an id up, for this message alone. */
static bool
is_made_up(const struct message *m)
{
	uint8_t uuid[16];
	if (!says(m, P_IS_SERVER, SCAN_TRUE))
		return false;
	if (says(m, P_PROCESS_PERSON_PROFILE, SCAN_FALSE))
		return true;
	return str_is(m->event, "$groupidentify") &&
	       (str_starts(m->distinct_id, STR("$")) ||
	        (str_is(property(m, P_LIB), "posthog-python") &&
	         uuid_parse(m->distinct_id, uuid)));
}

static bool
is_anonymous(const struct message *m)
{
	return says(m, P_IS_IDENTIFIED, SCAN_FALSE) ||
	       says(m, P_PROCESS_PERSON_PROFILE, SCAN_FALSE) ||
	       (m->head.device_id.n > 0 && str_eq(m->distinct_id, m->head.device_id));
}

static void
read_head(struct message *m)
{
	struct foreign_head *h = &m->head;
	*h = (struct foreign_head){
		.at = m->at,
		.id = foreign_string(m->task, m->scan, either(m, P_UUID)),
		.time = foreign_find(m->scan, m->at, "timestamp"),
		.unit = FOREIGN_S_OR_MS,
		.nudge_us = (int64_t)(m->index % US_PER_MS),
		.device_id = property(m, P_DEVICE_ID),
		.session = property(m, P_SESSION_ID),
		.app_id = property(m, P_APP_NAMESPACE),
		.app_version = property(m, P_APP_VERSION),
		.app_build = property(m, P_APP_BUILD),
		.os = property(m, P_OS_VERSION),
		.model = property(m, P_DEVICE_MODEL),
		.locale = property(m, P_LOCALE),
	};
	if (h->id.n == 0)
		h->id = property(m, P_INSERT_ID);
	if (h->locale.n == 0)
		h->locale = member(m, "$browser_language");
	h->platform = platform_of(m);
	if (is_made_up(m))
		return;
	if (is_anonymous(m))
		h->anonymous_id = m->distinct_id;
	else
		h->user_id = m->distinct_id;
}

/* --- writing --- */

/* Of a crash (fitting), what would cost it is left out. */
static void
put_properties(struct message *m, bool fitting)
{
	const struct scan *s = m->scan;
	struct foreign_out *o = m->out;
	size_t max = fitting ? CRASH_PROPERTIES_MAX : SIZE_MAX;
	tape_key(o->w, "props");
	tape_object_begin(o->w);
	if (str_is(m->event, "$screen") && foreign_find(s, m->properties, "screen") == 0)
		foreign_text(o, "screen", member(m, "$screen_name"));
	for (size_t i = 0; i < m->nother && max > 0; i++) {
		uint32_t k = m->other[i];
		struct str key = scan_text(s, k);
		if (fitting && (key.n == 0 || key.n > 64 || !foreign_fits(o, k + 1)))
			continue;
		foreign_value_str(o, key, k + 1);
		max--;
	}
	tape_object_end(o->w);
}

static void
put_event(struct message *m)
{
	struct foreign_out *o = m->out;
	foreign_item(o, &m->head, "event", "");
	foreign_name(o, foreign_find(m->scan, m->at, "event"));
	put_properties(m, false);
	foreign_end(o);
}

static void
put_crash(struct message *m)
{
	struct foreign_out *o = m->out;
	const struct exception_source from = {
		.list = m->pos[P_EXCEPTION_LIST],
		.platform = STR(""),
	};
	struct exception e;
	exception_read(m->task, m->scan, &from, &e);
	if (from.list == 0) { /* as clients did before there was a list */
		e.type = property(m, P_EXCEPTION_TYPE);
		e.message = property(m, P_EXCEPTION_MESSAGE);
	}
	foreign_item(o, &m->head, "crash", "");
	tape_kbool(o->w, "fatal", e.unhandled || str_is(property(m, P_EXCEPTION_LEVEL), "fatal"));
	foreign_value(o, "fingerprint", foreign_find(m->scan, m->properties,
	                                             "$exception_fingerprint"));
	tape_key(o->w, "exception");
	tape_object_begin(o->w);
	foreign_text(o, "type", e.type);
	foreign_text(o, "message", e.message);
	foreign_text(o, "stacktrace", e.stack);
	tape_object_end(o->w);
	exception_crumbs(o, m->pos[P_EXCEPTION_STEPS]);
	put_properties(m, true);
	foreign_end(o);
}

static void
put_identify(struct message *m)
{
	m->head.user_id = m->distinct_id;
	m->head.anonymous_id = property(m, P_ANON_DISTINCT_ID);
	foreign_item(m->out, &m->head, "identify", "");
	foreign_end(m->out);
}

/* distinct_id is who stays and alias who joins; posthog-python has it the
 * other way round. */
static void
put_alias(struct message *m)
{
	struct str alias = member(m, "alias");
	m->head.user_id = property(m, P_DISTINCT_ID);
	if (m->head.user_id.n == 0)
		m->head.user_id = m->distinct_id;
	m->head.anonymous_id = STR("");
	if (str_is(property(m, P_LIB), "posthog-python")) {
		struct str previous = m->head.user_id;
		m->head.user_id = alias;
		alias = previous;
	}
	foreign_item(m->out, &m->head, "alias", "");
	foreign_text(m->out, "alias", alias);
	foreign_end(m->out);
}

/* What is known of a group, as an event. */
static void
put_group(struct message *m)
{
	static const char *const named[] = { "group_type", "group_id", NULL };
	struct foreign_out *o = m->out;
	foreign_item(o, &m->head, "event", "");
	foreign_text(o, "name", STR("group"));
	tape_key(o->w, "props");
	tape_object_begin(o->w);
	foreign_value(o, "group_type", foreign_find(m->scan, m->properties, "$group_type"));
	foreign_value(o, "group_id", foreign_find(m->scan, m->properties, "$group_key"));
	foreign_spread(o, foreign_find(m->scan, m->properties, "$group_set"), named);
	tape_object_end(o->w);
	foreign_end(o);
}

/* The message itself is nothing but what it sets. */
static void
put_nothing(struct message *m)
{
	(void)m;
}

/* A null is a campaign that there was none of, and sets nothing. */
static void
put_ops(struct foreign_ops *ops, const struct message *m, const char *op, enum property p)
{
	const struct scan *s = m->scan;
	uint32_t obj = either(m, p);
	if (obj == 0 || !scan_is_object(s, obj))
		return;
	uint32_t end = scan_end(s, obj);
	for (uint32_t k = scan_first(s, obj); k < end; k = scan_next(s, k + 1))
		if (!scan_is_null(s, k + 1))
			foreign_op(ops, op, scan_text(s, k), k + 1);
}

static void
put_unset(struct foreign_ops *ops, const struct message *m)
{
	const struct scan *s = m->scan;
	uint32_t list = either(m, P_UNSET);
	struct str key;
	if (list == 0 || !scan_is_array(s, list))
		return;
	uint32_t end = scan_end(s, list);
	for (uint32_t k = scan_first(s, list); k < end; k = scan_next(s, k))
		if (scan_string(s, k, &key))
			foreign_op(ops, "unset", key, 0);
}

/* What a message sets of its user, whatever else it is. */
static void
put_user(struct message *m)
{
	struct foreign_ops ops = { .out = m->out, .head = &m->head, .part = "set" };
	put_ops(&ops, m, "set", P_SET);
	put_ops(&ops, m, "set_once", P_SET_ONCE);
	put_unset(&ops, m);
	foreign_ops_end(&ops);
}

static const struct kind {
	const char *event;
	void (*put)(struct message *m);
} kinds[] = {
	{ "$exception", put_crash },      { "$identify", put_identify },
	{ "$create_alias", put_alias },   { "$merge_dangerously", put_alias },
	{ "$groupidentify", put_group },
	{ "$set", put_nothing },          { "$set_once", put_nothing },
	{ "$unset", put_nothing },        { "$snapshot", put_nothing },
};

static void
put_message(struct foreign_out *o, uint32_t at, size_t index)
{
	struct message m = { .out = o, .scan = o->scan, .task = o->task, .at = at,
		.index = index };
	void (*put)(struct message *m) = put_event;
	m.properties = foreign_find(m.scan, at, "properties");
	m.event = foreign_member(m.task, m.scan, at, "event");
	collect(&m);
	m.distinct_id = foreign_string(m.task, m.scan, either(&m, P_DISTINCT_ID));
	if (m.distinct_id.n == 0)
		m.distinct_id = foreign_member(m.task, m.scan, at, "$distinct_id");
	read_head(&m);
	if (o->sdk.n == 0) {
		struct str lib = property(&m, P_LIB);
		o->sdk = arena_str(o->task->arena, str_is(lib, "web") ? STR("posthog-js") : lib);
		o->sdk_version = arena_str(o->task->arena, property(&m, P_LIB_VERSION));
	}
	for (size_t i = 0; i < NELEM(kinds); i++)
		if (str_is(m.event, kinds[i].event))
			put = kinds[i].put;
	put(&m);
	put_user(&m);
}

/* The list of messages, 0 when the body is one message. */
static uint32_t
list_of(const struct scan *s)
{
	if (scan_is_array(s, s->root))
		return s->root;
	uint32_t list = foreign_find(s, s->root, "batch");
	return list != 0 && scan_is_array(s, list) ? list : 0;
}

static enum err
translate(struct foreign_out *o, const struct foreign_request *r)
{
	const struct scan *s = r->scan;
	uint32_t list = list_of(s), sent = foreign_find(s, s->root, "sent_at");
	uint32_t history = foreign_find(s, s->root, "historical_migration");
	if (sent == 0)
		sent = foreign_find(s, s->root, "sentAt");
	(void)foreign_time(s, sent, FOREIGN_S_OR_MS, &o->sent_us);
	o->historical = history != 0 && scan_kind(s, history) == SCAN_TRUE;
	if (list == 0) {
		put_message(o, s->root, 0);
		return E_OK;
	}
	uint32_t end = scan_end(s, list);
	size_t i = 0;
	for (uint32_t k = scan_first(s, list); k < end; k = scan_next(s, k))
		put_message(o, k, i++);
	return E_OK;
}

/* --- the key --- */

static struct str
key_in(const struct foreign_request *r, uint32_t at)
{
	static const char *const names[] = { "api_key", "token", "$token" };
	const struct scan *s = r->scan;
	struct str key = STR("");
	for (size_t i = 0; i < NELEM(names) && key.n == 0; i++)
		key = foreign_member(r->task, s, at, names[i]);
	for (size_t i = 0; i < NELEM(names) && key.n == 0; i++)
		key = foreign_member(r->task, s, foreign_find(s, at, "properties"), names[i]);
	return key;
}

static struct str
body_key(const struct foreign_request *r)
{
	const struct scan *s = r->scan;
	struct str key = key_in(r, s->root);
	uint32_t list = list_of(s);
	if (key.n == 0 && list != 0 && scan_count(s, list) > 0)
		key = key_in(r, scan_first(s, list));
	return key;
}

/* /batch is Amplitude's as well, with another list in it. */
static const struct foreign *
pick(const struct foreign_request *r)
{
	uint32_t events = foreign_find(r->scan, r->scan->root, "events");
	bool theirs = events != 0 && scan_is_array(r->scan, events) && list_of(r->scan) == 0;
	return theirs ? &foreign_amplitude : &foreign_posthog;
}

/* GET /array/{key}/config */
static struct str
path_key(const struct foreign_request *r)
{
	return r->req->param[0];
}

/* --- answers --- */

static void
reply(const struct foreign_out *o, const struct foreign_request *r, struct res *res)
{
	(void)o;
	(void)r;
	buf_puts(&res->body, "{\"status\":1}");
}

static void
reply_flags(const struct foreign_out *o, const struct foreign_request *r, struct res *res)
{
	(void)o;
	(void)r;
	buf_puts(&res->body, "{\"flags\":{},\"featureFlags\":{},\"featureFlagPayloads\":{},"
	                     "\"errorsWhileComputingFlags\":false,"
	                     "\"supportedCompression\":[\"gzip\",\"gzip-js\"],"
	                     "\"sessionRecording\":false}");
}

#define CONFIG                                                                    \
	"{\"supportedCompression\":[\"gzip\",\"gzip-js\"],\"hasFeatureFlags\":false," \
	"\"sessionRecording\":false,\"surveys\":false,\"heatmaps\":false,"            \
	"\"defaultIdentifiedOnly\":true,\"siteApps\":[]}"

/* The same as a script, where the client loads one: the key has no character
 * that could end the string. */
static void
reply_config(const struct foreign_out *o, const struct foreign_request *r, struct res *res)
{
	(void)o;
	if (!str_ends(r->req->path, STR(".js"))) {
		buf_puts(&res->body, CONFIG);
		return;
	}
	res_header(res, "Content-Type", STR("text/javascript; charset=utf-8"));
	res_header(res, "Cross-Origin-Resource-Policy", STR("cross-origin"));
	buf_puts(&res->body, "(function(){window._POSTHOG_REMOTE_CONFIG="
	                     "window._POSTHOG_REMOTE_CONFIG||{};"
	                     "window._POSTHOG_REMOTE_CONFIG[");
	buf_json(&res->body, path_key(r));
	buf_puts(&res->body, "]={config:" CONFIG ",siteApps:[]}})();");
}

/* posthog-js throws a batch away at 429 and keeps it at 503; the others do
 * either, so that every one gets 503. */
static void
refuse(const struct foreign_request *r, enum err e, struct res *res)
{
	(void)r;
	(void)e;
	if (res->status == 429)
		res->status = 503;
}

const struct foreign foreign_posthog = {
	.vendor = "posthog",
	.body_key = body_key,
	.pick = pick,
	.translate = translate,
	.reply = reply,
	.refuse = refuse,
};
const struct foreign foreign_posthog_flags = {
	.vendor = "posthog",
	.body_key = body_key,
	.reply = reply_flags,
	.refuse = refuse,
};
/* Recordings, which are not kept; they can be large and are not looked into. */
const struct foreign foreign_posthog_none = {
	.vendor = "posthog",
	.body_key = body_key,
	.reply = reply,
	.refuse = refuse,
};
const struct foreign foreign_posthog_config = {
	.vendor = "posthog",
	.find_key = path_key,
	.reply = reply_config,
};
