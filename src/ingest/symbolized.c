/* symbolized.c - see symbolized.h. */
#include "ingest/symbolized.h"

#include <stdio.h>

#include "base/codec.h"
#include "base/crypt.h"
#include "base/json.h"
#include "base/jw.h"
#include "base/str.h"

static const char *const kinds[SYMBOLS_KINDS] = {
	"", "elf", "proguard", "sourcemap", "obfuscation"
};

static const struct stmt want = { "symbolized_want",
	"INSERT INTO symbol_results (environment_id, symbols_key, kind, build_ids, platform,"
	" version, build) SELECT $1::int4, decode(k.key, 'hex'), k.kind,"
	" CASE WHEN k.ids = '' THEN '{}' ELSE string_to_array(k.ids, ' ') END, k.platform,"
	" k.version, k.build FROM unnest($2::text[], $3::text[], $4::text[], $5::text[],"
	" $6::text[], $7::text[]) AS k (key, kind, ids, platform, version, build)"
	" ORDER BY k.key ON CONFLICT DO NOTHING" };
static const struct stmt load = { "symbolized_load",
	"SELECT k.ord::int4 - 1, r.frames, r.exception_type, r.complete, r.files"
	" FROM unnest($2::text[]) WITH ORDINALITY AS k (key, ord) JOIN symbol_results r"
	" ON r.environment_id = $1::int4 AND r.symbols_key = decode(k.key, 'hex')"
	" WHERE r.frames IS NOT NULL" };
static const struct stmt *const statements[] = { &want, &load };
const struct stmt_list symbolized_statements = STMT_LIST("symbolized", statements);

const char *
symbols_kind_name(enum symbols_kind k)
{
	return kinds[k < SYMBOLS_KINDS ? k : SYMBOLS_NONE];
}

enum symbols_kind
symbols_kind_find(struct str name)
{
	for (int k = SYMBOLS_ELF; k < SYMBOLS_KINDS; k++)
		if (str_is(name, kinds[k]))
			return (enum symbols_kind)k;
	return SYMBOLS_NONE;
}

static struct str
last_part(struct str s, char sep)
{
	size_t i = s.n;

	while (i > 0 && s.p[i - 1] != sep)
		i--;
	return str_slice(s, i, s.n);
}

/* Names and places that R8 and ProGuard leave. */
static bool
is_obfuscated_java(const struct frame *f)
{
	struct str rest = f->function, method = last_part(rest, '.');

	if (str_is(f->place, "SourceFile") || str_is(f->place, "Unknown Source") ||
	    str_is(f->place, "PG") || str_starts(f->place, STR("r8-map-id-")))
		return true;
	if (method.n + 1 >= rest.n)
		return false;
	struct str class = last_part(str_slice(rest, 0, rest.n - method.n - 1), '.');

	return class.n <= 2 && class.p[0] >= 'a' && class.p[0] <= 'z';
}

/* A place that a bundler made: far inside a line, or called so. */
static bool
is_bundled_js(const struct frame *f)
{
	static const char *const ends[] = { ".min.js", ".bundle", ".jsbundle" };

	if (f->line == 0 || f->column == 0 || f->place.n == 0)
		return false;
	for (size_t i = 0; i < NELEM(ends); i++)
		if (str_ends(f->place, str_of(ends[i])))
			return true;
	return f->column >= 200 || (f->line <= 3 && f->column >= 80);
}

static bool
build_id_ok(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f') ||
		      (s.p[i] >= 'A' && s.p[i] <= 'F')))
			return false;
	return s.n >= 8 && s.n <= 128;
}

static void
add_build(struct task *t, struct symbols_need *out, struct str id)
{
	if (!build_id_ok(id))
		return;
	char *p = arena_cstr(t->arena, id);

	for (size_t i = 0; i < id.n; i++)
		if (p[i] >= 'A' && p[i] <= 'F')
			p[i] = (char)(p[i] - 'A' + 'a');
	id.p = p;
	for (size_t i = 0; i < out->nbuild_ids; i++)
		if (str_eq(out->build_id[i], id))
			return;
	if (out->nbuild_ids < SYMBOLS_BUILDS_MAX)
		out->build_id[out->nbuild_ids++] = id;
	out->kind = SYMBOLS_ELF;
}

