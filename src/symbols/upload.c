/* upload.c - see upload.h. */
#include "symbols/upload.h"

#include "base/conf.h"
#include "base/str.h"
#include "base/utf8.h"
#include "symbols/native.h"
#include "symbols/obfuscation.h"
#include "symbols/proguard.h"
#include "symbols/sourcemap.h"

#define NAME_MAX_BYTES 200
#define PART_MAX_BYTES 100

struct symbols_place
symbols_place(const struct conf *conf)
{
	return (struct symbols_place){ conf_text(conf, CONF_SYMBOL_DIR),
		conf_text(conf, CONF_SYMBOLS_PROGRAM), conf_int(conf, CONF_SYMBOL_MAX_BYTES),
		conf_int(conf, CONF_SYMBOL_PROJECT_BYTES) };
}

static enum err
wrong(struct task *t, const char *why)
{
	return task_fail(t, E_INVALID, "%s", why);
}

/* What people send by mistake. */
static const struct {
	struct str magic;
	const char *why;
} mistakes[] = {
	{ { "PK\x03\x04", 4 }, "This is a ZIP archive. Send the files in it one by one." },
	{ { "\x1f\x8b", 2 }, "This file is compressed by gzip. Send it unpacked." },
	{ { "\xcf\xfa\xed\xfe", 4 }, "This is a Mach-O file (dSYM), which is not supported yet." },
	{ { "\xca\xfe\xba\xbe", 4 }, "This is a Mach-O file (dSYM), which is not supported yet." },
};

static enum err
guess(struct task *t, struct str content, enum symbols_kind *kind)
{
	struct str s = str_trim(str_slice(content, 0, 4096));

	if (content.n == 0)
		return wrong(t, "The file is empty.");
	for (size_t i = 0; i < NELEM(mistakes); i++)
		if (str_starts(content, mistakes[i].magic))
			return wrong(t, mistakes[i].why);
	if (*kind != SYMBOLS_NONE)
		return E_OK;
	if (str_starts(s, STR("\xef\xbb\xbf")))
		s = str_trim(str_slice(s, 3, s.n));
	if (str_starts(content, STR("\x7f" "ELF")))
		*kind = SYMBOLS_ELF;
	else if (str_starts(s, STR("[")))
		*kind = SYMBOLS_OBFUSCATION;
	else if (str_starts(s, STR("{")) || str_starts(s, STR(")]}'")))
		*kind = SYMBOLS_SOURCEMAP;
	else if (memmem(content.p, content.n, " -> ", 4) != NULL)
		*kind = SYMBOLS_PROGUARD;
	else
		return wrong(t, "This is no symbol file that is known here: neither ELF with DWARF,"
		             " nor a mapping of ProGuard or R8, a source map or an obfuscation"
		             " map.");
	return E_OK;
}

static enum err
look_elf(struct task *t, const struct symbols_place *place, int fd, struct symbol_file *out)
{
	struct native_file file;
	enum err e = native_identify(t, place->program, fd, &file);

	if (e != E_OK)
		return e;
	if (file.build_id.n < 8)
		return wrong(t, "This ELF file has no build id, so no crash can name it.");
	if (!file.debug)
		return wrong(t, "This ELF file holds no debug information (DWARF). Send the file of"
		             " --split-debug-info, or the library as it was before stripping.");
	out->build_id = file.build_id;
	out->arch = file.arch;
	return E_OK;
}

/* The bundle a map is for: "main.js" of "main.js.map", else what it says. */
static enum err
look_sourcemap(struct task *t, struct str content, struct symbol_file *out)
{
	struct str bundle;
	const char *why;

	if (!sourcemap_check(t, content, &bundle, &why))
		return wrong(t, why);
	if (out->name.n > 4 && str_ends(out->name, STR(".map")))
		out->name = str_slice(out->name, 0, out->name.n - 4);
	else if (bundle.n > 0)
		out->name = bundle;
	return E_OK;
}

static enum err
check_part(struct task *t, const char *field, struct str s)
{
	if (s.n > PART_MAX_BYTES || (s.n > 0 && !utf8_is_line(s)))
		task_field(t, str_of(field), "The %s is at most %d bytes of text.", field,
		           PART_MAX_BYTES);
	return t->nfields > 0 ? task_fail(t, E_INVALID, "%s", err_message(E_INVALID)) : E_OK;
}

static enum err
check_release(struct task *t, enum symbols_kind kind, const struct symbols_release *r)
{
	enum err e = check_part(t, "platform", r->platform);

	if (e == E_OK)
		e = check_part(t, "version", r->version);
	if (e == E_OK)
		e = check_part(t, "build", r->build);
	if (e != E_OK || r->version.n > 0 || kind == SYMBOLS_SOURCEMAP)
		return e;
	task_field(t, STR("version"), "This kind of file belongs to one release: name its version.");
	return task_fail(t, E_INVALID, "This kind of file belongs to one release: name its version"
	                 " (and build).");
}

static struct str
clean_name(struct str name)
{
	name = sourcemap_bundle(name);
	name = utf8_cut(name, NAME_MAX_BYTES);
	return name.n > 0 && utf8_is_line(name) ? name : STR("unnamed");
}

static enum err
look_text(struct task *t, enum symbols_kind kind, struct str content, struct symbol_file *out)
{
	const char *why = "";

	if (kind == SYMBOLS_SOURCEMAP)
		return look_sourcemap(t, content, out);
	if (kind == SYMBOLS_PROGUARD && !proguard_check(content, &why))
		return wrong(t, why);
	if (kind == SYMBOLS_OBFUSCATION && !obfuscation_check(content, &why))
		return wrong(t, why);
	return E_OK;
}

enum err
upload_look(struct task *t, const struct symbols_place *place, const struct upload *in,
            struct shelf_new *file, struct symbol_file *out)
{
	enum symbols_kind kind = in->kind;
	struct str content;
	enum err e = shelf_content(t, file, &content);

	if (e == E_OK)
		e = guess(t, content, &kind);
	if (e != E_OK)
		return e;
	*out = (struct symbol_file){ .team_id = in->team_id, .project_id = in->project_id,
		.kind = str_of(symbols_kind_name(kind)), .name = clean_name(in->name),
		.sha256 = str_of(file->sha256), .uploaded_by = in->uploaded_by,
		.bytes = file->bytes };
	if (kind == SYMBOLS_ELF)
		return look_elf(t, place, file->fd, out);
	e = check_release(t, kind, &in->release);
	out->platform = in->release.platform;
	out->version = in->release.version;
	out->build = in->release.build;
	return e == E_OK ? look_text(t, kind, content, out) : e;
}

enum err
upload_keep(struct task *t, struct pg *pg, const struct symbols_place *place,
            struct shelf_new *file, struct symbol_file *io)
{
	struct symbol_file in = *io;
	enum err e = symbol_file_put(t, pg, &in, place->max_project, io);

	return e == E_OK ? shelf_keep(t, file) : e;
}
