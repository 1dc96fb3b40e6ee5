/*
 * sentry.c - Sentry: POST /api/{digits}/envelope/ and /store/.
 *
 * An envelope is lines: a header {event_id, sent_at, sdk, dsn}, then for each
 * item a header {type, length} and its payload: `length` bytes where it is
 * said (the payload may hold line ends), else up to the end of the line. Only
 * the payloads that are taken are parsed. The digits are not looked at.
 *
 * The key: ?sentry_key=, X-Sentry-Auth (also as Authorization), or the dsn in
 * the envelope's header. Sentry's clients never send again: what is refused is
 * lost, so that X-Sentry-Rate-Limits tells them what to hold back and lets
 * crashes through.
 *
 * Spans come in two forms: inside a transaction, and since 2026 as a stream of
 * "span" items. What has no place here (attachments, replays, profiles,
 * check-ins, feedback, metrics) is passed over; a client_report tells how much.
 */
#include "ingest/foreign/sentry.h"

#include "base/codec.h"
#include "base/crypt.h"
#include "base/jw.h"
#include "base/str.h"
#include "base/url.h"

/* --- the key --- */

/* "Sentry sentry_key=abc, sentry_version=7" */
static struct str
auth_value(struct str header, const char *name)
{
	struct str rest = str_trim(header);
	if (rest.n < 7 || !str_ieq(str_slice(rest, 0, 7), STR("sentry ")))
		return STR("");
	rest = str_slice(rest, 7, rest.n);
	while (rest.p != NULL) {
		struct str value = str_trim(str_cut(&rest, ',')), key = str_trim(str_cut(&value, '='));
		if (value.p != NULL && str_is(key, name))
			return str_trim(value);
	}
	return STR("");
}

/* A value of the query, else of one of the headers. */
static struct str
auth(const struct foreign_request *r, const char *name)
{
	struct str v = url_query(r->task->arena, r->req->query, name);
	if (v.n == 0)
		v = auth_value(req_header(r->req, "x-sentry-auth"), name);
	if (v.n == 0)
		v = auth_value(req_header(r->req, "authorization"), name);
	return v;
}

static struct str
find_key(const struct foreign_request *r)
{
	return auth(r, "sentry_key");
}

/* "https://KEY@host/1", or with a secret after the key */
static struct str
dsn_key(struct str dsn)
{
	const char *p = dsn.n > 0 ? memmem(dsn.p, dsn.n, "://", 3) : NULL;
	if (p == NULL)
		return STR("");
	struct str rest = str_slice(dsn, (size_t)(p - dsn.p) + 3, dsn.n), user = str_cut(&rest, '@');
	return rest.p != NULL ? str_cut(&user, ':') : STR("");
}

/* Parse one line that should be an object. */
static bool
read_line(struct task *t, struct scan *s, struct str line)
{
	if (scan_parse(t, s, line) == E_OK && scan_is_object(s, s->root))
		return true;
	task_clear(t);
	return false;
}

static struct str
body_key(const struct foreign_request *r)
{
	struct str rest = r->body;
	if (!read_line(r->task, r->scan, str_cut(&rest, '\n')))
		return STR("");
	struct str dsn = foreign_member(r->task, r->scan, r->scan->root, "dsn");
	return dsn_key(dsn);
}

/* --- what several kinds share --- */

void
sentry_spread(struct sentry *x, uint32_t obj, size_t max)
{
	/* what our own members are called, and so no tag */
	static const char *const ours[] = { "environment", "level", "logger", "mechanism",
		"message", "op", "runtime", "status", "trace_id", "transaction", "url", "extra" };
	const struct scan *s = x->scan;
	if (obj == 0 || !scan_is_object(s, obj))
		return;
	uint32_t end = scan_end(s, obj);
	for (uint32_t k = scan_first(s, obj); k < end && max > 0; k = scan_next(s, k + 1)) {
		struct str key = scan_text(s, k);
		bool skip = key.n == 0 || key.n > 64 || scan_is_null(s, k + 1);
		for (size_t i = 0; i < NELEM(ours) && !skip; i++)
			skip = str_is(key, ours[i]);
		if (skip || !foreign_fits(x->out, k + 1))
			continue;
		foreign_value(x->out, key.p, k + 1);
		max--;
	}
}

/* Keys that say what the item has a place for, what the machine is made of, or
 * what a request carried. */
