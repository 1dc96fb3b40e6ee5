/* gap.c - see gap.h. */
#include "symbols/gap.h"

#include "base/str.h"
#include "base/url.h"
#include "model/project/symbol_file.h"
#include "symbols/sourcemap.h"

#define GAPS_MAX (SYMBOLS_BUILDS_MAX + 8)

struct gaps {
	struct task *t;
	struct pg *pg;
	const struct symbols_crash *crash;
	struct symbols_gap *gap;
	size_t n;
};

/* An argument of a shell line: quoted when it has to be. */
static struct str
word(struct task *t, struct str s)
{
	bool plain = s.n > 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		plain = plain && ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		                  (c >= 'A' && c <= 'Z') || (c != '\0' && strchr("._-+/:", c) != NULL));
	}
	if (plain)
		return s;
	struct buf b = BUF_INIT;

	buf_putc(&b, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'')
			buf_puts(&b, "'\\''");
		else
			buf_putc(&b, s.p[i]);
	}
	buf_putc(&b, '\'');
	struct str out = arena_str(t->arena, buf_str(&b));

	buf_release(&b);
	return out;
}

static void
put_query(struct buf *b, const char *name, struct str value)
{
	if (value.n == 0)
		return;
	buf_printf(b, "&%s=", name);
	url_encode(b, value);
}

static void
put_flag(struct task *t, struct buf *b, const char *name, struct str value)
{
	if (value.n > 0)
		buf_printf(b, " --%s %.*s", name, STRF(word(t, value)));
}

void
symbols_lines(struct task *t, const struct symbols_crash *to, enum symbols_kind kind,
              struct str file, struct symbols_gap *out)
{
	const struct symbols_release none = { STR(""), STR(""), STR("") };
	const struct symbols_release *r = kind == SYMBOLS_ELF ? &none : &to->release;
	struct buf b = BUF_INIT;

	buf_printf(&b, "tidemarkctl symbols upload --project %.*s", STRF(to->project_id));
	put_flag(t, &b, "platform", r->platform);
	put_flag(t, &b, "version", r->version);
	put_flag(t, &b, "build", r->build);
	buf_printf(&b, " %.*s", STRF(word(t, file)));
	out->command = arena_str(t->arena, buf_str(&b));
	buf_reset(&b);
	buf_printf(&b, "curl -H \"Authorization: Bearer $TOKEN\" --data-binary @%.*s '%.*s"
	           "/api/v1/symbols?project=%.*s", STRF(word(t, file)),
	           STRF(to->public_url), STRF(to->project_id));
	put_query(&b, "name", file);
	put_query(&b, "platform", r->platform);
	put_query(&b, "version", r->version);
	put_query(&b, "build", r->build);
	buf_putc(&b, '\'');
	out->curl = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
}

static void
add(struct gaps *g, enum symbols_kind kind, struct str build_id, struct str what,
    struct str file)
{
	if (g->n == GAPS_MAX)
		return;
	struct symbols_gap *x = &g->gap[g->n++];

	*x = (struct symbols_gap){ .kind = kind, .build_id = build_id, .what = what };
	symbols_lines(g->t, g->crash, kind, file, x);
}

static enum err
is_there(struct gaps *g, enum symbols_kind kind, struct str key, bool *yes)
{
	const struct symbol_file want = {
		.project_id = g->crash->project_id, .kind = str_of(symbols_kind_name(kind)),
		.build_id = kind == SYMBOLS_ELF ? key : STR(""),
		.platform = g->crash->release.platform, .version = g->crash->release.version,
		.build = g->crash->release.build,
		.name = kind == SYMBOLS_SOURCEMAP ? key : STR_NULL,
	};
	struct symbol_file f;

	return symbol_file_find(g->t, g->pg, &want, &f, yes);
}

static enum err
of_builds(struct gaps *g, const struct stack *s, const struct symbols_need *need)
{
	bool dart = s->build_id.n > 0;
	enum err e = E_OK;

	for (size_t i = 0; e == E_OK && i < need->nbuild_ids; i++) {
		struct str id = need->build_id[i];
		bool yes;

		e = is_there(g, SYMBOLS_ELF, id, &yes);
		if (e != E_OK || yes)
			continue;
		struct str arch = s->arch.n > 0 ? s->arch : STR("arm64");
		struct str what = arena_printf(g->t->arena, "Symbols of build %.*s%s%.*s are missing.",
		                               STRF(id), s->arch.n > 0 ? ", " : "", STRF(s->arch));

		add(g, SYMBOLS_ELF, id, what,
		    dart ? arena_printf(g->t->arena, "app.android-%.*s.symbols", STRF(arch))
		         : STR("libNAME.so"));
	}
	return e;
}

static struct str
release_text(struct gaps *g)
{
	const struct symbols_release *r = &g->crash->release;

	if (r->version.n == 0)
		return STR("the release");
	return arena_printf(g->t->arena, "%.*s%s%.*s%s", STRF(r->version),
	                    r->build.n > 0 ? " (" : "", STRF(r->build), r->build.n > 0 ? ")" : "");
}

static enum err
of_mapping(struct gaps *g)
{
	bool yes;
	enum err e = is_there(g, SYMBOLS_PROGUARD, STR(""), &yes);

	if (e == E_OK && !yes)
		add(g, SYMBOLS_PROGUARD, STR(""),
		    arena_printf(g->t->arena, "The R8 or ProGuard mapping of %.*s is missing.",
		                 STRF(release_text(g))), STR("mapping.txt"));
	return e;
}

static enum err
of_bundles(struct gaps *g, const struct stack *s)
{
	enum err e = E_OK;

	for (size_t i = 0; e == E_OK && i < s->n && g->n < 8; i++) {
		struct str bundle = sourcemap_bundle(s->frame[i].place);
		bool yes = s->frame[i].form != STACK_JS || !s->frame[i].in_app || bundle.n == 0 ||
		           s->frame[i].column <= 0;

		for (size_t k = 0; k < i && !yes; k++)
			yes = str_eq(sourcemap_bundle(s->frame[k].place), bundle);
		if (!yes)
			e = is_there(g, SYMBOLS_SOURCEMAP, bundle, &yes);
		if (e == E_OK && !yes)
			add(g, SYMBOLS_SOURCEMAP, STR(""),
			    arena_printf(g->t->arena, "The source map of %.*s is missing.",
			                 STRF(bundle)),
			    arena_printf(g->t->arena, "%.*s.map", STRF(bundle)));
	}
	return e;
}

enum err
symbols_missing(struct task *t, struct pg *pg, const struct symbols_crash *crash,
                struct symbols_gap **out, size_t *n)
{
	struct gaps g = { t, pg, crash, tarray(t, GAPS_MAX, struct symbols_gap), 0 };
	struct symbols_need need;
	struct stack s;
	enum err e = E_OK;

	stack_parse(t, crash->text->stack, &s);
	symbolized_need(t, crash->text, &s, &crash->release, &need);
	if (need.kind == SYMBOLS_ELF)
		e = of_builds(&g, &s, &need);
	else if (need.kind == SYMBOLS_PROGUARD)
		e = of_mapping(&g);
	else if (need.kind == SYMBOLS_SOURCEMAP)
		e = of_bundles(&g, &s);
	*out = g.gap;
	*n = e == E_OK ? g.n : 0;
	return e;
}
