/* exception.c - the chain of exceptions; see exception.h. */
#include "ingest/foreign/exception.h"

#include "base/str.h"
#include "ingest/foreign/exception_frame.h"

#define CHAIN_MAX 16

struct chain {
	uint32_t at[CHAIN_MAX]; /* the outermost first */
	size_t n;
};

static uint32_t
mechanism_of(const struct scan *s, uint32_t at)
{
	return foreign_find(s, at, "mechanism");
}

/* exception_id 0 is the outermost, wherever it stands. */
static bool
is_outermost(const struct scan *s, uint32_t at)
{
	int64_t id;
	uint32_t n = foreign_find(s, mechanism_of(s, at), "exception_id");
	return n != 0 && scan_int(s, n, &id) && id == 0;
}

static void
read_chain(const struct scan *s, const struct exception_source *from, struct chain *c)
{
	uint32_t all[CHAIN_MAX], end;
	bool last = from->outermost_last;
	size_t n = 0;
	if (from->list == 0)
		return;
	if (scan_is_object(s, from->list))
		all[n++] = from->list;
	else if (scan_is_array(s, from->list)) {
		/* of more than CHAIN_MAX the end that counts is kept */
		size_t skip = scan_count(s, from->list);
		skip = last && skip > CHAIN_MAX ? skip - CHAIN_MAX : 0;
		end = scan_end(s, from->list);
		for (uint32_t k = scan_first(s, from->list); k < end && n < CHAIN_MAX;
		     k = scan_next(s, k)) {
			if (skip > 0)
				skip--;
			else if (scan_is_object(s, k))
				all[n++] = k;
		}
	}
	if (n > 1 && is_outermost(s, all[0]))
		last = false;
	else if (n > 1 && is_outermost(s, all[n - 1]))
		last = true;
	for (size_t i = 0; i < n; i++)
		c->at[i] = all[last ? n - 1 - i : i];
	c->n = n;
}

static uint32_t
frames_of(const struct scan *s, uint32_t at)
{
	return foreign_find(s, foreign_find(s, at, "stacktrace"), "frames");
}

/* Of the thread that crashed, else the one that ran. */
static uint32_t
thread_frames(const struct scan *s, uint32_t threads)
{
	static const char *const says[] = { "crashed", "current" };
	uint32_t end, at;
	if (threads == 0 || !scan_is_array(s, threads))
		return 0;
	end = scan_end(s, threads);
	for (size_t i = 0; i < NELEM(says); i++)
		for (uint32_t k = scan_first(s, threads); k < end; k = scan_next(s, k))
			if ((at = foreign_find(s, k, says[i])) != 0 &&
			    scan_kind(s, at) == SCAN_TRUE)
				return frames_of(s, k);
	return 0;
}

/* Without the message, which could read as a frame. */
static void
put_cause(struct exception_text *w, uint32_t at, bool python)
{
	if (python) {
		buf_puts(&w->b, "\nThe above exception was the direct cause of the following "
		                "exception:\n\n");
		return;
	}
	struct str type = exception_line(w, at, "type");
	buf_puts(&w->b, "Caused by: ");
	for (size_t i = 0; i < type.n; i++)
		buf_putc(&w->b, type.p[i] == '@' ? ' ' : type.p[i]);
	buf_putc(&w->b, '\n');
}

/* PostHog says it of each frame only. */
static struct str
platform_of(const struct exception_text *w, const struct exception_source *from,
            const struct chain *c)
{
	struct str platform = from->platform;
	for (size_t i = 0; i < c->n && platform.n == 0; i++) {
		uint32_t list = frames_of(w->s, c->at[i]);
		if (list != 0 && scan_is_array(w->s, list) && scan_count(w->s, list) > 0)
			platform = foreign_member(w->t, w->s, scan_first(w->s, list), "platform");
	}
	return platform;
}

/* Python prints the root cause first, the others last. */
static void
put_stack(struct exception_text *w, const struct exception_source *from, const struct chain *c)
{
	bool python = str_is(w->platform, "python");
	for (size_t i = 0; i < c->n; i++) {
		uint32_t at = c->at[python ? c->n - 1 - i : i];
		if (i > 0)
			put_cause(w, at, python);
		exception_frames(w, frames_of(w->s, at), python);
	}
	if (w->frames == 0)
		exception_frames(w, thread_frames(w->s, from->threads), python);
}

void
exception_read(struct task *t, const struct scan *s, const struct exception_source *from,
               struct exception *out)
{
	struct exception_text w = { .t = t, .s = s };
	struct chain c = { .n = 0 };
	*out = (struct exception){ .stack = STR("") };
	read_chain(s, from, &c);
	for (size_t i = 0; i < c.n; i++) {
		uint32_t how = mechanism_of(s, c.at[i]);
		uint32_t handled = foreign_find(s, how, "handled");
		out->typed = out->typed || foreign_member(t, s, c.at[i], "type").n > 0;
		if (handled != 0 && scan_kind(s, handled) == SCAN_FALSE)
			out->unhandled = true;
	}
	if (c.n > 0) {
		out->type = foreign_member(t, s, c.at[0], "type");
		out->message = foreign_member(t, s, c.at[0], "value");
		out->mechanism = foreign_member(t, s, mechanism_of(s, c.at[0]), "type");
	}
	w.platform = platform_of(&w, from, &c);
	exception_images(&w, from->images);
	put_stack(&w, from, &c);
	if (w.b.n > 0)
		out->stack = arena_str(t->arena, buf_str(&w.b));
	buf_release(&w.b);
}

/* --- breadcrumbs --- */

static void
put_crumb(struct foreign_out *o, uint32_t at)
{
	static const char *const kept[] = { "timestamp", "type", "category", "level", "message" };
	if (foreign_fits(o, at)) {
		foreign_element(o, at);
		return;
	}
	tape_object_begin(o->w);
	for (size_t i = 0; i < NELEM(kept); i++) {
		uint32_t value = foreign_find(o->scan, at, kept[i]);
		if (value != 0 && foreign_fits(o, value))
			foreign_value(o, kept[i], value);
	}
	tape_object_end(o->w);
}

void
exception_crumbs(struct foreign_out *o, uint32_t list)
{
	const struct scan *s = o->scan;
	if (list == 0 || !scan_is_array(s, list))
		return;
	uint32_t end = scan_end(s, list);
	tape_key(o->w, "breadcrumbs");
	tape_array_begin(o->w);
	for (uint32_t k = scan_first(s, list); k < end; k = scan_next(s, k))
		put_crumb(o, k);
	tape_array_end(o->w);
}
