/* inflate.c - see inflate.h. */
#include "http/inflate.h"

#include <zlib.h>
#include <zstd.h>

#include "base/buf.h"
#include "base/str.h"

#define STEP ((size_t)64 * 1024)
/* Largest window a zstd frame may ask for: 8 MiB. */
#define ZSTD_WINDOW_LOG 23

/* Output under construction. */
struct sink {
	struct task *t;
	const struct inflate_limits *limits;
	size_t input; /* whole compressed size, for the ratio */
	struct buf out;
};

static void
release_sink(void *p)
{
	struct sink *s = p;
	buf_release(&s->out);
}

static enum err
damaged(struct task *t, const char *what)
{
	return task_fail(t, E_BAD_REQUEST, "The compressed body %s.", what);
}

/* Account for n new bytes. */
static enum err
took(struct sink *s, size_t n)
{
	s->out.n += n;
	if (s->out.n > s->limits->max_bytes)
		return task_fail(s->t, E_TOO_LARGE, "The body is larger than %zu bytes when unpacked.",
		                 s->limits->max_bytes);
	if (s->out.n > STEP && s->out.n / s->limits->max_ratio > s->input)
		return task_fail(s->t, E_TOO_LARGE,
		                 "The body unpacks to more than %zu times its size.",
		                 s->limits->max_ratio);
	return E_OK;
}

static void
end_gzip(void *p)
{
	(void)inflateEnd(p);
}

/* One member; in->avail_in is what follows it. */
static enum err
gunzip_member(struct sink *s, z_stream *z)
{
	for (;;) {
		z->next_out = (Bytef *)buf_reserve(&s->out, STEP);
		z->avail_out = STEP;
		int rc = inflate(z, Z_NO_FLUSH);
		size_t made = STEP - z->avail_out;
		if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
			return damaged(s->t, "is damaged");
		enum err e = took(s, made);
		if (e != E_OK || rc == Z_STREAM_END)
			return e;
		if (z->avail_in == 0 && z->avail_out > 0)
			return damaged(s->t, "is cut short");
	}
}

static enum err
gunzip(struct sink *s, struct str body)
{
	z_stream *z = talloc(s->t, z_stream);
	/* 16: gzip header only; no zlib format. */
	ASSERT(inflateInit2(z, 16 + MAX_WBITS) == Z_OK);
	arena_defer(s->t->arena, end_gzip, z);
	ASSERT(body.n <= UINT32_MAX);
	z->next_in = (Bytef *)(uintptr_t)body.p;
	z->avail_in = (uInt)body.n;
	for (int members = 0; members < INFLATE_MEMBERS_MAX; members++) {
		enum err e = gunzip_member(s, z);
		if (e != E_OK || z->avail_in == 0)
			return e;
		if (inflateReset(z) != Z_OK)
			return damaged(s->t, "is damaged");
	}
	return damaged(s->t, "has too many members");
}

static void
end_zstd(void *p)
{
	(void)ZSTD_freeDCtx(p);
}

static enum err
unzstd(struct sink *s, struct str body)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	ASSERT(z != NULL);
	arena_defer(s->t->arena, end_zstd, z);
	ASSERT(!ZSTD_isError(
	    ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG)));
	ZSTD_inBuffer in = { body.p, body.n, 0 };
	int frames = 0;
	for (;;) {
		ZSTD_outBuffer out = { buf_reserve(&s->out, STEP), STEP, 0 };
		size_t rc = ZSTD_decompressStream(z, &out, &in);
		if (ZSTD_isError(rc))
			return damaged(s->t, "is damaged");
		enum err e = took(s, out.pos);
		if (e != E_OK)
			return e;
		if (rc == 0) {
			if (in.pos == in.size)
				return E_OK;
			if (++frames == INFLATE_MEMBERS_MAX)
				return damaged(s->t, "has too many members");
		} else if (in.pos == in.size && out.pos < out.size) {
			return damaged(s->t, "is cut short");
		}
	}
}

enum err
inflate_body(struct task *t, struct str encoding, struct str body,
             const struct inflate_limits *limits, struct str *out)
{
	enum err (*unpack)(struct sink *, struct str);
	encoding = str_trim(encoding);
	if (encoding.n == 0 || str_ieq(encoding, STR("identity"))) {
		*out = body;
		return E_OK;
	}
	if (str_ieq(encoding, STR("gzip")) || str_ieq(encoding, STR("x-gzip")))
		unpack = gunzip;
	else if (str_ieq(encoding, STR("zstd")))
		unpack = unzstd;
	else
		return task_fail(t, E_MEDIA_TYPE,
		                 "The Content-Encoding is not known here. Use gzip or zstd.");
	if (body.n == 0)
		return damaged(t, "is empty");
	struct sink *s = talloc(t, struct sink);
	*s = (struct sink){ .t = t, .limits = limits, .input = body.n };
	arena_defer(t->arena, release_sink, s);
	enum err e = unpack(s, body);
	if (e == E_OK)
		*out = buf_str(&s->out);
	return e;
}
