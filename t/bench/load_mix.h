/*
 * load_mix.h - requests of many protocols for the load generator: a file of
 * them, sent in turn, with new ids and times in each.
 *
 * The file holds records: a line "PATH<tab>HEADER<tab>BYTES", then so many
 * bytes of body and a line end. HEADER is one header line or empty. In a body
 * stand marks, each as wide as what takes its place:
 *
 *   @UUID@ and 30 dashes        @HEX@ and 11 dashes (16 digits)
 *   @TIME@ and 18 dashes        @MS@ and 9 dashes (13 digits)
 *   @USER@ (6 digits)           @NS@ and 15 dashes (19 digits)
 */
#ifndef TM_BENCH_LOAD_MIX_H
#define TM_BENCH_LOAD_MIX_H

#include <stddef.h>
#include <stdint.h>

struct mix; /* one per thread */

struct mix_request {
	const char *path, *header; /* header with its line end, or "" */
	const char *body;
	size_t n;
};

/* Owned; NULL when the file cannot be read. */
struct mix *mix_open(const char *file, uint64_t seed);
void mix_close(struct mix *m);
/* Requests in the file. */
size_t mix_count(const struct mix *m);
/* The next in turn. Borrowed until the next call. */
struct mix_request mix_next(struct mix *m);

#endif
