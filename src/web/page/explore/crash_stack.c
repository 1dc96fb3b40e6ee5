/* crash_stack.c - one crash in full: its stack with the app's own frames open
 * and runs of others folded, why it was grouped, what came before. */
#include "base/json.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "ingest/fingerprint.h"
#include "query/timeline.h"
#include "view/format.h"
#include "web/page/explore/crash.h"

#define RUN_MIN 2           /* this many others in a row are folded */
#define RAW_BYTES 65536
#define TEXT_BYTES 4000
#define LABEL_BYTES 80

/* --- frames ------------------------------------------------------------------- */

static struct str
place_of(struct task *t, const struct frame *f)
{
	if (f->line > 0 && f->column > 0)
		return arena_printf(t->arena, "%.*s:%lld:%lld", STRF(f->place), (long long)f->line,
		    (long long)f->column);
	if (f->line > 0)
		return arena_printf(t->arena, "%.*s:%lld", STRF(f->place), (long long)f->line);
	if (f->place.n == 0 && f->address != 0)
		return arena_printf(t->arena, "0x%llx", (unsigned long long)f->address);
	return f->place;
}

static void
fill_frame(struct task *t, struct dict *d, const struct frame *f, size_t no)
{
	dict_i64(d, "NO", (int64_t)no);
	if (f->function.n > 0)
		dict_str(d, "FUNCTION", f->function);
	else if (f->address != 0)
		dict_printf(d, "FUNCTION", "0x%llx", (unsigned long long)f->address);
	else
		dict_set(d, "FUNCTION", "(no name)");
	dict_str(d, "PLACE", place_of(t, f));
}

/* The first n parts of a dotted name. */
static struct str
dotted(struct str name, size_t n)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] == '.' && --n == 0)
			return str_slice(name, 0, i);
	return name;
}

/* The part of a path behind `folder`, "node_modules/". */
static struct str
behind(struct str place, const char *folder)
{
	struct str want = str_of(folder);
	const char *at = place.n == 0 ? NULL : memmem(place.p, place.n, want.p, want.n);
	struct str rest;
	if (at == NULL)
		return STR_NULL;
	rest = str_slice(place, (size_t)(at - place.p) + want.n, place.n);
	return str_cut(&rest, '/');
}

/* Whose code a foreign frame is, in a word: "package:flutter", "android.os". */
static struct str
owner_of(const struct frame *f)
{
	struct str rest = f->place, name = STR_NULL;
	switch (f->form) {
	case STACK_JAVA:
		return dotted(f->function, 2);
	case STACK_GO:
		return dotted(f->function, 1);
	case STACK_JS:
		name = behind(f->place, "node_modules/");
		break;
	case STACK_PYTHON:
		name = behind(f->place, "site-packages/");
		return name.n > 0 ? name : STR("Python");
	default:
		break;
	}
	if (name.n > 0)
		return name;
	if (str_starts(f->place, STR("package:")) || str_starts(f->place, STR("dart:")))
		return str_cut(&rest, '/');
	while (rest.p != NULL)
		name = str_cut(&rest, '/');
	return name;
}

/* "5 frames of package:flutter", "7 frames of dart:ui and package:flutter". */
static struct str
run_text(struct task *t, const struct frame *f, size_t n)
{
	struct str owner[2] = { STR_NULL, STR_NULL };
	size_t nowners = 0;
	for (size_t i = 0; i < n; i++) {
		struct str o = utf8_cut(owner_of(&f[i]), LABEL_BYTES);
		bool known = o.n == 0;
		for (size_t k = 0; k < nowners && k < 2 && !known; k++)
			known = str_eq(owner[k], o);
		if (known)
			continue;
		if (nowners < 2)
			owner[nowners] = o;
		nowners++;
	}
	if (nowners == 1)
		return arena_printf(t->arena, "%zu frames of %.*s", n, STRF(owner[0]));
	if (nowners == 2)
		return arena_printf(t->arena, "%zu frames of %.*s and %.*s", n, STRF(owner[0]),
		    STRF(owner[1]));
	return arena_printf(t->arena, "%zu frames of other code", n);
}

