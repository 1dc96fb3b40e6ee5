/*
 * mixpanel.c - Mixpanel: /track, /engage, /groups and /import, GET or POST,
 * data= as Base64 or JSON, or a raw JSON body; one message or a list.
 *
 * track, import: event; $identify -> identify; $create_alias, $merge -> alias.
 * engage: user_properties. groups: event group. The key is the token, wherever
 * it stands. distinct_id is a user's unless it is the device's.
 *
 * The node client sends neither a time nor an id by itself. Then the bytes and
 * the hour of arrival are the id: the same bytes again change nothing, and a
 * call that is made again another time counts again.
 */
#include "base/clock.h"
#include "base/jw.h"
#include "base/str.h"
#include "base/url.h"
#include "ingest/adapt.h"
#include "ingest/foreign/foreign.h"

/* Properties of a message that have a place of their own. */
enum property {
	P_TOKEN = 1, P_DISTINCT_ID, P_TIME, P_INSERT_ID, P_DEVICE_ID, P_USER_ID, P_LIB,
	P_LIB_VERSION, P_OS, P_OS_VERSION, P_APP_VERSION_TEXT, P_APP_VERSION, P_APP_BUILD,
	P_MODEL, P_END
};
static const struct key_name placed[] = {
	{ "token", P_TOKEN }, { "distinct_id", P_DISTINCT_ID }, { "time", P_TIME },
	{ "$insert_id", P_INSERT_ID }, { "$device_id", P_DEVICE_ID }, { "$user_id", P_USER_ID },
	{ "mp_lib", P_LIB }, { "$lib_version", P_LIB_VERSION }, { "$os", P_OS },
	{ "$os_version", P_OS_VERSION }, { "$app_version_string", P_APP_VERSION_TEXT },
	{ "$app_version", P_APP_VERSION }, { "$app_build_number", P_APP_BUILD },
	{ "$model", P_MODEL },
};
static struct key_map map = { .rows = placed, .n = NELEM(placed) };

/* A message of /track or /import. */
struct message {
	struct foreign_head head;
	uint32_t event, properties;
	uint32_t pos[P_END]; /* of its properties, 0 = not sent */
	uint32_t *other;     /* keys of those that have no place */
	size_t nother;
};

/* --- the key --- */

static struct str
find_key(const struct foreign_request *r)
{
	struct str key = req_query(r->task, r->req, "api_key");
	return key.n > 0 ? key : req_query(r->task, r->req, "token");
}

static struct str
body_key(const struct foreign_request *r)
{
	const struct scan *s = r->scan;
	uint32_t at = s->root;
	if (scan_is_array(s, at))
		at = scan_count(s, at) > 0 ? scan_first(s, at) : 0;
	struct str key = foreign_member(r->task, s, foreign_find(s, at, "properties"), "token");
	return key.n > 0 ? key : foreign_member(r->task, s, at, "$token");
}

/* --- who --- */

#define DEVICE "$device:"

static struct str
bare_device(struct str id)
{
	return str_starts(id, STR(DEVICE)) ? str_slice(id, sizeof(DEVICE) - 1, id.n) : id;
}

static void
read_who(struct foreign_head *h, struct str distinct)
{
	struct str bare = bare_device(distinct);
	bool device = bare.n < distinct.n || str_eq(bare, h->anonymous_id);
	if (device)
		h->anonymous_id = bare;
	else if (h->user_id.n == 0)
		h->user_id = distinct;
}

/* Without a time and an id, the hour tells one call from the next. */
static void
settle_id(struct foreign_out *o, struct foreign_head *h)
{
	if (h->id.n == 0 && h->time == 0)
		h->salt = o->now_us / US_PER_HOUR;
}

/* --- track, import --- */

