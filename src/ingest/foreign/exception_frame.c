/* exception_frame.c - frames as text, one writer a runtime; see
 * exception_frame.h. */
#include "ingest/foreign/exception_frame.h"

#include "base/num.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ingest/foreign/foreign.h"
#include "ingest/stack.h"

#define FRAMES_MAX 100 /* of one exception, the innermost */
#define TEXT_MAX 512
#define IMAGES_MAX 1024

struct image {
	uint64_t from;
	struct str file, build_id, arch;
};

struct frame_in {
	struct str function, file, path, module, package;
	int64_t line, column;
	uint64_t address, symbol, image;
	bool foreign;          /* in_app is false */
	const struct image *of; /* that holds address, NULL unknown */
};

/* --- reading --- */

static uint64_t
address(struct task *t, const struct scan *s, uint32_t obj, const char *key)
{
	struct str text = foreign_member(t, s, obj, key);
	uint64_t v = 0;
	int64_t n;
	if (!str_starts(text, STR("0x")))
		return num_i64(text, &n) && n > 0 ? (uint64_t)n : 0;
	for (size_t i = 2; i < text.n && i < 18; i++) {
		char c = text.p[i];
		unsigned d = c >= '0' && c <= '9' ? (unsigned)(c - '0') :
		    (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (unsigned)((c | 0x20) - 'a') + 10 : 16;
		if (d > 15)
			return 0;
		v = v << 4 | d;
	}
	return v;
}

/* One line, of bounded length: a name cannot make a frame of its own. */
static struct str
line_of(struct task *t, struct str s)
{
	s = utf8_cut(str_trim(s), TEXT_MAX);
	char *p = arena_cstr(t->arena, s);
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)p[i] < ' ')
			p[i] = ' ';
	return (struct str){ p, s.n };
}

struct str
exception_line(const struct exception_text *w, uint32_t obj, const char *key)
{
	return line_of(w->t, foreign_member(w->t, w->s, obj, key));
}

static int64_t
number(const struct scan *s, uint32_t obj, const char *key)
{
	int64_t v = 0;
	uint32_t at = foreign_find(s, obj, key);
	return at != 0 && scan_int(s, at, &v) && v > 0 && v <= INT32_MAX ? v : 0;
}

void
exception_images(struct exception_text *w, uint32_t list)
{
	const struct scan *s = w->s;
	uint32_t end;
	if (list == 0 || !scan_is_array(s, list))
		return;
	w->images = tarray(w->t, IMAGES_MAX, struct image);
	end = scan_end(s, list);
	for (uint32_t k = scan_first(s, list); k < end && w->nimages < IMAGES_MAX;
	     k = scan_next(s, k)) {
		struct image *i = &w->images[w->nimages];
		i->from = address(w->t, s, k, "image_addr");
		i->file = exception_line(w, k, "code_file");
		i->build_id = exception_line(w, k, "code_id");
		if (i->build_id.n == 0)
			i->build_id = exception_line(w, k, "debug_id");
		i->arch = exception_line(w, k, "arch");
		w->nimages += i->from != 0;
	}
}

static const struct image *
image_of(const struct exception_text *w, uint64_t address_)
{
	const struct image *best = NULL;
	for (size_t i = 0; i < w->nimages && address_ != 0; i++)
		if (w->images[i].from <= address_ &&
		    (best == NULL || w->images[i].from > best->from))
			best = &w->images[i];
	return best;
}

static void
read_frame(const struct exception_text *w, uint32_t at, struct frame_in *f)
{
	uint32_t own = foreign_find(w->s, at, "in_app");
	*f = (struct frame_in){
		.function = exception_line(w, at, "function"),
		.file = exception_line(w, at, "filename"),
		.path = exception_line(w, at, "abs_path"),
		.module = exception_line(w, at, "module"),
		.package = exception_line(w, at, "package"),
		.line = number(w->s, at, "lineno"),
		.column = number(w->s, at, "colno"),
		.address = address(w->t, w->s, at, "instruction_addr"),
		.symbol = address(w->t, w->s, at, "symbol_addr"),
		.image = address(w->t, w->s, at, "image_addr"),
		.foreign = own != 0 && scan_kind(w->s, own) == SCAN_FALSE,
	};
	if (str_is(f->function, "?"))
		f->function = STR("");
	f->of = image_of(w, f->address);
	if (f->image == 0 && f->of != NULL)
		f->image = f->of->from;
}

/* --- writing: a frame as the runtime prints it --- */

static struct str
first_of(struct str a, struct str b, struct str c)
{
	return a.n > 0 ? a : b.n > 0 ? b : c;
}

