/*
 * segment.c - Segment and RudderStack: POST /v1/batch (and /v1/b), one
 * message at /v1/track, /v1/identify … or their first letters, and the
 * settings that mobile clients ask for before they send.
 *
 * track -> event · page -> event page_view · screen -> event screen_view ·
 * group -> event group · identify -> identify and user_properties ·
 * alias -> alias. The key is the name of Basic authorization, or writeKey.
 */
#include "base/jw.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ingest/adapt.h"
#include "ingest/foreign/foreign.h"

#define MAP(rows_) { .rows = (rows_), .n = NELEM(rows_) }

/* Of a message. */
enum member {
	M_TYPE = 1, M_ID, M_USER_ID, M_ANONYMOUS_ID, M_TIME, M_FIRST_TIME, M_CONTEXT, M_EVENT,
	M_PROPERTIES, M_NAME, M_CATEGORY, M_TRAITS, M_GROUP_ID, M_PREVIOUS_ID, M_END
};
static const struct key_name members[] = {
	{ "type", M_TYPE }, { "messageId", M_ID }, { "userId", M_USER_ID },
	{ "anonymousId", M_ANONYMOUS_ID }, { "timestamp", M_TIME },
	{ "originalTimestamp", M_FIRST_TIME }, { "context", M_CONTEXT }, { "event", M_EVENT },
	{ "properties", M_PROPERTIES }, { "name", M_NAME }, { "category", M_CATEGORY },
	{ "traits", M_TRAITS }, { "groupId", M_GROUP_ID }, { "previousId", M_PREVIOUS_ID },
};
static struct key_map message_map = MAP(members);

/* Of its context. */
enum part {
	C_APP = 1, C_OS, C_DEVICE, C_LIBRARY, C_LOCALE, C_SESSION, C_USER_AGENT, C_CAMPAIGN,
	C_PAGE, C_TRAITS, C_END
};
static const struct key_name parts[] = {
	{ "app", C_APP }, { "os", C_OS }, { "device", C_DEVICE }, { "library", C_LIBRARY },
	{ "locale", C_LOCALE }, { "sessionId", C_SESSION }, { "userAgent", C_USER_AGENT },
	{ "campaign", C_CAMPAIGN }, { "page", C_PAGE }, { "traits", C_TRAITS },
};
static struct key_map context_map = MAP(parts);

/* A message under translation; positions are 0 for what was not sent. */
struct message {
	struct foreign_head head;
	uint32_t pos[M_END], context[C_END];
};

static struct str
body_key(const struct foreign_request *r)
{
	return foreign_member(r->task, r->scan, r->scan->root, "writeKey");
}

/* --- one message --- */

static struct str
platform_of(const struct foreign_out *o, const uint32_t context[C_END], struct str library)
{
	struct str name = foreign_member(o->task, o->scan, context[C_OS], "name");
	if (name.n > 0)
		return foreign_platform(o->task, name);
	/* in a browser the user agent stands for the system */
	if (str_is(library, "analytics.js") || context[C_USER_AGENT] != 0)
		return STR("web");
	return STR("");
}

static void
read_head(struct foreign_out *o, uint32_t at, struct message *m)
{
	const struct scan *s = o->scan;
	struct task *t = o->task;
	const uint32_t *pos = m->pos, *context = m->context;
	(void)key_map_pick(&message_map, s, at, m->pos, M_END, NULL);
	(void)key_map_pick(&context_map, s, pos[M_CONTEXT], m->context, C_END, NULL);
	uint32_t app = context[C_APP], os = context[C_OS], device = context[C_DEVICE];
	struct str library = foreign_member(t, s, context[C_LIBRARY], "name");
	m->head = (struct foreign_head){
		.at = at,
		.id = foreign_string(t, s, pos[M_ID]),
		.unit = FOREIGN_S_OR_MS,
		.time = pos[M_TIME] != 0 ? pos[M_TIME] : pos[M_FIRST_TIME],
		.user_id = foreign_string(t, s, pos[M_USER_ID]),
		.anonymous_id = foreign_string(t, s, pos[M_ANONYMOUS_ID]),
		.device_id = foreign_member(t, s, device, "id"),
		.session = foreign_string(t, s, context[C_SESSION]),
		.app_id = foreign_member(t, s, app, "namespace"),
		.app_version = foreign_member(t, s, app, "version"),
		.app_build = foreign_member(t, s, app, "build"),
		.platform = platform_of(o, context, library),
		.os = foreign_member(t, s, os, "version"),
		.model = foreign_member(t, s, device, "model"),
		.locale = foreign_string(t, s, context[C_LOCALE]),
	};
	if (o->sdk.n == 0) {
		o->sdk = library;
		o->sdk_version = foreign_member(t, s, context[C_LIBRARY], "version");
	}
}

