/* calls - what one tidemark_track() costs its caller, in memory and with a
 * spool. SINK is the address of a server that takes everything. Prints a line of
 * JSON. No other vendor's client for C stands beside it: Debian has none. */
#define TIDEMARK_IMPLEMENTATION
#define TIDEMARK_GZIP
#include "tidemark.h"

enum { WARM = 2000, CALLS = 20000, PAUSE_NS = 20000 }; /* a pause as a service has */

static int64_t
now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

static void
measure(const char *url, const char *spool)
{
	static int64_t took[CALLS];
	struct tidemark_options o;
	tidemark_defaults(&o);
	o.endpoint = url;
	o.key = "tm_wk_bench";
	o.spool = spool;
	struct tidemark *tm = tidemark_open(&o);
	for (int i = 0; i < WARM + CALLS; i++) {
		int64_t begin = now_ns();
		const struct tidemark_value props[] = {
			tidemark_num("amount", 99.5), tidemark_str("currency", "EUR"),
			tidemark_int("items", 3), tidemark_bool("new", true),
		};
		tidemark_track(tm, tidemark_user("user_123"), "order_paid", TIDEMARK_LIST(props));
		int64_t end = now_ns();
		if (i >= WARM)
			took[i - WARM] = end - begin;
		while (now_ns() - end < PAUSE_NS)
			continue;
	}
	tidemark_close(tm, 2000);
	qsort(took, CALLS, sizeof(took[0]), by_size);
	printf("\"ns_per_call_p50\":%lld,\"ns_per_call_p99\":%lld", (long long)took[CALLS / 2],
	       (long long)took[CALLS * 99 / 100]);
}

/* The spool is one folder of files. */
static void
delete_folder(const char *folder)
{
	char path[TM_PATH];
	DIR *d = opendir(folder);
	for (struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d))
		if (snprintf(path, sizeof(path), "%s/%s", folder, e->d_name) < TM_PATH)
			unlink(path);
	if (d != NULL)
		closedir(d);
	rmdir(folder);
}

int
main(void)
{
	char folder[] = "/tmp/tidemark-bench-XXXXXX";
	const char *url = getenv("SINK");
	if (url == NULL || mkdtemp(folder) == NULL) {
		fprintf(stderr, "calls: SINK is not set, or no folder\n");
		return 1;
	}
	printf("{\"sdk\":\"c\",\"runtime\":\"C99\",");
	measure(url, NULL);
	printf(",\"disk\":{");
	measure(url, folder);
	printf("}}\n");
	delete_folder(folder);
	return 0;
}