static void
put_position(struct buf *b, const struct frame_in *f)
{
	if (f->line == 0)
		return;
	buf_putc(b, ':');
	buf_i64(b, f->line);
	if (f->column == 0)
		return;
	buf_putc(b, ':');
	buf_i64(b, f->column);
}

/* "    at total (https://shop.test/app.js:2:42)"; also for runtimes that have
 * no reader of their own. */
static void
write_js(struct exception_text *w, const struct frame_in *f, struct frame *as)
{
	as->form = STACK_JS;
	as->place = first_of(f->file, f->path, f->module);
	buf_puts(&w->b, "    at ");
	if (f->function.n == 0) {
		buf_add(&w->b, as->place);
		put_position(&w->b, f);
		return;
	}
	buf_add(&w->b, f->function);
	buf_puts(&w->b, " (");
	buf_add(&w->b, as->place.n > 0 ? as->place : STR("<anonymous>"));
	put_position(&w->b, f);
	buf_putc(&w->b, ')');
}

/* '  File "shop/cart.py", line 12, in total' */
static void
write_python(struct exception_text *w, const struct frame_in *f, struct frame *as)
{
	as->form = STACK_PYTHON;
	as->place = first_of(f->file, f->path, f->module);
	buf_printf(&w->b, "  File \"%.*s\", line %lld", STRF(as->place), (long long)f->line);
	if (f->function.n > 0)
		buf_printf(&w->b, ", in %.*s", STRF(f->function));
}

/* "\tat com.example.Cart.total(Cart.kt:12)" */
static void
write_java(struct exception_text *w, const struct frame_in *f, struct frame *as)
{
	as->form = STACK_JAVA;
	as->place = f->file.n > 0 ? f->file : STR("Unknown Source");
	as->function = f->module.n == 0 ? f->function :
	    arena_printf(w->t->arena, "%.*s.%.*s", STRF(f->module), STRF(f->function));
	buf_printf(&w->b, "\tat %.*s(%.*s", STRF(as->function), STRF(as->place));
	if (f->line != 0)
		buf_printf(&w->b, ":%lld", (long long)f->line);
	buf_putc(&w->b, ')');
}

/* "#3      Cart.total (package:shop/cart.dart:12:7)" */
static void
write_dart(struct exception_text *w, const struct frame_in *f, struct frame *as)
{
	as->form = STACK_DART;
	as->place = first_of(f->path, f->file, f->module);
	buf_printf(&w->b, "#%-6zu %.*s (%.*s", w->frames,
	           STRF(f->function.n > 0 ? f->function : STR("<fn>")), STRF(as->place));
	put_position(&w->b, f);
	buf_putc(&w->b, ')');
}

/* "    #03 abs 0000007a1c3d9f13 virt 00000000003d9f13 _kDart…": the offset in
 * the code of the app, which needs that build's symbols. */
static void
write_aot(struct exception_text *w, const struct frame_in *f, struct frame *as)
{
	as->form = STACK_DART_AOT;
	if (!w->headed && f->of != NULL) {
		buf_printf(&w->b, "build_id: '%.*s'\n", STRF(f->of->build_id));
		if (f->of->arch.n > 0)
			buf_printf(&w->b, "arch: %.*s\n", STRF(f->of->arch));
		w->headed = true;
	}
	buf_printf(&w->b, "    #%02zu abs %016llx virt %016llx _kDartIsolateSnapshotInstructions",
	           w->frames, (unsigned long long)f->address,
	           (unsigned long long)(f->address - f->image));
}

/* "#01 pc 000000000004a3c4  /data/app/libshop.so (total+0) (BuildId: abc)" */
static void
write_native(struct exception_text *w, const struct frame_in *f, struct frame *as)
{
	struct str image = f->of != NULL ? f->of->file : STR("");
	as->form = STACK_NATIVE;
	as->place = first_of(f->package, image, STR("<unknown>"));
	/* a blank would end the library's name */
	if (str_index(as->place, ' ') >= 0)
		as->place = STR("<unknown>");
	buf_printf(&w->b, "#%02zu pc %016llx  %.*s", w->frames,
	           (unsigned long long)(f->address - f->image), STRF(as->place));
	if (f->function.n > 0)
		buf_printf(&w->b, " (%.*s+0)", STRF(f->function));
	if (f->of != NULL && f->of->build_id.n > 0)
		buf_printf(&w->b, " (BuildId: %.*s)", STRF(f->of->build_id));
}

static struct str
last_part(struct str path)
{
	for (size_t i = path.n; i > 0; i--)
		if (path.p[i - 1] == '/')
			return str_slice(path, i, path.n);
	return path;
}

