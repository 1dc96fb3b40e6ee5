/* dwarf.c - see dwarf.h. */
#include "programs/symbols/dwarf.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <gelf.h>
#include <inttypes.h>

#include "base/codec.h"
#include "base/jw.h"
#include "base/str.h"
#include "base/utf8.h"

#define INLINED_MAX 64
#define TEXT_MAX 1000
#define BUILD_ID_MAX 64

struct dwarf {
	Elf *elf;
	Dwarf *dw;
};

struct position {
	const char *file;
	int line, column;
};

struct dwarf *
dwarf_file_open(int fd, const char **why)
{
	struct dwarf *d = calloc(1, sizeof(*d));

	ASSERT(d != NULL);
	elf_version(EV_CURRENT);
	d->elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (d->elf == NULL || elf_kind(d->elf) != ELF_K_ELF) {
		*why = "This is no ELF file.";
		dwarf_file_close(d);
		return NULL;
	}
	d->dw = dwarf_begin_elf(d->elf, DWARF_C_READ, NULL);
	return d;
}

void
dwarf_file_close(struct dwarf *d)
{
	if (d == NULL)
		return;
	dwarf_end(d->dw);
	elf_end(d->elf);
	free(d);
}

/* As Dart and Android name them. */
static const char *
arch_of(const struct dwarf *d)
{
	static const struct {
		int machine;
		const char *name;
	} known[] = { { EM_AARCH64, "arm64" }, { EM_ARM, "arm" }, { EM_X86_64, "x64" },
		      { EM_386, "ia32" }, { EM_RISCV, "riscv64" } };
	GElf_Ehdr head;

	if (gelf_getehdr(d->elf, &head) == NULL)
		return "";
	for (size_t i = 0; i < NELEM(known); i++)
		if (head.e_machine == known[i].machine)
			return known[i].name;
	return "";
}

/* A text of the file, as JSON can hold it. */
static void
put_text(struct jw *w, const char *key, const char *text)
{
	struct str s = str_of(text);

	s = utf8_cut(str_slice(s, 0, TEXT_MAX + 4), TEXT_MAX);
	jw_kstr(w, key, utf8_valid(s) ? s : STR("?"));
}

void
dwarf_identify(struct dwarf *d, struct buf *out)
{
	const void *id = NULL;
	ssize_t n = dwelf_elf_gnu_build_id(d->elf, &id);
	char hex[2 * BUILD_ID_MAX + 1] = "";
	struct jw w;

	if (n > 0 && n <= BUILD_ID_MAX)
		codec_hex(id, (size_t)n, hex);
	Dwarf_CU *cu = NULL;
	bool debug = d->dw != NULL &&
	             dwarf_get_units(d->dw, NULL, &cu, NULL, NULL, NULL, NULL) == 0;

	jw_init(&w, out);
	jw_object_begin(&w);
	jw_kstr(&w, "build_id", str_of(hex));
	jw_kstr(&w, "arch", str_of(arch_of(d)));
	jw_kbool(&w, "debug", debug);
	jw_object_end(&w);
	buf_putc(out, '\n');
}

static void
put_frame(struct buf *out, uint64_t address, const char *function,
          const struct position *at, bool inlined)
{
	char hex[20];
	struct jw w;

	snprintf(hex, sizeof(hex), "%" PRIx64, address);
	jw_init(&w, out);
	jw_object_begin(&w);
	jw_kstr(&w, "address", str_of(hex));
	put_text(&w, "function", function);
	put_text(&w, "file", at->file);
	jw_ki64(&w, "line", at->line);
	jw_ki64(&w, "column", at->column);
	jw_kbool(&w, "inlined", inlined);
	jw_object_end(&w);
	buf_putc(out, '\n');
}

/* The unit that holds the address: by the index of the file, else by asking
 * each (Dart writes no index). */
static bool
find_unit(struct dwarf *d, uint64_t address, Dwarf_Die *unit)
{
	Dwarf_CU *cu = NULL;

	if (dwarf_addrdie(d->dw, address, unit) != NULL)
		return true;
	while (dwarf_get_units(d->dw, cu, &cu, NULL, NULL, unit, NULL) == 0)
		if (dwarf_haspc(unit, address) == 1)
			return true;
	return false;
}

static int
number(Dwarf_Die *die, unsigned what)
{
	Dwarf_Attribute a;
	Dwarf_Word v = 0;

	if (dwarf_attr(die, what, &a) == NULL || dwarf_formudata(&a, &v) != 0 || v > INT32_MAX)
		return 0;
	return (int)v;
}

/* Where an inlined function was called. */
static struct position
call_site(Dwarf_Die *unit, Dwarf_Die *die)
{
	struct position at = { NULL, number(die, DW_AT_call_line),
		               number(die, DW_AT_call_column) };
	int file = number(die, DW_AT_call_file);
	Dwarf_Files *files;
	size_t n;

	if (dwarf_getsrcfiles(unit, &files, &n) == 0 && file > 0 && (size_t)file < n)
		at.file = dwarf_filesrc(files, (size_t)file, NULL, NULL);
	return at;
}

static const char *
function_name(Dwarf_Die *die)
{
	Dwarf_Attribute a;
	const char *name = dwarf_diename(die);

	if (name == NULL)
		name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &a));
	return name != NULL ? name : "";
}

static struct position
line_of(Dwarf_Die *unit, uint64_t address)
{
	Dwarf_Line *line = dwarf_getsrc_die(unit, address);
	struct position at = { 0 };

	if (line == NULL)
		return at;
	at.file = dwarf_linesrc(line, NULL, NULL);
	(void)dwarf_lineno(line, &at.line);
	(void)dwarf_linecol(line, &at.column);
	return at;
}

/* From the innermost block outwards, along the calls. */
static int
scopes_of(struct dwarf *d, Dwarf_Die *unit, uint64_t address, Dwarf_Die **scopes)
{
	Dwarf_Die *found = NULL, innermost;
	int n = dwarf_getscopes(unit, address, &found);

	if (n <= 0)
		return 0;
	Dwarf_Off at = dwarf_dieoffset(&found[0]);

	free(found);
	if (dwarf_offdie(d->dw, at, &innermost) == NULL)
		return 0;
	return dwarf_getscopes_die(&innermost, scopes);
}

void
dwarf_frames(struct dwarf *d, uint64_t address, struct buf *out)
{
	Dwarf_Die unit, *scopes = NULL;

	if (d->dw == NULL || !find_unit(d, address, &unit))
		return;
	struct position at = line_of(&unit, address);
	int n = scopes_of(d, &unit, address, &scopes), frames = 0;

	for (int i = 0; i < n && frames < INLINED_MAX; i++) {
		int tag = dwarf_tag(&scopes[i]);

		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
			continue;
		put_frame(out, address, function_name(&scopes[i]), &at,
		          tag == DW_TAG_inlined_subroutine);
		frames++;
		if (tag == DW_TAG_subprogram)
			break;
		at = call_site(&unit, &scopes[i]);
	}
	if (frames == 0 && at.file != NULL)
		put_frame(out, address, "", &at, false);
	free(scopes);
}
