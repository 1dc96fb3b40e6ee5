/* pool.c - see pool.h. */
#include "programs/pool.h"

#include <stdio.h>
#include <string.h>

#include "base/base.h"

static int
usage(FILE *f, const char *program, int code)
{
	fprintf(f, "usage: %s [--routes]\n"
	           "A FastCGI program: descriptor 0 is its listening socket; settings come from\n"
	           "TIDEMARK_CONF or /etc/tidemark/tidemark.conf. See %s(8).\n"
	           "  --routes   print the table of routes as JSON lines, and end\n",
	        program, program);
	return code;
}

int
pool_args(int argc, char **argv, const char *program, bool *routes)
{
	*routes = false;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--routes") == 0) {
			*routes = true;
		} else if (strcmp(argv[i], "--version") == 0) {
			printf("%s " TM_VERSION "\n", program);
			return 0;
		} else if (strcmp(argv[i], "--help") == 0) {
			return usage(stdout, program, 0);
		} else {
			usage(stderr, program, 64);
			fprintf(stderr, "%s: There is no argument \"%s\"\n", program, argv[i]);
			return 64;
		}
	}
	return -1;
}
