/*
 * sentry_session.c - release health: updates of a session, which name it, and
 * counts of sessions, which do not.
 *
 * The first update (init) starts the session, one that ends it ends it; those
 * between only repeat what the session's items say anyway.
 */
#include "base/crypt.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ingest/foreign/sentry.h"

#define COUNTED_MAX 200 /* sessions of one request that only are a number */

static void
read_attrs(struct sentry *x, struct foreign_head *h)
{
	uint32_t attrs = foreign_find(x->scan, x->scan->root, "attrs");
	sentry_release(foreign_member(x->task, x->scan, attrs, "release"), h);
	h->platform = x->platform;
	h->unit = FOREIGN_S;
}

/* A phone tells who the installation is, the others who the user. */
static void
read_did(struct sentry *x, uint32_t at, struct foreign_head *h)
{
	struct str did = foreign_member(x->task, x->scan, at, "did");
	if (x->by_device)
		h->device_id = did;
	else
		h->user_id = did;
}

static void
put_end(struct sentry *x, const struct foreign_head *h, struct str status)
{
	static const char *const same[] = { "status", "errors", "duration", "abnormal_mechanism" };
	struct foreign_out *o = x->out;
	uint32_t at = x->scan->root;
	struct str part = arena_printf(x->task->arena, "end-%.*s", STRF(utf8_cut(status, 32)));
	foreign_item(o, h, "session_end", part.p);
	tape_key(o->w, "props");
	tape_object_begin(o->w);
	for (size_t i = 0; i < NELEM(same); i++)
		foreign_value(o, same[i], foreign_find(x->scan, at, same[i]));
	tape_object_end(o->w);
	foreign_end(o);
}

void
sentry_session(struct sentry *x)
{
	const struct scan *s = x->scan;
	uint32_t at = s->root, init = foreign_find(s, at, "init");
	struct str status = foreign_member(x->task, s, at, "status");
	struct foreign_head h = { .at = at };
	read_attrs(x, &h);
	read_did(x, at, &h);
	h.id = h.session = foreign_member(x->task, s, at, "sid");
	h.time = foreign_find(s, at, "started");
	bool ends = status.n > 0 && !str_is(status, "ok");
	if ((init != 0 && scan_kind(s, init) == SCAN_TRUE) || (h.session.n == 0 && !ends)) {
		foreign_item(x->out, &h, "session_start", "start");
		foreign_end(x->out);
	}
	if (!ends)
		return;
	uint32_t when = foreign_find(s, at, "timestamp");
	h.time = when != 0 ? when : h.time;
	put_end(x, &h, status);
}

/* --- counts --- */

struct counting {
	struct str id;   /* of the payload's bytes */
	size_t made;
	int64_t left;    /* beyond COUNTED_MAX */
};

static void
put_counted(struct sentry *x, struct counting *c, struct foreign_head *h, const char *status)
{
	struct foreign_out *o = x->out;
	h->id = arena_printf(x->task->arena, "%.*s-%zu", STRF(c->id), c->made++);
	h->session = h->id;
	foreign_item(o, h, "session_end", "counted");
	tape_key(o->w, "props");
	tape_object_begin(o->w);
	foreign_text(o, "status", str_of(status));
	tape_object_end(o->w);
	foreign_end(o);
}

/* {started, did?, exited: 3, crashed: 1} */
static void
put_bucket(struct sentry *x, struct counting *c, uint32_t at)
{
	static const char *const names[] = { "exited", "errored", "crashed", "abnormal",
		"unhandled" };
	const struct scan *s = x->scan;
	struct foreign_head h = { .at = at };
	read_attrs(x, &h);
	read_did(x, at, &h);
	h.time = foreign_find(s, at, "started");
	for (size_t i = 0; i < NELEM(names); i++) {
		int64_t n = 0;
		uint32_t count = foreign_find(s, at, names[i]);
		if (count == 0 || !scan_int(s, count, &n))
			continue;
		for (; n > 0 && c->made < COUNTED_MAX; n--)
			put_counted(x, c, &h, names[i]);
		if (n > 0 && n < INT32_MAX && c->left < INT32_MAX)
			c->left += n;
	}
}

/* So that a count is a number of sessions here too: one item each. */
void
sentry_sessions(struct sentry *x)
{
	const struct scan *s = x->scan;
	struct foreign_out *o = x->out;
	uint32_t list = foreign_find(s, s->root, "aggregates"), end;
	struct foreign_head h = { .at = s->root };
	struct counting c = { .made = 0 };
	char hex[CRYPT_SHA256_HEX];
	crypt_sha256_hex(x->payload, hex);
	c.id = arena_str(x->task->arena, (struct str){ hex, 32 });
	if (list == 0 || !scan_is_array(s, list))
		return;
	end = scan_end(s, list);
	for (uint32_t k = scan_first(s, list); k < end; k = scan_next(s, k))
		put_bucket(x, &c, k);
	if (c.left == 0)
		return;
	foreign_item(o, &h, "client_report", "sessions");
	tape_key(o->w, "props");
	tape_object_begin(o->w);
	tape_ki64(o->w, "sessions_not_taken", c.left);
	tape_object_end(o->w);
	foreign_end(o);
}
