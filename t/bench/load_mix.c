/* load_mix.c - see load_mix.h. */
#include "load_mix.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEMPLATES_MAX 32
#define USERS 20000u

enum mark_kind { MARK_UUID, MARK_TIME, MARK_USER, MARK_HEX, MARK_MS, MARK_NS };

static const struct {
	const char *text;
	enum mark_kind kind;
} marks[] = {
	{ "@UUID@------------------------------", MARK_UUID },
	{ "@TIME@------------------", MARK_TIME },
	{ "@USER@", MARK_USER },
	{ "@HEX@-----------", MARK_HEX },
	{ "@MS@---------", MARK_MS },
	{ "@NS@---------------", MARK_NS },
};

struct mark {
	enum mark_kind kind;
	size_t at;
};

struct template {
	char path[200], header[200];
	char *body;
	size_t n;
	struct mark *mark;
	size_t nmarks;
};

struct mix {
	struct template template[TEMPLATES_MAX];
	size_t n, next;
	uint64_t random;
};

static void
find_marks(struct template *t)
{
	t->mark = calloc(t->n / 6 + 1, sizeof(*t->mark));
	if (t->mark == NULL)
		abort();
	for (char *p = t->body; (p = memchr(p, '@', (size_t)(t->body + t->n - p))) != NULL; p++)
		for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
			if (strncmp(p, marks[i].text, strlen(marks[i].text)) == 0)
				t->mark[t->nmarks++] = (struct mark){ marks[i].kind,
					(size_t)(p - t->body) };
}

static int
read_template(FILE *f, struct template *t)
{
	char line[512];
	char *header, *bytes;
	if (fgets(line, sizeof(line), f) == NULL)
		return 0;
	header = strchr(line, '\t');
	bytes = header != NULL ? strchr(header + 1, '\t') : NULL;
	if (bytes == NULL)
		return -1;
	*header++ = *bytes++ = '\0';
	snprintf(t->path, sizeof(t->path), "%.199s", line);
	snprintf(t->header, sizeof(t->header), "%.190s%s", header,
	         header[0] != '\0' ? "\r\n" : "");
	t->n = strtoul(bytes, NULL, 10);
	t->body = malloc(t->n + 1);
	if (t->body == NULL || fread(t->body, 1, t->n, f) != t->n || fgetc(f) != '\n')
		return -1;
	t->body[t->n] = '\0';
	find_marks(t);
	return 1;
}

struct mix *
mix_open(const char *file, uint64_t seed)
{
	FILE *f = fopen(file, "r");
	struct mix *m = calloc(1, sizeof(*m));
	int got = f != NULL && m != NULL ? 1 : -1;
	while (got == 1 && m->n < TEMPLATES_MAX) {
		got = read_template(f, &m->template[m->n]);
		m->n += got == 1;
	}
	if (f != NULL)
		fclose(f);
	if (got == -1 || m->n == 0) {
		free(m);
		return NULL;
	}
	m->random = seed | 1;
	m->next = (size_t)(seed % m->n);
	return m;
}

void
mix_close(struct mix *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->template[i].body);
		free(m->template[i].mark);
	}
	free(m);
}

size_t
mix_count(const struct mix *m)
{
	return m->n;
}

static uint64_t
next_random(struct mix *m)
{
	m->random ^= m->random >> 12;
	m->random ^= m->random << 25;
	m->random ^= m->random >> 27;
	return m->random * UINT64_C(2685821657736338717);
}

static void
put_hex(char *p, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++, v <<= 4)
		p[i] = "0123456789abcdef"[v >> 60];
}

static void
put_number(char *p, unsigned width, uint64_t v)
{
	while (width-- > 0) {
		p[width] = (char)('0' + v % 10);
		v /= 10;
	}
}

/* Version 7: time first, as our SDKs and most others make them. */
static void
put_uuid(struct mix *m, char *p, uint64_t ms)
{
	uint64_t hi = ms << 16 | 0x7000 | (next_random(m) & 0xfff);
	uint64_t lo = next_random(m) >> 2 | UINT64_C(1) << 63;
	put_hex(p, hi, 8);
	p[8] = p[13] = p[18] = p[23] = '-';
	put_hex(p + 9, hi << 32, 4);
	put_hex(p + 14, hi << 48, 4);
	put_hex(p + 19, lo, 4);
	put_hex(p + 24, lo << 16, 12);
}

struct mix_request
mix_next(struct mix *m)
{
	struct template *t = &m->template[m->next++ % m->n];
	char text[CLOCK_TEXT];
	uint64_t now = (uint64_t)clock_now_us();
	unsigned user = (unsigned)(next_random(m) >> 33) % USERS;
	clock_format((int64_t)now, text);
	for (size_t i = 0; i < t->nmarks; i++) {
		char *p = t->body + t->mark[i].at;
		switch (t->mark[i].kind) {
		case MARK_UUID: put_uuid(m, p, now / 1000); break;
		case MARK_TIME: memcpy(p, text, 24); break;
		case MARK_USER: put_number(p, 6, user); break;
		case MARK_HEX: put_hex(p, next_random(m), 16); break;
		case MARK_MS: put_number(p, 13, now / 1000); break;
		case MARK_NS: put_number(p, 19, now * 1000); break;
		}
	}
	return (struct mix_request){ t->path, t->header, t->body, t->n };
}
