/*
 * dwarf.h - what an ELF file says of itself and of addresses in it. The only
 * user of elfutils; runs in the sandbox, since files come from strangers.
 */
#ifndef TM_PROGRAMS_DWARF_H
#define TM_PROGRAMS_DWARF_H

#include "base/buf.h"

struct dwarf;

/* NULL with a sentence in *why when it is no file we can use. */
struct dwarf *dwarf_file_open(int fd, const char **why);
void dwarf_file_close(struct dwarf *d);

/* One line: {"build_id":"…","arch":"arm64","debug":true} */
void dwarf_identify(struct dwarf *d, struct buf *out);
/*
 * A line for each frame at an address, innermost first:
 * {"address":"1f3","function":"…","file":"…","line":1,"column":2,"inlined":true}
 * Nothing when the file does not know the address.
 */
void dwarf_frames(struct dwarf *d, uint64_t address, struct buf *out);

#endif