static bool
attribute_is_kept(struct str key)
{
#define PART(text) { text, sizeof(text) - 1 }
	static const struct str out[] = { PART("sentry."), PART("user."), PART("os."),
		PART("device."), PART("app."), PART("culture."), PART("process."), PART("network."),
		PART("client."), PART("thread."), PART("server."), PART("cloud."),
		PART("http.request.header."), PART("http.response.header."), PART("url.query"),
		PART("environment"), PART("level"), PART("message"), PART("trace_id"), PART("op"),
		PART("status") };
	for (size_t i = 0; i < NELEM(out); i++) {
		struct str part = out[i];
		if (key.n < part.n || key.p[0] != part.p[0])
			continue;
		bool prefix = part.p[part.n - 1] == '.';
		if (prefix ? str_starts(key, part) : str_eq(key, part))
			return false;
	}
	return key.n > 0 && key.n <= 64;
}

void
sentry_attributes(struct sentry *x, uint32_t obj, size_t max)
{
	const struct scan *s = x->scan;
	if (obj == 0 || !scan_is_object(s, obj))
		return;
	uint32_t end = scan_end(s, obj);
	for (uint32_t k = scan_first(s, obj); k < end && max > 0; k = scan_next(s, k + 1)) {
		struct str key = scan_text(s, k);
		uint32_t value = scan_is_object(s, k + 1) ? foreign_find(s, k + 1, "value") : k + 1;
		if (value == 0 || scan_is_null(s, value) || !attribute_is_kept(key) ||
		    !foreign_fits(x->out, value))
			continue;
		foreign_value(x->out, key.p, value);
		max--;
	}
}

struct str
sentry_attribute(const struct sentry *x, uint32_t attributes, const char *key)
{
	return foreign_member(x->task, x->scan, foreign_find(x->scan, attributes, key), "value");
}

/* --- logs and reports --- */

static void
put_log(struct sentry *x, uint32_t at)
{
	struct foreign_out *o = x->out;
	uint32_t attributes = foreign_find(x->scan, at, "attributes");
	struct foreign_head h = { .at = at, .time = foreign_find(x->scan, at, "timestamp"),
		.unit = FOREIGN_S, .platform = x->platform };
	sentry_release(sentry_attribute(x, attributes, "sentry.release"), &h);
	h.user_id = sentry_attribute(x, attributes, "user.id");
	foreign_item(o, &h, "event", "");
	foreign_text(o, "name", STR("log"));
	tape_key(o->w, "props");
	tape_object_begin(o->w);
	foreign_value(o, "message", foreign_find(x->scan, at, "body"));
	foreign_value(o, "level", foreign_find(x->scan, at, "level"));
	foreign_value(o, "trace_id", foreign_find(x->scan, at, "trace_id"));
	foreign_text(o, "environment", sentry_attribute(x, attributes, "sentry.environment"));
	sentry_attributes(x, attributes, 48);
	tape_object_end(o->w);
	foreign_end(o);
}

void
sentry_each(struct sentry *x, const char *list, void (*put)(struct sentry *x, uint32_t at))
{
	const struct scan *s = x->scan;
	uint32_t items = foreign_find(s, s->root, list);
	if (items == 0 || !scan_is_array(s, items)) {
		put(x, s->root);
		return;
	}
	uint32_t end = scan_end(s, items);
	for (uint32_t k = scan_first(s, items); k < end; k = scan_next(s, k))
		put(x, k);
}

void
sentry_logs(struct sentry *x)
{
	sentry_each(x, "items", put_log);
}

void
sentry_report(struct sentry *x)
{
	struct foreign_out *o = x->out;
	uint32_t at = x->scan->root;
	struct foreign_head h = { .at = at, .time = foreign_find(x->scan, at, "timestamp"),
		.unit = FOREIGN_S };
	foreign_item(o, &h, "client_report", "");
	foreign_value(o, "props", at);
	foreign_end(o);
}

/* --- the envelope --- */

static const struct kind {
	const char *type;
	void (*put)(struct sentry *x); /* NULL: passed over */
} kinds[] = {
	{ "event", sentry_event },       { "transaction", sentry_transaction },
	{ "span", sentry_spans },        { "session", sentry_session },
	{ "sessions", sentry_sessions }, { "log", sentry_logs },
	{ "client_report", sentry_report },
	{ "attachment", NULL },          { "check_in", NULL },
	{ "feedback", NULL },            { "user_report", NULL },
	{ "profile", NULL },             { "profile_chunk", NULL },
	{ "replay_event", NULL },        { "replay_recording", NULL },
	{ "replay_video", NULL },        { "trace_metric", NULL },
	{ "unknown", NULL },
};

_Static_assert(NELEM(kinds) <= SENTRY_KINDS_MAX, "struct sentry counts each");

static const struct kind *
kind_of(struct str type)
{
	for (size_t i = 0; i < NELEM(kinds); i++)
		if (str_is(type, kinds[i].type))
			return &kinds[i];
	return &kinds[NELEM(kinds) - 1];
}

