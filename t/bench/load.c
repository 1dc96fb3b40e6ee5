/*
 * load.c - presses an ingest door: C kept connections, each sending batches
 * over TLS 1.3 (or plain HTTP) one after another, or at a given rate. With a
 * rate, latency counts from when the batch was due, so that a stalled server
 * is not measured as a quiet one. Prints one JSON object.
 */
#include "load_body.h"
#include "load_mix.h"

#include "base/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUCKETS 4096
#define REPLY_ROOM 16384

static struct options {
	int port;
	bool tls, v4;
	const char *key, *path, *mix;
	unsigned connections, events;
	double seconds, rate;
	uint64_t seed, batches; /* batches: stop after so many, 0 = by time */
} opt = { .port = 8443, .path = "/api/v1/ingest/batch", .connections = 16, .events = 100,
	  .seconds = 10, .seed = 1, .key = "" };

struct worker {
	pthread_t thread;
	unsigned index;
	int fd;
	SSL *ssl;
	char reply[REPLY_ROOM];
	uint64_t status[600], latency[BUCKETS];
	int64_t worst;
};

static SSL_CTX *tls;
static char own_header[256];
static int64_t begin_us, end_us;
static uint64_t taken; /* batches handed out, when opt.batches */

/* 64 steps for each power of two of microseconds: 1.5 % wide. */
static unsigned
bucket_of(int64_t us)
{
	uint64_t v = us < 1 ? 1 : (uint64_t)us;
	if (v < 64)
		return (unsigned)v;
	unsigned top = 63u - (unsigned)__builtin_clzll(v);
	unsigned b = (top - 5) * 64 + (unsigned)(v >> (top - 6) & 63);
	return b < BUCKETS ? b : BUCKETS - 1;
}

static double
bucket_us(unsigned b)
{
	if (b < 128)
		return b;
	return (double)((UINT64_C(64) + b % 64) << (b / 64 - 1));
}

static void
hang_up(struct worker *w)
{
	if (w->ssl != NULL)
		SSL_free(w->ssl);
	if (w->fd >= 0)
		close(w->fd);
	w->ssl = NULL;
	w->fd = -1;
}

