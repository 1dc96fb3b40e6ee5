/*
 * sentry_event.c - Sentry's events: a crash where an exception has a type,
 * else an event "message". Source lines, local variables, cookies, headers
 * and modules are not taken; of the user, only the id.
 */
#include "base/str.h"
#include "ingest/fingerprint.h"
#include "ingest/foreign/exception.h"
#include "ingest/foreign/sentry.h"

#define TAGS_MAX 44 /* so that our own members fit beside them */
#define EXTRA_MAX 60

/* --- context --- */

void
sentry_release(struct str release, struct foreign_head *h)
{
	struct str rest = release, name = str_cut(&rest, '@');
	if (release.n == 0)
		return;
	if (rest.p == NULL)
		rest = release; /* no name: the version alone */
	else
		h->app_id = name;
	struct str version = str_cut(&rest, '+');
	h->app_version = version;
	if (rest.p != NULL)
		h->app_build = rest;
}

static void
read_app(struct sentry *x, uint32_t at, uint32_t contexts, struct foreign_head *h)
{
	const struct scan *s = x->scan;
	uint32_t app = foreign_find(s, contexts, "app");
	sentry_release(foreign_member(x->task, s, at, "release"), h);
	if (h->app_build.n == 0)
		h->app_build = foreign_member(x->task, s, at, "dist");
	if (h->app_id.n == 0)
		h->app_id = foreign_member(x->task, s, app, "app_identifier");
	if (h->app_version.n == 0)
		h->app_version = foreign_member(x->task, s, app, "app_version");
	if (h->app_build.n == 0)
		h->app_build = foreign_member(x->task, s, app, "app_build");
}

/* A phone's system says more than the language; a server's less. */
static struct str
platform_of(struct sentry *x, struct str os, struct str platform)
{
	static const char *const devices[] = { "Android", "iOS", "iPadOS", "tvOS", "watchOS",
		"visionOS" };
	static const char *const mixed[] = { "cocoa", "dart", "other", "native", "csharp" };
	for (size_t i = 0; i < NELEM(devices); i++)
		if (str_ieq(os, str_of(devices[i])))
			return foreign_platform(x->task, os);
	if (str_is(platform, "javascript"))
		return STR("web");
	for (size_t i = 0; i < NELEM(mixed); i++)
		if (str_is(platform, mixed[i]))
			return foreign_platform(x->task, os);
	return platform.n > 0 ? platform : x->platform;
}

static void
read_device(struct sentry *x, uint32_t at, uint32_t contexts, struct foreign_head *h)
{
	const struct scan *s = x->scan;
	struct task *t = x->task;
	uint32_t device = foreign_find(s, contexts, "device"), os = foreign_find(s, contexts, "os");
	uint32_t culture = foreign_find(s, contexts, "culture");
	h->os = str_trim(foreign_member(t, s, os, "version"));
	h->model = foreign_member(t, s, device, "model");
	struct str platform = foreign_member(t, s, at, "platform");
	h->platform = platform_of(x, foreign_member(t, s, os, "name"), platform);
	/* a server's is nobody's */
	if (!str_eq(h->platform, platform)) {
		h->locale = foreign_member(t, s, culture, "locale");
		if (h->locale.n == 0)
			h->locale = foreign_member(t, s, device, "locale");
	}
	h->device_id = foreign_member(t, s, device, "id");
}

void
sentry_context(struct sentry *x, uint32_t at, struct foreign_head *h)
{
	const struct scan *s = x->scan;
	uint32_t contexts = foreign_find(s, at, "contexts");
	uint32_t sdk = foreign_find(s, at, "sdk");
	read_app(x, at, contexts, h);
	read_device(x, at, contexts, h);
	h->user_id = foreign_member(x->task, s, foreign_find(s, at, "user"), "id");
	/* on a phone whose user is not known it is the installation's */
	if (h->user_id.n > 0 && str_eq(h->user_id, h->device_id))
		h->user_id = STR("");
	if (x->out->sdk.n == 0) {
		struct arena *a = x->task->arena;
		x->out->sdk = arena_str(a, foreign_member(x->task, s, sdk, "name"));
		x->out->sdk_version = arena_str(a, foreign_member(x->task, s, sdk, "version"));
	}
}

/* --- members --- */

/* Text, or {formatted} or {message}, or logentry. */
static uint32_t
message_at(const struct scan *s, uint32_t at)
{
	static const char *const names[] = { "message", "logentry" };
	for (size_t i = 0; i < NELEM(names); i++) {
		uint32_t m = foreign_find(s, at, names[i]), text = m;
		if (m != 0 && scan_is_object(s, m)) {
			text = foreign_find(s, m, "formatted");
			if (text == 0)
				text = foreign_find(s, m, "message");
		}
		if (text != 0)
			return text;
	}
	return 0;
}

static void
put_runtime(struct sentry *x, uint32_t contexts)
{
	uint32_t runtime = foreign_find(x->scan, contexts, "runtime");
	struct str name = foreign_member(x->task, x->scan, runtime, "name");
	if (name.n == 0)
		return;
	struct str version = foreign_member(x->task, x->scan, runtime, "version");
	foreign_text(x->out, "runtime", arena_printf(x->task->arena, "%.*s %.*s", STRF(name),
	                                             STRF(version)));
}

