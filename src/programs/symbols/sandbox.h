/*
 * sandbox.h - give up everything but reading one file and writing answers.
 *
 * For a process that reads files of strangers: no new privileges, no other
 * descriptors, bounds on memory, time, files and processes, and a list of
 * system calls (seccomp); any other one ends the process at once (SIGSYS).
 */
#ifndef TM_PROGRAMS_SANDBOX_H
#define TM_PROGRAMS_SANDBOX_H

#include "base/base.h"

/* Keeps descriptors 0 to last. False when a part of it could not be had:
 * then the caller must not go on. */
bool sandbox_enter(unsigned last) MUST_CHECK;

#endif
