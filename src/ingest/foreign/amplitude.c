/*
 * amplitude.c - Amplitude HTTP v2: POST /2/httpapi {api_key, events: […],
 * client_upload_time}; /batch takes the same.
 *
 * $identify -> identify and user_properties · $groupidentify -> event group ·
 * session_start and session_end -> ours · all else -> event. A device id is
 * Amplitude's anonymous id: with a user id in the same event the two join.
 */
#include "base/jw.h"
#include "base/num.h"
#include "base/str.h"
#include "ingest/adapt.h"
#include "ingest/foreign/foreign.h"
#include "ingest/limits.h"

/* An event's members; those from A_BESIDE on are properties as well. */
enum member {
	A_USER_ID = 1, A_DEVICE_ID, A_SESSION_ID, A_TIME, A_INSERT_ID, A_TYPE, A_PROPERTIES,
	A_USER_PROPERTIES, A_GROUP_PROPERTIES, A_PLATFORM, A_OS_NAME, A_OS_VERSION, A_MODEL,
	A_LANGUAGE, A_APP_VERSION, A_LIBRARY, A_BESIDE, A_GROUPS = A_BESIDE, A_PRICE, A_QUANTITY,
	A_REVENUE, A_PRODUCT_ID, A_REVENUE_TYPE, A_END
};

static const struct key_name members[] = {
	{ "user_id", A_USER_ID }, { "device_id", A_DEVICE_ID }, { "session_id", A_SESSION_ID },
	{ "time", A_TIME }, { "insert_id", A_INSERT_ID }, { "event_type", A_TYPE },
	{ "event_properties", A_PROPERTIES }, { "user_properties", A_USER_PROPERTIES },
	{ "group_properties", A_GROUP_PROPERTIES }, { "platform", A_PLATFORM },
	{ "os_name", A_OS_NAME }, { "os_version", A_OS_VERSION }, { "device_model", A_MODEL },
	{ "language", A_LANGUAGE }, { "app_version", A_APP_VERSION }, { "library", A_LIBRARY },
	{ "groups", A_GROUPS }, { "price", A_PRICE }, { "quantity", A_QUANTITY },
	{ "revenue", A_REVENUE }, { "product_id", A_PRODUCT_ID },
	{ "revenue_type", A_REVENUE_TYPE },
};
static struct key_map map = { .rows = members, .n = NELEM(members) };

struct message {
	struct foreign_head head;
	uint32_t pos[A_END]; /* of its members, 0 = not sent */
};

static struct str
body_key(const struct foreign_request *r)
{
	return foreign_member(r->task, r->scan, r->scan->root, "api_key");
}

/* "amplitude-ts-node/1.5.73" */
static void
read_sdk(struct foreign_out *o, struct str library)
{
	if (o->sdk.n > 0)
		return;
	o->sdk = str_cut(&library, '/');
	o->sdk_version = library;
}

/* Its ids are times: of two devices they may be the same. -1 is none. */
static struct str
session_of(struct task *t, const struct scan *s, uint32_t session, struct str device)
{
	int64_t id;
	char text[NUM_TEXT];
	if (session == 0 || !scan_int(s, session, &id) || id <= 0)
		return STR("");
	if (device.n + 21 > MAX_ID_BYTES)
		device = STR("");
	return arena_join(t->arena, device, device.n > 0 ? STR("-") : STR(""),
	                  (struct str){ text, num_i64_format(id, text) });
}

