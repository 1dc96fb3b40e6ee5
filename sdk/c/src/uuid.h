/* uuid.h - UUIDv7 (RFC 9562). Random bytes are read a page at a time: a call of
 * the system for each id would be most of what a call costs. Used under the
 * client's lock. */

struct tm_ids {
	unsigned char page[4096];
	size_t used, have;
};

static void
tm_ids_fill(struct tm_ids *g)
{
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, g->page, sizeof(g->page)) : -1;
	if (fd >= 0)
		close(fd);
	g->used = 0;
	g->have = n >= 16 ? (size_t)n : 0;
	for (size_t i = g->have; g->have == 0 && i < sizeof(g->page); i++) {
		/* without /dev/urandom: time, place and process, which repeat only
		 * within a process that has nothing else either */
		uint64_t x = (uint64_t)tm_clock_us(CLOCK_REALTIME) * 6364136223846793005u +
		             (uint64_t)getpid() * 1442695040888963407u + i * 2654435761u;
		g->page[i] = (unsigned char)(x >> 33);
	}
	if (g->have == 0)
		g->have = sizeof(g->page);
}

static void
tm_uuid7(struct tm_ids *g, int64_t ms, char out[TM_ID])
{
	unsigned char u[16];
	if (g->have - g->used < 10)
		tm_ids_fill(g);
	memcpy(u + 6, g->page + g->used, 10);
	g->used += 10;
	for (int i = 0; i < 6; i++)
		u[i] = (unsigned char)((uint64_t)ms >> (40 - 8 * i));
	u[6] = (unsigned char)((u[6] & 0x0f) | 0x70);
	u[8] = (unsigned char)((u[8] & 0x3f) | 0x80);
	static const char digit[] = "0123456789abcdef";
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = digit[u[i] >> 4];
		*out++ = digit[u[i] & 15];
	}
	*out = '\0';
}