static size_t
run_length(const struct stack *s, size_t at)
{
	size_t n = 0;
	while (at + n < s->n && !s->frame[at + n].in_app)
		n++;
	return n;
}

static void
fill_run(struct task *t, struct dict *list, const struct stack *s, size_t at, size_t n)
{
	struct dict *d = dict_row(dict_row(list, "PART"), "RUN");
	dict_printf(d, "NOS", "#%zu\xe2\x80\x93%zu", at, at + n - 1);
	dict_str(d, "TEXT", run_text(t, &s->frame[at], n));
	for (size_t i = at; i < at + n; i++)
		fill_frame(t, dict_row(d, "INNER"), &s->frame[i], i);
}

/* Without a frame of the app's own the first few are all there is to see. */
static void
fill_frames(struct task *t, struct dict *list, const struct stack *s)
{
	bool own = false;
	for (size_t i = 0; i < s->n && !own; i++)
		own = s->frame[i].in_app;
	for (size_t i = 0; i < s->n;) {
		size_t n = own || i > 4 ? run_length(s, i) : 0;
		if (n >= RUN_MIN) {
			fill_run(t, list, s, i, n);
			i += n;
			continue;
		}
		struct dict *d = dict_row(dict_row(list, "PART"), "FRAME");
		dict_set(d, "CLASS", s->frame[i].in_app ? "own" : "other");
		fill_frame(t, d, &s->frame[i], i);
		i++;
	}
}

static void
fill_read(struct dict *d, const struct crash_found *f, const struct stack *s)
{
	if (f->symbolized != NULL && f->symbolized->stack.n > 0)
		dict_printf(d, "READ", "Symbolicated%s%.*s%s.%s",
		    f->symbolized->files.n > 0 ? " with " : "", STRF(f->symbolized->files),
		    f->symbolized->complete ? "" : ", in part",
		    s->cut ? " The stack is longer than is shown." : "");
	else if (s->n > 0)
		dict_printf(d, "READ", "As it was printed (%s).%s", stack_form_name(
		    s->frame[0].form), s->cut ? " The stack is longer than is shown." : "");
	else
		dict_set(d, "READ", "");
}