static void
read_message(struct foreign_out *o, uint32_t at, struct message *m)
{
	const struct scan *s = o->scan;
	struct task *t = o->task;
	const uint32_t *pos = m->pos;
	(void)key_map_pick(&map, s, at, m->pos, A_END, NULL);
	struct str device = foreign_string(t, s, pos[A_DEVICE_ID]);
	struct str platform = foreign_string(t, s, pos[A_PLATFORM]);
	struct str id = foreign_string(t, s, pos[A_INSERT_ID]);
	/* an insert_id counts for its device only */
	if (id.n > 0 && id.n != 36)
		id = arena_join(t->arena, device, STR(":"), id);
	if (platform.n == 0)
		platform = foreign_string(t, s, pos[A_OS_NAME]);
	m->head = (struct foreign_head){
		.at = at,
		.id = id,
		.time = pos[A_TIME],
		.unit = FOREIGN_MS,
		.user_id = foreign_string(t, s, pos[A_USER_ID]),
		.anonymous_id = device,
		.device_id = device,
		.session = session_of(t, s, pos[A_SESSION_ID], device),
		.app_version = foreign_string(t, s, pos[A_APP_VERSION]),
		.platform = foreign_platform(t, platform),
		.os = foreign_string(t, s, pos[A_OS_VERSION]),
		.model = foreign_string(t, s, pos[A_MODEL]),
		.locale = foreign_string(t, s, pos[A_LANGUAGE]),
	};
	read_sdk(o, foreign_string(t, s, pos[A_LIBRARY]));
}

/* --- properties of a user --- */

static const struct {
	const char *name, *op; /* NULL: there is no such operation here */
} operations[] = {
	{ "$set", "set" },      { "$setOnce", "set_once" }, { "$add", "increment" },
	{ "$unset", "unset" },  { "$append", NULL },        { "$prepend", NULL },
	{ "$remove", NULL },    { "$preInsert", NULL },     { "$postInsert", NULL },
	{ "$clearAll", NULL },
};

/* Those without an operation's name are set. */
static void
put_user(struct foreign_out *o, const struct message *m)
{
	static const char *names[NELEM(operations) + 1];
	const struct foreign_head *h = &m->head;
	const struct scan *s = o->scan;
	uint32_t user = m->pos[A_USER_PROPERTIES];
	struct foreign_ops ops = { .out = o, .head = h, .part = "user" };
	if (user == 0)
		return;
	for (size_t i = 0; i < NELEM(operations); i++) {
		names[i] = operations[i].name;
		if (operations[i].op != NULL)
			foreign_op_each(&ops, operations[i].op,
			                foreign_find(s, user, operations[i].name), NULL);
	}
	foreign_op_each(&ops, "set", user, names);
	foreign_ops_end(&ops);
	for (size_t i = 0; i < NELEM(operations); i++)
		if (operations[i].op == NULL && foreign_find(s, user, operations[i].name) != 0)
			foreign_refuse(o, h, operations[i].name, FOREIGN_NOT_MAPPED);
}

/* --- events --- */

static void
put_event(struct foreign_out *o, const struct message *m)
{
	uint32_t props = m->pos[A_PROPERTIES];
	foreign_item(o, &m->head, "event", "");
	foreign_name(o, m->pos[A_TYPE]);
	tape_key(o->w, "props");
	tape_object_begin(o->w);
	foreign_spread(o, props, NULL);
	for (size_t i = 0; i < NELEM(members); i++)
		if (members[i].field >= A_BESIDE && m->pos[members[i].field] != 0 &&
		    foreign_find(o->scan, props, members[i].name) == 0)
			foreign_value(o, members[i].name, m->pos[members[i].field]);
	tape_object_end(o->w);
	foreign_end(o);
}

/* One event a group: {"org": "acme"} of groups, and what is known of it. */
static void
put_groups(struct foreign_out *o, const struct message *m)
{
	const struct scan *s = o->scan;
	static const char *const placed[] = { "group_type", "group_id", NULL };
	uint32_t groups = m->pos[A_GROUPS], known = m->pos[A_GROUP_PROPERTIES];
	uint32_t end = groups != 0 && scan_is_object(s, groups) ? scan_end(s, groups) : 0;
	for (uint32_t k = groups + 1; k < end; k = scan_next(s, k + 1)) {
		struct str type = scan_text(s, k);
		foreign_item(o, &m->head, "event", arena_printf(o->task->arena, "%.*s", STRF(type)).p);
		foreign_text(o, "name", STR("group"));
		tape_key(o->w, "props");
		tape_object_begin(o->w);
		tape_kstr(o->w, "group_type", type);
		foreign_value(o, "group_id", k + 1);
		foreign_spread(o, foreign_find(s, known, "$set"), placed);
		tape_object_end(o->w);
		foreign_end(o);
	}
}