/* The next item; false at the end, with no payload, or where the lines are not
 * an envelope's: the payload is the first that is none. */
static bool
next_item(struct sentry *x, struct scan *s, struct str *rest, const struct kind **kind)
{
	int64_t length = -1;
	struct str line = STR("");
	while (line.n == 0 && rest->p != NULL)
		line = str_trim(str_cut(rest, '\n'));
	x->payload = line;
	if (line.n == 0 || !read_line(x->task, s, line))
		return false;
	uint32_t at = foreign_find(s, s->root, "length");
	if (at != 0 && (!scan_int(s, at, &length) || length < 0))
		return false;
	*kind = kind_of(foreign_member(x->task, s, s->root, "type"));
	if (rest->p == NULL)
		*rest = STR("");
	if (length < 0) {
		x->payload = str_cut(rest, '\n');
		return true;
	}
	/* cut short: what is there is all there is */
	size_t n = (size_t)length < rest->n ? (size_t)length : rest->n;
	x->payload = str_slice(*rest, 0, n);
	*rest = str_slice(*rest, n, rest->n);
	if (rest->n > 0 && rest->p[0] == '\n')
		*rest = str_slice(*rest, 1, rest->n);
	return true;
}

/*
 * The session that the envelope's events belong to. An event names none; but
 * the clients of phones (sentry-java and -android, -cocoa, -native) put the
 * update that an error makes of its session beside the event. Two sessions in
 * one envelope, and it is nobody's.
 */
static struct str
session_beside(struct sentry *x, struct scan *s, struct str rest)
{
	const struct kind *kind;
	struct str sid = STR("");
	if (rest.n == 0 || memmem(rest.p, rest.n, "\"session\"", 9) == NULL)
		return sid;
	while (rest.p != NULL && next_item(x, s, &rest, &kind)) {
		if (kind->put != sentry_session || !read_line(x->task, s, x->payload))
			continue;
		struct str one = foreign_member(x->task, s, s->root, "sid");
		if (sid.n > 0 && !str_eq(sid, one))
			return STR("");
		sid = arena_str(x->task->arena, one);
	}
	return sid;
}

/* What cannot be read is an item all the same, that its type refuses. */
static void
put_unreadable(struct sentry *x)
{
	char hex[CRYPT_SHA256_HEX];
	struct foreign_head h = { 0 };
	crypt_sha256_hex(x->payload, hex);
	h.id = arena_str(x->task->arena, str_of(hex));
	foreign_item(x->out, &h, "unreadable", "");
	foreign_end(x->out);
}

static void
put_item(struct sentry *x, struct scan *s, const struct kind *kind)
{
	if (kind->put == NULL)
		x->passed[kind - kinds]++;
	else if (read_line(x->task, s, x->payload))
		kind->put(x);
	else
		put_unreadable(x);
}

/* Which kinds were passed over, under the bytes' own id. */
static void
put_passed(struct sentry *x, struct str body)
{
	struct foreign_out *o = x->out;
	char hex[CRYPT_SHA256_HEX];
	struct foreign_head h = { 0 };
	bool any = false;
	for (size_t i = 0; i < NELEM(kinds); i++)
		any = any || x->passed[i] > 0;
	if (!any)
		return;
	crypt_sha256_hex(body, hex);
	h.id = arena_str(x->task->arena, str_of(hex));
	foreign_item(o, &h, "client_report", "passed");
	tape_key(o->w, "props");
	tape_object_begin(o->w);
	tape_key(o->w, "passed_over");
	tape_object_begin(o->w);
	for (size_t i = 0; i < NELEM(kinds); i++)
		if (x->passed[i] > 0)
			tape_ki64(o->w, kinds[i].type, (int64_t)x->passed[i]);
	tape_object_end(o->w);
	tape_object_end(o->w);
	foreign_end(o);
}

/* "sentry.javascript.node/11.12.0" */
static void
read_client(struct sentry *x, const struct foreign_request *r)
{
	struct str rest = auth(r, "sentry_client");
	if (rest.n == 0)
		rest = r->req->user_agent;
	if (!str_starts(rest, STR("sentry")))
		return;
	x->out->sdk = str_cut(&rest, '/');
	struct str version = rest.p != NULL ? str_cut(&rest, ' ') : STR("");
	x->out->sdk_version = version;
}

