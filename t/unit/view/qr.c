/* qr: the path read back into modules, and the modules into the text. (A
 * whole otpauth address is read by zbarimg in t/e2e/54-two-factor.) */
#include "view/qr.h"

#include "base/str.h"
#include "t/unit/test.h"

#define SIDE 21 /* version 1 */

static int
number(const char **p)
{
	int v = 0;
	assert_true(**p >= '0' && **p <= '9');
	for (; **p >= '0' && **p <= '9'; (*p)++)
		v = v * 10 + **p - '0';
	return v;
}

static void
expect(const char **p, const char *want)
{
	assert_int_equal(strncmp(*p, want, strlen(want)), 0);
	*p += strlen(want);
}

/* "Mx yhNv1h-Nz" … */
static void
read_path(struct str path, int size, bool dark[SIDE][SIDE])
{
	const char *p = path.p, *end = path.p + path.n;
	memset(dark, 0, SIDE * SIDE * sizeof(dark[0][0]));
	while (p < end) {
		expect(&p, "M");
		int x = number(&p);
		expect(&p, " ");
		int y = number(&p);
		expect(&p, "h");
		int n = number(&p);
		expect(&p, "v1h-");
		assert_int_equal(number(&p), n);
		expect(&p, "z");
		assert_true(x >= QR_QUIET && y >= QR_QUIET && x + n <= size - QR_QUIET);
		assert_true(y < size - QR_QUIET);
		for (int i = 0; i < n; i++)
			dark[y - QR_QUIET][x - QR_QUIET + i] = true;
	}
}

static bool
is_function(int x, int y)
{
	return (x < 9 && y < 9) || (x > SIDE - 9 && y < 9) || (x < 9 && y > SIDE - 9) ||
	       x == 6 || y == 6;
}

static bool
masked(int mask, int y, int x)
{
	switch (mask) {
	case 0:
		return (y + x) % 2 == 0;
	case 1:
		return y % 2 == 0;
	case 2:
		return x % 3 == 0;
	case 3:
		return (y + x) % 3 == 0;
	case 4:
		return (y / 2 + x / 3) % 2 == 0;
	case 5:
		return y * x % 2 + y * x % 3 == 0;
	case 6:
		return (y * x % 2 + y * x % 3) % 2 == 0;
	default:
		return ((y + x) % 2 + y * x % 3) % 2 == 0;
	}
}

/* Data bits in reading order: columns of two from the right, up and down. */
static size_t
read_bits(bool dark[SIDE][SIDE], bool bit[SIDE * SIDE])
{
	int mask = (dark[8][2] << 2 | dark[8][3] << 1 | dark[8][4]) ^ 5;
	size_t n = 0;
	for (int right = SIDE - 1, up = 1; right > 0; right -= 2, up = !up) {
		if (right == 6)
			right = 5;
		for (int i = 0; i < SIDE; i++) {
			int y = up ? SIDE - 1 - i : i;
			for (int x = right; x > right - 2; x--)
				if (!is_function(x, y))
					bit[n++] = dark[y][x] != masked(mask, y, x);
		}
	}
	return n;
}

static unsigned
take(const bool *bit, size_t *at, int n)
{
	unsigned v = 0;
	while (n-- > 0)
		v = v << 1 | bit[(*at)++];
	return v;
}

static void
read_again(void **state)
{
	struct task *t = *state;
	static const char *const text[] = { "A", "TIDEMARK-14!x", "\xc3\xa4", "MZXW6YTBOI====" };
	for (size_t k = 0; k < NELEM(text); k++) {
		bool dark[SIDE][SIDE], bit[SIDE * SIDE];
		struct qr qr;
		size_t at = 0;
		assert_int_equal(qr_make(t, str_of(text[k]), &qr), E_OK);
		assert_int_equal(qr.size, SIDE + 2 * QR_QUIET);
		read_path(qr.path, qr.size, dark);
		assert_int_equal(read_bits(dark, bit), 26 * 8);
		assert_int_equal(take(bit, &at, 4), 4); /* bytes */
		assert_int_equal(take(bit, &at, 8), strlen(text[k]));
		for (size_t i = 0; i < strlen(text[k]); i++)
			assert_int_equal(take(bit, &at, 8), (unsigned char)text[k][i]);
	}
}

static void
limits(void **state)
{
	struct task *t = *state;
	struct qr qr;
	char *big = arena_alloc(t->arena, 4001);
	memset(big, 'x', 4000);
	assert_int_equal(qr_make(t, (struct str){ big, 4000 }, &qr), E_INVALID);
	task_clear(t);
	assert_int_equal(qr_make(t, (struct str){ big, 300 }, &qr), E_OK);
	assert_true(qr.size > SIDE + 2 * QR_QUIET);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(read_again), T(limits) };
	return RUN(tests);
}
