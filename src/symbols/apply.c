/* apply.c - see apply.h. */
#include "symbols/apply.h"

#include "base/log.h"
#include "base/str.h"
#include "symbols/native.h"
#include "symbols/obfuscation.h"
#include "symbols/proguard.h"
#include "symbols/sourcemap.h"

#define BUNDLES_MAX 16

struct work {
	struct task *t;
	struct pg *pg;
	const struct symbols_place *place;
	struct symbol_file want; /* project and release */
	struct symbols_applied *out;
};

static void
note_file(struct work *w, const struct symbol_file *f)
{
	struct str *s = &w->out->files;

	*s = s->n == 0 ? f->name
	               : arena_printf(w->t->arena, "%.*s, %.*s", STRF(*s), STRF(f->name));
}

/* Our loss, told once; the crash stays as it is. */
static void
lost(struct task *t, const struct symbol_file *f)
{
	log_msg(LOG_WARN, "symbols", "file %.*s: %s", STRF(f->id), t->detail);
	task_clear(t);
}

/* The file that fits, open; *fd -1 = none. */
static enum err
open_file(struct work *w, enum symbols_kind kind, struct str key, struct symbol_file *f, int *fd)
{
	struct symbol_file want = w->want;
	bool found = false;

	*fd = -1;
	want.kind = str_of(symbols_kind_name(kind));
	want.build_id = kind == SYMBOLS_ELF ? key : STR("");
	want.name = kind == SYMBOLS_SOURCEMAP ? key : STR_NULL;
	enum err e = pg_begin(w->t, w->pg, NULL);

	if (e == E_OK)
		e = symbol_file_find(w->t, w->pg, &want, f, &found);
	e = pg_end(w->t, w->pg, e);
	if (e != E_OK || !found)
		return e;
	if (shelf_open(w->t, w->place->dir, f->sha256, fd) != E_OK) {
		lost(w->t, f);
		*fd = -1;
	}
	return E_OK;
}

static enum err
open_text(struct work *w, enum symbols_kind kind, struct str key, struct str *text)
{
	struct symbol_file f;
	int fd;
	enum err e = open_file(w, kind, key, &f, &fd);

	*text = STR("");
	if (e != E_OK || fd < 0)
		return e;
	if (shelf_map(w->t, fd, text) != E_OK)
		lost(w->t, &f);
	else
		note_file(w, &f);
	return E_OK;
}

static bool
is_same_build(struct str a, struct str b)
{
	return str_ieq(a, b);
}

static struct str
build_of(const struct stack *s, const struct frame *f)
{
	return f->form == STACK_DART_AOT ? s->build_id : f->build_id;
}

static bool
needs_elf(const struct frame *f)
{
	return (f->form == STACK_DART_AOT && f->function.n == 0) ||
	       (f->form == STACK_NATIVE && f->build_id.n > 0);
}

/* Answers of one build for the frames that belong to it. */
static enum err
look_build(struct work *w, const struct stack *in, struct str build, struct native_frames **of)
{
	struct native_frames *at = tarray(w->t, in->n + 1, struct native_frames);
	struct symbol_file f;
	size_t n = 0;
	int fd;
	enum err e = open_file(w, SYMBOLS_ELF, build, &f, &fd);

	if (e != E_OK || fd < 0)
		return e;
	for (size_t i = 0; i < in->n; i++)
		if (needs_elf(&in->frame[i]) && is_same_build(build_of(in, &in->frame[i]), build))
			at[n++].address = in->frame[i].address;
	e = native_look(w->t, w->place->program, fd, at, n);
	if (e == E_INVALID) {
		lost(w->t, &f);
		return E_OK;
	}
	if (e != E_OK)
		return e;
	n = 0;
	for (size_t i = 0; i < in->n; i++)
		if (needs_elf(&in->frame[i]) && is_same_build(build_of(in, &in->frame[i]), build))
			of[i] = &at[n++];
	note_file(w, &f);
	return E_OK;
}

struct pile {
	struct stack *s;
	size_t cap;
};

static void
push(struct task *t, struct pile *p, const struct frame *f)
{
	if (p->s->n >= STACK_FRAMES_MAX) {
		p->s->cut = true;
		return;
	}
	p->s->frame = arena_grow(t->arena, p->s->frame, p->s->n, &p->cap, sizeof(*p->s->frame));
	p->s->frame[p->s->n++] = *f;
}