/* Where the item itself does not say where it is from. */
static void
read_platform(struct sentry *x)
{
	static const struct {
		const char *name, *platform;
		bool by_device;
	} clients[] = {
		{ "sentry.javascript.react-native", "", true },
		{ "sentry.javascript.node", "node", false },
		{ "sentry.javascript.bun", "node", false },
		{ "sentry.javascript.deno", "node", false },
		{ "sentry.javascript.nestjs", "node", false },
		{ "sentry.javascript.aws-serverless", "node", false },
		{ "sentry.javascript.google-cloud-serverless", "node", false },
		{ "sentry.javascript", "web", false },
		{ "sentry.python", "python", false },
		{ "sentry.java.android", "android", true },
		{ "sentry.native.android", "android", true },
		{ "sentry.java", "java", false },
		{ "sentry.cocoa", "ios", true },
		{ "sentry.dart", "", true },
		{ "sentry.go", "go", false },
		{ "sentry.php", "php", false },
		{ "sentry.ruby", "ruby", false },
	};
	for (size_t i = 0; i < NELEM(clients); i++) {
		if (!str_starts(x->out->sdk, str_of(clients[i].name)))
			continue;
		x->platform = str_of(clients[i].platform);
		x->by_device = clients[i].by_device;
		return;
	}
}

static void
read_header(struct sentry *x, const struct foreign_request *r)
{
	struct foreign_out *o = x->out;
	const struct scan *s = r->scan;
	struct arena *a = x->task->arena;
	uint32_t sdk = foreign_find(s, s->root, "sdk");
	struct str name = foreign_member(x->task, s, sdk, "name");
	read_client(x, r);
	if (name.n > 0) {
		o->sdk = arena_str(a, name);
		o->sdk_version = arena_str(a, foreign_member(x->task, s, sdk, "version"));
	}
	o->reply_id = arena_str(a, foreign_member(x->task, s, s->root, "event_id"));
	(void)foreign_time(s, foreign_find(s, s->root, "sent_at"), FOREIGN_S, &o->sent_us);
	read_platform(x);
}

static bool
is_store(const struct foreign_request *r)
{
	return str_ends(r->req->path, STR("/store/")) || str_ends(r->req->path, STR("/store"));
}

static enum err
translate(struct foreign_out *o, const struct foreign_request *r)
{
	struct sentry x = { .out = o, .task = r->task, .scan = r->scan, .platform = STR("") };
	struct str rest = r->body;
	const struct kind *kind;
	bool store = is_store(r), sound = true;
	if (!read_line(r->task, r->scan, store ? rest : str_trim(str_cut(&rest, '\n'))))
		return task_fail(r->task, E_BAD_JSON, "The body is no envelope.");
	read_header(&x, r);
	if (store) {
		x.payload = r->body;
		struct str type = foreign_member(r->task, r->scan, r->scan->root, "type");
		(str_is(type, "transaction") ? sentry_transaction : sentry_event)(&x);
		return E_OK;
	}
	x.session = session_beside(&x, r->scan, rest);
	while (rest.p != NULL && (sound = next_item(&x, r->scan, &rest, &kind)))
		put_item(&x, r->scan, kind);
	/* what stands behind is lost, and must not be so in silence */
	if (!sound && x.payload.n > 0)
		put_unreadable(&x);
	put_passed(&x, r->body);
	return E_OK;
}

/* --- answers --- */

static void
reply(const struct foreign_out *o, const struct foreign_request *r, struct res *res)
{
	struct jw w;
	(void)r;
	jw_init(&w, &res->body);
	jw_object_begin(&w);
	if (o->reply_id.n > 0)
		jw_kstr(&w, "id", o->reply_id);
	jw_object_end(&w);
}

/* What to hold back, and for how long: all but crashes while only the events'
 * share is used up, else everything. Without it these clients would hold back
 * crashes as well. */
static void
put_limits(const struct foreign_request *r, struct res *res)
{
	const struct task *t = r->task;
	struct str after = res_header_find(res, "Retry-After");
	bool crashes = false;
	for (size_t i = 0; i < t->nfields; i++)
		crashes = crashes || (str_is(t->fields[i].path, "category") &&
		                      str_is(t->fields[i].message, "crash"));
	if (after.n == 0)
		after = STR("60");
	res_headerf(res, "X-Sentry-Rate-Limits", "%.*s:%s:key", STRF(after), crashes ? "" :
	            "default;transaction;transaction_indexed;span;span_indexed;session;log_item;"
	            "log_byte;trace_metric;feedback;attachment;replay;profile;profile_chunk;monitor");
}

static void
refuse(const struct foreign_request *r, enum err e, struct res *res)
{
	(void)e;
	if (res->status != 429)
		return;
	put_limits(r, res);
	res_header(res, "Access-Control-Expose-Headers",
	           STR("Retry-After, X-Sentry-Rate-Limits, X-Request-Id"));
}

const struct foreign foreign_sentry = {
	.vendor = "sentry",
	.raw = true,
	.find_key = find_key,
	.body_key = body_key,
	.translate = translate,
	.reply = reply,
	.refuse = refuse,
};
