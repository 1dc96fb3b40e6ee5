#include "http/inflate.h"

#include <zlib.h>
#include <zstd.h>

#include "base/buf.h"
#include "t/unit/test.h"

static const struct inflate_limits limits = { .max_bytes = 1000000, .max_ratio = 100 };

/* Bytes that do not compress much, of a fixed pattern. */
static struct str
noise(struct task *t, size_t n)
{
	char *p = arena_raw(t->arena, n + 1);
	uint32_t x = 2463534242u;
	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		p[i] = (char)('a' + x % 26);
	}
	p[n] = '\0';
	return (struct str){ p, n };
}

static struct str
zeros(struct task *t, size_t n)
{
	return (struct str){ arena_alloc(t->arena, n), n };
}

static struct str
gzip(struct task *t, struct str s)
{
	z_stream z = { 0 };
	size_t room = s.n + s.n / 100 + 100;
	char *p = arena_raw(t->arena, room);
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)s.p;
	z.avail_in = (uInt)s.n;
	z.next_out = (Bytef *)p;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	size_t n = room - z.avail_out;
	deflateEnd(&z);
	return (struct str){ p, n };
}

static struct str
zstd(struct task *t, struct str s)
{
	size_t room = ZSTD_compressBound(s.n);
	char *p = arena_raw(t->arena, room);
	return (struct str){ p, ZSTD_compress(p, room, s.p, s.n, 3) };
}

static struct str
repeat(struct task *t, struct str s, int times)
{
	char *p = arena_raw(t->arena, s.n * (size_t)times + 1);
	for (int i = 0; i < times; i++)
		memcpy(p + s.n * (size_t)i, s.p, s.n);
	return (struct str){ p, s.n * (size_t)times };
}

static struct str
join(struct task *t, struct str a, struct str b)
{
	char *p = arena_raw(t->arena, a.n + b.n);
	memcpy(p, a.p, a.n);
	memcpy(p + a.n, b.p, b.n);
	return (struct str){ p, a.n + b.n };
}

static const struct {
	const char *name;
	struct str (*pack)(struct task *, struct str);
} codings[] = { { "gzip", gzip }, { "zstd", zstd } };

static void
round_trips(void **state)
{
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 300000 };
	struct task *t = *state;
	for (size_t c = 0; c < NELEM(codings); c++) {
		for (size_t i = 0; i < NELEM(sizes); i++) {
			struct str out, s = noise(t, sizes[i]);
			struct str name = str_of(codings[c].name);
			enum err e = inflate_body(t, name, codings[c].pack(t, s), &limits, &out);
			assert_row(e == E_OK, codings[c].name);
			assert_true(str_eq(out, s));
		}
	}
	struct str out, s = STR("plain");
	assert_int_equal(inflate_body(t, STR_NULL, s, &limits, &out), E_OK);
	assert_ptr_equal(out.p, s.p);
	assert_int_equal(inflate_body(t, STR("Identity"), s, &limits, &out), E_OK);
	assert_int_equal(inflate_body(t, STR(" X-GZIP"), gzip(t, s), &limits, &out), E_OK);
}

static void
damage(void **state)
{
	struct task *t = *state;
	struct str out;
	for (size_t c = 0; c < NELEM(codings); c++) {
		struct str name = str_of(codings[c].name);
		struct str good = codings[c].pack(t, noise(t, 5000));
		/* every cut is found */
		for (size_t n = 0; n < good.n; n += n < 30 ? 1 : 97)
			assert_row(inflate_body(t, name, str_slice(good, 0, n), &limits, &out) ==
			               E_BAD_REQUEST,
			           codings[c].name);
		assert_row(inflate_body(t, name, join(t, good, STR("tail")), &limits, &out) ==
		               E_BAD_REQUEST,
		           codings[c].name);
		assert_row(inflate_body(t, name, STR("no such thing"), &limits, &out) ==
		               E_BAD_REQUEST,
		           codings[c].name);
	}
	/* gzip checks its CRC */
	struct str bad = repeat(t, gzip(t, noise(t, 5000)), 1);
	((char *)(uintptr_t)bad.p)[bad.n - 6] ^= 1;
	assert_int_equal(inflate_body(t, STR("gzip"), bad, &limits, &out), E_BAD_REQUEST);
}

static void
bounds(void **state)
{
	struct task *t = *state;
	struct str out;
	for (size_t c = 0; c < NELEM(codings); c++) {
		struct str name = str_of(codings[c].name);
		struct str (*pack)(struct task *, struct str) = codings[c].pack;
		const struct inflate_limits exact = { .max_bytes = 70000, .max_ratio = 100 };
		assert_int_equal(inflate_body(t, name, pack(t, noise(t, 70000)), &exact, &out), E_OK);
		assert_int_equal(inflate_body(t, name, pack(t, noise(t, 70001)), &exact, &out),
		                 E_TOO_LARGE);
		/* a bomb: stopped by the ratio, long before max_bytes */
		assert_int_equal(inflate_body(t, name, pack(t, zeros(t, 900000)), &limits, &out),
		                 E_TOO_LARGE);
		/* small bodies may compress as well as they like */
		assert_int_equal(inflate_body(t, name, pack(t, zeros(t, 60000)), &limits, &out), E_OK);
		struct str one = pack(t, STR("abc"));
		assert_int_equal(
		    inflate_body(t, name, repeat(t, one, INFLATE_MEMBERS_MAX), &limits, &out), E_OK);
		assert_int_equal(out.n, (size_t)3 * INFLATE_MEMBERS_MAX);
		assert_int_equal(
		    inflate_body(t, name, repeat(t, one, INFLATE_MEMBERS_MAX + 1), &limits, &out),
		    E_BAD_REQUEST);
	}
}

static void
encodings(void **state)
{
	static const char *const row[] = { "br", "deflate", "gzip, gzip", "compress", "\xFF" };
	struct task *t = *state;
	struct str out;
	for (size_t i = 0; i < NELEM(row); i++)
		assert_row(inflate_body(t, str_of(row[i]), STR("x"), &limits, &out) == E_MEDIA_TYPE,
		           row[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(round_trips), T(damage), T(bounds), T(encodings) };
	return RUN(tests);
}
