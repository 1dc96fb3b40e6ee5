/* load_body.c - see load_body.h. */
#include "load_body.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USERS 20000u
#define SESSIONS 3u
#define EVENT_ROOM 320
#define HEAD_ROOM 1024

struct body {
	char *text;
	size_t n;
	unsigned events;
	size_t *id_at;      /* 36 characters each */
	size_t *session_at; /* 6 + 1 digits each */
	size_t *time_at;    /* 24 characters each */
	size_t sent_at, device_at, user_at, anonymous_at;
	uint64_t random;
	int v4;
};

/* xorshift64*: fast, and good enough to make ids. */
static uint64_t
next_random(struct body *b)
{
	b->random ^= b->random >> 12;
	b->random ^= b->random << 25;
	b->random ^= b->random >> 27;
	return b->random * UINT64_C(2685821657736338717);
}

static void
put(struct body *b, const char *text)
{
	size_t n = strlen(text);
	memcpy(b->text + b->n, text, n);
	b->n += n;
}

/* Room that is patched later; returns where it is. */
static size_t
hole(struct body *b, size_t n)
{
	size_t at = b->n;
	memset(b->text + at, '0', n);
	b->n += n;
	return at;
}

static void
write_head(struct body *b)
{
	put(b, "{\"schema_version\":\"1.0\",\"sent_at\":\"");
	b->sent_at = hole(b, 24);
	put(b, "\",\"environment\":\"prod\",\"app\":{\"bundle_id\":\"com.example.bench\","
	       "\"version_name\":\"2.3.1\",\"build_number\":\"231\"},\"device\":{"
	       "\"device_id\":\"device-");
	b->device_at = hole(b, 6);
	put(b, "\",\"platform\":\"android\",\"os_version\":\"14\",\"model\":\"Pixel 8\","
	       "\"locale\":\"de_DE\"},\"user\":{\"anonymous_id\":\"anon-");
	b->anonymous_at = hole(b, 6);
	put(b, "\",\"user_id\":\"user-");
	b->user_at = hole(b, 6);
	put(b, "\"},\"events\":[");
}

static void
write_event(struct body *b, unsigned i)
{
	static const char *const names[] = { "screen_view", "tap", "search", "purchase",
		                             "sign_up" };
	static const char *const screens[] = { "Home", "Cart", "Profile", "Settings" };
	char tail[160];
	put(b, i > 0 ? ",{\"type\":\"event\",\"event_id\":\"" : "{\"type\":\"event\",\"event_id\":\"");
	b->id_at[i] = hole(b, 36);
	put(b, "\",\"name\":\"");
	put(b, names[i % 5]);
	put(b, "\",\"timestamp\":\"");
	b->time_at[i] = hole(b, 24);
	put(b, "\",\"session_id\":\"sess_");
	b->session_at[i] = hole(b, 7);
	snprintf(tail, sizeof(tail),
	         "\",\"properties\":{\"screen\":\"%s\",\"referrer\":\"push_notification\","
	         "\"position\":%u}}", screens[i % 4], i);
	put(b, tail);
}

struct body *
body_new(unsigned events, uint64_t seed, int v4)
{
	struct body *b = calloc(1, sizeof(*b));
	if (b == NULL)
		abort();
	b->events = events;
	b->random = seed | 1;
	b->v4 = v4;
	b->text = malloc(HEAD_ROOM + (size_t)events * EVENT_ROOM);
	b->id_at = calloc(events, sizeof(*b->id_at));
	b->session_at = calloc(events, sizeof(*b->session_at));
	b->time_at = calloc(events, sizeof(*b->time_at));
	if (b->text == NULL || b->id_at == NULL || b->session_at == NULL || b->time_at == NULL)
		abort();
	write_head(b);
	for (unsigned i = 0; i < events; i++)
		write_event(b, i);
	put(b, "]}");
	return b;
}

void
body_free(struct body *b)
{
	free(b->text);
	free(b->id_at);
	free(b->session_at);
	free(b->time_at);
	free(b);
}

static void
put_uuid(struct body *b, char *p, uint64_t ms)
{
	static const char hex[] = "0123456789abcdef";
	static const unsigned char dash[] = { 8, 13, 18, 23 };
	uint64_t r = next_random(b);
	uint64_t hi = b->v4 ? (r & ~UINT64_C(0xffff)) | 0x4000 | (r & 0xfff)
	                    : ms << 16 | 0x7000 | (r & 0xfff);
	uint64_t lo = (next_random(b) >> 2) | UINT64_C(1) << 63;
	unsigned d = 0;
	for (unsigned i = 0, at = 0; i < 32; i++, at++) {
		if (d < 4 && at == dash[d]) {
			p[at++] = '-';
			d++;
		}
		uint64_t half = i < 16 ? hi : lo;
		p[at] = hex[half >> (60 - 4 * (i % 16)) & 15];
	}
}

static void
put_number(char *p, unsigned width, unsigned v)
{
	while (width-- > 0) {
		p[width] = (char)('0' + v % 10);
		v /= 10;
	}
}

const char *
body_next(struct body *b, size_t *n)
{
	char now_text[CLOCK_TEXT];
	int64_t now = clock_now_us();
	unsigned user = (unsigned)(next_random(b) >> 33) % USERS;
	clock_format(now, now_text);
	memcpy(b->text + b->sent_at, now_text, 24);
	put_number(b->text + b->device_at, 6, user);
	put_number(b->text + b->anonymous_at, 6, user);
	put_number(b->text + b->user_at, 6, user);
	for (unsigned i = 0; i < b->events; i++) {
		put_uuid(b, b->text + b->id_at[i], (uint64_t)(now / 1000));
		memcpy(b->text + b->time_at[i], now_text, 24);
		put_number(b->text + b->session_at[i], 6, user);
		put_number(b->text + b->session_at[i] + 6, 1, i % SESSIONS);
	}
	*n = b->n;
	return b->text;
}