static void
put_identify(struct foreign_out *o, const struct message *m)
{
	if (m->head.user_id.n > 0) {
		foreign_item(o, &m->head, "identify", "");
		foreign_end(o);
	}
}

static void
put_message(struct foreign_out *o, uint32_t at)
{
	struct message m;
	read_message(o, at, &m);
	struct str type = foreign_string(o->task, o->scan, m.pos[A_TYPE]);
	if (str_is(type, "$identify")) {
		put_identify(o, &m);
	} else if (str_is(type, "$groupidentify")) {
		put_groups(o, &m);
	} else if (m.head.session.n > 0 &&
	           (str_is(type, "session_start") || str_is(type, "session_end"))) {
		foreign_item(o, &m.head, type.p, "");
		foreign_end(o);
	} else {
		put_event(o, &m);
	}
	put_user(o, &m);
	o->messages++;
}

static enum err
translate(struct foreign_out *o, const struct foreign_request *r)
{
	const struct scan *s = r->scan;
	uint32_t list = foreign_find(s, s->root, "events");
	(void)foreign_time(s, foreign_find(s, s->root, "client_upload_time"), FOREIGN_MS,
	                   &o->sent_us);
	if (list == 0 || !scan_is_array(s, list))
		return task_fail(r->task, E_INVALID, "The field events must be an array.");
	uint32_t end = scan_end(s, list);
	for (uint32_t k = scan_first(s, list); k < end; k = scan_next(s, k))
		put_message(o, k);
	return E_OK;
}

static void
reply(const struct foreign_out *o, const struct foreign_request *r, struct res *res)
{
	buf_printf(&res->body,
	           "{\"code\":200,\"events_ingested\":%zu,\"payload_size_bytes\":%zu,"
	           "\"server_upload_time\":%lld}",
	           o->messages, r->body.n, (long long)(o->now_us / 1000));
}

/* Every event of the batch waits, whatever its number. */
static void
put_throttled(struct jw *w)
{
	jw_key(w, "throttled_events");
	jw_array_begin(w);
	for (int i = 0; i < 1000; i++)
		jw_i64(w, i);
	jw_array_end(w);
}

/* Its clients read the code, and drop a batch only when they are told that the
 * key is invalid; a 429 makes them wait, a 503 gives up after some seconds. */
static void
refuse(const struct foreign_request *r, enum err e, struct res *res)
{
	static const char *const empty[] = { "events_with_invalid_fields",
		"events_with_missing_fields", "events_with_invalid_id_lengths", "throttled_devices",
		"throttled_users", "exceeded_daily_quota_devices", "exceeded_daily_quota_users" };
	struct jw w;
	bool key = res->status == 401 || res->status == 403;
	if (key)
		res->status = 400;
	if (res->status == 503)
		res->status = 429;
	buf_reset(&res->body);
	jw_init(&w, &res->body);
	jw_object_begin(&w);
	jw_ki64(&w, "code", res->status);
	jw_kstr(&w, "error", arena_printf(r->task->arena, "%s%s", key ? "Invalid API key: " : "",
	                                  r->task->detail[0] != '\0' && res->status != 429 ?
	                                      r->task->detail :
	                                      err_message(e)));
	if (res->status == 400) /* as a whole: none is worth another try */
		jw_kstr(&w, "missing_field", key ? STR("api_key") : STR("events"));
	for (size_t i = 0; i < NELEM(empty); i++)
		jw_kraw(&w, empty[i], STR("{}"));
	if (res->status == 429)
		put_throttled(&w);
	jw_kraw(&w, "silenced_events", STR("[]"));
	jw_object_end(&w);
}

const struct foreign foreign_amplitude = {
	.vendor = "amplitude",
	.body_key = body_key,
	.translate = translate,
	.reply = reply,
	.refuse = refuse,
};