static void
read_message(struct foreign_out *o, uint32_t at, struct message *m)
{
	const struct scan *s = o->scan;
	struct task *t = o->task;
	uint32_t props = foreign_find(s, at, "properties");
	size_t room = props != 0 && scan_is_object(s, props) ? scan_count(s, props) : 0;
	const uint32_t *pos = m->pos;
	m->event = foreign_find(s, at, "event");
	m->properties = props;
	m->other = arena_raw(t->arena, (room + 1) * sizeof(*m->other));
	m->nother = key_map_pick(&map, s, props, m->pos, P_END, m->other);
	struct str lib = foreign_string(t, s, pos[P_LIB]);
	struct str app = foreign_string(t, s, pos[P_APP_VERSION_TEXT]);
	m->head = (struct foreign_head){
		.at = at,
		.id = foreign_string(t, s, pos[P_INSERT_ID]),
		.time = pos[P_TIME],
		.unit = FOREIGN_S_OR_MS,
		.user_id = foreign_string(t, s, pos[P_USER_ID]),
		.anonymous_id = bare_device(foreign_string(t, s, pos[P_DEVICE_ID])),
		.app_version = app.n > 0 ? app : foreign_string(t, s, pos[P_APP_VERSION]),
		.app_build = foreign_string(t, s, pos[P_APP_BUILD]),
		.platform = str_is(lib, "web") ? STR("web") :
		    foreign_platform(t, foreign_string(t, s, pos[P_OS])),
		.os = foreign_string(t, s, pos[P_OS_VERSION]),
		.model = foreign_string(t, s, pos[P_MODEL]),
	};
	read_who(&m->head, foreign_string(t, s, pos[P_DISTINCT_ID]));
	settle_id(o, &m->head);
	if (o->sdk.n == 0 && lib.n > 0) {
		o->sdk = arena_printf(t->arena, "mixpanel-%.*s", STRF(lib));
		o->sdk_version = foreign_string(t, s, pos[P_LIB_VERSION]);
	}
}

static void
put_event(struct foreign_out *o, const struct message *m)
{
	foreign_item(o, &m->head, "event", "");
	foreign_name(o, m->event);
	tape_key(o->w, "props");
	tape_object_begin(o->w);
	for (size_t i = 0; i < m->nother; i++)
		foreign_value_str(o, scan_text(o->scan, m->other[i]), m->other[i] + 1);
	tape_object_end(o->w);
	foreign_end(o);
}

/* {distinct_id: who it is now, $anon_distinct_id: who it was} */
static void
put_identify(struct foreign_out *o, struct foreign_head *h, uint32_t props)
{
	struct task *t = o->task;
	struct str was = foreign_member(t, o->scan, props, "$anon_distinct_id");
	if (was.n > 0)
		h->anonymous_id = bare_device(was);
	foreign_item(o, h, "identify", "");
	foreign_end(o);
}

/* {distinct_id, alias}: alias is another name of distinct_id. */
static void
put_alias(struct foreign_out *o, const struct foreign_head *h, uint32_t alias)
{
	foreign_item(o, h, "alias", "");
	foreign_value(o, "alias", alias);
	foreign_end(o);
}

static void
put_track(struct foreign_out *o, uint32_t at)
{
	struct message m;
	read_message(o, at, &m);
	struct str event = foreign_string(o->task, o->scan, m.event);
	if (str_is(event, "$identify"))
		put_identify(o, &m.head, m.properties);
	else if (str_is(event, "$create_alias"))
		put_alias(o, &m.head, foreign_find(o->scan, m.properties, "alias"));
	else if (str_is(event, "$merge"))
		foreign_refuse(o, &m.head, "$merge", FOREIGN_NOT_MAPPED);
	else
		put_event(o, &m);
}

/* --- engage --- */

static const struct {
	const char *name, *op; /* NULL: there is no such operation here */
} operations[] = {
	{ "$set", "set" },    { "$set_once", "set_once" }, { "$add", "increment" },
	{ "$append", NULL },  { "$union", NULL },          { "$remove", NULL },
};

static void
put_unset(struct foreign_ops *ops, uint32_t list)
{
	const struct scan *s = ops->out->scan;
	struct str key;
	if (list == 0 || !scan_is_array(s, list))
		return;
	uint32_t end = scan_end(s, list);
	for (uint32_t k = scan_first(s, list); k < end; k = scan_next(s, k))
		if (scan_string(s, k, &key))
			foreign_op(ops, "unset", key, 0);
}

