/*
 * replay.c - main of the fuzz targets when they are built without libFuzzer:
 * run the corpus of t/fuzz/corpus/NAME (argv[1], or by the program's name)
 * once and say so in TAP. Every input found by fuzzing is kept there.
 */
#include <dirent.h>

#include "base/str.h"
#include "fuzz.h"

static long
run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		return -1;
	static uint8_t data[1 << 20];
	size_t n = fread(data, 1, sizeof(data), f);
	fclose(f);
	/* exact size, so that a sanitizer sees a byte read too far */
	uint8_t *copy = malloc(n + 1);
	ASSERT(copy != NULL);
	memcpy(copy, data, n);
	(void)LLVMFuzzerTestOneInput(copy, n);
	free(copy);
	return (long)n;
}

int
main(int argc, char **argv)
{
	char dir[512], path[1024];
	const char *top = getenv("TIDEMARK_TOP"), *name = strrchr(argv[0], '/');
	name = name != NULL ? name + 1 : argv[0];
	if (argc > 1)
		snprintf(dir, sizeof(dir), "%s", argv[1]);
	else
		snprintf(dir, sizeof(dir), "%s/t/fuzz/corpus/%s", top != NULL ? top : TOP_SRCDIR,
		         name);
	DIR *d = opendir(dir);
	int n = 0;
	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		printf("%sok %d - %s %s\n", run_file(path) < 0 ? "not " : "", ++n, name, e->d_name);
	}
	if (d != NULL)
		closedir(d);
	printf("1..%d\n", n);
	return n > 0 ? 0 : 1;
}
