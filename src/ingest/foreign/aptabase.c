/*
 * aptabase.c - Aptabase: POST /api/v0/event (one object) and /api/v0/events
 * (an array), with the header App-Key: A-SH-<write key>.
 *
 * Its clients know no user and no device, only a session: that is who the
 * events are of, as in Aptabase itself. They send no ids either, so that the
 * bytes of an event are its id.
 */
#include "base/str.h"
#include "ingest/foreign/foreign.h"

/* A-EU-…, A-SH-…: a region before the key, which holds no dash itself. */
static struct str
find_key(const struct foreign_request *r)
{
	struct str rest = req_header(r->req, "app-key"), key = rest;
	while (rest.p != NULL)
		key = str_cut(&rest, '-');
	return key;
}

/* "aptabase-web@0.5.0" */
static void
read_sdk(struct foreign_out *o, struct str sdk)
{
	o->sdk = str_cut(&sdk, '@');
	o->sdk_version = sdk;
}

static void
put_event(struct foreign_out *o, uint32_t at)
{
	const struct scan *s = o->scan;
	struct task *t = o->task;
	uint32_t system = foreign_find(s, at, "systemProps");
	struct foreign_head h = {
		.at = at,
		.unit = FOREIGN_S_OR_MS,
		.time = foreign_find(s, at, "timestamp"),
		.session = foreign_member(t, s, at, "sessionId"),
		.app_version = foreign_member(t, s, system, "appVersion"),
		.app_build = foreign_member(t, s, system, "appBuildNumber"),
		.os = foreign_member(t, s, system, "osVersion"),
		.model = foreign_member(t, s, system, "deviceModel"),
		.locale = foreign_member(t, s, system, "locale"),
	};
	struct str os = foreign_member(t, s, system, "osName");
	struct str sdk = foreign_member(t, s, system, "sdkVersion");
	uint32_t props = foreign_find(s, at, "props"), debug = foreign_find(s, system, "isDebug");
	/* a browser does not say where it runs */
	h.platform = os.n > 0 ? foreign_platform(t, os) :
	    str_starts(sdk, STR("aptabase-web")) ? STR("web") : STR("");
	if (h.session.n > 0)
		h.anonymous_id = arena_join(t->arena, STR("aptabase"), STR("-"), h.session);
	if (o->sdk.n == 0)
		read_sdk(o, sdk);
	foreign_item(o, &h, "event", "");
	foreign_value(o, "name", foreign_find(s, at, "eventName"));
	tape_key(o->w, "props");
	tape_object_begin(o->w);
	foreign_spread(o, props, NULL);
	if (debug != 0 && scan_kind(s, debug) == SCAN_TRUE &&
	    foreign_find(s, props, "is_debug") == 0)
		tape_kbool(o->w, "is_debug", true);
	tape_object_end(o->w);
	foreign_end(o);
}

static enum err
translate(struct foreign_out *o, const struct foreign_request *r)
{
	const struct scan *s = r->scan;
	if (!scan_is_array(s, s->root)) {
		put_event(o, s->root);
		return E_OK;
	}
	uint32_t end = scan_end(s, s->root);
	for (uint32_t k = scan_first(s, s->root); k < end; k = scan_next(s, k))
		put_event(o, k);
	return E_OK;
}

static void
reply(const struct foreign_out *o, const struct foreign_request *r, struct res *res)
{
	(void)o;
	(void)r;
	buf_puts(&res->body, "{}");
}

const struct foreign foreign_aptabase = {
	.vendor = "aptabase",
	.find_key = find_key,
	.translate = translate,
	.reply = reply,
};