static void
put_engage(struct foreign_out *o, uint32_t at)
{
	const struct scan *s = o->scan;
	struct task *t = o->task;
	struct foreign_head h = { .at = at, .time = foreign_find(s, at, "$time"),
		                  .unit = FOREIGN_S_OR_MS,
		                  .user_id = foreign_member(t, s, at, "$user_id"),
		                  .anonymous_id = bare_device(foreign_member(t, s, at, "$device_id")) };
	size_t before = o->items;
	read_who(&h, foreign_member(t, s, at, "$distinct_id"));
	settle_id(o, &h);
	struct foreign_ops ops = { .out = o, .head = &h, .part = "user" };
	for (size_t i = 0; i < NELEM(operations); i++)
		if (operations[i].op != NULL)
			foreign_op_each(&ops, operations[i].op,
			                foreign_find(s, at, operations[i].name), NULL);
	put_unset(&ops, foreign_find(s, at, "$unset"));
	foreign_ops_end(&ops);
	for (size_t i = 0; i < NELEM(operations); i++)
		if (operations[i].op == NULL && foreign_find(s, at, operations[i].name) != 0)
			foreign_refuse(o, &h, operations[i].name, FOREIGN_NOT_MAPPED);
	/* a write key stands in every app: it must not be able to erase */
	if (scan_is_object(s, at) && scan_find(s, at, STR("$delete")) != 0)
		foreign_refuse(o, &h, "$delete", FOREIGN_ERASE_BY_REQUEST);
	else if (o->items == before)
		foreign_refuse(o, &h, "engage", FOREIGN_NOT_MAPPED);
}

/* --- groups --- */

static void
put_group(struct foreign_out *o, uint32_t at)
{
	const struct scan *s = o->scan;
	struct foreign_head h = { .at = at, .time = foreign_find(s, at, "$time"),
		                  .unit = FOREIGN_S_OR_MS };
	static const char *const named[] = { "group_type", "group_id", NULL };
	uint32_t set = foreign_find(s, at, "$set");
	if (set == 0)
		set = foreign_find(s, at, "$set_once");
	settle_id(o, &h);
	if (set == 0) {
		bool erase = scan_is_object(s, at) && scan_find(s, at, STR("$delete")) != 0;
		foreign_refuse(o, &h, "groups", erase ? FOREIGN_ERASE_BY_REQUEST : FOREIGN_NOT_MAPPED);
		return;
	}
	foreign_item(o, &h, "event", "");
	foreign_text(o, "name", STR("group"));
	tape_key(o->w, "props");
	tape_object_begin(o->w);
	foreign_value(o, "group_type", foreign_find(s, at, "$group_key"));
	foreign_value(o, "group_id", foreign_find(s, at, "$group_id"));
	foreign_spread(o, set, named);
	tape_object_end(o->w);
	foreign_end(o);
}

/* --- a request --- */

static bool
is_at(const struct foreign_request *r, const char *word)
{
	return str_starts(str_slice(r->req->path, 1, r->req->path.n), str_of(word));
}

static enum err
translate(struct foreign_out *o, const struct foreign_request *r)
{
	const struct scan *s = r->scan;
	void (*put)(struct foreign_out *o, uint32_t at) = is_at(r, "engage") ? put_engage :
	    is_at(r, "groups")                                             ? put_group :
	                                                                     put_track;
	o->historical = is_at(r, "import");
	if (!scan_is_array(s, s->root)) {
		put(o, s->root);
		o->messages = 1;
		return E_OK;
	}
	uint32_t end = scan_end(s, s->root);
	for (uint32_t k = scan_first(s, s->root); k < end; k = scan_next(s, k), o->messages++)
		put(o, k);
	return E_OK;
}

static bool
is_verbose(const struct foreign_request *r)
{
	return str_is(req_query(r->task, r->req, "verbose"), "1") ||
	    str_is(url_query(r->task->arena, r->form, "verbose"), "1");
}

/* Some clients compare the body with "1". */
static void
reply(const struct foreign_out *o, const struct foreign_request *r, struct res *res)
{
	if (o->historical && r->form.n == 0)
		buf_printf(&res->body, "{\"code\":200,\"status\":\"OK\",\"num_records_imported\":%zu}",
		           o->messages);
	else if (is_verbose(r))
		buf_puts(&res->body, "{\"error\":null,\"status\":1}");
	else
		buf_puts(&res->body, "1");
}

static void
refuse(const struct foreign_request *r, enum err e, struct res *res)
{
	struct jw w;
	const char *why = r->task->detail[0] != '\0' && res->status < 500 ? r->task->detail :
	                                                                    err_message(e);
	buf_reset(&res->body);
	if (!is_verbose(r) && !is_at(r, "import")) {
		buf_puts(&res->body, "0");
		return;
	}
	jw_init(&w, &res->body);
	jw_object_begin(&w);
	jw_ki64(&w, "code", res->status);
	jw_kstr(&w, "error", str_of(why));
	jw_ki64(&w, "status", 0);
	jw_object_end(&w);
}

const struct foreign foreign_mixpanel = {
	.vendor = "mixpanel",
	.find_key = find_key,
	.body_key = body_key,
	.translate = translate,
	.reply = reply,
	.refuse = refuse,
};