static void
put_part(struct buf *b, struct str s)
{
	buf_printf(b, "%zu:", s.n);
	buf_add(b, s);
}

static void
make_key(struct task *t, const struct crash_text *crash, struct symbols_need *out)
{
	struct buf b = BUF_INIT;
	char *hex = arena_raw(t->arena, CRYPT_SHA256_HEX);

	buf_puts(&b, symbols_kind_name(out->kind));
	put_part(&b, out->release.platform);
	put_part(&b, out->release.version);
	put_part(&b, out->release.build);
	put_part(&b, crash->type);
	put_part(&b, crash->stack);
	crypt_sha256_hex(buf_str(&b), hex);
	buf_release(&b);
	out->key = (struct str){ hex, CRYPT_SHA256_HEX - 1 };
}

static struct str
set(struct str s)
{
	return s.n > 0 ? s : STR("");
}

void
symbolized_need(struct task *t, const struct crash_text *crash, const struct stack *stack,
                const struct symbols_release *release, struct symbols_need *out)
{
	*out = (struct symbols_need){ .key = STR("") };
	for (size_t i = 0; i < stack->n; i++) {
		const struct frame *f = &stack->frame[i];

		if (f->form == STACK_DART_AOT && f->function.n == 0)
			add_build(t, out, stack->build_id);
		else if (f->form == STACK_NATIVE && f->build_id.n > 0 && f->in_app)
			add_build(t, out, f->build_id);
		else if (out->kind == SYMBOLS_NONE && f->form == STACK_JAVA && is_obfuscated_java(f))
			out->kind = SYMBOLS_PROGUARD;
		else if (out->kind == SYMBOLS_NONE && f->form == STACK_JS && is_bundled_js(f))
			out->kind = SYMBOLS_SOURCEMAP;
	}
	if (out->kind == SYMBOLS_NONE)
		return;
	out->release = (struct symbols_release){ set(release->platform), set(release->version),
		set(release->build) };
	make_key(t, crash, out);
}

static struct str
joined(struct task *t, const struct symbols_need *need)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < need->nbuild_ids; i++) {
		if (i > 0)
			buf_putc(&b, ' ');
		buf_add(&b, need->build_id[i]);
	}
	struct str s = arena_str(t->arena, buf_str(&b));

	buf_release(&b);
	return s;
}

enum err
symbolized_want(struct task *t, struct pg *pg, int32_t environment_id,
                const struct symbols_need *need, size_t n)
{
	enum { C_KEY, C_KIND, C_IDS, C_PLATFORM, C_VERSION, C_BUILD, COLUMNS };
	struct str *c[COLUMNS];
	struct bind b = { 0 };
	size_t k = 0;

	for (int i = 0; i < COLUMNS; i++)
		c[i] = tarray(t, n + 1, struct str);
	for (size_t i = 0; i < n; i++) {
		if (need[i].key.n == 0)
			continue;
		c[C_KEY][k] = need[i].key;
		c[C_KIND][k] = str_of(symbols_kind_name(need[i].kind));
		c[C_IDS][k] = joined(t, &need[i]);
		c[C_PLATFORM][k] = need[i].release.platform;
		c[C_VERSION][k] = need[i].release.version;
		c[C_BUILD][k++] = need[i].release.build;
	}
	if (k == 0)
		return E_OK;
	bind_i64(t, &b, environment_id);
	for (int i = 0; i < COLUMNS; i++)
		bind_str_array(t, &b, c[i], k);
	return pg_run(t, pg, &want, &b, NULL);
}

/* --- frames as JSON --- */

/* As text: 64 bits do not fit into a number of JSON. */
static void
put_address(struct jw *w, uint64_t address)
{
	char hex[20];

	if (address == 0)
		return;
	snprintf(hex, sizeof(hex), "%llx", (unsigned long long)address);
	jw_kstr(w, "address", str_of(hex));
}

