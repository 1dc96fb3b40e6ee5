/* outbox: files of our own names only, whole, and not too large. */
#include "mail/outbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "t/unit/test.h"

#define A "01970000-0000-7000-8000-000000000001"
#define B "01970000-0000-7000-8000-000000000002"

static char top[] = "/tmp/tm-outbox-XXXXXX";
static char dir[64];

static void
put(const char *name, const char *text, size_t n)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	close(fd);
}

static void
write_and_read(void **state)
{
	struct task *t = *state;
	struct str *id, m;
	size_t n;
	struct stat st;
	char path[160];
	assert_int_equal(outbox_list(t, dir, 10, &id, &n), E_OK); /* no folder yet */
	assert_int_equal(n, 0);
	assert_int_equal(outbox_write(t, dir, STR(A), STR("first")), E_OK);
	assert_int_equal(outbox_write(t, dir, STR(B), STR("second")), E_OK);
	assert_int_equal(outbox_write(t, dir, STR(B), STR("again")), E_OK);
	assert_int_equal(outbox_list(t, dir, 10, &id, &n), E_OK);
	assert_int_equal(n, 2);
	assert_str(id[0], B);
	assert_str(id[1], A);
	assert_int_equal(outbox_list(t, dir, 1, &id, &n), E_OK);
	assert_int_equal(n, 1);
	assert_int_equal(outbox_read(t, dir, STR(B), &m), E_OK);
	assert_str(m, "again");
	snprintf(path, sizeof(path), "%s/" A ".eml", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0007, 0);
}

static void
refuses(void **state)
{
	static const char *const IDS[] = { "", "..", "../x", "/etc/passwd", A "/", A ".eml",
		"01970000-0000-7000-8000-00000000000g", "01970000-0000-7000-8000-00000000000A",
		"01970000-0000-7000-8000-000000000009", /* absent */
		"." A, "01970000-0000-7000-8000-0000000/../a" };
	struct task *t = *state;
	struct str *id, m;
	size_t n;
	char path[160];
	for (size_t i = 0; i < NELEM(IDS); i++) {
		task_clear(t);
		assert_int_equal(outbox_read(t, dir, str_of(IDS[i]), &m), E_NOT_FOUND);
	}
	assert_int_equal(outbox_write(t, dir, STR("../x"), STR("")), E_INVALID);
	/* a link, a folder, a file that is too large, a name that is not ours */
	snprintf(path, sizeof(path), "%s/01970000-0000-7000-8000-00000000000c.eml", dir);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(outbox_read(t, dir, STR("01970000-0000-7000-8000-00000000000c"), &m),
	    E_NOT_FOUND);
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(outbox_read(t, dir, STR("01970000-0000-7000-8000-00000000000c"), &m),
	    E_NOT_FOUND);
	rmdir(path);
	char *large = calloc(1, OUTBOX_MESSAGE_MAX + 1);
	assert_non_null(large);
	put("01970000-0000-7000-8000-00000000000d.eml", large, OUTBOX_MESSAGE_MAX + 1);
	free(large);
	assert_int_equal(outbox_read(t, dir, STR("01970000-0000-7000-8000-00000000000d"), &m),
	    E_NOT_FOUND);
	snprintf(path, sizeof(path), "%s/01970000-0000-7000-8000-00000000000d.eml", dir);
	unlink(path);
	put("notes.txt", "x", 1);
	put("." A ".eml.12", "x", 1); /* a write that was killed */
	assert_int_equal(outbox_list(t, dir, 10, &id, &n), E_OK);
	assert_int_equal(n, 2);
	assert_int_equal(outbox_list(t, "/proc/self/mem", 10, &id, &n), E_IO);
}

static void
clean_up(void)
{
	const struct dirent *entry;
	DIR *d = opendir(dir);
	while (d != NULL && (entry = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), entry->d_name, 0);
	if (d != NULL)
		closedir(d);
	rmdir(dir);
	rmdir(top);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = { T(write_and_read), T(refuses) };
	if (mkdtemp(top) == NULL)
		return 1;
	snprintf(dir, sizeof(dir), "%s/outbox", top);
	int rc = RUN(tests);
	clean_up();
	return rc;
}