/* A member of props under our name, unless props has that already. */
static void
add_prop(struct foreign_out *o, uint32_t props, const char *key, uint32_t at)
{
	if (foreign_find(o->scan, props, key) == 0)
		foreign_value(o, key, at);
}

/* Where a visitor came from and on which page, of a browser's context. */
static void
put_context(struct foreign_out *o, const struct message *m, uint32_t props)
{
	enum { CAMPAIGN, PAGE };
	static const struct {
		size_t block;
		const char *key, *as;
	} rows[] = {
		{ CAMPAIGN, "name", "utm_campaign" },   { CAMPAIGN, "source", "utm_source" },
		{ CAMPAIGN, "medium", "utm_medium" },   { CAMPAIGN, "term", "utm_term" },
		{ CAMPAIGN, "content", "utm_content" }, { PAGE, "url", "url" },
		{ PAGE, "path", "path" },               { PAGE, "referrer", "referrer" },
	};
	const struct scan *s = o->scan;
	uint32_t block[] = { m->context[C_CAMPAIGN], m->context[C_PAGE] };
	for (size_t i = 0; i < NELEM(rows); i++)
		if (block[rows[i].block] != 0)
			add_prop(o, props, rows[i].as,
			         foreign_find(s, block[rows[i].block], rows[i].key));
}

static void
put_event(struct foreign_out *o, const struct message *m, const char *name, const char *says)
{
	uint32_t props = m->pos[M_PROPERTIES];
	foreign_item(o, &m->head, "event", "");
	if (name != NULL)
		foreign_text(o, "name", str_of(name));
	else
		foreign_name(o, m->pos[M_EVENT]);
	tape_key(o->w, "props");
	tape_object_begin(o->w);
	foreign_spread(o, props, NULL);
	if (says != NULL) {
		add_prop(o, props, says, m->pos[M_NAME]);
		add_prop(o, props, "category", m->pos[M_CATEGORY]);
	}
	put_context(o, m, props);
	tape_object_end(o->w);
	foreign_end(o);
}

static void
put_track(struct foreign_out *o, const struct message *m)
{
	put_event(o, m, NULL, NULL);
}

static void
put_page(struct foreign_out *o, const struct message *m)
{
	put_event(o, m, "page_view", "name");
}

static void
put_screen(struct foreign_out *o, const struct message *m)
{
	put_event(o, m, "screen_view", "screen");
}

static void
put_group(struct foreign_out *o, const struct message *m)
{
	uint32_t traits = m->pos[M_TRAITS];
	foreign_item(o, &m->head, "event", "");
	foreign_text(o, "name", STR("group"));
	tape_key(o->w, "props");
	tape_object_begin(o->w);
	foreign_spread(o, traits, NULL);
	add_prop(o, traits, "group_id", m->pos[M_GROUP_ID]);
	tape_object_end(o->w);
	foreign_end(o);
}

/* Who it is, then what is known of them. Traits of somebody without a user id
 * are still traits; nothing at all is for the rejects to tell. */
static void
put_identify(struct foreign_out *o, const struct message *m)
{
	const struct scan *s = o->scan;
	uint32_t traits = m->pos[M_TRAITS] != 0 ? m->pos[M_TRAITS] : m->context[C_TRAITS];
	struct foreign_ops ops = { .out = o, .head = &m->head, .part = "traits" };
	bool some = traits != 0 && scan_is_object(s, traits) && scan_count(s, traits) > 0;
	if (m->head.user_id.n > 0 || !some) {
		foreign_item(o, &m->head, "identify", "");
		foreign_end(o);
	}
	foreign_op_each(&ops, "set", traits, NULL);
	foreign_ops_end(&ops);
}