static uint64_t
get_address(struct str s)
{
	uint8_t raw[8] = { 0 };
	char text[17] = "0000000000000000";
	uint64_t v = 0;

	if (s.n == 0 || s.n > 16)
		return 0;
	memcpy(text + 16 - s.n, s.p, s.n);
	if (!codec_unhex((struct str){ text, 16 }, raw, sizeof(raw)))
		return 0;
	for (size_t i = 0; i < sizeof(raw); i++)
		v = v << 8 | raw[i];
	return v;
}

static enum stack_form
form_find(struct str name)
{
	for (int f = STACK_NONE; f < STACK_FORMS; f++)
		if (str_is(name, stack_form_name((enum stack_form)f)))
			return (enum stack_form)f;
	return STACK_NONE;
}

void
symbolized_format(struct buf *b, const struct stack *stack)
{
	struct jw w;

	jw_init(&w, b);
	jw_array_begin(&w);
	for (size_t i = 0; i < stack->n; i++) {
		const struct frame *f = &stack->frame[i];

		jw_object_begin(&w);
		jw_kstr(&w, "form", str_of(stack_form_name(f->form)));
		jw_kstr(&w, "function", f->function);
		jw_kstr(&w, "place", f->place);
		jw_ki64(&w, "line", f->line);
		jw_ki64(&w, "column", f->column);
		jw_kbool(&w, "inlined", f->inlined);
		jw_kbool(&w, "in_app", f->in_app);
		put_address(&w, f->address);
		jw_object_end(&w);
	}
	jw_array_end(&w);
}

bool
symbolized_parse(struct task *t, struct str json, struct stack *out)
{
	const struct json *all;

	*out = (struct stack){ .build_id = STR(""), .arch = STR("") };
	if (json_parse(t, json, &all) != E_OK || json_type(all) != JSON_ARRAY) {
		task_clear(t);
		return false;
	}
	size_t n = json_count(all);

	out->cut = n > STACK_FRAMES_MAX;
	n = n > STACK_FRAMES_MAX ? STACK_FRAMES_MAX : n;
	out->frame = tarray(t, n + 1, struct frame);
	for (size_t i = 0; i < n; i++) {
		const struct json *j = json_at(all, i);

		out->frame[out->n++] = (struct frame){
			.form = form_find(json_str(json_get(j, "form"), STR(""))),
			.function = json_str(json_get(j, "function"), STR("")),
			.place = json_str(json_get(j, "place"), STR("")),
			.line = json_i64(json_get(j, "line"), 0),
			.column = json_i64(json_get(j, "column"), 0),
			.inlined = json_bool(json_get(j, "inlined"), false),
			.in_app = json_bool(json_get(j, "in_app"), false),
			.address = get_address(json_str(json_get(j, "address"), STR(""))),
			.build_id = STR(""),
		};
	}
	return true;
}

enum err
symbolized_load(struct task *t, struct pg *pg, int32_t environment_id, const struct str *key,
                size_t n, struct symbolized **out)
{
	struct bind b = { 0 };
	struct rows *r;
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		out[i] = NULL;
		any = any || key[i].n > 0;
	}
	if (!any)
		return E_OK;
	bind_i64(t, &b, environment_id);
	bind_str_array(t, &b, key, n);
	enum err e = pg_run(t, pg, &load, &b, &r);

	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		struct symbolized *s = talloc(t, struct symbolized);

		s->type = row_str(r, i, 2);
		s->complete = row_bool(r, i, 3);
		s->files = row_str(r, i, 4);
		if (symbolized_parse(t, row_str(r, i, 1), &s->stack))
			out[row_i64(r, i, 0)] = s;
	}
	return e;
}

void
symbolized_finer(struct task *t, const struct crash_text *crash, const struct symbolized *s,
                 int frames, struct fingerprint *out)
{
	struct crash_text c = *crash;
	struct stack printed;

	if (s == NULL) {
		stack_parse(t, c.stack, &printed);
		fingerprint_finer(t, crash, &printed, frames, out);
		return;
	}
	if (s->type.n > 0)
		c.type = s->type;
	fingerprint_finer(t, &c, &s->stack, frames, out);
}
