/*
 * native.h - ELF files of strangers, read by a program that is locked in
 * (programs/tidemark-symbols): whatever the file holds, the worst is an error
 * here.
 */
#ifndef TM_SYMBOLS_NATIVE_H
#define TM_SYMBOLS_NATIVE_H

#include "ingest/stack.h"

struct native_file {
	struct str build_id; /* lower-case hex; "" none */
	struct str arch;     /* "arm64" …; "" other */
	bool debug;          /* holds lines and functions */
};

/* program: conf SYMBOLS_PROGRAM. E_INVALID with the reason when the file is
 * none of ours; E_IO when the program could not be run. */
enum err native_identify(struct task *t, const char *program, int fd,
                         struct native_file *out) MUST_CHECK;

/* The frames at one address, innermost first; n 0 = unknown. */
struct native_frames {
	uint64_t address;
	struct frame *frame;
	size_t n;
};
/* Fills frame and n of each; several may ask for the same address. Files are
 * read anew at each call. E_INVALID, E_IO as above. */
enum err native_look(struct task *t, const char *program, int fd, struct native_frames *at,
                     size_t n) MUST_CHECK;

#endif