/* "3   Shop   0x0000000104a3c2f4 Cart.total() + 132 (Cart.swift:48)" */
static void
write_apple(struct exception_text *w, const struct frame_in *f, struct frame *as)
{
	struct str image = f->of != NULL ? f->of->file : STR("");
	uint64_t from = f->function.n > 0 ? f->symbol : f->image;
	as->form = STACK_APPLE;
	as->place = last_part(first_of(f->package, image, STR("Unknown")));
	buf_printf(&w->b, "%-3zu %-30.*s 0x%016llx ", w->frames, STRF(as->place),
	           (unsigned long long)f->address);
	if (f->function.n > 0)
		buf_add(&w->b, f->function);
	else
		buf_printf(&w->b, "0x%llx", (unsigned long long)f->image);
	if (from != 0 && from <= f->address)
		buf_printf(&w->b, " + %llu", (unsigned long long)(f->address - from));
	if (f->function.n > 0 && f->file.n > 0 && f->line != 0)
		buf_printf(&w->b, " (%.*s:%lld)", STRF(last_part(f->file)), (long long)f->line);
}

/* "main.(*Cart).Total(...)" and then "\t/srv/cart.go:12"; a mark belongs to
 * the first line. */
static void
write_go(struct exception_text *w, const struct frame_in *f, struct frame *as)
{
	as->form = STACK_GO;
	as->place = first_of(f->path, f->file, STR("unknown.go"));
	as->function = f->module.n == 0 ? f->function :
	    arena_printf(w->t->arena, "%.*s.%.*s", STRF(f->module), STRF(f->function));
	buf_printf(&w->b, "%.*s(...)", STRF(as->function));
	if (f->foreign && stack_is_own(as))
		buf_puts(&w->b, STACK_MARK);
	buf_printf(&w->b, "\n\t%.*s:%lld", STRF(as->place), (long long)f->line);
}

typedef void writer(struct exception_text *w, const struct frame_in *f, struct frame *as);

static const struct {
	const char *platform;
	writer *write;
} PLATFORMS[] = {
	{ "python", write_python }, { "java", write_java },   { "android", write_java },
	{ "kotlin", write_java },   { "dart", write_dart },   { "cocoa", write_apple },
	{ "swift", write_apple },   { "apple", write_apple }, { "objc", write_apple },
	{ "go", write_go },         { "native", write_native }, { "c", write_native },
};

static bool
is_app_image(const struct image *i)
{
	return i != NULL && (str_ends(i->file, STR("libapp.so")) ||
	                     str_ends(i->file, STR("App.framework/App")) ||
	                     str_ends(i->file, STR("App.Framework/App")));
}

/* By what the frame looks like, where that is clear: Flutter's events hold
 * frames of several runtimes; else by the frame's or the event's platform. */
static writer *
writer_of(const struct exception_text *w, uint32_t at, const struct frame_in *f)
{
	struct str platform = foreign_member(w->t, w->s, at, "platform");
	if (platform.n == 0)
		platform = w->platform;
	if (str_starts(f->path, STR("package:")) || str_starts(f->path, STR("dart:")) ||
	    str_ends(f->file, STR(".dart")))
		return write_dart;
	if (is_app_image(f->of) && f->function.n == 0)
		return write_aot;
	for (size_t i = 0; i < NELEM(PLATFORMS); i++)
		if (str_is(platform, PLATFORMS[i].platform))
			return PLATFORMS[i].write;
	return f->address != 0 && f->file.n == 0 ? write_native : write_js;
}

static void
put_frame(struct exception_text *w, uint32_t at)
{
	struct frame_in f;
	if (!scan_is_object(w->s, at))
		return;
	read_frame(w, at, &f);
	if (f.function.n == 0 && f.file.n == 0 && f.path.n == 0 && f.address == 0)
		return;
	struct frame as = { .function = f.function, .place = STR("") };
	writer *write = writer_of(w, at, &f);
	write(w, &f, &as);
	/* our own table knows most of them */
	if (f.foreign && write != write_go && stack_is_own(&as))
		buf_puts(&w->b, STACK_MARK);
	buf_putc(&w->b, '\n');
	w->frames++;
}

/* The innermost FRAMES_MAX: senders have the innermost last, as Python does. */
void
exception_frames(struct exception_text *w, uint32_t list, bool python)
{
	const struct scan *s = w->s;
	uint32_t at[FRAMES_MAX], end;
	size_t n = 0;
	if (list == 0 || !scan_is_array(s, list))
		return;
	end = scan_end(s, list);
	for (uint32_t k = scan_first(s, list); k < end; k = scan_next(s, k))
		at[n++ % FRAMES_MAX] = k;
	size_t kept = n < FRAMES_MAX ? n : FRAMES_MAX;
	for (size_t i = 0; i < kept && w->frames < STACK_FRAMES_MAX; i++)
		put_frame(w, at[(python ? n - kept + i : n - 1 - i) % FRAMES_MAX]);
}