static bool
dial(struct worker *w)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)opt.port) };
	struct timeval wait = { .tv_sec = 10 };
	int one = 1;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(w->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (connect(w->fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		return false;
	if (!opt.tls)
		return true;
	w->ssl = SSL_new(tls);
	return w->ssl != NULL && SSL_set_fd(w->ssl, w->fd) == 1 && SSL_connect(w->ssl) == 1;
}

static bool
write_all(struct worker *w, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t got = opt.tls ? SSL_write(w->ssl, p, (int)n) : write(w->fd, p, n);
		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

/* Is the answer in buf complete? Sets status, keep. */
static bool
complete(const char *buf, size_t n, int *status, bool *keep)
{
	const char *end = memmem(buf, n, "\r\n\r\n", 4);
	if (end == NULL || n < 12)
		return false;
	size_t head = (size_t)(end - buf) + 4;
	const char *length = memmem(buf, head, "Content-Length: ", 16);
	*status = (int)strtol(buf + 9, NULL, 10);
	*keep = memmem(buf, head, "Connection: close", 17) == NULL;
	if (length != NULL)
		return n >= head + (size_t)strtoul(length + 16, NULL, 10);
	return n >= head + 5 && memcmp(buf + n - 5, "0\r\n\r\n", 5) == 0;
}

/* One request and its answer; 0 when the connection broke. */
static int
exchange(struct worker *w, const char *head, size_t head_n, const char *body, size_t body_n)
{
	size_t n = 0;
	int status = 0;
	bool keep = true;
	if (w->fd < 0 && !dial(w)) {
		hang_up(w);
		return 0;
	}
	if (!write_all(w, head, head_n) || !write_all(w, body, body_n)) {
		hang_up(w);
		return 0;
	}
	while (!complete(w->reply, n, &status, &keep)) {
		ssize_t got = opt.tls
		                  ? SSL_read(w->ssl, w->reply + n, (int)(sizeof(w->reply) - 1 - n))
		                  : read(w->fd, w->reply + n, sizeof(w->reply) - 1 - n);
		if (got <= 0) {
			hang_up(w);
			return 0;
		}
		n += (size_t)got;
		w->reply[n] = '\0';
	}
	if (!keep)
		hang_up(w);
	return status > 0 && status < 600 ? status : 0;
}

/* Wait until the k-th batch of this worker is due; when it was due. */
static int64_t
due(const struct worker *w, uint64_t k)
{
	if (opt.rate <= 0)
		return clock_mono_us();
	double at = ((double)k * opt.connections + w->index) / opt.rate * 1e6;
	int64_t when = begin_us + (int64_t)at;
	int64_t now = clock_mono_us();
	if (when > now)
		usleep((useconds_t)(when - now));
	return when;
}

static bool
more(void)
{
	if (opt.batches > 0)
		return __atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED) < opt.batches;
	return clock_mono_us() < end_us;
}

/* Our own format. */
static struct mix_request
own_request(struct body *b)
{
	struct mix_request q = { .path = opt.path, .header = own_header };
	q.body = body_next(b, &q.n);
	return q;
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	uint64_t seed = opt.seed * 1000003 + w->index * 7919 + 1;
	struct body *b = body_new(opt.events, seed, opt.v4);
	struct mix *m = opt.mix != NULL ? mix_open(opt.mix, seed) : NULL;
	char head[1024];
	for (uint64_t k = 0; more(); k++) {
		int64_t from = due(w, k);
		struct mix_request q = m != NULL ? mix_next(m) : own_request(b);
		int head_n = snprintf(head, sizeof(head),
		                      "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
		                      "Content-Type: application/json\r\n%s"
		                      "Content-Length: %zu\r\n\r\n", q.path, q.header, q.n);
		int status = exchange(w, head, (size_t)head_n, q.body, q.n);
		int64_t us = clock_mono_us() - from;
		w->status[status]++;
		w->latency[bucket_of(us)]++;
		w->worst = us > w->worst ? us : w->worst;
	}
	hang_up(w);
	body_free(b);
	if (m != NULL)
		mix_close(m);
	return NULL;
}

static double
percentile(const uint64_t *counts, uint64_t total, double p)
{
	uint64_t rank = (uint64_t)((double)total * p / 100.0 + 0.999999), sum = 0;
	for (unsigned i = 0; i < BUCKETS; i++) {
		sum += counts[i];
		if (sum >= rank && sum > 0)
			return bucket_us(i) / 1000.0;
	}
	return 0;
}

static void
report(const struct worker *w, double seconds)
{
	uint64_t status[600] = { 0 }, latency[BUCKETS] = { 0 }, total = 0, taken_n;
	int64_t worst = 0;
	const char *comma = "";
	for (unsigned i = 0; i < opt.connections; i++) {
		for (unsigned s = 0; s < 600; s++)
			status[s] += w[i].status[s];
		for (unsigned k = 0; k < BUCKETS; k++)
			latency[k] += w[i].latency[k];
		worst = w[i].worst > worst ? w[i].worst : worst;
	}
	for (unsigned s = 0; s < 600; s++)
		total += status[s];
	taken_n = status[202] + status[200]; /* ours, and other vendors' */
	printf("{\"seconds\":%.3f,\"requests\":%llu,\"events_per_s\":%.0f,\"requests_per_s\":%.0f,"
	       "\"p50_ms\":%.3f,\"p95_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"status\":{",
	       seconds, (unsigned long long)total, (double)taken_n * opt.events / seconds,
	       (double)taken_n / seconds, percentile(latency, total, 50),
	       percentile(latency, total, 95), percentile(latency, total, 99),
	       (double)worst / 1000.0);
	for (unsigned s = 0; s < 600; s++) {
		if (status[s] == 0)
			continue;
		printf("%s\"%u\":%llu", comma, s, (unsigned long long)status[s]);
		comma = ",";
	}
	printf("}}\n");
}

static bool
read_options(int argc, char **argv)
{
	int c;
	while ((c = getopt(argc, argv, "p:tk:u:c:n:d:r:s:b:m:4")) != -1) {
		switch (c) {
		case 'p': opt.port = (int)strtol(optarg, NULL, 10); break;
		case 't': opt.tls = true; break;
		case 'k': opt.key = optarg; break;
		case 'u': opt.path = optarg; break;
		case 'c': opt.connections = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'n': opt.events = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'd': opt.seconds = strtod(optarg, NULL); break;
		case 'r': opt.rate = strtod(optarg, NULL); break;
		case 's': opt.seed = strtoull(optarg, NULL, 10); break;
		case 'm': opt.mix = optarg; break;
		case 'b': opt.batches = strtoull(optarg, NULL, 10); break;
		case '4': opt.v4 = true; break;
		default: return false;
		}
	}
	return opt.connections > 0 && opt.events > 0 && optind == argc;
}

int
main(int argc, char **argv)
{
	if (!read_options(argc, argv)) {
		fprintf(stderr, "usage: load -p PORT [-t] -k KEY [-c CONNECTIONS] [-n EVENTS]\n"
		                "  [-d SECONDS | -b BATCHES] [-r BATCHES/S] [-s SEED] [-4] [-u PATH] [-m FILE]\n");
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	snprintf(own_header, sizeof(own_header), "Authorization: Bearer %s\r\n"
	         "X-SDK: bench\r\nX-SDK-Version: 1.0.0\r\nX-Schema-Version: 1.0\r\n", opt.key);
	if (opt.mix != NULL) {
		struct mix *m = mix_open(opt.mix, 1);
		if (m == NULL) {
			fprintf(stderr, "load: cannot read %s\n", opt.mix);
			return 66;
		}
		mix_close(m);
	}
	tls = SSL_CTX_new(TLS_client_method());
	if (tls == NULL || SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) != 1)
		return 70;
	struct worker *w = calloc(opt.connections, sizeof(*w));
	if (w == NULL)
		return 71;
	begin_us = clock_mono_us();
	end_us = begin_us + (int64_t)(opt.seconds * 1e6);
	for (unsigned i = 0; i < opt.connections; i++) {
		w[i].index = i;
		w[i].fd = -1;
		if (pthread_create(&w[i].thread, NULL, work, &w[i]) != 0)
			return 71;
	}
	for (unsigned i = 0; i < opt.connections; i++)
		pthread_join(w[i].thread, NULL);
	report(w, (double)(clock_mono_us() - begin_us) / 1e6);
	free(w);
	SSL_CTX_free(tls);
	return 0;
}