static void
put_alias(struct foreign_out *o, const struct message *m)
{
	foreign_item(o, &m->head, "alias", "");
	foreign_value(o, "alias", m->pos[M_PREVIOUS_ID]);
	foreign_end(o);
}

static const struct kind {
	const char *name, *letter;
	void (*put)(struct foreign_out *o, const struct message *m);
} kinds[] = {
	{ "track", "t", put_track },   { "identify", "i", put_identify },
	{ "page", "p", put_page },     { "screen", "s", put_screen },
	{ "group", "g", put_group },   { "alias", "a", put_alias },
};

/* type: by the message, else by the address. */
static void
put_message(struct foreign_out *o, uint32_t at, struct str type)
{
	struct message m;
	read_head(o, at, &m);
	struct str said = foreign_string(o->task, o->scan, m.pos[M_TYPE]);
	if (said.n > 0)
		type = said;
	for (size_t i = 0; i < NELEM(kinds); i++) {
		if (!str_is(type, kinds[i].name) && !str_is(type, kinds[i].letter))
			continue;
		kinds[i].put(o, &m);
		return;
	}
	foreign_refuse(o, &m.head, arena_cstr(o->task->arena, utf8_cut(type, 32)),
	               FOREIGN_NOT_MAPPED);
}

/* --- a request --- */

static struct str
last_word(struct str path)
{
	struct str word = STR("");
	while (path.p != NULL)
		word = str_cut(&path, '/');
	return word;
}

static enum err
translate(struct foreign_out *o, const struct foreign_request *r)
{
	const struct scan *s = r->scan;
	uint32_t list = foreign_find(s, s->root, "batch");
	/* a clock that cannot be read corrects nothing */
	(void)foreign_time(s, foreign_find(s, s->root, "sentAt"), FOREIGN_MS, &o->sent_us);
	if (list == 0 || !scan_is_array(s, list)) {
		put_message(o, s->root, last_word(r->req->path));
		return E_OK;
	}
	uint32_t end = scan_end(s, list);
	for (uint32_t k = scan_first(s, list); k < end; k = scan_next(s, k))
		put_message(o, k, STR(""));
	return E_OK;
}

static void
reply(const struct foreign_out *o, const struct foreign_request *r, struct res *res)
{
	(void)o;
	(void)r;
	buf_puts(&res->body, "{\"success\":true}");
}

/* These clients wait as long as a 429 says, and forget a 503's Retry-After. */
static void
refuse(const struct foreign_request *r, enum err e, struct res *res)
{
	(void)r;
	(void)e;
	if (res->status != 503)
		return;
	res->status = 429;
	if (res_header_find(res, "Retry-After").p == NULL)
		res_header(res, "Retry-After", STR("5"));
}

const struct foreign foreign_segment = {
	.vendor = "segment",
	.body_key = body_key,
	.translate = translate,
	.reply = reply,
	.refuse = refuse,
};

/* --- settings: where to send to --- */

static struct str
path_key(const struct foreign_request *r)
{
	return r->req->param[0];
}

static void
reply_settings(const struct foreign_out *o, const struct foreign_request *r, struct res *res)
{
	struct jw w;
	(void)o;
	jw_init(&w, &res->body);
	jw_object_begin(&w);
	jw_key(&w, "integrations");
	jw_object_begin(&w);
	jw_key(&w, "Segment.io");
	jw_object_begin(&w);
	jw_kstr(&w, "apiKey", r->req->param[0]);
	jw_kstr(&w, "apiHost", arena_printf(r->task->arena, "%.*s/v1", STRF(r->req->host)));
	jw_object_end(&w);
	jw_object_end(&w);
	jw_key(&w, "plan");
	jw_object_begin(&w);
	jw_object_end(&w);
	jw_object_end(&w);
}

const struct foreign foreign_segment_settings = {
	.vendor = "segment",
	.find_key = path_key,
	.reply = reply_settings,
};