/* "newest of 530 · Pixel 8 · android 14 · 2.4.0 (241)" */
static struct str
which(struct explore *x, const struct crash_found *f)
{
	const struct crash_sample *s = &f->sample;
	struct task *t = x->t;
	struct buf b = BUF_INIT;
	if (f->newer.n == 0)
		buf_printf(&b, "newest of %.*s", STRF(format_count(t, f->group.row.crashes)));
	else
		buf_add(&b, format_time(t, s->ts_us, zone_offset(x->range->zone, s->ts_us)));
	if (s->origin.model.n > 0)
		buf_printf(&b, " \xc2\xb7 %.*s", STRF(s->origin.model));
	if (s->origin.platform.n > 0)
		buf_printf(&b, " \xc2\xb7 %.*s", STRF(origin_system(t, &s->origin)));
	if (s->origin.version.n > 0)
		buf_printf(&b, " \xc2\xb7 %.*s", STRF(origin_app(t, &s->origin)));
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

static void
sample_link(struct explore *x, struct dict *d, const char *section, struct str id)
{
	struct str more = id.n > 0 ? arena_printf(x->t->arena, "sample=%.*s", STRF(id)) : STR_NULL;
	dict_printf(dict_row(d, section), "URL", "%.*s#stack", STRF(page_link(x->t, x->page.path,
	    x->range_q, x->filter_q, more)));
}

static void
fill_stack(struct explore *x, struct dict *d, const struct crash_found *f,
           const struct stack *stack)
{
	const struct crash_sample *s = &f->sample;
	dict_str(d, "WHICH", which(x, f));
	if (f->newer.n > 0) {
		sample_link(x, d, "NEWEST", STR_NULL);
		sample_link(x, d, "NEWER", f->newer);
	}
	if (f->older.n > 0)
		sample_link(x, d, "OLDER", f->older);
	for (size_t i = 0; i < f->ngaps; i++) {
		struct dict *gap = dict_row(d, "MISSING");
		dict_str(gap, "WHAT", f->gap[i].what);
		dict_str(gap, "COMMAND", f->gap[i].command);
		dict_i64(gap, "N", (int64_t)i);
	}
	if (stack->n > 0)
		fill_frames(x->t, dict_row(d, "FRAMES"), stack);
	else
		dict_set(dict_row(d, "NO_FRAMES"), "TEXT", s->stack.n > 0 ?
		    "No frame could be read from what was sent." :
		    "The app sent no stack with this crash.");
	fill_read(d, f, stack);
	if (s->message.n > 100 || str_index(s->message, '\n') >= 0)
		dict_str(dict_row(d, "MESSAGE"), "TEXT", utf8_cut(s->message, RAW_BYTES));
	if (s->stack.n > 0)
		dict_str(dict_row(d, "RAW"), "TEXT", utf8_cut(s->stack, RAW_BYTES));
}

/* --- why grouped ---------------------------------------------------------------- */

static void
fill_why(struct explore *x, struct dict *d, const struct crash_found *f,
         const struct crash_text *text, const struct stack *stack)
{
	static const char *const WHY[] = {
		[FINGERPRINT_CLIENT] = "The app sent a fingerprint of its own with these crashes.",
		[FINGERPRINT_OWN] = "They share the type of the exception and the first frames of"
		    " the app\xe2\x80\x99s own code.",
		[FINGERPRINT_FOREIGN] = "No frame is the app\xe2\x80\x99s own: they share the type of"
		    " the exception, the first frames, and the message without what changes.",
		[FINGERPRINT_MESSAGE] = "There is no stack: they share the type of the exception and"
		    " the message without numbers, ids and quoted parts.",
	};
	struct fingerprint fp;
	if (f->group.rule_version == 0) {
		dict_set(d, "WHY", WHY[FINGERPRINT_CLIENT]);
		dict_set(d, "RULE", "No rule of ours was asked.");
		return;
	}
	fingerprint_finer(x->t, text, stack, f->group.split_frames, &fp);
	dict_set(d, "WHY", WHY[fp.reason]);
	if (fp.why.n > 0)
		dict_str(dict_row(d, "WHY_TEXT"), "TEXT", utf8_cut(fp.why, TEXT_BYTES));
	dict_printf(d, "RULE", "Rule %d, read from the crash that is shown. Line numbers,"
	    " addresses, ids and generated names are left out.", f->group.rule_version);
}

/* --- what came before ------------------------------------------------------------- */

static struct str
before_text(struct task *t, const struct timeline_row *c, int64_t crash_us)
{
	int64_t s = (crash_us - c->ts_us) / 1000000;
	if (!c->timed)
		return STR("");
	if (s < 0 || s >= 86400)
		return s < 0 ? STR("00:00") : format_ms(t, (double)s * 1000, false);
	if (s >= 3600)
		return arena_printf(t->arena, MINUS "%lld:%02lld:%02lld", (long long)(s / 3600),
		    (long long)(s / 60 % 60), (long long)(s % 60));
	return arena_printf(t->arena, MINUS "%02lld:%02lld", (long long)(s / 60),
	    (long long)(s % 60));
}

static void
fill_crumbs(struct explore *x, struct dict *d, const struct crash_found *f)
{
	struct timeline_row *crumb;
	size_t n;
	timeline_crumbs(x->t, f->sample.breadcrumbs, f->sample.ts_us, &crumb, &n);
	if (f->sample.session_key.n > 0)
		dict_str(dict_row(d, "SESSION"), "URL",
		    explore_url(x, "sessions", f->sample.session_key));
	if (n == 0) {
		dict_show(d, "NO_CRUMBS");
		return;
	}
	struct dict *list = dict_row(d, "CRUMBS");
	for (size_t i = 0; i < n; i++) {
		struct dict *c = dict_row(list, "CRUMB");
		dict_str(c, "WHEN", before_text(x->t, &crumb[i], f->sample.ts_us));
		dict_str(c, "KIND", utf8_cut(crumb[i].sort, LABEL_BYTES));
		dict_str(c, "TEXT", crumb[i].name.n > 0 ? utf8_cut(crumb[i].name, TEXT_BYTES) :
		    STR("(no text)"));
		if (crumb[i].detail.n > 2)
			dict_str(dict_row(c, "DATA"), "JSON", utf8_cut(json_pretty(x->t,
			    crumb[i].detail), TEXT_BYTES));
	}
}

/* --- facts ------------------------------------------------------------------------ */

static struct dict *
pair(struct dict *d, const char *name, struct str value, bool mono)
{
	if (value.n == 0)
		return NULL;
	struct dict *p = dict_row(d, "PAIR");
	dict_set(p, "NAME", name);
	dict_str(p, "VALUE", value);
	dict_set(p, "CLASS", mono ? "mono" : "text");
	return p;
}

static void
pair_link(struct explore *x, struct dict *p, const char *leaf, struct str id, const char *text)
{
	if (p == NULL || id.n == 0)
		return;
	struct dict *l = dict_row(p, "LINK");
	dict_set(l, "TEXT", text);
	dict_str(l, "URL", page_encode(x->t, arena_printf(x->t->arena, "%.*s/%.*s",
	    STRF(page_path(x->w, x->t, leaf)), STRF(id))));
}

static void
fill_facts(struct explore *x, struct dict *d, const struct crash_found *f)
{
	struct task *t = x->t;
	const struct crash_sample *s = &f->sample;
	struct str who = s->user_id.n > 0 ? s->user_id : s->anonymous_id;
	pair(d, "When", format_time(t, s->ts_us, zone_offset(x->range->zone, s->ts_us)), false);
	pair(d, "Fatal", s->fatal ? STR("yes") : STR("no"), false);
	pair(d, "Type", utf8_cut(s->type, TEXT_BYTES), true);
	pair_link(x, pair(d, "Person", who, true), "persons", s->person_id, "All about them");
	pair_link(x, pair(d, "Session", s->session_id, true), "sessions", s->session_key, "Open");
	pair(d, "Device", s->origin.device_id, true);
	pair(d, "Model", s->origin.model, false);
	pair(d, "System", origin_system(t, &s->origin), false);
	pair(d, "App", origin_app(t, &s->origin), true);
	pair(d, "Bundle", s->origin.bundle_id, true);
	pair(d, "Locale", s->origin.locale, false);
	pair(d, "Country", s->origin.country, false);
	pair(d, "Id", s->event_id, true);
	if (s->properties.n > 2)
		dict_str(dict_row(d, "PROPERTIES"), "JSON", utf8_cut(json_pretty(t, s->properties),
		    RAW_BYTES));
}

void
crash_stack(struct explore *x, const struct crash_found *f)
{
	const struct crash_sample *s = &f->sample;
	struct crash_text text = { STR(""), s->type, s->message, s->stack };
	struct stack printed = { 0 };
	const struct stack *stack = &printed;
	struct dict *d = dict_row(x->page.body, "SAMPLE");
	if (f->symbolized != NULL && f->symbolized->stack.n > 0) {
		stack = &f->symbolized->stack;
		if (f->symbolized->type.n > 0)
			text.type = f->symbolized->type;
	} else {
		stack_parse(x->t, s->stack, &printed);
	}
	fill_stack(x, d, f, stack);
	fill_why(x, x->page.body, f, &text, stack);
	fill_crumbs(x, d, f);
	fill_facts(x, d, f);
}
