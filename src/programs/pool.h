/*
 * pool.h - the command line of the FastCGI programs, which nearly have none:
 * --routes, --help, --version.
 */
#ifndef TM_PROGRAMS_POOL_H
#define TM_PROGRAMS_POOL_H

#include <stdbool.h>

/* -1: go on, *routes: print the table instead of serving. Else the exit code;
 * what is to say has been said. */
int pool_args(int argc, char **argv, const char *program, bool *routes);

#endif
