/*
 * process.h - what a daemon does around its loop: signals, descriptor 0,
 * crash points for tests.
 */
#ifndef TM_BASE_PROCESS_H
#define TM_BASE_PROCESS_H

#include "base/err.h"

/*
 * SIGTERM and SIGINT set the stop flag (system calls are interrupted, not
 * restarted); SIGPIPE is ignored; core dumps are switched off, since memory
 * holds secrets.
 */
void process_start(void);
/* Was the process asked to stop? */
bool process_stopping(void);
/* What this process takes of memory, shared pages counted in part (PSS); 0 when
 * the system does not tell. */
int64_t process_pss(void);
/* Give memory that a busy time left free back to the system. */
void process_trim(void);
/* Descriptor 0 is a listening socket, as FastCGI programs need. */
bool process_has_listener(void);

/*
 * Tests: with --enable-crash-points, TIDEMARK_CRASH_AT=NAME kills the process
 * (SIGKILL) when it passes crash_point("NAME"); NAME:3 at the third pass.
 * Otherwise nothing is compiled.
 */
#ifdef CRASH_POINTS
void crash_point(const char *name);
#else
#define crash_point(name) ((void)0)
#endif

#endif