/* Without its query, which is the user's. */
static void
put_url(struct sentry *x, uint32_t at)
{
	struct str url = foreign_member(x->task, x->scan, foreign_find(x->scan, at, "request"),
	                                "url");
	struct str rest = url;
	foreign_text(x->out, "url", str_cut(&rest, '?'));
}

static void
put_extra(struct sentry *x, uint32_t extra)
{
	if (extra == 0 || !scan_is_object(x->scan, extra) || scan_count(x->scan, extra) == 0)
		return;
	tape_key(x->out->w, "extra");
	tape_object_begin(x->out->w);
	sentry_spread(x, extra, EXTRA_MAX);
	tape_object_end(x->out->w);
}

static void
put_props(struct sentry *x, uint32_t at, struct str mechanism, uint32_t message)
{
	static const char *const same[] = { "level", "environment", "transaction", "logger" };
	const struct scan *s = x->scan;
	struct foreign_out *o = x->out;
	uint32_t contexts = foreign_find(s, at, "contexts");
	tape_key(o->w, "props");
	tape_object_begin(o->w);
	foreign_value(o, "message", message);
	for (size_t i = 0; i < NELEM(same); i++)
		foreign_value(o, same[i], foreign_find(s, at, same[i]));
	foreign_text(o, "mechanism", mechanism);
	foreign_value(o, "trace_id", foreign_find(s, foreign_find(s, contexts, "trace"), "trace_id"));
	put_runtime(x, contexts);
	put_url(x, at);
	put_extra(x, foreign_find(s, at, "extra"));
	sentry_spread(x, foreign_find(s, at, "tags"), TAGS_MAX);
	tape_object_end(o->w);
}

/* --- a crash --- */

/* "{{ default }}" stands for what would group it without the others. */
static void
put_fingerprint(struct sentry *x, uint32_t list, const struct exception *e)
{
	const struct scan *s = x->scan;
	struct foreign_out *o = x->out;
	bool only_default = true;
	struct fingerprint f;
	if (list == 0 || !scan_is_array(s, list) || scan_count(s, list) == 0)
		return;
	uint32_t end = scan_end(s, list);
	for (uint32_t k = scan_first(s, list); k < end; k = scan_next(s, k)) {
		struct str part = foreign_string(x->task, s, k);
		only_default = only_default && str_starts(part, STR("{{"));
	}
	if (only_default)
		return;
	const struct crash_text text = { STR(""), e->type, e->message, e->stack };
	fingerprint_make(x->task, &text, &f);
	tape_key(o->w, "fingerprint");
	tape_array_begin(o->w);
	for (uint32_t k = scan_first(s, list); k < end; k = scan_next(s, k)) {
		struct str part = foreign_string(x->task, s, k);
		bool is_default = str_starts(part, STR("{{")) &&
		    memmem(part.p, part.n, "default", 7) != NULL;
		tape_str(o->w, is_default ? f.text : part);
	}
	tape_array_end(o->w);
}

static uint32_t
values_of(const struct scan *s, uint32_t at, const char *key)
{
	uint32_t list = foreign_find(s, at, key);
	return list != 0 && scan_is_object(s, list) ? foreign_find(s, list, "values") : list;
}

static void
put_crash(struct sentry *x, const struct foreign_head *h, const struct exception *e)
{
	const struct scan *s = x->scan;
	struct foreign_out *o = x->out;
	uint32_t at = s->root;
	struct str level = foreign_member(x->task, s, at, "level");
	foreign_item(o, h, "crash", "");
	tape_kbool(o->w, "fatal", e->unhandled || str_is(level, "fatal"));
	put_fingerprint(x, foreign_find(s, at, "fingerprint"), e);
	tape_key(o->w, "exception");
	tape_object_begin(o->w);
	foreign_text(o, "type", e->type);
	foreign_text(o, "message", e->message);
	foreign_text(o, "stacktrace", e->stack);
	tape_object_end(o->w);
	exception_crumbs(o, values_of(s, at, "breadcrumbs"));
	put_props(x, at, e->mechanism, 0);
	foreign_end(o);
}

void
sentry_event(struct sentry *x)
{
	const struct scan *s = x->scan;
	uint32_t at = s->root;
	struct foreign_head h = {
		.at = at,
		.id = foreign_member(x->task, s, at, "event_id"),
		.time = foreign_find(s, at, "timestamp"),
		.unit = FOREIGN_S,
		.session = x->session,
	};
	const struct exception_source from = {
		.list = values_of(s, at, "exception"),
		.threads = values_of(s, at, "threads"),
		.images = foreign_find(s, foreign_find(s, at, "debug_meta"), "images"),
		.platform = foreign_member(x->task, s, at, "platform"),
		.outermost_last = true,
	};
	struct exception e;
	if (h.id.n == 0)
		h.id = x->out->reply_id;
	sentry_context(x, at, &h);
	exception_read(x->task, s, &from, &e);
	if (e.typed) {
		put_crash(x, &h, &e);
		return;
	}
	foreign_item(x->out, &h, "event", "");
	foreign_text(x->out, "name", STR("message"));
	uint32_t message = message_at(s, at);
	if (message == 0 && from.list != 0 && scan_is_array(s, from.list) &&
	    scan_count(s, from.list) > 0)
		message = foreign_find(s, scan_first(s, from.list), "value");
	put_props(x, at, STR(""), message);
	foreign_end(x->out);
}
