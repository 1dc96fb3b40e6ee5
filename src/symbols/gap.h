/*
 * gap.h - what a crash's stack still lacks, and how to send it: the lines of
 * a crash page.
 */
#ifndef TM_SYMBOLS_GAP_H
#define TM_SYMBOLS_GAP_H

#include "ingest/symbolized.h"

struct symbols_gap {
	enum symbols_kind kind;
	struct str build_id; /* elf */
	struct str what;     /* "Symbols of build 8dee… (arm64) are missing." */
	struct str command;  /* the tidemarkctl line that uploads them */
	struct str curl;     /* the same through the API */
};

struct symbols_crash {
	struct str project_id;
	struct str public_url; /* conf PUBLIC_URL */
	const struct crash_text *text;
	struct symbols_release release;
};

/* Which files of the project are missing for this crash. The scope holds the
 * team. n 0: nothing is missing or nothing is needed. Task memory. */
enum err symbols_missing(struct task *t, struct pg *pg, const struct symbols_crash *crash,
                         struct symbols_gap **out, size_t *n) MUST_CHECK;
/* The two lines that send a file: command and curl of out. Of `to`: the
 * project, the URL and, but for elf, the release. */
void symbols_lines(struct task *t, const struct symbols_crash *to, enum symbols_kind kind,
                   struct str file, struct symbols_gap *out);

#endif
