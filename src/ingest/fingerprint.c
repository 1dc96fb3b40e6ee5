/* fingerprint.c - see fingerprint.h. Rule set 4. */
#include "ingest/fingerprint.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ingest/normal.h"

#define TEXT_MAX 200
#define TITLE_MAX 200
#define FOREIGN_FRAMES 5

static struct str
title_of(struct task *t, const struct crash_text *c)
{
	struct str rest = c->message, line = str_trim(str_cut(&rest, '\n'));
	struct str type = c->type;
	if (type.n == 0 && line.n == 0)
		return STR("Crash");
	if (type.n == 0 || line.n == 0)
		return utf8_cut(type.n == 0 ? line : type, TITLE_MAX);
	struct str s = arena_printf(t->arena, "%.*s: %.*s", STRF(type), STRF(line));
	return utf8_cut(s, TITLE_MAX);
}

static struct str
culprit_of(struct task *t, const struct stack *s)
{
	const struct frame *f = NULL;
	for (size_t i = 0; i < s->n && f == NULL; i++)
		if (s->frame[i].in_app && s->frame[i].function.n + s->frame[i].place.n > 0)
			f = &s->frame[i];
	if (f == NULL)
		return STR("");
	struct buf b = BUF_INIT, place = BUF_INIT;
	normal_function(&b, f);
	normal_place(&place, f);
	if (place.n > 0 && b.n > 0)
		buf_printf(&b, " (%.*s)", STRF(buf_str(&place)));
	else
		buf_add(&b, buf_str(&place));
	struct str text = arena_str(t->arena, utf8_cut(buf_str(&b), TITLE_MAX));
	buf_release(&b);
	buf_release(&place);
	return text;
}

/* "function|place", and what is left to tell code without names apart. */
static void
add_frame(struct buf *b, const struct stack *s, const struct frame *f, bool caller)
{
	if (f->function.n == 0 && f->address != 0) {
		struct str build = f->build_id.n > 0 ? f->build_id : s->build_id;
		normal_place(b, f);
		buf_printf(b, "|%.*s+0x%llx", STRF(build), (unsigned long long)f->address);
		return;
	}
	struct buf name = BUF_INIT;
	normal_function(&name, f);
	buf_add(b, caller ? normal_caller(f, buf_str(&name)) : buf_str(&name));
	buf_release(&name);
	buf_putc(b, '|');
	normal_place(b, f);
	if (normal_is_minified(f))
		buf_printf(b, ":%lld:%lld", (long long)f->line, (long long)f->column);
}

struct lines {
	struct buf line[FINGERPRINT_FRAMES_MAX];
	size_t n;
	bool again; /* a frame came again, not at once */
};

static int
cmp_line(const void *a, const void *b)
{
	return str_cmp(buf_str((const struct buf *)a), buf_str((const struct buf *)b));
}

/* A frame that comes again is recursion: it counts once. */
static void
take_line(struct lines *l, const struct stack *s, const struct frame *f)
{
	struct buf *one = &l->line[l->n];
	add_frame(one, s, f, l->n > 0);
	for (size_t i = 0; i < l->n; i++) {
		if (!str_eq(buf_str(&l->line[i]), buf_str(one)))
			continue;
		l->again = l->again || i + 1 < l->n;
		buf_release(one);
		*one = (struct buf)BUF_INIT;
		return;
	}
	l->n++;
}

/* Up to max frames, own ones only or all. Functions that call each other in a
 * circle stop in any of them: their order says nothing. Returns how many. */
static size_t
add_frames(struct buf *b, const struct stack *s, bool own, size_t max)
{
	struct lines l = { 0 };
	for (size_t i = 0; i < s->n && l.n < max; i++)
		if ((s->frame[i].in_app || !own) && !normal_is_part(&s->frame[i]))
			take_line(&l, s, &s->frame[i]);
	if (l.again)
		qsort(l.line, l.n, sizeof(l.line[0]), cmp_line);
	for (size_t i = 0; i < l.n; i++) {
		buf_putc(b, '\n');
		buf_add(b, buf_str(&l.line[i]));
		buf_release(&l.line[i]);
	}
	return l.n;
}

/* The words that are hashed. */
static enum fingerprint_reason
words(struct buf *b, const struct crash_text *c, const struct stack *s, size_t frames_max)
{
	normal_type(b, c->type);
	if (add_frames(b, s, true, frames_max) > 0)
		return FINGERPRINT_OWN;
	bool frames = add_frames(b, s, false, FOREIGN_FRAMES) > 0;
	buf_putc(b, '\n');
	normal_message(b, c->message);
	return frames ? FINGERPRINT_FOREIGN : FINGERPRINT_MESSAGE;
}

void
fingerprint_finer(struct task *t, const struct crash_text *c, const struct stack *s, int frames,
                  struct fingerprint *out)
{
	*out = (struct fingerprint){ .version = FINGERPRINT_VERSION, .title = title_of(t, c),
		.culprit = culprit_of(t, s), .why = STR("") };
	if (c->fingerprint.n > 0) {
		out->version = 0;
		out->reason = FINGERPRINT_CLIENT;
		out->text = utf8_cut(c->fingerprint, TEXT_MAX);
		return;
	}
	struct buf b = BUF_INIT;
	uint8_t digest[32];
	char hex[33];
	bool finer = frames > FINGERPRINT_FRAMES;
	if (frames > FINGERPRINT_FRAMES_MAX)
		frames = FINGERPRINT_FRAMES_MAX;
	out->reason = words(&b, c, s, finer ? (size_t)frames : FINGERPRINT_FRAMES);
	crypt_sha256(buf_str(&b), digest);
	codec_hex(digest, 16, hex);
	out->text = finer ? arena_printf(t->arena, "v%d+%d:%s", FINGERPRINT_VERSION, frames, hex) :
		arena_printf(t->arena, "v%d:%s", FINGERPRINT_VERSION, hex);
	out->why = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
}

void
fingerprint_frames(struct task *t, const struct crash_text *c, const struct stack *s,
                   struct fingerprint *out)
{
	fingerprint_finer(t, c, s, 0, out);
}

void
fingerprint_make(struct task *t, const struct crash_text *c, struct fingerprint *out)
{
	struct stack s;
	stack_parse(t, c->stack, &s);
	fingerprint_frames(t, c, &s, out);
}

void
fingerprint_crash(struct task *t, const struct item *item, struct fingerprint *out)
{
	struct crash_text c = { item->fingerprint, item->exception_type,
		item->exception_message, item->stacktrace };
	fingerprint_make(t, &c, out);
}