/* The frames at one address in place of the printed one. */
static void
push_found(struct task *t, struct pile *p, const struct frame *printed,
           const struct native_frames *found)
{
	for (size_t k = 0; k < found->n; k++) {
		struct frame f = found->frame[k];

		f.form = printed->form == STACK_DART_AOT ? STACK_DART : printed->form;
		f.build_id = printed->build_id;
		if (f.function.n == 0)
			f.function = printed->function;
		f.in_app = f.form == STACK_DART ? stack_is_own(&f) : printed->in_app;
		push(t, p, &f);
	}
}

static enum err
apply_elf(struct work *w, const struct stack *in, const struct symbols_need *need)
{
	struct native_frames **of = tarray(w->t, in->n + 1, struct native_frames *);
	struct symbols_applied *out = w->out;
	struct pile p = { &out->stack, 0 };
	enum err e = E_OK;

	for (size_t i = 0; e == E_OK && i < need->nbuild_ids; i++)
		e = look_build(w, in, need->build_id[i], of);
	out->complete = true;
	out->stack.frame = NULL;
	out->stack.n = 0;
	for (size_t i = 0; i < in->n; i++) {
		const struct frame *f = &in->frame[i];

		if (of[i] != NULL && of[i]->n > 0) {
			push_found(w->t, &p, f, of[i]);
			out->found++;
			continue;
		}
		push(w->t, &p, f);
		/* a build we have knows all it can know */
		if (needs_elf(f) && f->in_app && of[i] == NULL)
			out->complete = false;
	}
	return e;
}

/* Dart's types have names of their own map. */
static enum err
apply_names(struct work *w, struct str type)
{
	struct str map;
	enum err e = type.n > 0 ? open_text(w, SYMBOLS_OBFUSCATION, STR(""), &map) : E_OK;

	if (e != E_OK || type.n == 0 || map.n == 0)
		return e;
	struct str plain = obfuscation_apply(w->t, map, type);

	w->out->type = str_eq(plain, type) ? STR("") : plain;
	return E_OK;
}

static enum err
apply_proguard(struct work *w, const struct stack *in, struct str type)
{
	struct str map, plain = type;
	enum err e = open_text(w, SYMBOLS_PROGUARD, STR(""), &map);

	if (e != E_OK || map.n == 0)
		return e;
	w->out->found = proguard_apply(w->t, map, in, &w->out->stack, &plain);
	w->out->type = str_eq(plain, type) ? STR("") : plain;
	w->out->complete = true;
	return E_OK;
}

/* Each bundle of the stack has a map of its own. */
static enum err
apply_sourcemaps(struct work *w, const struct stack *in)
{
	struct str done[BUNDLES_MAX];
	size_t n = 0;
	enum err e = E_OK;

	w->out->complete = true;
	for (size_t i = 0; e == E_OK && i < in->n && n < BUNDLES_MAX; i++) {
		struct str map, bundle = sourcemap_bundle(in->frame[i].place);
		bool seen = bundle.n == 0 || in->frame[i].form != STACK_JS ||
		            in->frame[i].column <= 0;

		for (size_t k = 0; k < n; k++)
			seen = seen || str_eq(done[k], bundle);
		if (seen)
			continue;
		done[n++] = bundle;
		e = open_text(w, SYMBOLS_SOURCEMAP, bundle, &map);
		struct stack before = w->out->stack;

		if (e == E_OK && map.n > 0)
			w->out->found += sourcemap_apply(w->t, map, bundle, &before, &w->out->stack);
		else if (in->frame[i].in_app)
			w->out->complete = false;
	}
	return e;
}

enum err
symbols_apply(struct task *t, struct pg *pg, const struct symbols_place *place,
              struct str project_id, const struct crash_text *crash,
              const struct symbols_release *release, struct symbols_applied *out)
{
	struct work w = { t, pg, place, { .project_id = project_id }, out };
	struct symbols_need need;
	struct stack in;
	enum err e = E_OK;

	stack_parse(t, crash->stack, &in);
	symbolized_need(t, crash, &in, release, &need);
	*out = (struct symbols_applied){ .stack = in, .type = STR(""), .files = STR("") };
	w.want.platform = need.release.platform;
	w.want.version = need.release.version;
	w.want.build = need.release.build;
	switch (need.kind) {
	case SYMBOLS_ELF:
		e = apply_elf(&w, &in, &need);
		return e == E_OK ? apply_names(&w, crash->type) : e;
	case SYMBOLS_PROGUARD:
		return apply_proguard(&w, &in, crash->type);
	case SYMBOLS_SOURCEMAP:
		return apply_sourcemaps(&w, &in);
	default:
		out->complete = true;
		return E_OK;
	}
}
