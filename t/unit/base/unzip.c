/* unzip: what base/archive writes comes back, from a file and from a pipe;
 * damaged files are refused. */
#include "base/archive.h"
#include "base/buf.h"
#include "base/unzip.h"
#include "t/unit/test.h"

#include <fcntl.h>

static const struct {
	const char *name;
	size_t n;
} members[] = { { "a.json", 3 }, { "folder/b.json", 200000 }, { "empty", 0 } };

static char
byte_at(size_t m, size_t i)
{
	return (char)('a' + (m * 7 + i * i) % 23);
}

static void
make(struct task *t, const char *path)
{
	struct archive_file *a;
	struct archive_member done;
	assert_int_equal(archive_open(t, path, &a), E_OK);
	for (size_t m = 0; m < NELEM(members); m++) {
		char *p = arena_alloc(t->arena, members[m].n + 1);
		for (size_t i = 0; i < members[m].n; i++)
			p[i] = byte_at(m, i);
		assert_int_equal(archive_begin(t, a, members[m].name, 0), E_OK);
		assert_int_equal(archive_add(t, a, (struct str){ p, members[m].n }), E_OK);
		assert_int_equal(archive_end(t, a, &done), E_OK);
	}
	assert_int_equal(archive_close(t, a), E_OK);
}

/* All members of fd; first: what is known of it. */
static void
check(struct task *t, int fd, struct str first)
{
	struct unzip *z;
	struct str name;
	char chunk[999];
	size_t got;
	assert_int_equal(unzip_open(t, fd, first, &z), E_OK);
	for (size_t m = 0; m < NELEM(members); m++) {
		size_t n = 0;
		assert_int_equal(unzip_next(t, z, &name), E_OK);
		assert_str(name, members[m].name);
		for (;;) {
			assert_int_equal(unzip_read(t, z, chunk, sizeof(chunk), &got), E_OK);
			if (got == 0)
				break;
			for (size_t i = 0; i < got; i++)
				assert_true(chunk[i] == byte_at(m, n + i));
			n += got;
		}
		assert_int_equal(n, members[m].n);
	}
	assert_int_equal(unzip_next(t, z, &name), E_OK);
	assert_null(name.p);
	assert_true(unzip_position(z) > 0);
	unzip_close(z);
}

static void
round_trip(void **state)
{
	struct task *t = *state;
	char path[] = "/tmp/unzip-XXXXXX", first[300], rest[8192];
	int hole[2], fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	unlink(path);
	make(t, path);
	fd = open(path, O_RDONLY);
	ssize_t n = read(fd, first, sizeof(first));
	assert_true(n == sizeof(first));
	assert_true(unzip_is((struct str){ first, (size_t)n }));
	assert_false(unzip_is(STR("PK")));
	assert_false(unzip_is(STR("{\"a\":1}")));
	check(t, fd, (struct str){ first, (size_t)n });
	/* the same through a pipe, of which the first bytes are gone */
	assert_int_equal(pipe(hole), 0);
	assert_true(lseek(fd, (off_t)n, SEEK_SET) == n);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		while ((n = read(fd, rest, sizeof(rest))) > 0)
			if (write(hole[1], rest, (size_t)n) != n)
				_exit(1);
		_exit(0);
	}
	close(hole[1]);
	check(t, hole[0], (struct str){ first, sizeof(first) });
	close(hole[0]);
	close(fd);
	unlink(path);
}

static void
damaged(void **state)
{
	struct task *t = *state;
	struct unzip *z;
	struct str name;
	char p[512];
	size_t got = 1;
	int hole[2];
	assert_int_equal(pipe(hole), 0);
	close(hole[1]);
	/* a header that promises a member, and then nothing */
	static const char head[] = "PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0\x10\0\0\0\x10\0\0\0\x01\0\0\0x";
	assert_int_equal(unzip_open(t, hole[0], (struct str){ head, sizeof(head) - 1 }, &z), E_OK);
	enum err e = unzip_next(t, z, &name);
	while (e == E_OK && got > 0)
		e = unzip_read(t, z, p, sizeof(p), &got);
	assert_int_equal(e, E_DATA);
	unzip_close(z);
	close(hole[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(round_trip), T(damaged) };
	return RUN(tests);
}
